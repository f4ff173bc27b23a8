"""One row of a file as it was read, before anything is written."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Organisation
from achievements.importing.problems import Problem


@dataclass
class Draft:
    """One row, read. ``values`` are for fields of the model (foreign keys as ``…_id``); ``terms``
    are keys of vocabulary terms or None where the file says nothing; ``tables`` are rows within.
    ``blank``: what fields got whose cells are empty. ``into``: the listing it is merged into as a
    duplicate, and whether its cells replace what differs there (see `importing.merging`)."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    terms: set[int] | None = None
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    organisation: Organisation | None = None
    blank: dict[str, Any] = field(default_factory=dict)
    into: int | None = None
    replaces: bool = False
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What to call the row in a report."""
        return str(self.values.get("title_en") or self.values.get("title_zh") or "")

    @property
    def external_id(self) -> str:
        """The own number; empty where there is none."""
        return str(self.values.get("external_id", ""))

    @property
    def filled(self) -> dict[str, Any]:
        """The values of cells that say something."""
        blank = self.blank
        return {n: v for n, v in self.values.items() if n not in blank or blank[n] != v}
