"""What notifications and letters say, in the reader's language."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, loader

from accounts.bilingual import LANGUAGES, reader_language
from accounts.models import Notification, User
from accounts.signals import subjects_named

logger = logging.getLogger(__name__)
FALLBACK = "default"  # where templates or values are missing: never an error page
NUMBER = "_listing"
Subject = tuple[str, int]  # a noun and the number of one


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
    notification's own ``title``, a neutral sentence takes the place of it all; likewise where the
    ``introduction`` is not the reader's any more. Asks once for each reader and noun, whatever the
    number of notifications.
    """
    named: dict[User, set[Subject]] = {}
    for row in notifications:
        named.setdefault(row.recipient, set()).update(_named_in(row.data))
    readable = {user: _readable(user, subjects) for user, subjects in named.items()}
    return [_render(row, readable[row.recipient]) for row in notifications]


def told_together(notifications: Sequence[Notification]) -> list[list[tuple[Notification, Told]]]:
    """The notifications with their words, in their order; neighbours of one kind that say the same
    besides their titles stand together, so that it is said once."""
    pairs = zip(notifications, render_notifications(notifications), strict=True)
    runs = groupby(pairs, key=lambda pair: (pair[0].kind, pair[1].body))
    return [list(run) for _said, run in runs]


def _named_in(data: dict[str, Any]) -> set[Subject]:
    """All listings and the introduction that the values name."""
    found = {("listing", value) for key, value in data.items() if key.endswith(NUMBER)}
    found |= {("listing", row["listing"]) for row in data.get("listings", ()) if "listing" in row}
    return found | {(noun, data[noun]) for noun in ("introduction",) if noun in data}


def _readable(user: User, subjects: set[Subject]) -> set[Subject]:
    readable: set[Subject] = set()
    for noun in sorted({noun for noun, _number in subjects}):
        ids = {number for each, number in subjects if each == noun}
        answers: Any = subjects_named.send(sender=User, user=user, noun=noun, ids=ids)
        readable |= {(noun, number) for _receiver, answer in answers for number in answer}
    return readable


def _shown(data: dict[str, Any], readable: set[Subject]) -> dict[str, Any]:
    """The values without what may not be read; ``withheld`` counts the listings left out."""
    shown = dict(data)
    for key, value in data.items():
        if key.endswith(NUMBER) and ("listing", value) not in readable:
            name = key.removesuffix(NUMBER)
            shown |= {f"{name}_{language}": "" for language in LANGUAGES}
    if "listings" in data:
        rows = data["listings"]
        kept = [r for r in rows if "listing" not in r or ("listing", r["listing"]) in readable]
        shown |= {"listings": kept, "withheld": len(rows) - len(kept)}
    return shown


def _render(notification: Notification, readable: set[Subject]) -> Told:
    data, kind = notification.data, notification.kind
    title = f"title{NUMBER}"
    if title in data and ("listing", data[title]) not in readable:
        data, kind = {}, "listing_gone"
    elif "introduction" in data and ("introduction", data["introduction"]) not in readable:
        data, kind = {}, "introduction_gone"
    else:
        data = _shown(data, readable)
    context = {**localized_values(data), "kind": kind, "created_at": notification.created_at}
    for found in (kind, FALLBACK):
        try:
            line = render_text(f"notifications/{found}/title.txt", context)
            body = render_text(f"notifications/{found}/body.txt", context)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            logger.exception("a notification of kind %s cannot be put into words", found)
            continue
        return Told(" ".join(line.split()), body)
    return Told(kind, "")
