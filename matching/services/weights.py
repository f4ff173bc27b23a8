"""Versions of the scoring weights."""

from django.db import transaction

from matching.models import ScoringWeights
from matching.scoring import FIRST_WEIGHTS


def active_weights() -> ScoringWeights:
    """The version in use; the first one is written when there is none yet."""
    found = ScoringWeights.objects.filter(active=True).first()
    if found is not None:
        return found
    with transaction.atomic():
        first, _created = ScoringWeights.objects.get_or_create(
            version=1,
            defaults={"weights": FIRST_WEIGHTS, "active": True, "note": "The first version."},
        )
    return first
