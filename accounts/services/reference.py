"""Reference data: codes with names that come as files and are loaded again after every update."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Region, User
from accounts.services.audit import record_audit

Row = dict[str, Any]


@dataclass
class Changes:
    """What one loading did to one table, in rows; ``first`` is a row it touched, if any."""

    created: int = 0
    updated: int = 0
    retired: int = 0
    unchanged: int = 0
    first: Any = None

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of what is different now, for the audit trail."""
        return {
            "created": self.created,
            "updated": self.updated,
            "retired": self.retired,
        }

    def __bool__(self) -> bool:
        """Whether anything is different now."""
        return any(self.counts.values())


def read_table(path: Path, columns: Iterable[str]) -> list[Row]:
    """The rows of a CSV file (UTF-8, header line) with exactly these columns, values stripped.

    Raises ValidationError naming the file and what is wrong with it: not there, not UTF-8,
    another header, a row with too few or too many cells.
    """
    wanted = list(columns)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValidationError(
            _("%(file)s cannot be read: %(error)s") % {"file": path, "error": error}
        ) from error
    if not lines or lines[0] != wanted:
        raise ValidationError(
            _("%(file)s: the first line must name these columns: %(columns)s")
            % {"file": path, "columns": ",".join(wanted)}
        )
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(wanted):
            raise ValidationError(
                _("%(file)s, row %(row)d: %(found)d cells instead of %(wanted)d")
                % {
                    "file": path,
                    "row": number,
                    "found": len(cells),
                    "wanted": len(wanted),
                }
            )
        rows.append(dict(zip(wanted, (cell.strip() for cell in cells), strict=True)))
    return rows


def read_codes(path: Path, columns: Iterable[str]) -> list[Row]:
    """Like :func:`read_table` for a table with ``code`` and ``parent``.

    Also refuses a code that comes twice and a parent that is no code of the file.
    """
    rows = read_table(path, columns)
    known = {row["code"] for row in rows}
    seen = set()
    for number, row in enumerate(rows, start=2):
        if row["code"] in seen:
            raise ValidationError(
                _("%(file)s, row %(row)d: the code %(code)s comes twice")
                % {"file": path, "row": number, "code": row["code"]}
            )
        if row["parent"] and row["parent"] not in known - {row["code"]}:
            raise ValidationError(
                _("%(file)s, row %(row)d: there is no code %(code)s to be part of")
                % {"file": path, "row": number, "code": row["parent"]}
            )
        seen.add(row["code"])
    return rows


def write_codes(model: Any, rows: list[Row], **scope: Any) -> Changes:
    """Create and update the rows of ``model`` within ``scope`` so that they say what ``rows`` say.

    ``rows`` carry ``code``, ``parent`` (a code or empty) and other fields of the model. Rows of
    the database that are not named stay as they are. Checks every new or changed row and raises
    ValidationError; call it inside a transaction. At most four queries, none of them per row.
    """
    known = {obj.code: obj for obj in model.objects.filter(**scope)}
    fresh = []
    for row in rows:
        if row["code"] not in known:
            # Parents follow below: they may be new themselves.
            values = {name: value for name, value in row.items() if name != "parent"}
            fresh.append(model(**scope, **values))
    _check(fresh, scope)
    known |= {obj.code: obj for obj in model.objects.bulk_create(fresh)}

    changed = []
    for row in rows:
        obj = known[row["code"]]
        values = {name: value for name, value in row.items() if name != "parent"}
        values["parent_id"] = known[row["parent"]].pk if row["parent"] else None
        if any(getattr(obj, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(obj, name, value)
            changed.append(obj)
    _check(changed, scope)
    if changed:
        fields = [name for name in rows[0] if name != "code"]
        model.objects.bulk_update(changed, fields, batch_size=1000)

    new = {obj.code for obj in fresh}
    updated = [obj for obj in changed if obj.code not in new]
    return Changes(
        created=len(fresh),
        updated=len(updated),
        unchanged=len(rows) - len(fresh) - len(updated),
        first=next(iter([*fresh, *updated]), None),
    )


def _check(objects: list[Any], scope: Row) -> None:
    """Validate fields without the foreign keys, each of which would cost a query per row."""
    for obj in objects:
        try:
            obj.clean_fields(exclude={"parent", *scope})
        except ValidationError as error:
            problems = "; ".join(error.messages)
            raise ValidationError(
                _("The row with the code %(code)s is not valid: %(problems)s")
                % {"code": obj.code, "problems": problems}
            ) from error


@transaction.atomic
def load_regions(*, by: User | None = None, path: Path | None = None) -> Changes:
    """Make the regions say what ``path`` says (columns code, parent, name_en, name_zh).

    Without ``path``, the file of this package. Loading the same file again changes nothing.
    Regions that the file does not name stay: organisations and listings may point to them.
    Raises ValidationError with file and row; then nothing is changed.
    """
    path = path or Path(apps.get_app_config("accounts").path) / "regions.csv"
    rows = read_codes(path, ("code", "parent", "name_en", "name_zh"))
    changes = write_codes(Region, rows)
    if changes:
        record_audit(by=by, verb="regions.load", obj=changes.first, changes=changes.counts)
    return changes
