"""Matches that curators propose: kept whatever they score, told to both, measured apart."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from achievements.models import Expert, Listing
from matching.models import Curation, Match
from matching.services.curating import propose_match
from matching.services.decisions import accept_match
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.live_figures import live_figures
from matching.services.matching import match_listing
from tests import factories

pytestmark = pytest.mark.django_db


def indexed(*listings):
    refresh_entries([one.pk for one in listings])
    embed_entries([one.pk for one in listings])
    return listings


@pytest.fixture
def pair():
    """A demand and an achievement that have nothing in common, each with an owner."""
    demand = factories.DemandFactory(title_en="Quiet pumps", title_zh="", body_en="Water pumps.")
    other = factories.AchievementFactory(
        title_en="Enzymes", title_zh="", summary_zh="", solution_zh="", solution_en="Proteins."
    )
    for one in (demand, other):
        factories.MemberFactory(organisation=one.organisation)
    return indexed(demand, other)


def test_proposed_match_is_scored_told_to_both_and_survives_a_new_run(pair):
    demand, other = pair
    curator = factories.UserFactory(curator=True)
    match = propose_match(
        demand=demand, candidate=other.listing_ptr, by=curator, reason="Same seals."
    )
    assert match.components
    assert match.curation.by == curator
    told = Notification.objects.filter(kind="match_proposed")
    assert {row.recipient for row in told} == {
        one.organisation.members.get().user for one in (demand, other)
    }
    assert "Same seals." in render_notification(told[0]).body
    assert AuditEvent.objects.filter(verb="match.propose", actor=curator).exists()

    match_listing(other.pk)
    match_listing(demand.pk)
    assert Match.objects.get(pk=match.pk).is_current


def test_proposing_twice_or_what_the_machine_found_is_refused(pair):
    demand, other = pair
    curator = factories.UserFactory(curator=True)
    propose_match(demand=demand, candidate=other, by=curator, reason="Same seals.")
    with pytest.raises(ValidationError, match="already"):
        propose_match(demand=demand, candidate=other, by=curator, reason="Again.")
    assert Match.objects.count() == Curation.objects.count() == 1


@pytest.mark.parametrize("why", ["no reason", "named", "same side", "not live", "not indexed"])
def test_pairs_that_may_not_be_matched_are_refused_and_nothing_is_kept(pair, why):
    demand, other = pair
    reason = "Same seals."
    if why == "no reason":
        reason = " "
    elif why == "named":
        demand.disclosure = "anonymous"
        demand.save()
        reason = f"It is for {demand.organisation.name_en}."
    elif why == "same side":
        other = indexed(factories.AchievementFactory(organisation=demand.organisation))[0]
    elif why == "not live":
        other = factories.AchievementFactory(state="withdrawn")
    else:
        other = factories.AchievementFactory()
    with pytest.raises(ValidationError):
        propose_match(
            demand=demand, candidate=other, by=factories.UserFactory(curator=True), reason=reason
        )
    assert not Match.objects.exists()
    assert not Notification.objects.exists()


def test_curator_proposes_on_the_page_and_both_sides_read_why(pair, client):
    demand, other = pair
    client.force_login(factories.UserFactory(curator=True))
    page = reverse("matching:match_propose", args=[demand.pk])
    assert page in client.get(demand.get_absolute_url()).text
    assert "Enzymes" in client.get(page, {"title": "enzy"}).text
    answer = client.post(f"{page}?title=enzy", {"candidate": other.pk, "reason": "Same seals."})
    match = Match.objects.get()
    assert answer.url == reverse("matching:match_detail", args=[match.pk])
    client.force_login(demand.organisation.members.get().user)
    assert "Same seals." in client.get(answer.url).text
    assert "Same seals." in client.get(reverse("matching:match_list")).text


def test_other_side_is_found_by_numbers_names_and_words_in_both_doors(pair, client, api):
    demand, other = pair
    expert = indexed(factories.ExpertFactory(title_en="Ada", expertise_en="Enzymes for leather."))[
        0
    ]
    own = indexed(factories.AchievementFactory(organisation=demand.organisation))[0]
    Listing.objects.filter(pk=other.pk).update(external_id="LAB-7")
    Expert.objects.filter(pk=expert.pk).update(orcid="0000-0002-1825-0097")
    factories.IPRightFactory(achievement=other, number="CN110000001B")
    curator = factories.UserFactory(curator=True)
    client.force_login(curator)
    api.force_login(curator)
    asked = {
        str(other.pk): other,
        f"https://transfer.example/achievements/{other.pk}/?x=1": other,
        "lab-7": other,
        "cn110000001b": other,
        other.organisation.name_en: other,
        other.organisation.name_zh: other,
        "0000-0002-1825-0097": expert,
    }
    address = "/api/v1/matches/proposable/"
    for text, wanted in asked.items():
        rows = api.get(address, {"demand": demand.pk, "q": text}).json()
        assert rows[0]["id"] == wanted.pk, text
        assert (rows[0]["may"], rows[0]["match"]) == (True, None)
    rows = api.get(address, {"demand": demand.pk, "q": "enzymes for leather"}).json()
    assert expert.pk in [row["id"] for row in rows]
    row = api.get(address, {"demand": demand.pk, "q": own.pk}).json()[0]
    assert (row["id"], row["may"]) == (own.pk, False)
    page = reverse("matching:match_propose", args=[demand.pk])
    shown = client.get(page, {"q": own.pk}, headers={"accept-language": "en"}).text
    assert "Of the same organisation" in shown
    match = propose_match(demand=demand, candidate=other, by=curator, reason="Same seals.")
    shown = client.get(page, {"q": other.pk}, headers={"accept-language": "en"}).text
    assert reverse("matching:match_detail", args=[match.pk]) in shown
    api.force_login(factories.UserFactory(moderator=True))
    assert api.get(address, {"demand": demand.pk, "q": "x"}).status_code == 403


def test_only_curators_propose_in_either_door(pair, client, api):
    demand, other = pair
    owner = demand.organisation.members.get().user
    client.force_login(owner)
    api.force_login(owner)
    given = {"demand": demand.pk, "candidate": other.pk, "reason": "Same seals."}
    assert client.get(reverse("matching:match_propose", args=[demand.pk])).status_code == 403
    assert api.post("/api/v1/matches/propose/", given).status_code == 403
    assert not Match.objects.exists()
    api.force_login(factories.UserFactory(curator=True))
    answer = api.post("/api/v1/matches/propose/", given)
    assert answer.status_code == 201
    assert answer.json()["proposed"]["reason"] == "Same seals."
    assert api.post("/api/v1/matches/propose/", given).status_code == 409


def test_answers_to_proposed_matches_are_measured_apart(pair):
    demand, _other = pair
    curator = factories.UserFactory(curator=True)
    for _number in range(5):
        one = indexed(factories.AchievementFactory(title_en="Unlike", title_zh=""))[0]
        match = propose_match(demand=demand, candidate=one, by=curator, reason="Same seals.")
        accept_match(match=match, side="demand", by=demand.organisation.members.get().user)
    assert live_figures(details=False)["by_origin"] == [
        {"origin": "machine", "answered": 0, "accepted_share": None},
        {"origin": "curated", "answered": 5, "accepted_share": 1.0},
    ]
