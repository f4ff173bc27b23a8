"""How convincing a listing is: rating it, and holding back what is below the set minimum."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from achievements.linting import Facts, Result, Rule, lint
from achievements.linting.checks import CHECKS
from achievements.models import LintRule, LintRuleSet, Listing, ListingQuality, OfficeNote
from achievements.services.writing import ROWS, content_fields, row_fields


def rules_for(kind: str) -> list[Rule]:
    """The rules of a kind, with their weights; one query."""
    rows = LintRule.objects.filter(rule_set__kind=kind, weight__gt=0)
    return [Rule(row.code, row.weight, row.params) for row in rows if row.code in CHECKS]


def facts_of(listing: Listing) -> Facts:
    """What a saved listing says; a query for each of its relations."""
    full = getattr(listing, listing.kind) if type(listing) is Listing else listing
    values = {name: getattr(full, name) for name in content_fields(type(full))}
    values["fields"] = list(full.fields.values_list("pk", flat=True))
    rows = {
        name: [
            {field: getattr(row, field) for field in row_fields(model) if field != "expert"}
            for row in getattr(full, name).all()
        ]
        for name, (model, _parent) in ROWS[listing.kind].items()
    }
    return Facts(listing.kind, values, rows, contact=is_looked_after(listing))


def is_looked_after(listing: Listing) -> bool:
    """Whether a colleague of the organisation looks after it."""
    return OfficeNote.objects.filter(pk=listing.pk, assignee__isnull=False).exists()


def judge_text(kind: str, values: Mapping[str, Any], rows: Any, *, contact: bool) -> Result:
    """The score and hints of what is being written; keeps nothing."""
    return lint(Facts(kind, values, rows, contact), rules_for(kind))


@transaction.atomic
def rate_listing(listing: Listing) -> ListingQuality:
    """Judge a listing as it is and keep the score. No content: ``updated_at`` stays."""
    made_at = timezone.now()
    result = lint(facts_of(listing), rules_for(listing.kind))
    quality, _created = ListingQuality.objects.update_or_create(
        listing_id=listing.pk,
        defaults={
            "score": result.score,
            "findings": [finding.as_data() for finding in result.findings],
            "made_at": made_at,
        },
    )
    return quality


def rate_outstanding(*, batch: int = 200) -> int:
    """Rate listings that changed, or whose rules did, since they were; for the sweep. Returns how
    many. Two at once rate twice and write the same."""
    rows = ListingQuality.objects.outstanding().order_by("pk")
    due = list(rows.select_related("achievement", "demand", "expert")[:batch])
    for listing in due:
        rate_listing(listing)
    return len(due)


def check_quality(listing: Listing) -> None:
    """Raise ValidationError where the listing scores less than its kind needs to be submitted."""
    found = LintRuleSet.objects.filter(kind=listing.kind, minimum__gt=0).first()
    if found is None:
        return
    score = rate_listing(listing).score
    if score < found.minimum:
        raise ValidationError(
            _(
                "Its quality is %(score)d of 100; at least %(minimum)d are needed to submit it. "
                "The hints on the form say what to do."
            )
            % {"score": score, "minimum": found.minimum},
            code="quality",
        )
