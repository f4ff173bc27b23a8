"""The demo's e-mail backend: messages go into a table instead of leaving the machine."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMultiAlternatives

from accounts.models import MailboxMessage


class MailboxBackend(BaseEmailBackend):
    """Stores each message once per Message-ID, as a mailbox that drops repetitions would."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store them; returns how many were given."""
        for message in email_messages:
            built = message.message()
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                parts = [part for part in message.alternatives if part[1] == "text/html"]
                html = str(parts[0][0]) if parts else ""
            MailboxMessage.objects.get_or_create(
                message_id=str(built["Message-ID"])[:300],
                defaults={
                    "sender": message.from_email,
                    "recipients": [address.lower() for address in message.recipients()],
                    "subject": message.subject[:500],
                    "text": str(message.body),
                    "html": html,
                    "headers": {name: str(value) for name, value in built.items()},
                },
            )
        return len(email_messages)
