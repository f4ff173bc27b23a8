"""A mail server that is away, silent, busy, slow, refuses, and hangs up at a bad moment."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from accounts.models import Delivery
from accounts.services.delivery import LONGEST_RETRY, deliver_due
from tests.factories import NotificationFactory, UserFactory
from tests.faults.calling import twice_at_once
from tests.mail_server import Server
from transfer.embedded.ports import free_port

MAILS = 12
NOBODY = "nobody@example.org"  # the server refuses the address
UNWANTED = "unwanted@example.org"  # the server refuses the content


class Moody(Server):
    """In one mood after another; two addresses it refuses in all of them."""

    mood = "well"

    def __init__(self) -> None:
        super().__init__()
        self.lost: Counter[str] = Counter()  # taken without saying so, by address

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One address does not exist."""
        if self.mood == "busy":
            return "450 Try again later"
        if address == NOBODY:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take it, or not."""
        if envelope.rcpt_tos == [UNWANTED]:
            return "554 Not wanted here"
        if self.mood == "full":
            return "452 Insufficient system storage"
        if self.mood == "slow":
            time.sleep(0.1)
        if self.mood == "gone before":
            server.transport.close()
            return "250 OK"
        if self.mood == "gone after":
            self.lost.update(envelope.rcpt_tos)
            self.replies = ["DROP"]
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def smtp(settings: Any) -> Iterator[Controller]:
    """The server of the outbox, with little patience on our side."""
    controller = Controller(Moody(), hostname="127.0.0.1", port=free_port())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 1
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.django_db(transaction=True)
def test_mail_server_in_every_mood_loses_no_mail_and_gets_none_twice(
    smtp: Controller, settings: Any
):
    server = smtp.handler
    NotificationFactory.create_batch(MAILS)
    for address in (NOBODY, UNWANTED):
        NotificationFactory(recipient=UserFactory(email=address))

    with time_machine.travel(timezone.now(), tick=True) as clock:
        for mood in ("away", "busy", "full", "gone before", "gone after", "slow", "well"):
            server.mood = mood
            settings.EMAIL_PORT = 1 if mood == "away" else smtp.port
            twice_at_once(lambda: deliver_due(limit=MAILS // 3))
            clock.shift(LONGEST_RETRY + timedelta(minutes=1))
        twice_at_once(deliver_due)

    got = Counter(str(message["To"]) for message in server.messages)
    ids = {str(message["Message-ID"]) for message in server.messages}
    given_up = {d.recipient.email: d.last_error for d in Delivery.objects.exclude(failed_at=None)}
    assert Delivery.objects.exclude(sent_at=None).count() == MAILS
    assert len(got) == len(ids) == MAILS
    assert got - server.lost == Counter(dict.fromkeys(got, 1))
    assert set(given_up) == {NOBODY, UNWANTED}
    assert "No such user" in given_up[NOBODY]
    assert "Not wanted here" in given_up[UNWANTED]


@pytest.mark.django_db(transaction=True)
def test_mail_server_that_says_nothing_holds_a_sweep_up_once(smtp: Controller, settings: Any):
    """And not once for each e-mail: the sweep has other work to do."""
    NotificationFactory.create_batch(3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_PORT = silent.getsockname()[1]

        assert deliver_due() == 0

    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    settings.EMAIL_PORT = smtp.port
    assert deliver_due() == 2
