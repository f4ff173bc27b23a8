"""Searches whose results nobody opened: counted for curators, without saying who."""

import pytest
from django.core.cache import cache
from django.test import Client

from matching.models import AnsweredQuery
from matching.services.indexing import refresh_entries
from matching.services.unanswered import ENOUGH, note_opened, note_results
from tests import factories

pytestmark = pytest.mark.django_db


def figures():
    return list(AnsweredQuery.objects.values_list("text", "shown", "opened"))


def test_note_results_is_written_once_enough_visitors_asked():
    for number in range(ENOUGH - 1):
        note_results("Graphite  foil", visitor=f"v{number}")
        note_results("graphite foil", visitor=f"v{number}")
    assert figures() == []

    note_results("GRAPHITE foil", visitor="another")
    note_results("graphite foil", visitor="one more")

    assert figures() == [("graphite foil", ENOUGH + 1, 0)]


def test_note_opened_counts_before_and_after_it_is_written_down():
    for number in range(ENOUGH):
        note_results("foil", visitor=f"v{number}")
        if not number:
            note_opened("foil", visitor="v0")
            note_opened("foil", visitor="v0")
    note_opened("foil", visitor="v1")
    note_opened("foil", visitor="who never saw it")

    assert figures() == [("foil", ENOUGH, 2)]


def test_note_opened_after_half_an_hour_counts_as_abandoned():
    for number in range(ENOUGH):
        note_results("foil", visitor=f"v{number}")
    cache.clear()

    note_opened("foil", visitor="v1")

    assert figures() == [("foil", ENOUGH, 0)]


def test_note_results_keeps_no_visitor_and_no_long_text():
    for number in range(ENOUGH):
        note_results("x" * 300, visitor=f"v{number}")
        note_results("  ", visitor=f"v{number}")

    assert figures() == []


def test_opening_a_result_of_a_search_is_counted_and_leaving_is_shown_to_curators():
    listing = factories.AchievementFactory(title_en="Graphite foil", visibility="public")
    refresh_entries([listing.pk])
    for number in range(ENOUGH + 1):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        page = "/search/?q=graphite"
        assert client.get(page).context["paginator"].count == 1
        if not number:
            referer = f"http://testserver{page}"
            client.get(listing.get_absolute_url(), headers={"referer": referer})
        else:
            client.get(
                listing.get_absolute_url(), headers={"referer": "http://else/search/?q=graphite"}
            )

    assert figures() == [("graphite", ENOUGH + 1, 1)]
    curator = Client()
    curator.force_login(factories.UserFactory(curator=True))
    shown = curator.get("/search/unanswered/")
    assert [(row.text, row.abandoned) for row in shown.context["abandoned"]] == [
        ("graphite", ENOUGH)
    ]
    assert "Results that nobody opened" in shown.content.decode()


def test_what_most_open_is_not_shown_as_abandoned():
    AnsweredQuery.objects.create(text="good", shown=9, opened=8, last_day="2026-01-01")
    AnsweredQuery.objects.create(text="poor", shown=9, opened=1, last_day="2026-01-01")

    assert [row.text for row in AnsweredQuery.objects.abandoned(ENOUGH)] == ["poor"]
