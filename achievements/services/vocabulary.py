"""Loading vocabularies: classification schemes and their terms, from files."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.audit import record_audit
from accounts.services.reference import Changes, read_codes, read_table, write_codes
from achievements.models import Scheme, Term
from achievements.services.quantities import reread_quantities

SCHEME_COLUMNS = ("code", "version", "name_en", "name_zh", "source", "file")
TERM_COLUMNS = ("code", "parent", "label_en", "label_zh", "synonyms")
QUANTITIES = "quantity"  # the scheme whose terms have a usual unit

# Any number that nothing else in the project locks with; it spells “vocab”.
_LOCK = 0x766F636162


@transaction.atomic
def load_vocabularies(
    *, by: User | None = None, folder: Path | None = None
) -> dict[Scheme, Changes]:
    """Make schemes and terms say what the files in ``folder`` say; returns what changed in each.

    ``schemes.csv`` names every scheme, its version and its file; of several versions of a scheme
    the one named last is in use. Terms that a file no longer names are retired, never deleted, for
    listings point to them; named again, they come back. Schemes of other codes stay untouched.
    Loading the same files again changes nothing. Writes an audit event for each scheme that
    changed. Raises ValidationError with file and row; then nothing is changed.
    """
    folder = folder or Path(apps.get_app_config("achievements").path) / "vocabularies"
    listed = read_table(folder / "schemes.csv", SCHEME_COLUMNS)
    current = {row["code"]: row["version"] for row in listed}
    with connection.cursor() as cursor:
        # Several processes may start at once after an update.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    superseded = Scheme.objects.filter(current=True, code__in=current)
    for scheme in superseded:
        if scheme.version != current[scheme.code]:
            scheme.current = False  # before its successor, for only one may be in use
            scheme.save(update_fields=["current"])
    result = {}
    for row in listed:
        scheme, renamed = _write_scheme(row, current[row["code"]] == row["version"])
        changes = _write_terms(scheme, folder / row["file"])
        if changes or renamed:
            record_audit(by=by, verb="scheme.load", obj=scheme, changes=changes.counts)
        result[scheme] = changes
    if any(changes for scheme, changes in result.items() if scheme.code == QUANTITIES):
        reread_quantities()
    return result


def _write_scheme(row: dict[str, str], current: bool) -> tuple[Scheme, bool]:
    """The scheme of one line of schemes.csv, and whether it was new or different."""
    values: dict[str, Any] = {name: row[name] for name in ("name_en", "name_zh", "source")}
    values["current"] = current
    identity = {"code": row["code"], "version": row["version"]}
    scheme = Scheme.objects.filter(**identity).first() or Scheme(**identity)
    if scheme.pk and all(getattr(scheme, name) == values[name] for name in values):
        return scheme, False
    for name, value in values.items():
        setattr(scheme, name, value)
    scheme.full_clean()
    scheme.save()
    return scheme, True


def _write_terms(scheme: Scheme, path: Path) -> Changes:
    """Make the terms of ``scheme`` say what the file says; retire those it does not name."""
    measured = scheme.code == QUANTITIES
    rows = read_codes(path, (*TERM_COLUMNS, "unit") if measured else TERM_COLUMNS)
    if not rows:
        # An empty file is a mistake far more often than the wish to retire everything.
        raise ValidationError(_("%(file)s has no terms") % {"file": path})
    for row in rows:
        row["synonyms"] = [name.strip() for name in row["synonyms"].split("|") if name.strip()]
        row["retired"] = False
    changes = write_codes(Term, rows, scheme=scheme)
    gone = scheme.terms.filter(retired=False).exclude(code__in=[row["code"] for row in rows])
    changes.retired = gone.update(retired=True)
    return changes
