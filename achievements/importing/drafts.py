"""One row of a file as it was read, before anything is written."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Organisation
from achievements.importing.problems import Problem


@dataclass
class Draft:
    """One row, read. ``values`` are for fields of the model (foreign keys as ``…_id``); ``terms``
    are keys of vocabulary terms or None where the file says nothing; ``tables`` are rows within."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    terms: set[int] | None = None
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    organisation: Organisation | None = None
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
