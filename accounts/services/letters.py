"""Letters: e-mails that are not notifications, put into the same outbox and sent from there."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.models import Delivery
from accounts.services.outbox import hurry_delivery
from accounts.services.rendering import render_text


def site_address(path: str) -> str:
    """The absolute address of a path of this site; never built from a request's Host header."""
    return f"{settings.SITE_URL}{path}"


def queue_letter(*, address: str, subject: str, text: str, html: str = "") -> Delivery:
    """Put a written e-mail into the outbox, to be sent after the commit.

    The mail server is not spoken to here, so a request neither waits for it nor fails with it.
    """
    letter = Delivery(
        address=address, subject=" ".join(subject.split())[:300], text=text, html=html
    )
    letter.full_clean()
    letter.save()
    hurry_delivery()
    return letter


def write_letter(*, address: str, template: str, context: dict[str, Any]) -> Delivery:
    """Render ``templates/emails/<template>{_subject.txt,.txt,.html}`` in the active language.

    ``context`` is joined by the site's name and address and the language.
    """
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": get_language(),
        **context,
    }
    context["heading"] = render_text(f"emails/{template}_subject.txt", context)
    return queue_letter(
        address=address,
        subject=context["heading"],
        text=render_text(f"emails/{template}.txt", context),
        html=render_to_string(f"emails/{template}.html", context),
    )
