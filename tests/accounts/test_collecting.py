"""New things of one topic: each told once, at most two e-mails a day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Delivery, Notification, User
from accounts.services import mark_all_read, notify_of_new, update_preferences
from accounts.services.composing import compose
from accounts.services.delivery import deliver_due, gather_notifications
from tests.factories import NotificationFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)  # a Monday


@pytest.fixture
def user() -> User:
    return UserFactory(time_zone="UTC", email_rhythm=User.Rhythm.AT_ONCE)


def tell(*users: User, items: list[int], topic: str = "matches:1") -> None:
    notify_of_new(
        recipients=users,
        kind="matches_found",
        topic=topic,
        items=items,
        path="/",
        data={"title_en": "Cell", "title_zh": ""},
    )


def subjects() -> list[str]:
    """The subjects of what is sent now."""
    mail.outbox.clear()
    deliver_due()
    return [message.subject for message in mail.outbox]


def counts() -> list[int]:
    return [row.data["count"] for row in Notification.objects.order_by("key")]


def test_each_item_is_told_once(user):
    with time_machine.travel(NOON, tick=False):
        tell(user, items=[1, 2])
        tell(user, items=[2, 1])
        assert subjects() == ["2 new matches for “Cell”"]
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        tell(user, items=[1])
        assert subjects() == []
    assert counts() == [2]


def test_later_items_join_what_still_waits_for_its_email(user):
    with time_machine.travel(NOON, tick=False):
        tell(user, items=[1])
        tell(user, items=[1, 2, 3])
        assert subjects() == ["3 new matches for “Cell”"]


def test_later_items_of_the_day_are_on_the_page_at_once_and_mailed_in_the_morning(user):
    with time_machine.travel(NOON, tick=False) as now:
        tell(user, items=[1])
        assert subjects() == ["1 new match for “Cell”"]
        mark_all_read(by=user)
        for item in (2, 3):
            now.shift(timedelta(hours=1))
            tell(user, items=[item])
            assert subjects() == []
        assert [row.data["count"] for row in user.notifications.unread()] == [2]
        now.move_to(NOON.replace(day=7, hour=8))
        assert subjects() == ["2 new matches for “Cell”"]
        tell(user, items=[4])
        assert subjects() == ["1 new match for “Cell”"]


def test_what_was_read_is_not_counted_again(user):
    with time_machine.travel(NOON, tick=False):
        tell(user, items=[1, 2])
        mark_all_read(by=user)
        tell(user, items=[3])
        row = Notification.objects.get()
        assert (row.data["count"], row.data["items"], row.read_at) == (1, [1, 2, 3], None)


def test_topics_and_readers_are_kept_apart(user):
    other = UserFactory(email_rhythm=User.Rhythm.NEVER)
    with time_machine.travel(NOON, tick=False):
        tell(user, items=[1])
        tell(user, other, items=[1, 2])
        tell(user, items=[1], topic="matches:11")
    told = {(row.recipient_id, row.key.split(":")[1]): row for row in Notification.objects.all()}
    found = {key: row.data["count"] for key, row in told.items()}
    assert found == {(user.pk, "1"): 2, (other.pk, "1"): 2, (user.pk, "11"): 1}
    assert not told[other.pk, "1"].email_wanted


def test_daily_reader_gets_one_digest(user):
    update_preferences(by=user, email_rhythm="daily")
    with time_machine.travel(NOON, tick=False) as now:
        tell(user, items=[1])
        assert subjects() == []
        now.shift(timedelta(hours=1))
        tell(user, items=[2])
        now.move_to(NOON.replace(day=7, hour=8, minute=1))
        assert subjects() == ["2 new matches for “Cell”"]


def test_notification_of_an_earlier_release_grows_as_well(user):
    with time_machine.travel(NOON, tick=False):
        NotificationFactory(recipient=user, key="matches:1:2030-05-06", data={"count": 2})
        tell(user, items=[7])
        assert Notification.objects.get().data["items"] == [7]
    assert counts() == [3]


def test_one_email_of_many_notifications_asks_for_its_reader_once(user):
    def queries(topics: list[str]) -> int:
        for topic in topics:
            tell(user, items=[1], topic=topic)
        gather_notifications()
        delivery = Delivery.objects.get(notifications__key__startswith=f"{topics[0]}:")
        with CaptureQueriesContext(connection) as captured:
            assert compose(delivery) is not None
        return len(captured)

    assert queries(["matches:1"]) == queries([f"matches:{n}" for n in (2, 3, 4)])
