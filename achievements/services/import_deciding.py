"""Doing with the duplicates among a file's rows what was chosen for them."""

from typing import Any

from accounts.models import Organisation
from achievements.importing.drafts import Draft
from achievements.models import ImportDuplicate, ImportRun
from achievements.services.import_batches import BatchWriter
from achievements.services.import_duplicates import Duplicate, DuplicateFinder
from achievements.services.import_keeping import RowKeeper
from achievements.services.import_objects import Kind
from achievements.services.import_outcome import Written

Choice = ImportRun.Duplicates
Outcome = ImportDuplicate.Outcome
Known = dict[Any, Kind]


class DuplicateWriter:
    """Writes the drafts of one file, those that are like a listing or an earlier row as chosen."""

    def __init__(self, finder: DuplicateFinder, keeper: RowKeeper, writer: BatchWriter) -> None:
        self.finder = finder
        self.keeper = keeper
        self.writer = writer
        self.made: dict[int, int] = {}  # line → the listing it is in now
        self.found: dict[int, Duplicate] = {}  # of the batch

    def write(
        self, drafts: list[Draft], organisation: Organisation | None, known: Known
    ) -> list[Written]:
        """Like :meth:`BatchWriter.write`; duplicates are written after what they may be like."""
        done = self._merged_before(drafts)
        drafts = [draft for draft in drafts if draft.line not in self.made]
        self.found = self.finder.find(d for d in drafts if not self.writer.is_known(d, known))
        own = [draft for draft in drafts if draft.line not in self.found]
        done += self._written(own, organisation, known)
        waiting = [draft for draft in drafts if draft.line in self.found]
        while waiting:
            ready = self._ready(waiting)
            done += self._write_duplicates(ready, organisation, known)
            waiting = [draft for draft in waiting if draft not in ready]
        return done

    def _merged_before(self, drafts: list[Draft]) -> list[Written]:
        """Rows that went into a listing when this import was at it before it was broken off."""
        done = []
        for draft in drafts:
            target = self.keeper.merged_into(draft.line)
            if target is not None:
                self.made[draft.line] = target
                done.append(Written(draft, None, "merged"))
        return done

    def _written(
        self, drafts: list[Draft], organisation: Organisation | None, known: Known
    ) -> list[Written]:
        done = self.writer.write(drafts, organisation, known) if drafts else []
        self.made |= {one.draft.line: one.key for one in done if not one.draft.problems}
        return done

    def _target(self, draft: Draft) -> int | None:
        """The listing a duplicate is like; None where the row it is like was refused."""
        found = self.found[draft.line]
        return found.listing or self.made.get(found.other_line or 0)

    def _ready(self, waiting: list[Draft]) -> list[Draft]:
        """Those whose like is written already; of several for one listing only the first, for the
        next one must see what that one wrote. There is always one."""
        lines = {draft.line for draft in waiting}
        taken: set[int | None] = {None}
        ready = []
        for draft in waiting:
            target = self._target(draft)
            if self.found[draft.line].other_line in lines or (target and target in taken):
                continue
            taken.add(target)
            ready.append(draft)
        return ready

    def _write_duplicates(
        self, drafts: list[Draft], organisation: Organisation | None, known: Known
    ) -> list[Written]:
        skipped: list[Written] = []
        rest: list[Draft] = []
        for draft in drafts:
            target = self._target(draft)
            if target is None:
                del self.found[draft.line]
                rest.append(draft)
                continue
            choice = self.keeper.choice(draft.line, self.found[draft.line], target, self.made)
            if choice == Choice.SKIP:
                self.made[draft.line] = target
                skipped.append(Written(draft, None, "skipped"))
                continue
            if choice != Choice.CREATE:
                draft.into, draft.replaces = target, choice == Choice.REPLACE
            rest.append(draft)
        done = self._written(rest, organisation, known)
        self.keeper.merged(
            (one.draft.line, self.found[one.draft.line], one.key)
            for one in done
            if one.draft.into is not None and not one.draft.problems
        )
        return skipped + done

    def outcome(self, written: Written, outcome: str, *, dry_run: bool) -> tuple[str, str]:
        """What to count a row as that was not refused, and its title; keeps it if a duplicate,
        else it counts as the ``outcome``."""
        line = written.draft.line
        found = self.found.get(line)
        if found is None:
            return outcome, written.draft.title
        if dry_run:
            self.keeper.duplicate(line, found)
            return "duplicate", found.title
        if written.draft.into is not None:
            outcome = "merged"
        self.keeper.duplicate(line, found, outcome, self.made[line])
        return outcome, found.title
