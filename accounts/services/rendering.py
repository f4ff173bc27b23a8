"""What notifications and letters say, in the reader's language."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, loader

from accounts.bilingual import LANGUAGES, reader_language
from accounts.models import Notification, User
from accounts.signals import listings_named

logger = logging.getLogger(__name__)
FALLBACK = "default"  # where templates or values are missing: never an error page
GONE = "listing_gone"  # where the listing may not be named any more
NUMBER = "_listing"
SUBJECT = f"title{NUMBER}"


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
    """One of :func:`render_notifications`."""
    return render_notifications([notification])[0]


def render_notifications(notifications: Sequence[Notification]) -> list[Told]:
    """Titles and bodies from ``templates/notifications/<kind>/`` in the active language.

    Listings that a reader may not see any more are named no more: a value that names a listing
    (``x_en``, ``x_zh`` with its number in ``x_listing``) is empty, and where it is the
    notification's own ``title``, a neutral sentence takes the place of it all. Asks once for each
    reader, whatever the number of notifications.
    """
    named: dict[User, set[int]] = {}
    for row in notifications:
        named.setdefault(row.recipient, set()).update(_listings_in(row.data))
    readable = {user: _readable(user, ids) for user, ids in named.items()}
    return [_render(row, readable[row.recipient]) for row in notifications]


def _listings_in(data: dict[str, Any]) -> set[int]:
    """The numbers of all listings that the values name."""
    found = {value for key, value in data.items() if key.endswith(NUMBER)}
    found |= {item["listing"] for item in data.get("listings", ()) if "listing" in item}
    return found


def _readable(user: User, listing_ids: set[int]) -> set[int]:
    readable: set[int] = set()
    if listing_ids:
        answers: Any = listings_named.send(sender=User, user=user, listing_ids=listing_ids)
        for _receiver, answer in answers:
            readable |= answer
    return readable


def _shown(data: dict[str, Any], readable: set[int]) -> dict[str, Any]:
    """The values without what may not be read; ``withheld`` counts the listings left out."""
    shown = dict(data)
    for key, value in data.items():
        if key.endswith(NUMBER) and value not in readable:
            name = key.removesuffix(NUMBER)
            shown |= {f"{name}_{language}": "" for language in LANGUAGES}
    if "listings" in data:
        rows = data["listings"]
        kept = [row for row in rows if "listing" not in row or row["listing"] in readable]
        shown |= {"listings": kept, "withheld": len(rows) - len(kept)}
    return shown


def _render(notification: Notification, readable: set[int]) -> Told:
    data, kind = notification.data, notification.kind
    if SUBJECT not in data or data[SUBJECT] in readable:
        data = _shown(data, readable)
    else:
        data, kind = {}, GONE
    context = {**localized_values(data), "kind": kind, "created_at": notification.created_at}
    for found in (kind, FALLBACK):
        try:
            title = render_text(f"notifications/{found}/title.txt", context)
            body = render_text(f"notifications/{found}/body.txt", context)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            logger.exception("a notification of kind %s cannot be put into words", found)
            continue
        return Told(" ".join(title.split()), body)
    return Told(kind, "")
