"""Two sweeps at once, on leap days, and with clocks that are wrong."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent, Member, Notification
from achievements.models import Appeal, Expert, Listing
from achievements.working_days import site_today
from matching.embedding import current
from matching.management.commands.sweep import Command, logger
from matching.models import Decision, DuplicatePair, Match, SavedSearch, SavedSearchHit
from matching.services.saved_searches import create_saved_search
from matching.services.weights import active_weights
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    NotificationFactory,
    ReportFactory,
    ReviewFactory,
    UserFactory,
)
from tests.faults.calling import twice_at_once
from tests.faults.conftest import count
from tests.faults.jobs import ROWS, Jobs
from tests.matching.conftest import WordEmbedder

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOMENTS = [
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2028, 12, 31, 23, 50, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 50, tzinfo=UTC),  # the clocks of Europe are put forward
][: count("FAULT_MOMENTS", 1)]
# What the sweep tells people of, each once.
TOLD = {
    *("listing_expired", "listing_expiring", "admission_ending", "admission_lapsed"),
    *("listing_reported", "appeal_made", "matches_back", "saved_search_hits"),
    "organisation_verified",  # waits for its e-mail only
}


@pytest.fixture(autouse=True)
def _quick_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model has tests of its own."""
    monkeypatch.setattr(current, "_local", WordEmbedder)
    monkeypatch.setattr(current, "LOCAL_NAME", WordEmbedder.name)


@pytest.fixture(autouse=True)
def _errors_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep logs a chore that fails, and goes on; here it ends."""

    def fail(text: str, name: str) -> None:
        raise AssertionError(name) from sys.exception()

    monkeypatch.setattr(logger, "exception", fail)


def everything_due(member: Member, jobs: Jobs) -> None:
    """Something for each chore of the sweep."""
    today, now = site_today(), timezone.now()
    UserFactory(curator=True)
    UserFactory(moderator=True)
    organisation = member.organisation
    AchievementFactory(organisation=organisation, expires_at=now - HOUR)
    AchievementFactory(organisation=organisation, expires_at=now + 5 * DAY)
    for days in (10, -1):
        expert = ExpertFactory()
        Expert.objects.filter(pk=expert.pk).update(admitted_until=today + days * DAY)
    ReportFactory(due_on=today)
    taken_down = AchievementFactory(organisation=organisation, state="draft")
    review = ReviewFactory(listing=taken_down, verdict="taken_down", reason="other")
    Appeal.objects.create(review=review, statement="It is right.", by=member.user, due_on=today)
    match = Match.objects.create(
        demand=DemandFactory(organisation=organisation),
        candidate=AchievementFactory(),
        kind="achievement",
        score=Decimal("0.7"),
        weights=active_weights(),
    )
    Decision.objects.create(
        match=match,
        side="demand",
        verdict="snoozed",
        organisation=organisation,
        by=member.user,
        snoozed_until=today,
    )
    reader = UserFactory()
    create_saved_search(by=reader, name="Pumps", query="q=pump", rhythm="at_once")
    create_saved_search(by=reader, name="Results", query="kind=achievement", rhythm="daily")
    SavedSearch.objects.update(checked_until=now - 2 * DAY, created_at=now - 3 * DAY)
    same = "A pump for oil that stands in deep water and needs no service for ten years"
    for _copy in range(2):
        AchievementFactory(title_en=same, title_zh="", summary_en=same, solution_en=same)
    NotificationFactory()
    jobs.ask(3)


def effects(jobs: Jobs) -> dict[str, Counter[object]]:
    """What the sweep has done, by what it was done to."""
    notices = Notification.objects.order_by("pk")
    told = [(row.recipient_id, row.kind, row.key) for row in notices]
    items = [
        (row.recipient_id, row.path, item) for row in notices for item in row.data.get("items", ())
    ]
    audited = AuditEvent.objects.values_list("verb", "object_type", "object_id")
    return {
        "told": Counter(told),
        "items": Counter(items),
        "audited": Counter(audited.filter(actor=None)),
        "imported": Counter(
            Listing.objects.filter(title_en__startswith="Import").values_list("title_en", flat=True)
        ),
        "hits": Counter(SavedSearchHit.objects.values_list("saved_search", "listing")),
        "pairs": Counter(DuplicatePair.objects.values_list("first", "second")),
        "mails": Counter(str(each["Message-ID"]) for each in jobs.letters.messages),
    }


def sweep() -> None:
    """One round, as the process does it."""
    Command()._round(Event())


@pytest.mark.parametrize("moment", MOMENTS)
def test_sweeps_at_once_do_everything_once_whatever_the_clock_says(
    moment: datetime, member: Member, jobs: Jobs
):
    with time_machine.travel(moment, tick=True) as clock:
        everything_due(member, jobs)
        for _round in range(2):
            twice_at_once(sweep)
        done = effects(jobs)
        for shift in (HOUR, -2 * HOUR, HOUR):
            clock.shift(shift)
            twice_at_once(sweep)
        after = effects(jobs)

    assert {kind for _who, kind, _key in done["told"]} >= TOLD
    assert len(done["imported"]) == ROWS
    assert {name: len(found) for name, found in done.items() if not found} == {}
    for name, found in done.items():
        assert {key: times for key, times in found.items() if times > 1} == {}, name
        assert after[name] == found, name


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("wrong", [HOUR, -HOUR], ids=["fast", "slow"])
def test_alerts_miss_nothing_when_a_clock_that_was_wrong_is_put_right(wrong: timedelta):
    reader = UserFactory()
    create_saved_search(by=reader, name="Pumps", query="kind=achievement", rhythm="at_once")
    SavedSearch.objects.update(created_at=timezone.now() - DAY)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        first = AchievementFactory()
        clock.shift(wrong)
        sweep()
        clock.shift(timedelta(minutes=20) - wrong)
        second = AchievementFactory()
        sweep()
        clock.shift(2 * HOUR)
        sweep()

    found = Counter(SavedSearchHit.objects.values_list("listing", flat=True))
    assert found == Counter([first.pk, second.pk])
