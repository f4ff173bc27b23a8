"""A new version of the weights from what people answered here, and from judged sets."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from matching.models import Decision, ScoringWeights
from matching.scoring.compared_cache import compared_of
from matching.scoring.learning import LEARNT_REASONS
from matching.scoring.learning_weights import (
    Group,
    Pair,
    fit,
    leave_one_out,
    parameters_of,
    report,
    values_of,
    with_values,
)
from matching.scoring.profiles import text_fit
from matching.services.weights import active_weights, add_version
from matching.vectors.similarity import same_statistics

LEAST_ANSWERS = 50
LEAST_OF_EACH = 10
SITE = "this site"


@same_statistics()
def answered_pairs() -> list[Pair]:
    """What people answered here: accepted, or dismissed for a reason of fit by either side."""
    fits = Q(verdict=Decision.Verdict.ACCEPTED) | Q(
        verdict=Decision.Verdict.DISMISSED, reason__in=LEARNT_REASONS
    )
    verdicts: dict[tuple[int, int], bool] = {}
    for demand, candidate, verdict in (
        Decision.objects.filter(fits)
        .order_by("pk")
        .values_list("match__demand", "match__candidate", "verdict")
    ):
        good = verdict == Decision.Verdict.ACCEPTED
        verdicts[demand, candidate] = verdicts.get((demand, candidate), True) and good
    known = compared_of(sorted({pk for pair in verdicts for pk in pair}))
    return [
        Pair(
            str(demand),
            known[demand].side,
            known[candidate].side,
            text_fit(known[demand], known[candidate]),
            good,
        )
        for (demand, candidate), good in sorted(verdicts.items())
        if demand in known and candidate in known
    ]


def enough(pairs: Sequence[Pair]) -> bool:
    """Whether so many answers say more than chance: 50, and 10 of either kind."""
    good = sum(pair.good for pair in pairs)
    return len(pairs) >= LEAST_ANSWERS and min(good, len(pairs) - good) >= LEAST_OF_EACH


def learn_version(groups: Sequence[Group], *, note: str = "") -> ScoringWeights:
    """Write a version learnt from these sets, with its figures; it is not taken into use.

    Raises ValidationError where there is nothing to learn from.
    """
    used = [group for group in groups if len(group.labels)]
    if not used:
        raise ValidationError(_("There is nothing to learn from."))
    weights = active_weights()
    names = parameters_of(weights.weights)
    present = values_of(weights.weights, names)
    values = fit(used, present)
    learnt = with_values(weights.weights, names, values)
    after = values_of(learnt, names)
    figures = {
        "from_version": weights.version,
        "parameters": [
            {"name": name, "before": float(was), "after": float(now)}
            for name, was, now in zip(names, present, after, strict=True)
        ],
        "left_out": leave_one_out(used, present) if len(used) > 1 else [],
        "learnt_from": [report(group, present, after) for group in used],
    }
    text = note or f"Learnt from {', '.join(group.name for group in used)}."
    return add_version(weights=learnt, note=text[:300], by=None, figures=figures)
