"""Statements asked with every search, compiled once for a process.

Making the SQL of a queryset takes longer than asking for a thousand rows. A queryset made with
slots instead of values is compiled once; each question only puts its values in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from numpy.typing import NDArray

from matching.sql.columns import copied


@dataclass(frozen=True)
class Slot:
    """Where a value is put when the statement is asked."""

    name: str


def slot(name: str, cast: str) -> RawSQL:
    """A value to come, as PostgreSQL's type ``cast``."""
    return RawSQL(f"%s::{cast}", [Slot(name)])  # noqa: S611 - a type's name, from our own code


class Statement:
    """A queryset of columns whose slots are filled anew with every question."""

    def __init__(self, rows: QuerySet) -> None:
        self.sql, self.params = rows.query.sql_with_params()

    def columns(self, kinds: Sequence[str], **values: Any) -> list[NDArray[Any]]:
        """Its columns as arrays (:mod:`matching.sql.columns`); every slot needs a value."""
        return copied(
            self.sql,
            [values[one.name] if isinstance(one, Slot) else one for one in self.params],
            kinds,
        )
