"""The match that the home page shows to visitors."""

from typing import Any

from django import template
from django.core.cache import cache

from accounts.bilingual import reader_language
from achievements.models import Listing
from achievements.presentation import fallback_language
from matching.models import Match
from matching.wording.matches import requirement_rows, score_points

KEPT_SECONDS = 600
NONE_FOUND = 0
CANDIDATES = 50
SHOWN_ROWS = 4

register = template.Library()


@register.inclusion_tag("matching/_public_match.html")
def best_public_match() -> dict[str, Any]:
    """The best match of a demand and an achievement that everyone may read, both titled in the
    reader's language, with requirements; ``match`` is None where there is none.

    Which one it is, or that there is none, is remembered for some minutes; whether it is still open
    to all is asked each time. Two queries.
    """
    language = reader_language()
    rows = Match.objects.open_to_all().filter(kind=Listing.Kind.ACHIEVEMENT).with_details()
    key = f"public-match:{language}"
    kept = cache.get(key)
    if kept == NONE_FOUND:
        return {"match": None}
    match = rows.filter(pk=kept).first() if kept else None
    if match is None:
        match = _telling(rows, f"title_{language}")
        cache.set(key, match.pk if match is not None else NONE_FOUND, KEPT_SECONDS)
    if match is None:
        return {"match": None}
    return {
        "match": match,
        "score": score_points(match),
        "rows": requirement_rows(match)[:SHOWN_ROWS],
        "sides": [(side, fallback_language(side)) for side in (match.demand, match.candidate)],
    }


def _telling(rows: Any, title: str) -> Match | None:
    """The best with as many requirement rows as are shown, or else the best with any."""
    titled = rows.exclude(**{f"demand__{title}": ""}).exclude(**{f"candidate__{title}": ""})
    best = list(titled.order_by("-score", "pk")[:CANDIDATES])
    found = [(match, len(requirement_rows(match))) for match in best]
    full = [match for match, count in found if count >= SHOWN_ROWS]
    return next(iter(full or [match for match, count in found if count]), None)
