"""What notifications and letters say, in the reader's language."""

import logging
from dataclasses import dataclass
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, loader

from accounts.bilingual import LANGUAGES, reader_language
from accounts.models import Notification

logger = logging.getLogger(__name__)
FALLBACK = "default"  # where templates or values are missing: never an error page


@dataclass(frozen=True)
class Told:
    """A notification in words: one line, and what there is to say besides (may be empty)."""

    title: str
    body: str


def render_text(template: str, context: dict[str, Any]) -> str:
    """Render a plain-text template: nothing is escaped, so escape where it meets HTML."""
    found: Any = loader.get_template(template)
    text: str = found.template.render(Context(context, autoescape=False))
    return text.strip()


def localized_values(data: dict[str, Any]) -> dict[str, Any]:
    """``data`` and, for every pair ``x_en``/``x_zh``, an ``x`` in the reader's language.

    Where one language is empty, ``x`` is the other one.
    """
    result = dict(data)
    wanted = reader_language()
    order = (wanted, *(language for language in LANGUAGES if language != wanted))
    for key in data:
        name, _, language = key.rpartition("_")
        if name and language in LANGUAGES:
            values = [data.get(f"{name}_{each}") for each in order]
            result[name] = next((value for value in values if value), "")
    return result


def render_notification(notification: Notification) -> Told:
    """Title and body from ``templates/notifications/<kind>/`` in the active language."""
    context = {
        **localized_values(notification.data),
        "kind": notification.kind,
        "created_at": notification.created_at,
    }
    for kind in (notification.kind, FALLBACK):
        try:
            title = render_text(f"notifications/{kind}/title.txt", context)
            body = render_text(f"notifications/{kind}/body.txt", context)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            logger.exception("a notification of kind %s cannot be put into words", kind)
            continue
        return Told(" ".join(title.split()), body)
    return Told(notification.kind, "")
