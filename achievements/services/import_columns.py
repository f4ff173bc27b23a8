"""What the columns of an organisation's files mean, as somebody chose it once."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Organisation
from achievements.importing.columns import folded, targets_of
from achievements.models import ImportMapping, ImportRun

_HEADER = 255


def remembered(kind: str, organisation: Organisation | None) -> dict[str, str]:
    """Folded header → field, as chosen for earlier files of this kind."""
    if organisation is None:
        return {}
    rows = ImportMapping.objects.filter(organisation=organisation, kind=kind)
    known = targets_of(kind)
    return {row.header: row.target for row in rows if not row.target or row.target in known}


def choose_columns(run: ImportRun, mapping: Mapping[str, str]) -> dict[str, str]:
    """Check what was chosen for a file, header → field, and remember it for the organisation.

    Returns it by folded header. Raises ValidationError for an unknown field, and when two headers
    are to mean the same. Runs inside the transaction of the verb that calls it.
    """
    known = targets_of(run.kind)
    chosen = {folded(header)[:_HEADER]: target for header, target in mapping.items()}
    given = [target for target in chosen.values() if target]
    for target in given:
        if target not in known:
            raise ValidationError(_("There is no such field."), code="column")
    if len(set(given)) < len(given):
        raise ValidationError(
            _("Two columns are to mean the same. Choose another field for one of them."),
            code="column",
        )
    if run.organisation is not None:
        ImportMapping.objects.bulk_create(
            [
                ImportMapping(
                    organisation=run.organisation, kind=run.kind, header=header, target=target
                )
                for header, target in chosen.items()
            ],
            update_conflicts=True,
            unique_fields=["organisation", "kind", "header"],
            update_fields=["target"],
        )
    return chosen
