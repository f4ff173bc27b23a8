"""How exposure is spread over the listings, and what the fair chance does. For administrators."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from achievements.models import Listing
from matching.models import Chance, Decision, Exposure, IndexEntry, Match

AGES = (90, 365)  # days that an organisation has been here
_KEPT_SECONDS = 300
_TOP = 0.1

Row = dict[str, Any]


def exposure_report() -> dict[str, Any]:
    """Shares of live listings never shown and how the rest is spread, by group; remembered for
    five minutes. Four statements, of which one reads a row for each live listing."""
    found: dict[str, Any] | None = cache.get("exposure-report")
    if found is None:
        found = _report()
        cache.set("exposure-report", found, _KEPT_SECONDS)
    return found


def never_shown() -> QuerySet[Listing]:
    """Live listings that nobody has been shown, the longest published first."""
    live = IndexEntry.objects.live().values("pk")
    rows = Listing.objects.filter(pk__in=live, exposure__isnull=True)
    rows = rows.exclude(disclosure=Listing.Disclosure.SEALED)
    return rows.select_related("organisation").order_by("published_at", "pk")


def _report() -> dict[str, Any]:
    shown = Coalesce(F("listing__exposure__lists"), 0) + Coalesce(
        F("listing__exposure__searches"), 0
    )
    shown += Coalesce(F("listing__exposure__matches"), 0)
    rows = list(
        IndexEntry.objects.live()
        .annotate(shown=shown)
        .values_list("kind", "languages", "listing__organisation__created_at", "shown")
    )
    now = timezone.now()
    groups: dict[str, dict[str, list[int]]] = {"kind": {}, "language": {}, "age": {}}
    for kind, languages, created, count in rows:
        groups["kind"].setdefault(kind, []).append(count)
        groups["language"].setdefault(languages, []).append(count)
        groups["age"].setdefault(_age(now, created), []).append(count)
    return {
        "all": spread([count for *_rest, count in rows]),
        **{
            name: [{"group": key, **spread(counts)} for key, counts in sorted(found.items())]
            for name, found in groups.items()
        },
        "places": Exposure.objects.aggregate(
            **{name: Coalesce(Sum(name), 0) for name in ("lists", "searches", "matches")}
        ),
        "chance": _chance(),
    }


def _age(now: Any, created: Any) -> str:
    if created is None:
        return "none"
    days = (now - created) / timedelta(days=1)
    return "new" if days < AGES[0] else "young" if days < AGES[1] else "old"


def spread(counts: Sequence[int]) -> Row:
    """Of so many listings: how many were never shown, the share of impressions that the tenth
    shown most has, and the Gini coefficient (0: all alike, 1: one has all)."""
    values = np.sort(np.asarray(counts, dtype=np.float64))
    total, number = float(values.sum()), len(values)
    top = max(round(number * _TOP), 1)
    gini = None
    if total:
        places = np.arange(1, number + 1)
        gini = float((2 * (places * values).sum() / (number * total)) - (number + 1) / number)
    return {
        "listings": number,
        "never": int((values == 0).sum()),
        "impressions": int(total),
        "top_share": round(float(values[-top:].sum()) / total, 4) if total else None,
        "gini": round(gini, 4) if gini is not None else None,
    }


def _chance() -> Row:
    """Matches shown for the fair chance beside all others: how many were answered, and accepted."""
    said = Decision.objects.filter(match=OuterRef("pk")).exclude(verdict=Decision.Verdict.SNOOZED)
    rows = Match.objects.annotate(
        by_chance=Exists(Chance.objects.filter(match=OuterRef("pk"))),
        answered=Exists(said),
        accepted=Exists(said.filter(verdict=Decision.Verdict.ACCEPTED)),
    )
    counted = (
        rows.order_by()
        .values("by_chance")
        .annotate(
            matches=Count("pk"),
            said=Count("pk", filter=Q(answered=True)),
            yes=Count("pk", filter=Q(accepted=True)),
        )
    )
    found = {row["by_chance"]: row for row in counted}
    return {
        name: {
            "matches": row["matches"] if row else 0,
            "answered": row["said"] if row else 0,
            "accepted": row["yes"] if row else 0,
        }
        for name, row in (("seldom_seen", found.get(True)), ("others", found.get(False)))
    }
