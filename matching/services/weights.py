"""Versions of the scoring weights."""

from django.db import transaction

from matching.learning import FIRST_ANSWERS
from matching.models import ScoringWeights
from matching.scoring import FIRST_WEIGHTS


def active_weights() -> ScoringWeights:
    """The version in use; the first one is written when there is none yet."""
    found = ScoringWeights.objects.filter(active=True).first()
    if found is not None:
        return found
    newest = ScoringWeights.objects.order_by("-version").values_list("version", flat=True).first()
    with transaction.atomic():
        first, _created = ScoringWeights.objects.get_or_create(
            active=True,
            defaults={
                "version": (newest or 0) + 1,
                "weights": {**FIRST_WEIGHTS, "answers": dict(FIRST_ANSWERS)},
                "note": "The weights this release comes with.",
            },
        )
    return first
