"""Saved searches: kept by their user, reported once, in the chosen rhythm."""

import time
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from django.core import mail as mailbox
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from achievements.services import update_listing, withdraw_listing
from matching.management.commands import sweep
from matching.models import SavedSearch
from matching.services import saved_searches
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.saved_searches import (
    alert_saved_searches,
    create_saved_search,
    note_arrivals,
    tidy_query,
)
from tests import factories
from tests.parity import ListParity

pytestmark = pytest.mark.django_db
LIST = reverse("matching:saved_search_list")


@pytest.fixture
def user() -> User:
    """Who saves searches."""
    return factories.UserFactory()


def _publish(title: str, **kwargs):
    listing = factories.AchievementFactory(title_en=title, title_zh="", **kwargs)
    refresh_entries([listing.pk])
    return listing


def _told(user: User) -> list[list[str]]:
    return [
        [listing["title_en"] for listing in row.data["listings"]]
        for row in Notification.objects.filter(kind="saved_search_hits", recipient=user).order_by(
            "pk"
        )
    ]


def test_tidy_query_keeps_filters_in_a_fixed_order_and_drops_the_rest():
    assert tidy_query("?page=3&trl_min=4&q=pump&nonsense=1&kind=&ordering=newest") == (
        tidy_query("q=pump&trl_min=4")
    )


def test_tidy_query_unreadable_filter_is_refused():
    with pytest.raises(ValidationError) as refused:
        tidy_query("trl_min=twelve")
    assert list(refused.value.message_dict) == ["query"]


def test_alert_reports_what_is_published_later_and_only_once(user):
    _publish("Old pump")
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="at_once")
    _publish("New pump")
    _publish("Other thing")

    told = [alert_saved_searches(), alert_saved_searches()]

    assert told == [1, 0]
    assert _told(user) == [["New pump"]]


def test_search_that_fails_keeps_no_other_from_being_told_and_is_tried_again(user, monkeypatch):
    for name in ("Broken", "Pumps"):
        create_saved_search(by=user, name=name, query="q=pump", rhythm="at_once")
    _publish("New pump")
    look = saved_searches.results_of

    def fail(saved, rows):
        if saved.name == "Broken":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return look(saved, rows)

    with monkeypatch.context() as broken:
        broken.setattr(saved_searches, "results_of", fail)
        assert [alert_saved_searches(), alert_saved_searches()] == [1, 0]
    assert alert_saved_searches() == 1
    assert _told(user) == [["New pump"], ["New pump"]]


def _embed():
    while embed_entries():
        pass


def test_alert_tells_what_was_embedded_long_after_it_was_published(user, embedder, measured):
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="at_once")
    late = _publish("Verdichter")
    _publish("Other thing")
    vectors = embedder._vector
    embedder._vector = lambda text: vectors("pump" if "Verdichter" in text else text)
    assert alert_saved_searches() == 0

    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=True):
        _publish("Later thing")
        assert alert_saved_searches() == 0
        _embed()
        assert [alert_saved_searches(), alert_saved_searches()] == [1, 0]
    with time_machine.travel(timezone.now() + timedelta(hours=6), tick=True):
        update_listing(late, by=user, values={"keywords_en": ["x"]})
        refresh_entries([late.pk])
        _embed()
        assert alert_saved_searches() == 0

    assert _told(user) == [["Verdichter"]]


def test_alert_tells_what_was_committed_long_after_its_date(user):
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="at_once")
    began = timezone.now()
    with time_machine.travel(began + timedelta(hours=3), tick=True):
        _publish("Quick pump")
        assert alert_saved_searches() == 1
        _publish("Slow pump", published_at=began + timedelta(seconds=9), updated_at=began)
        _embed()
        assert [alert_saved_searches(), alert_saved_searches()] == [1, 0]

    assert _told(user) == [["Quick pump"], ["Slow pump"]]


def test_arrival_is_noted_once_and_again_after_a_change(user):
    listing = _publish("New pump")
    assert note_arrivals() == 0
    _embed()
    assert [note_arrivals(), note_arrivals()] == [1, 0]
    update_listing(listing, by=user, values={"keywords_en": ["x"]})
    refresh_entries([listing.pk])
    assert note_arrivals() == 0
    _embed()
    assert [note_arrivals(), note_arrivals()] == [1, 0]


def test_alert_daily_waits_a_day_and_then_tells_all_together(user):
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="daily")
    _publish("First pump")
    _publish("Second pump")

    assert alert_saved_searches() == 0
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=True):
        assert alert_saved_searches() == 1

    assert [sorted(titles) for titles in _told(user)] == [["First pump", "Second pump"]]


def test_alert_does_not_tell_what_the_user_may_not_see_or_has_posted(user):
    member = factories.MemberFactory(user=user)
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="at_once")
    _publish("Own pump", organisation=member.organisation)
    _publish("Secret pump", visibility="owner")
    withdraw_listing(_publish("Gone pump"), by=user)

    assert alert_saved_searches() == 0
    assert _told(user) == []


def test_alert_never_or_suspended_is_told_nothing(user):
    create_saved_search(by=user, name="Quiet", query="q=pump", rhythm="never")
    suspended = factories.UserFactory()
    create_saved_search(by=suspended, name="Pumps", query="q=pump", rhythm="at_once")
    User.objects.filter(pk=suspended.pk).update(is_active=False)
    _publish("New pump")

    assert alert_saved_searches() == 0
    assert not Notification.objects.exists()


def test_saved_search_from_the_search_page_takes_two_clicks(client, user):
    client.force_login(user)
    _publish("New pump")
    save = client.get(reverse("matching:search"), {"q": "pump", "trl_min": "4"}).context["save_url"]

    form = client.get(save)
    response = client.post(save, form.context["form"].initial)

    assert response.status_code == 302
    saved = SavedSearch.objects.get()
    assert (saved.user, saved.name, saved.rhythm) == (user, "pump", "daily")
    assert saved.query == tidy_query("q=pump&trl_min=4")


def test_saved_search_name_in_use_is_an_error_and_nothing_is_lost(client, user):
    client.force_login(user)
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="daily")

    response = client.post(
        reverse("matching:saved_search_create"),
        {"name": "Pumps", "query": "q=valve", "rhythm": "weekly"},
    )

    assert response.status_code == 200
    assert "You already have a saved search with this name." in response.text
    assert response.context["form"]["query"].value() == "q=valve"
    assert SavedSearch.objects.count() == 1


@pytest.mark.parametrize("action", ["detail", "edit", "delete"])
def test_saved_search_of_another_user_is_not_there(client, user, action):
    other = factories.UserFactory()
    saved = create_saved_search(by=other, name="Pumps", query="q=pump", rhythm="daily")
    client.force_login(user)
    url = reverse(f"matching:saved_search_{action}", args=[saved.pk])

    response = client.post(url) if action == "delete" else client.get(url)

    assert response.status_code == 404
    assert SavedSearch.objects.get().name == "Pumps"


def test_saved_search_visitor_signs_in_first_and_comes_back(client):
    url = f"{reverse('matching:saved_search_create')}?q=pump"

    response = client.get(url)

    assert response.status_code == 302
    assert "q%3Dpump" in response["Location"]


def test_api_saved_search_life(api, user):
    api.force_authenticate(user)
    made = api.post("/api/v1/saved-searches/", {"name": "Pumps", "query": "?q=pump&page=2"})
    assert made.status_code == 201
    assert made.json()["query"] == "q=pump"
    address = f"/api/v1/saved-searches/{made.json()['id']}/"

    changed = api.patch(address, {"rhythm": "weekly"})
    again = api.post("/api/v1/saved-searches/", {"name": "Pumps", "query": "q=pump"})
    gone = api.delete(address)

    assert (changed.status_code, changed.json()["rhythm"]) == (200, "weekly")
    assert again.status_code == 400
    assert gone.status_code == 204
    assert not SavedSearch.objects.exists()


class TestSavedSearchParity(ListParity):
    page = LIST
    endpoint = "/api/v1/saved-searches/"
    queries = ("", "rhythm=daily", "rhythm=weekly&rhythm=never")

    @pytest.fixture
    def viewers(self, user):
        for name, rhythm in (("a", "daily"), ("b", "weekly"), ("c", "never")):
            create_saved_search(by=user, name=name, query=f"q={name}", rhythm=rhythm)
        create_saved_search(by=factories.UserFactory(), name="z", query="", rhythm="daily")
        return [user]


# --- what is to come, and how soon -----------------------------------------------------------


def test_preview_shows_what_the_next_digest_tells_and_tells_nothing(user, client):
    saved = create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="daily")
    SavedSearch.objects.update(created_at=timezone.now() - timedelta(days=2))
    client.force_login(user)
    _publish("A new pump for oil")
    _publish("A pump kept to ourselves", visibility="owner")
    _publish("Something else")
    pages = f"/saved-searches/{saved.pk}/preview/", f"/api/v1/saved-searches/{saved.pk}/preview/"

    for _twice in range(2):
        page, answer = (client.get(address) for address in pages)
        assert [card["title"] for card in page.context["cards"]] == ["A new pump for oil"]
        assert [row["title_en"] for row in answer.json()["listings"]] == ["A new pump for oil"]
        assert answer.json()["count"] == 1
    assert not Notification.objects.exists()
    saved.refresh_from_db()
    with time_machine.travel(saved.checked_until + timedelta(days=1, minutes=1)):
        assert alert_saved_searches() == 1
    assert _told(user) == [["A new pump for oil"]]
    assert client.get(pages[0]).context["cards"] == []
    client.force_login(factories.UserFactory())
    assert [client.get(address).status_code for address in pages] == [404, 404]


def test_preview_of_a_search_without_alerts_says_that_nothing_goes_out(user, client):
    saved = create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="never")
    client.force_login(user)

    assert "switched off" in client.get(f"/saved-searches/{saved.pk}/preview/").text
    assert client.get(f"/api/v1/saved-searches/{saved.pk}/preview/").json()["due_at"] is None


def test_alert_at_once_is_in_the_mailbox_after_one_round_of_the_sweep(user, settings, monkeypatch):
    """A round follows the one before after SWEEP_SECONDS; both together take less than a minute."""
    monkeypatch.setattr(sweep, "close_old_connections", lambda: None)  # the test's own
    create_saved_search(by=user, name="Pumps", query="q=pump", rhythm="at_once")
    listing = factories.AchievementFactory(title_en="A new pump for oil", title_zh="")

    started = time.monotonic()
    sweep.Command()._round(Event())
    taken = time.monotonic() - started

    assert _told(user) == [["A new pump for oil"]]
    [letter] = [mail for mail in mailbox.outbox if user.email in mail.to]
    assert listing.title_en in letter.body
    assert 2 * sweep.ROUND_SECONDS + settings.SWEEP_SECONDS + taken < 60
