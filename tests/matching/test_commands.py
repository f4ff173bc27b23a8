"""The sweep and the status command, and what happens when messages get lost."""

import json
from io import StringIO
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Delivery
from achievements.models import Listing
from achievements.signals import listings_changed
from matching import tasks
from matching.models import IndexEntry, Match
from matching.services import hurry, outstanding
from matching.services.embeddings import embed_entries
from matching.services.statistics import refresh_statistics
from tests import factories

TOPIC = "Solid electrolyte for lithium batteries with high energy density"
OTHERS = ("Weaving of carpets", "Vaccines against influenza", "Concrete bridges", "Fish farming")


def _listings() -> None:
    factories.DemandFactory(title_en=TOPIC, title_zh="固态电解质电池")
    factories.AchievementFactory(title_en=TOPIC, title_zh="固态电解质电池")
    for title in OTHERS:
        factories.AchievementFactory(title_en=title, title_zh="")


def _status() -> dict[str, dict[str, int | None]]:
    out = StringIO()
    call_command("matching_status", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_sweep_once_does_all_outstanding_work():
    _listings()
    past = factories.AchievementFactory(expires_at=timezone.now() - timezone.timedelta(days=1))
    note = factories.NotificationFactory()
    factories.NotificationFactory(email_after=timezone.now() + timezone.timedelta(hours=9))  # held
    before = _status()
    assert before["stale"]["count"] == 7
    assert before["undelivered"]["count"] == 1

    call_command("sweep", "--once", stdout=StringIO(), stderr=StringIO())

    assert {name: line["count"] for name, line in _status().items()} == {
        "stale": 0,
        "unembedded": 0,
        "unmatched": 0,
        "unchecked": 0,
        "undelivered": 0,
    }
    assert Match.objects.exists()
    assert Delivery.objects.get(recipient=note.recipient).sent_at is not None
    past.refresh_from_db()
    assert past.state == "expired"


@pytest.mark.django_db
def test_status_tells_the_age_of_the_oldest():
    listing = factories.AchievementFactory()
    Listing.objects.filter(pk=listing.pk).update(
        updated_at=timezone.now() - timezone.timedelta(hours=2)
    )

    assert 7200 <= (_status()["stale"]["oldest_seconds"] or 0) < 7300
    out = StringIO()
    call_command("matching_status", stdout=out)
    assert "oldest      2 h" in out.getvalue()


@pytest.mark.django_db
def test_change_workers_are_hurried_after_the_commit_and_match(django_capture_on_commit_callbacks):
    _listings()
    ids = list(Listing.objects.order_by("pk").values_list("pk", flat=True))

    with django_capture_on_commit_callbacks(execute=True):
        listings_changed.send(Listing, listing_ids=ids)

    assert IndexEntry.objects.filter(matched_source_at__isnull=False).count() == len(ids)


@pytest.mark.django_db
def test_change_broker_away_costs_nothing_but_leaves_a_row(
    django_capture_on_commit_callbacks, monkeypatch
):
    def away(*args: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(tasks.embed_and_match, "delay", away)
    listing = factories.AchievementFactory()

    with django_capture_on_commit_callbacks(execute=True):
        listings_changed.send(Listing, listing_ids=[listing.pk])

    assert _status()["unembedded"]["count"] == 1


@pytest.mark.django_db
def test_change_of_many_at_once_sends_one_message_that_is_soon_too_old(
    django_capture_on_commit_callbacks, monkeypatch
):
    sent: list[object] = []
    monkeypatch.setattr(tasks.embed_and_match, "delay", lambda _pk: sent.append("one"))
    monkeypatch.setattr(
        tasks.work_outstanding, "apply_async", lambda _args, expires: sent.append(expires)
    )
    ids = [one.pk for one in factories.AchievementFactory.create_batch(hurry.MOST_MESSAGES + 1)]

    with django_capture_on_commit_callbacks(execute=True):
        listings_changed.send(Listing, listing_ids=ids)

    assert sent == [hurry.HELP_SECONDS]


@pytest.mark.django_db
def test_task_delivered_twice_or_for_a_listing_that_is_gone_changes_nothing():
    _listings()
    demand = Listing.objects.get(kind="demand")
    call_command("sweep", "--once", stdout=StringIO(), stderr=StringIO())
    before = list(Match.objects.values())

    assert tasks.embed_and_match(demand.pk) == 0
    assert tasks.embed_and_match(10**9) == 0

    assert list(Match.objects.values()) == before


@pytest.mark.django_db
def test_matching_waits_for_the_first_statistics_and_is_done_once():
    _listings()
    outstanding.index_outstanding()
    while embed_entries():
        pass

    assert outstanding.match_outstanding() == 0
    assert not Match.objects.exists()
    refresh_statistics()

    assert outstanding.match_outstanding() == Listing.objects.count()
    assert outstanding.match_outstanding() == 0


@pytest.mark.django_db(transaction=True)
def test_work_two_processes_at_once_do_everything_once(monkeypatch):
    _listings()
    for number in range(4):
        factories.DemandFactory(title_en=f"{TOPIC} {number}", title_zh="")
    calls: list[int] = []
    match = outstanding.match_listing
    monkeypatch.setattr(outstanding, "match_listing", lambda pk: calls.append(pk) or match(pk))
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while outstanding.work_for(60):
                pass
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(calls) == sorted(Listing.objects.values_list("pk", flat=True))
    assert _status()["unmatched"]["count"] == 0
