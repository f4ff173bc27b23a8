"""How an import is to be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Organisation, User
from achievements.importing.drafts import Draft
from achievements.models import ImportRun

Mode = ImportRun.Mode
Publication = ImportRun.Publication


@dataclass(frozen=True)
class ImportOptions:
    """How to import.

    ``publication``: leave new listings as drafts, submit them, or publish them at once (experts
    are then admitted by ``by``). ``any_organisation``: a column may name who posts, and inventors
    may be experts of any organisation; only for operators. ``published_at``: when a new listing
    counts as published, for the sample. ``mapping`` and ``corrections`` are those of the run.
    """

    kind: str
    organisation: Organisation | None
    by: User | None = None
    mode: str = Mode.SKIP_BAD
    publication: str = Publication.DRAFT
    dry_run: bool = False
    limit: int | None = None
    any_organisation: bool = False
    is_sample: bool = False
    published_at: Callable[[Draft], datetime] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
