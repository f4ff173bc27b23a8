"""A mail server on this machine that keeps what it is sent, for tests."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.smtp import Envelope, Session


class Server:
    """A mail server that does as told: ``replies`` are given one after another, then 250."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.replies: list[str] = []
        self.on_data = lambda: None
        self.connections = 0

    async def handle_EHLO(self, server, session: Session, envelope, hostname, responses):  # noqa: N802
        """Count connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope: Envelope, address, options):  # noqa: N802
        """Refuse what the next reply says about recipients."""
        if self.replies and self.replies[0].startswith("RCPT "):
            return self.replies.pop(0).removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, or refuse it, or drop the line after taking it."""
        self.on_data()
        reply = self.replies.pop(0) if self.replies else "250 OK"
        if reply[0] in "2D":
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(BytesParser(policy=default).parsebytes(content))
        if reply == "DROP":
            server.transport.close()
        return reply
