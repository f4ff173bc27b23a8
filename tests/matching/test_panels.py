"""Panels: chosen by fit and load, without conflicts, each one left out with a reason."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Notification
from achievements.models import DeclaredConflict, Expert
from matching.models import Panel, PanelPlace
from matching.panel_choice import Seat, choose
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.panels import (
    approve_panel,
    choose_anew,
    close_panel,
    leave_out,
    make_panel,
)
from tests import factories
from tests.parity import ListParity

pytestmark = pytest.mark.django_db

MOST = {"size": 15}


def seat(number, fit, *, load=0, home=0, availability="available", conflict=""):
    return Seat(number, fit, load, frozenset({home or number}), availability, conflict)


def said(found):
    return [(one.expert_id, reason) for one, reason, _note in found]


# --- the choice alone ----------------------------------------------------------------------


def test_choice_takes_the_best_and_says_why_others_were_left_out():
    seats = [
        seat(1, 0.9, conflict="declared"),
        seat(2, 0.8, home=7),
        seat(3, 0.7, home=7),
        seat(4, 0.6, availability="unavailable"),
        seat(5, 0.5, load=3),
        seat(6, 0.5, availability="limited", load=1),
        seat(8, 0.3),
        seat(9, 0.2),
    ]
    expected = [
        (1, "declared"),
        (2, ""),
        (3, "organisation_full"),
        (4, "unavailable"),
        (6, "load"),
        (5, "load"),
        (8, ""),
    ]
    assert said(choose(seats, size=2, per_organisation=1)) == expected
    assert said(choose(reversed(seats), size=2, per_organisation=1)) == expected


def test_choice_balances_load_and_breaks_ties_by_number():
    seats = [seat(3, 0.60, load=1), seat(2, 0.58), seat(1, 0.58)]
    assert said(choose(seats, size=3, per_organisation=1)) == [(1, ""), (2, ""), (3, "")]
    both = [seat(1, 0.5, home=7), seat(2, 0.4, home=7)]
    assert said(choose(both, size=2, per_organisation=2)) == [(1, ""), (2, "")]


# --- with the pool -------------------------------------------------------------------------


def indexed(*listings):
    refresh_entries([one.pk for one in listings])
    embed_entries([one.pk for one in listings])


@pytest.fixture
def pool():
    """A demand, an achievement for it, and experts of the field with each kind of conflict."""
    demand = factories.DemandFactory(title_en="Battery cells", body_en="Battery cells.")
    achievement = factories.AchievementFactory(title_en="Battery cell")
    names = ("free", "second", "third", "own", "maker", "partner", "declared", "away")
    experts = {
        name: factories.ExpertFactory(title_en=name, expertise_en="Battery cells.")
        for name in names
    }
    rows = Expert.objects
    rows.filter(pk=experts["own"].pk).update(organisation=demand.organisation)
    rows.filter(pk=experts["away"].pk).update(availability="unavailable")
    factories.InventorFactory(achievement=achievement, expert=experts["maker"])
    other = factories.AchievementFactory()
    factories.InventorFactory(achievement=other, expert=experts["maker"])
    factories.InventorFactory(achievement=other, expert=experts["partner"])
    DeclaredConflict.objects.create(
        expert=experts["declared"], organisation=achievement.organisation
    )
    indexed(demand, achievement, *experts.values())
    return demand, achievement, experts


def places(panel):
    rows = panel.places.select_related("expert")
    return {row.expert.title_en: row.reason for row in rows}


def test_panel_leaves_conflicts_out_and_is_the_same_twice(pool):
    demand, achievement, _experts = pool
    curator = factories.UserFactory(curator=True)
    given = {"demand": demand, "achievement": achievement, "by": curator, "task": "Judge."}
    panel = make_panel(size=3, **given)
    found = places(panel)
    assert {name for name, reason in found.items() if not reason} == {"free", "second", "third"}
    reasons = {
        "own": "same_organisation",
        "maker": "co_inventor",
        "partner": "co_inventor",
        "declared": "declared",
        "away": "unavailable",
    }
    assert {name: reason for name, reason in found.items() if reason}.items() <= reasons.items()
    whole = places(make_panel(size=8, **given))
    assert {name: reason for name, reason in whole.items() if reason} == reasons
    assert places(choose_anew(panel, by=curator)) == found


def test_leaving_out_needs_a_reason_and_takes_the_next(pool):
    demand, _achievement, _experts = pool
    curator = factories.UserFactory(curator=True)
    panel = make_panel(demand=demand, by=curator, task="Advise.", size=1)
    first = panel.places.get(reason="").expert
    with pytest.raises(ValidationError):
        leave_out(panel, expert=first, by=curator, note=" ")
    leave_out(panel, expert=first, by=curator, note="On leave.")
    assert panel.places.get(expert=first).note == "On leave."
    assert panel.places.get(reason="").expert != first


def test_approval_tells_the_experts_and_counts_as_load_until_closed(pool):
    demand, _achievement, experts = pool
    curator, person = factories.UserFactory(curator=True), factories.UserFactory()
    Expert.objects.filter(pk=experts["free"].pk).update(user=person)
    panel = make_panel(demand=demand, by=curator, task="Advise.", size=7)
    assert not Notification.objects.filter(kind="panel_approved").exists()
    with pytest.raises(ValidationError, match="not full"):
        approve_panel(make_panel(demand=demand, by=curator, task="All.", size=15), by=curator)
    chosen = panel.places.filter(reason="").count()
    panel = make_panel(demand=demand, by=curator, task="Advise.", size=min(chosen, 6))
    approve_panel(panel, by=curator)
    told = Notification.objects.filter(kind="panel_approved", recipient=person)
    assert told.exists() == panel.places.filter(expert=experts["free"], reason="").exists()
    again = make_panel(demand=demand, by=curator, task="Again.", size=3)
    assert max(again.places.values_list("load", flat=True)) == 1
    close_panel(panel, by=curator)
    assert set(choose_anew(again, by=curator).places.values_list("load", flat=True)) == {0}
    with pytest.raises(ValidationError):
        approve_panel(panel, by=curator)


def test_approval_is_refused_when_a_conflict_came_up_meanwhile(pool):
    demand, _achievement, _experts = pool
    curator = factories.UserFactory(curator=True)
    panel = make_panel(demand=demand, by=curator, task="Advise.", size=1)
    expert = panel.places.get(reason="").expert
    DeclaredConflict.objects.create(expert=expert, organisation=demand.organisation)
    with pytest.raises(ValidationError, match="free"):
        approve_panel(panel, by=curator)
    panel.refresh_from_db()
    assert panel.state == Panel.State.DRAFT
    assert PanelPlace.objects.get(panel=panel, reason="").expert == expert


def test_panel_of_the_curators_own_profile_is_approved_by_another(pool):
    demand, _achievement, _experts = pool
    curator = factories.UserFactory(curator=True)
    panel = make_panel(demand=demand, by=curator, task="Advise.", size=1)
    Expert.objects.filter(pk=panel.places.get(reason="").expert_id).update(user=curator)
    with pytest.raises(ValidationError, match="another curator"):
        approve_panel(panel, by=curator)


def test_curator_makes_and_approves_a_panel_on_the_pages(pool, client):
    demand, _achievement, _experts = pool
    client.force_login(factories.UserFactory(curator=True))
    page = reverse("matching:panel_create", args=[demand.pk])
    assert page in client.get(demand.get_absolute_url()).text
    given = {"task": "Advise us.", "size": 2, "per_organisation": 1}
    answer = client.post(page, given)
    panel = Panel.objects.get()
    detail = client.get(answer.url, headers={"accept-language": "en"})
    assert "Takes no requests at present" in detail.text or panel.places.count() == 2
    act, first = "matching:panel_act", panel.places.filter(reason="").first()
    longer = {"expert": f"{first.expert_id:018d}9", "note": "Away."}  # another number than theirs
    assert client.post(reverse(act, args=[panel.pk, "leave-out"]), longer).status_code == 404
    first.refresh_from_db()
    assert first.reason == ""
    client.post(reverse(act, args=[panel.pk, "approve"]))
    panel.refresh_from_db()
    assert panel.state == Panel.State.APPROVED
    client.force_login(factories.UserFactory(moderator=True))
    assert client.post(page, given).status_code == 403
    assert client.get(reverse("matching:panel_list")).status_code == 403


def test_api_makes_panels_for_curators_only(pool, api):
    demand, _achievement, _experts = pool
    given = {"demand": demand.pk, "task": "Advise us.", "size": 2}
    api.force_login(factories.UserFactory())
    assert api.post("/api/v1/panels/", given).status_code == 403
    assert not Panel.objects.exists()
    api.force_login(factories.UserFactory(curator=True))
    made = api.post("/api/v1/panels/", given)
    assert made.status_code == 201
    chosen = [row for row in made.json()["places"] if not row["reason"]]
    assert len(chosen) == 2
    address = f"/api/v1/panels/{made.json()['id']}/"
    left = api.post(f"{address}leave-out/", {"expert": chosen[0]["expert"], "note": "Away."})
    assert left.status_code == 200
    assert api.post(f"{address}approve/").json()["state"] == "approved"
    assert api.post(f"{address}anew/").status_code == 409


def test_panel_for_a_task_is_chosen_by_its_text_without_the_organisation_concerned(pool):
    _demand, achievement, experts = pool
    away = factories.ExpertFactory(title_en="Poet", expertise_en="Sonnets of the renaissance.")
    indexed(away)
    Expert.objects.filter(pk=experts["own"].pk).update(visibility="members")
    curator = factories.UserFactory(curator=True)
    given = {"task": "Judge battery cells", "brief": "Battery cells and how they age.", "size": 4}
    concerned = experts["declared"].conflicts.get().organisation
    panel = make_panel(by=curator, organisation=concerned, achievement=achievement, **given)
    found = places(panel)
    chosen = {name for name, reason in found.items() if not reason}
    assert chosen == {"free", "second", "third", "own"}
    assert places(choose_anew(panel, by=curator)) == found
    whole = make_panel(by=curator, organisation=concerned, achievement=achievement, **given | MOST)
    left = {name: reason for name, reason in places(whole).items() if reason}
    assert (left["declared"], left["maker"]) == ("declared", "co_inventor")
    with pytest.raises(ValidationError) as raised:
        make_panel(by=curator, task="x", brief="y", size=1)
    assert set(raised.value.error_dict) == {"brief"}
    with pytest.raises(ValidationError):
        make_panel(by=curator, task="Judge battery cells", size=1)


def test_task_is_described_on_the_page_and_in_the_api_by_curators_only(pool, client, api):
    _demand, achievement, _experts = pool
    page, curator = reverse("matching:panel_task"), factories.UserFactory(curator=True)
    given = {
        "task": "评审电池",
        "brief": "电池单体的寿命与安全。",
        "size": 2,
        "per_organisation": 1,
    }
    client.force_login(factories.UserFactory(moderator=True))
    assert client.post(page, given).status_code == 403
    client.force_login(curator)
    bad = client.post(page, {**given, "achievement": "999999"})
    assert bad.status_code == 422
    assert not Panel.objects.exists()
    address = f"https://x.example/achievements/{achievement.pk}/"
    answer = client.post(page, {**given, "achievement": address})
    panel = Panel.objects.get()
    assert (panel.demand, panel.achievement, panel.brief) == (None, achievement, given["brief"])
    assert given["brief"] in client.get(answer.url).text
    assert given["task"] in client.get(reverse("matching:panel_list")).text
    api.force_login(curator)
    made = api.post("/api/v1/panels/", {**given, "organisation": achievement.organisation.slug})
    assert made.status_code == 201
    assert made.json()["demand"] is None
    assert made.json()["organisation"] == achievement.organisation.slug
    assert len([row for row in made.json()["places"] if not row["reason"]]) == 2
    assert api.post("/api/v1/panels/", {"task": "Judge.", "size": 2}).status_code == 400


class TestPanelParity(ListParity):
    page = "/panels/"
    endpoint = "/api/v1/panels/"
    queries = ("", "state=draft", "state=closed")

    @pytest.fixture
    def viewers(self, pool):
        demand, _achievement, _experts = pool
        curator = factories.UserFactory(curator=True)
        for size in (1, 2):
            make_panel(demand=demand, by=curator, task="Advise.", size=size)
        close_panel(Panel.objects.latest("pk"), by=curator)
        return [curator]
