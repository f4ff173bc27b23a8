"""Letters: e-mails that are not notifications, put into the same outbox and sent from there."""

import re
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
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


def queue_text(*, address: str, subject: str, text: str) -> Delivery:
    """Put a text written elsewhere into the outbox, in the active language and our frame.

    Addresses of this site become links in the HTML; others do not, for a name may hold one. The
    site's name stands under the text.
    """
    context = {**_site(), "heading": subject, "text": text, "linked": _linked(text)}
    return queue_letter(
        address=address,
        subject=subject,
        text=render_text("emails/letter.txt", context),
        html=render_to_string("emails/letter.html", context),
    )


def _linked(text: str) -> SafeString:
    parts = re.split(rf"({re.escape(settings.SITE_URL)}/\S*)", text)  # text, address, text, ...
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="{0}">{0}</a>', part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


def _site() -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": get_language(),
    }


def write_letter(*, address: str, template: str, context: dict[str, Any]) -> Delivery:
    """Render ``templates/emails/<template>{_subject.txt,.txt,.html}`` in the active language.

    ``context`` is joined by the site's name and address and the language.
    """
    context = {**_site(), **context}
    context["heading"] = render_text(f"emails/{template}_subject.txt", context)
    return queue_letter(
        address=address,
        subject=context["heading"],
        text=render_text(f"emails/{template}.txt", context),
        html=render_to_string(f"emails/{template}.html", context),
    )
