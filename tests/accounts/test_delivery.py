"""The outbox against a real SMTP server that accepts, refuses, hesitates and drops."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from threading import Thread

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import Delivery, Notification, User
from accounts.services import notify, update_preferences
from accounts.services.delivery import LEASE, MAX_ATTEMPTS, deliver_due, gather_notifications
from accounts.services.letters import queue_letter
from tests.accounts.telling import told_of_matches
from tests.factories import NotificationFactory, UserFactory
from tests.mail_server import Server
from transfer.embedded.ports import free_port


@pytest.fixture
def smtp(settings) -> Iterator[Server]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 5
    yield server
    controller.stop()


pytestmark = pytest.mark.django_db


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()


def test_deliver_one_notification_sends_both_forms_in_the_readers_language(smtp):
    user = UserFactory(language=User.Language.CHINESE, email="reader@example.org")
    notification = NotificationFactory(recipient=user)

    assert deliver_due() == 1

    [message] = smtp.messages
    delivery = Delivery.objects.get()
    assert message["To"] == "reader@example.org"
    assert "示例大学" in message["Subject"]
    assert message["Message-ID"] == f"<{delivery.pk}@127.0.0.1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = f"http://127.0.0.1:8000/notifications/{notification.pk}/"
    assert link in text_of(message)
    assert f'href="{link}"' in text_of(message, "html")
    assert delivery.started_at is not None
    assert delivery.sent_at is not None
    assert delivery.started_at <= delivery.sent_at


def test_deliver_several_that_say_the_same_says_it_once_with_a_link_each(smtp):
    user = UserFactory()
    rows = told_of_matches(user)
    NotificationFactory(recipient=user)

    assert deliver_due() == 1

    [message] = smtp.messages
    for kind in ("plain", "html"):
        text = text_of(message, kind)
        assert text.count("See who fits and why") == 1
        for row, title in zip(rows, ("1 new match", "2 new matches", "3 new matches"), strict=True):
            assert text.count(f"/notifications/{row.pk}/") == 1
            assert f"{title} for “Listing {row.data['count']}”" in text


def test_deliver_again_sends_nothing(smtp):
    NotificationFactory()

    assert [deliver_due(), deliver_due()] == [1, 0]

    assert len(smtp.messages) == 1


def test_deliver_several_waiting_for_one_reader_shares_one_email(smtp):
    user = UserFactory()
    NotificationFactory.create_batch(3, recipient=user)
    NotificationFactory()

    assert deliver_due() == 2

    assert sorted(message["Subject"] for message in smtp.messages)[0].startswith("3 new")
    assert smtp.connections == 1


def test_deliver_html_escapes_what_people_wrote(smtp):
    NotificationFactory(data={"name_en": "<script>x</script>", "name_zh": ""})

    deliver_due()

    assert "<script>" not in text_of(smtp.messages[0], "html")
    assert "<script>x</script>" in text_of(smtp.messages[0])


def test_deliver_refused_for_now_tries_again_later_under_the_same_id(smtp):
    NotificationFactory()
    smtp.replies = ["451 try again later"]

    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False) as clock:
        assert deliver_due() == 0
        first = Delivery.objects.get()
        assert (first.failed_at, first.sent_at, first.attempts) == (None, None, 1)
        assert first.due_at == timezone.now() + timedelta(minutes=1)
        assert "451" in first.last_error
        assert deliver_due() == 0
        clock.shift(61)
        assert deliver_due() == 1

    assert [message["Message-ID"] for message in smtp.messages] == [f"<{first.pk}@127.0.0.1>"]


def test_deliver_refused_again_doubles_the_pause_and_gives_up_in_the_end(smtp):
    NotificationFactory()
    smtp.replies = ["451 later"] * MAX_ATTEMPTS
    pauses = []

    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False) as clock:
        for _attempt in range(MAX_ATTEMPTS):
            deliver_due()
            delivery = Delivery.objects.get()
            pauses.append((delivery.due_at - timezone.now()) // timedelta(minutes=1))
            clock.move_to(delivery.due_at + timedelta(seconds=1))

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-2] == 360
    assert delivery.failed_at is not None
    assert smtp.messages == []


@pytest.mark.parametrize("reply", ["550 no such user", "RCPT 550 no such user"])
def test_deliver_refused_for_good_gives_up_and_goes_on(smtp, reply):
    bad = NotificationFactory()
    good = NotificationFactory()
    smtp.replies = [reply]

    assert deliver_due() == 1

    failed = Delivery.objects.get(notifications=bad)
    assert failed.failed_at is not None
    assert "550" in failed.last_error
    assert Delivery.objects.get(notifications=good).sent_at is not None


def test_deliver_line_dropped_after_the_server_took_it_sends_again_under_the_same_id(smtp):
    NotificationFactory()
    smtp.replies = ["DROP"]

    assert deliver_due() == 0
    delivery = Delivery.objects.get()
    assert delivery.sent_at is None
    Delivery.objects.update(due_at=timezone.now())
    assert deliver_due() == 1

    assert {message["Message-ID"] for message in smtp.messages} == {f"<{delivery.pk}@127.0.0.1>"}
    assert len(smtp.messages) == 2


def test_deliver_server_away_stops_the_sweep_and_leaves_the_rest_due(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    NotificationFactory.create_batch(3)

    assert deliver_due() == 0

    assert Delivery.objects.undelivered().count() == 3
    assert Delivery.objects.filter(attempts=1).count() == 1
    assert Delivery.objects.due().count() == 2


def test_deliver_worker_dies_while_sending_is_sent_again_after_the_lease(smtp, monkeypatch):
    NotificationFactory()

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False) as clock:
        with monkeypatch.context() as patch:
            patch.setattr("smtplib.SMTP.sendmail", die)
            with pytest.raises(KeyboardInterrupt):
                deliver_due()
        started = Delivery.objects.get()
        assert (started.started_at, started.sent_at) == (timezone.now(), None)
        assert deliver_due() == 0  # somebody may still be sending it
        clock.shift(LEASE + timedelta(seconds=1))
        assert deliver_due() == 1

    assert [message["Message-ID"] for message in smtp.messages] == [f"<{started.pk}@127.0.0.1>"]


@pytest.mark.django_db(transaction=True)
def test_deliver_claim_is_committed_before_the_server_is_spoken_to(smtp):
    NotificationFactory()
    seen: list[tuple[object, object]] = []

    def look() -> None:
        def ask() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT started_at, sent_at FROM accounts_delivery")
                seen.extend(cursor.fetchall())
            connection.close()

        thread = Thread(target=ask)
        thread.start()
        thread.join()

    smtp.on_data = look

    deliver_due()

    [(started, sent)] = seen
    assert started is not None
    assert sent is None


@pytest.mark.django_db(transaction=True)
def test_deliver_two_sweeps_at_once_send_everything_once(smtp):
    NotificationFactory.create_batch(20)
    errors: list[BaseException] = []

    def sweep() -> None:
        try:
            deliver_due()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=sweep) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len({message["To"] for message in smtp.messages}) == 20
    assert len(smtp.messages) == 20


def test_gather_daily_digest_waits_for_eight_where_the_reader_is(smtp):
    user = UserFactory(email_rhythm=User.Rhythm.DAILY, time_zone="Asia/Shanghai")
    with time_machine.travel(datetime(2026, 5, 4, 23, 0, tzinfo=UTC), tick=False) as clock:
        NotificationFactory(recipient=user)  # seven in the morning of the fifth in Shanghai
        assert gather_notifications() == 0
        clock.move_to(datetime(2026, 5, 5, 0, 1, tzinfo=UTC))
        NotificationFactory(recipient=user)  # after eight: for tomorrow
        assert gather_notifications() == 1
        assert Notification.objects.awaiting_delivery().count() == 1
        clock.move_to(datetime(2026, 5, 6, 0, 1, tzinfo=UTC))
        assert gather_notifications() == 1


def test_gather_weekly_digest_waits_for_monday(smtp):
    user = UserFactory(email_rhythm=User.Rhythm.WEEKLY, time_zone="Europe/Berlin")
    with time_machine.travel(datetime(2026, 5, 6, 12, tzinfo=UTC), tick=False) as clock:
        NotificationFactory(recipient=user)  # a Wednesday
        clock.move_to(datetime(2026, 5, 11, 5, 59, tzinfo=UTC))
        assert gather_notifications() == 0
        clock.move_to(datetime(2026, 5, 11, 6, 1, tzinfo=UTC))
        assert gather_notifications() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"email_rhythm": "never"}])
def test_deliver_reader_gone_meanwhile_sends_nothing(smtp, change):
    user = UserFactory()
    NotificationFactory(recipient=user)
    gather_notifications()
    User.objects.filter(pk=user.pk).update(**change)

    assert deliver_due() == 0

    assert smtp.messages == []
    assert Delivery.objects.undelivered().count() == 0


def test_update_preferences_to_never_ends_the_waiting():
    notification = NotificationFactory()

    update_preferences(by=notification.recipient, email_rhythm=User.Rhythm.NEVER)

    assert Notification.objects.awaiting_delivery().count() == 0


def test_letter_once_sent_keeps_no_secret(smtp):
    queue_letter(address="new@example.org", subject="Confirm", text="the secret link", html="")

    assert deliver_due() == 1

    letter = Delivery.objects.get()
    assert (letter.subject, letter.text, letter.html) == ("", "", "")
    assert text_of(smtp.messages[0]).strip() == "the secret link"


def test_letter_with_a_line_break_in_its_subject_stays_one_header():
    queue_letter(address="new@example.org", subject="Hello\r\nBcc: x@example.org", text="x")

    deliver_due()

    assert mail.outbox[0].subject == "Hello Bcc: x@example.org"


@pytest.mark.django_db(transaction=True)
def test_notify_broker_away_still_tells(monkeypatch):
    def refuse(*args, **kwargs):
        raise smtplib.SMTPException("any trouble")

    monkeypatch.setattr("accounts.tasks.deliver.delay", refuse)
    user = UserFactory()

    [told] = notify(recipients=[user], kind="invitation", key="k", path="/", data={})

    assert told.recipient == user
    assert Notification.objects.awaiting_delivery().count() == 1


def test_notify_thrice_in_a_transaction_hurries_once(django_capture_on_commit_callbacks):
    users = UserFactory.create_batch(3)

    with django_capture_on_commit_callbacks() as callbacks:
        for user in users:
            notify(recipients=[user], kind="invitation", key="k", path="/", data={})

    assert len(callbacks) == 1
