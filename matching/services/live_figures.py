"""How matching does on this site: what people answered, why not, how soon. Aggregates only.

A count below five is never shown, nor a share one of whose two parts is below five; both are None
(“fewer than five”). Rows that are too small for themselves are put together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from achievements.models import Term
from matching.models import Curation, Decision, Match
from matching.signals import reply_times_wanted

LEAST = 5
PLACES = (1, 3, 10)
BANDS = (10, 20, 40, 60, 80, 100)  # points; the last one belongs to its band
WAITED_DAYS = 14  # after so long without an answer there is “none”
FIELD_SCHEME = "hightech"
_MOST_TIMES = 20_000
_KEPT_SECONDS = 300

Row = dict[str, Any]


def live_figures(*, details: bool) -> dict[str, Any]:
    """Everything a page shows; ``details`` adds what is broken down by field and by score.

    Remembered for five minutes. A handful of statements.
    """
    key = f"live-figures:{int(details)}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _figures()
        if details:
            found |= {"by_field": _by_field(), "by_score": _by_score()}
        cache.set(key, found, _KEPT_SECONDS)
    return found


def shown(count: int) -> int | None:
    """A count, or None where it is small but not nothing."""
    return None if 0 < count < LEAST else count


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0–1; None where either part is small, or the whole is."""
    if whole < LEAST or shown(part) is None or shown(whole - part) is None:
        return None
    return round(part / whole, 4)


def _row(accepted: int, answered: int) -> Row:
    return {"answered": shown(answered), "accepted_share": share(accepted, answered)}


def _answered() -> Any:
    """Decisions that say yes or no, also those that a change has overtaken."""
    return Decision.objects.exclude(verdict=Decision.Verdict.SNOOZED)


def _figures() -> dict[str, Any]:
    return {
        "acceptance": _acceptance(),
        "by_origin": _by_origin(),
        "reasons": _reasons(),
        "first_answer": _first_answer(),
        "first_reply": _first_reply(),
        "least": LEAST,
        "waited_days": WAITED_DAYS,
    }


def _acceptance() -> list[Row]:
    """Of the matches among the first k of the side that answered: how many it accepted."""
    rows = []
    for k in PLACES:
        first = Q(side="demand", match__demand_rank__lte=k) | Q(
            side="candidate", match__candidate_rank__lte=k
        )
        verdicts = Counter(_answered().filter(first).values_list("verdict", flat=True))
        rows.append({"k": k, **_row(verdicts[Decision.Verdict.ACCEPTED], verdicts.total())})
    return rows


def _by_origin() -> list[Row]:
    """What the machine found beside what curators proposed: matches answered, and accepted."""
    counts: dict[str, Counter[str]] = {"machine": Counter(), "curated": Counter()}
    proposed = Exists(Curation.objects.filter(match=OuterRef("match")))
    said = _answered().order_by().annotate(proposed=proposed).values_list("proposed", "verdict")
    for by_person, verdict, number in said.annotate(Count("pk")):
        counts["curated" if by_person else "machine"][verdict] = number
    return [
        {"origin": origin, **_row(found[Decision.Verdict.ACCEPTED], found.total())}
        for origin, found in counts.items()
    ]


def _reasons() -> list[Row]:
    """Why matches were dismissed, the most frequent first; small ones together, without a name."""
    dismissed = _answered().filter(verdict=Decision.Verdict.DISMISSED)
    counts = Counter(dismissed.values_list("reason", flat=True))
    large = [(reason, count) for reason, count in counts.items() if count >= LEAST]
    rows = [
        {"reason": reason, "count": count}
        for reason, count in sorted(large, key=lambda pair: (-pair[1], pair[0]))
    ]
    rest = counts.total() - sum(count for _reason, count in large)
    if rest:
        rows.append({"reason": "", "count": shown(rest)})
    return rows


def _first_answer() -> Row:
    """From when a match was found until either side answered it."""
    said = _answered().order_by()
    answered = (
        Match.objects.filter(decisions__in=said)
        .annotate(first=Min("decisions__at"))
        .order_by("-pk")
        .values_list("first", "created_at")[:_MOST_TIMES]
    )
    hours = [(first - found).total_seconds() / 3600 for first, found in answered]
    before = timezone.now() - timedelta(days=WAITED_DAYS)
    waiting = Match.objects.filter(
        ~Exists(said.filter(match=OuterRef("pk"))),
        is_current=True,
        demand_rank__lte=PLACES[-1],
        created_at__lt=before,
    )
    return _times(hours, waiting.count())


def _first_reply() -> Row:
    """From when a conversation was begun until the other side wrote."""
    hours: list[float] = []
    waiting = 0
    answers: list[tuple[Any, Any]] = reply_times_wanted.send(sender=None)
    for _receiver, (some, more) in answers:
        hours += some
        waiting += more
    return _times(hours, waiting)


def _times(hours: Sequence[float], waiting: int) -> Row:
    """Median and ninetieth percentile in hours, and the share that waited in vain."""
    enough = len(hours) >= LEAST
    return {
        "count": shown(len(hours)),
        "median_hours": round(float(np.percentile(hours, 50)), 1) if enough else None,
        "p90_hours": round(float(np.percentile(hours, 90)), 1) if enough else None,
        "unanswered_share": share(waiting, len(hours) + waiting),
    }


def _by_field() -> list[Row]:
    """By the highest classes of the demand's fields; a demand of two counts in both."""
    terms = {term.pk: term for term in Term.objects.filter(scheme__code=FIELD_SCHEME)}
    rows = _answered().filter(match__demand__fields__in=terms)
    return _counted(
        (
            (_root(terms, field), verdict)
            for field, verdict in rows.values_list("match__demand__fields", "verdict")
        ),
        {pk: {"label_en": term.label_en, "label_zh": term.label_zh} for pk, term in terms.items()},
    )


def _root(terms: dict[int, Term], pk: int) -> int:
    while (parent := terms[pk].parent_id) in terms:
        pk = parent
    return pk


def _counted(pairs: Iterable[tuple[int, str]], names: dict[int, Row]) -> list[Row]:
    answered: Counter[int] = Counter()
    accepted: Counter[int] = Counter()
    for key, verdict in pairs:
        answered[key] += 1
        accepted[key] += verdict == Decision.Verdict.ACCEPTED
    order = sorted(answered, key=lambda key: (-answered[key], key))
    return [{**names[key], **_row(accepted[key], answered[key])} for key in order]


def _by_score() -> list[Row]:
    """By the score that texts and facts gave, before answers to others moved it."""
    rows = _answered().values_list("match__score", "match__base_score", "verdict")
    answered: Counter[int] = Counter()
    accepted: Counter[int] = Counter()
    for score, without, verdict in rows:
        points = float(without if without is not None else score) * 100
        band = max((low for low in BANDS[:-1] if points >= low), default=None)
        if band is not None:
            answered[band] += 1
            accepted[band] += verdict == Decision.Verdict.ACCEPTED
    return [
        {"from": low, "to": high, **_row(accepted[low], answered[low])}
        for low, high in pairwise(BANDS)
    ]
