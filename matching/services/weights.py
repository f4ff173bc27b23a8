"""Versions of the scoring weights: written, compared, activated. Never changed once written."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.services import record_audit
from matching.models import ScoringWeights
from matching.scoring.learning import FIRST_ANSWERS
from matching.scoring.score import FIRST_WEIGHTS
from matching.services.hurry import call_helpers


def active_weights() -> ScoringWeights:
    """The version in use; the first one is written when there is none yet."""
    found = ScoringWeights.objects.filter(active=True).first()
    if found is not None:
        return found
    with transaction.atomic():
        first, _created = ScoringWeights.objects.get_or_create(
            active=True,
            defaults={
                "version": _next_version(),
                "weights": {**FIRST_WEIGHTS, "answers": dict(FIRST_ANSWERS)},
                "note": gettext_noop("The weights this release comes with."),
            },
        )
    return first


def _next_version() -> int:
    newest = ScoringWeights.objects.order_by("-version").values_list("version", flat=True).first()
    return (newest or 0) + 1


@transaction.atomic
def add_version(
    *,
    weights: Mapping[str, Any],
    note: str,
    by: User | None,
    figures: Mapping[str, Any] | None = None,
) -> ScoringWeights:
    """Write a version that is not in use; ``by`` None: a command did. Audited.

    ``figures``: what it was measured with, plain values. Raises ValidationError for weights that
    are not of the shape of those in use, or that no score can be made with.
    """
    _check(weights, active_weights().weights, "")
    if not 0 <= weights["least"] <= weights["strong"] <= 1:
        raise ValidationError(_("“least” must not lie above “strong”, and both between 0 and 1."))
    version = ScoringWeights(
        version=_next_version(),
        weights=dict(weights),
        note=note,
        created_by=by,
        figures=dict(figures or {}),
    )
    version.full_clean()
    version.save()
    record_audit(by=by, verb="weights.add", obj=version, version=version.version)
    return version


def _check(weights: Mapping[str, Any], known: Mapping[str, Any], path: str) -> None:
    """The same names as those in use, each a finite number."""
    if set(weights) != set(known):
        names = ", ".join(sorted(path + name for name in set(weights) ^ set(known)))
        raise ValidationError(
            _("These weights are missing or unknown: %(names)s."), "shape", {"names": names}
        )
    for name, value in weights.items():
        if isinstance(known[name], Mapping):
            if not isinstance(value, Mapping):
                raise ValidationError(
                    _("%(name)s is no group of weights."), "shape", {"name": path + name}
                )
            _check(value, known[name], f"{path}{name}.")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise ValidationError(_("%(name)s is no number."), "shape", {"name": path + name})


@transaction.atomic
def activate_version(*, version: ScoringWeights, by: User) -> ScoringWeights:
    """Take a version into use. Audited; a version in use already stays so and nothing happens.

    Everything is matched anew by it in the background; until then each match stands with the
    score and version that made it. Workers are asked after the commit to begin.
    """
    rows = {row.pk: row for row in ScoringWeights.objects.select_for_update().order_by("pk")}
    chosen = rows[version.pk]
    if chosen.active:
        return chosen
    before = next((row.version for row in rows.values() if row.active), None)
    ScoringWeights.objects.filter(active=True).update(active=False)
    chosen.active = True
    chosen.full_clean()
    chosen.save(update_fields=["active"])
    record_audit(by=by, verb="weights.activate", obj=chosen, version=chosen.version, before=before)
    transaction.on_commit(call_helpers, robust=True)
    return chosen
