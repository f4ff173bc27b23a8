"""The outbox: notifications are put into e-mails by each reader's rhythm, and e-mails are sent.

How near to once: claiming an e-mail commits ``started_at`` and a later ``due_at`` before the mail
server is spoken to, so two sweeps never send the same one. When the worker dies, or the
connection drops, between the server's acceptance and our ``sent_at``, nobody can know whether the
server took it; the e-mail is sent again after ``LEASE``, under the same Message-ID, which lets
mailboxes and readers recognise it. So: never lost, and twice only in that window.
"""

import logging
import smtplib
from datetime import timedelta
from itertools import groupby
from time import monotonic

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from accounts.models import Delivery, Notification
from accounts.services.composing import compose

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than one SMTP dialogue can take (EMAIL_TIMEOUT a step)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
MAX_ATTEMPTS = 14  # a server may be away for two days
BATCH = 200
# The server is away, or took the connection and then said nothing: each further e-mail would only
# keep the sweep from its other work for another EMAIL_TIMEOUT.
UNREACHABLE = (
    *(ConnectionError, TimeoutError),
    *(smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected),
)
LONGEST_SWEEP = 240  # seconds; the next sweep goes on


def deliver_due(limit: int = 500) -> int:
    """Gather what awaits delivery into e-mails and send at most ``limit`` of those due.

    Returns how many the mail server accepted. May run in several processes at once. A server that
    cannot be reached ends the sweep; the rest stays due.
    """
    gather_notifications()
    sent = 0
    connection = get_connection()
    until = monotonic() + LONGEST_SWEEP
    try:
        for _attempt in range(limit):
            delivery = _claim() if monotonic() < until else None
            if delivery is None:
                break
            outcome = _send(delivery, connection)
            sent += outcome == "sent"
            if outcome == "unreachable":
                break
    finally:
        _close(connection)
    return sent


def gather_notifications() -> int:
    """Put every notification whose reader's hour has come into an e-mail; returns how many mails.

    Those waiting for one reader share one e-mail. Rows that another sweep holds are skipped.
    """
    made = 0
    while True:
        with transaction.atomic():
            waiting = list(
                Notification.objects.due_for_delivery()
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("recipient_id", "created_at", "pk")[:BATCH]
            )
            if not waiting:
                return made
            groups = [list(g) for _, g in groupby(waiting, key=lambda row: row.recipient_id)]
            if len(waiting) == BATCH and len(groups) > 1:
                groups.pop()  # perhaps cut off; the next round takes it whole
            for rows in groups:
                delivery = Delivery.objects.create(
                    recipient_id=rows[0].recipient_id, is_digest=len(rows) > 1
                )
                Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
                    delivery=delivery
                )
                made += 1


def _claim() -> Delivery | None:
    """Take one due e-mail for this process: committed before anything is sent."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.due().select_for_update(skip_locked=True).order_by("due_at").first()
        )
        if delivery is not None:
            now = timezone.now()
            delivery.attempts += 1
            delivery.started_at, delivery.due_at = now, now + LEASE
            delivery.save(update_fields=["attempts", "started_at", "due_at"])
        return delivery


def _send(delivery: Delivery, connection: BaseEmailBackend) -> str:
    """Speak to the mail server; returns "sent", "failed", "later" or "unreachable"."""
    try:
        message = compose(delivery)
        if message is None:
            _give_up(delivery, "nobody to send it to")
            return "failed"
        connection.open()  # stays open for the next e-mail
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001 - one bad e-mail must not stop the others
        _close(connection)
        return _note_failure(delivery, error)
    delivery.sent_at = timezone.now()
    delivery.subject = delivery.text = delivery.html = delivery.last_error = ""
    delivery.save(update_fields=["sent_at", "subject", "text", "html", "last_error"])
    return "sent"


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        logger.info("the mail server had already gone")


def _is_permanent(error: Exception) -> bool:
    """Whether the server refused this e-mail for good (5xx about the recipient or the content)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reason in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _note_failure(delivery: Delivery, error: Exception) -> str:
    """Try again later with doubling pauses, or give up."""
    description = f"{type(error).__name__}: {error}"[:300]
    if _is_permanent(error) or delivery.attempts >= MAX_ATTEMPTS:
        _give_up(delivery, description)
        return "failed"
    pause = min(FIRST_RETRY * 2 ** (delivery.attempts - 1), LONGEST_RETRY)
    delivery.due_at = timezone.now() + pause
    delivery.last_error = description
    delivery.save(update_fields=["due_at", "last_error"])
    logger.warning("e-mail %s later: %s", delivery.pk, type(error).__name__)
    return "unreachable" if isinstance(error, UNREACHABLE) else "later"


def _give_up(delivery: Delivery, reason: str) -> None:
    delivery.failed_at = timezone.now()
    delivery.last_error = reason
    delivery.subject = delivery.text = delivery.html = ""
    delivery.save(update_fields=["failed_at", "last_error", "subject", "text", "html"])
    logger.error("e-mail %s given up", delivery.pk)
