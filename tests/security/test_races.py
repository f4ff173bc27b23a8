"""Two browsers at one thing: who comes second is told so, and nothing of theirs is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from matching.models import SavedSearch, ShortlistEntry
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> ShortlistEntry:
    """Something on a shortlist."""
    member = make.MemberFactory(role="owner")
    return ShortlistEntry.objects.create(
        organisation=member.organisation, listing=make.AchievementFactory(), added_by=member.user
    )


@pytest.fixture
def colleague(entry: ShortlistEntry) -> Client:
    """Of a colleague; a mistake of ours is an answer like the others."""
    client = Client(raise_request_exception=False)
    client.force_login(entry.added_by)
    return client


def change_by_api(colleague: Client, entry: ShortlistEntry) -> Any:
    """A new note, by the API."""
    address = f"/api/v1/shortlist/{entry.pk}/"
    return colleague.patch(address, {"note": "New."}, content_type="application/json")


def change_by_page(colleague: Client, entry: ShortlistEntry) -> Any:
    """The same by the page."""
    return colleague.post(f"/shortlist/{entry.pk}/note/", {"note": "New."})


def change_by_form(colleague: Client, entry: ShortlistEntry) -> Any:
    """The same by a form that is handled once: middleware calls its view."""
    form = {"note": "New.", "form_key": "0" * 32}
    return colleague.post(f"/shortlist/{entry.pk}/note/", form)


@pytest.mark.parametrize(
    ("door", "change"),
    [("api", change_by_api), ("views", change_by_page), ("views", change_by_form)],
    ids=["api", "page", "form"],
)
def test_change_of_what_a_colleague_has_just_removed_is_404(
    colleague: Client,
    entry: ShortlistEntry,
    monkeypatch: pytest.MonkeyPatch,
    door: str,
    change: Callable[[Client, ShortlistEntry], Any],
) -> None:
    def allowed(*_who: Any) -> bool:
        """After the row was found and before it is locked: the colleague's request."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM matching_shortlistentry WHERE id = %s", [entry.pk])
        return True

    monkeypatch.setattr(f"matching.{door}.shortlist.may_post_for", allowed)

    answer = change(colleague, entry)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html" if door == "views" else "app")


@pytest.mark.parametrize("address", ["/api/v1/saved-searches/", "/saved-searches/new/"])
def test_same_thing_written_at_the_same_time_is_there_once_and_409(
    colleague: Client, entry: ShortlistEntry, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    SavedSearch.objects.create(user=entry.added_by, name="Mine", query="q=battery")
    # When this one looks, the other one's is not committed yet.
    monkeypatch.setattr(SavedSearch, "validate_constraints", lambda _saved, **_how: None)

    form = {"name": "Mine", "query": "q=laser", "rhythm": "daily", "form_key": "0" * 32}
    answer = colleague.post(address, form)

    assert answer.status_code == 409
    assert "quicker" in answer.text
    assert [row.query for row in SavedSearch.objects.all()] == ["q=battery"]


def test_row_that_is_missing_where_something_is_read_stays_a_mistake_of_ours(
    colleague: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_who: Any) -> Any:
        return ShortlistEntry.objects.get(pk=0)

    monkeypatch.setattr("matching.views.shortlist.card_of", missing)

    assert colleague.get("/shortlist/").status_code == 500
