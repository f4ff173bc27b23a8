"""Rows of an import that are handed in, but not good enough to be: they stay drafts."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from achievements.importing.problems import Problem
from achievements.linting import Facts, Result, Rule, lint
from achievements.models import Disclosure, LintRule, LintRuleSet, OfficeNote
from achievements.services.import_outcome import Written
from achievements.services.quality import rules_for
from achievements.services.writing import ROWS, content_fields, row_fields
from achievements.working_days import site_today

_REASONS = 3  # the checks that cost a row most


class SubmissionGate:
    """Asks of rows what :func:`achievements.services.lifecycle.submit_listing` asks of a listing,
    besides being complete: the minimum score of its kind, and no embargo of its disclosure.

    Two queries for a file, and two for a batch with drafts of earlier imports.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @cached_property
    def _minimum(self) -> int:
        found = LintRuleSet.objects.filter(kind=self.kind).values_list("minimum", flat=True)
        return found.first() or 0

    @cached_property
    def _rules(self) -> list[Rule]:
        return rules_for(self.kind)

    def hold_back(self, results: list[Written]) -> None:
        """Make drafts again of those that may not be handed in, each with a notice why."""
        asked = [one for one in results if one.submitted and not one.draft.problems]
        known = [one.obj.pk for one in asked if one.obj.pk is not None]
        embargoed: set[int] = set()
        contacts: set[int] = set()
        if known:
            held = Disclosure.objects.filter(listing__in=known)
            held = held.under_embargo(site_today())
            embargoed = set(held.values_list("listing", flat=True))
            notes = OfficeNote.objects.filter(pk__in=known, assignee__isnull=False)
            contacts = set(notes.values_list("pk", flat=True))
        for written in asked:
            if written.obj.pk is not None and written.obj.pk in embargoed:
                message = _("The inventors asked not to publish it yet. It stays a draft.")
                self._hold(written, [Problem(written.draft.line, "", message, code="held_embargo")])
            elif self._minimum:
                result = self._judge(written, contact=written.obj.pk in contacts)
                if result.score < self._minimum:
                    self._hold(written, self._reasons(written.draft.line, result))

    def _judge(self, written: Written, *, contact: bool) -> Result:
        """The score the listing is going to have."""
        obj, terms = written.obj, written.draft.terms
        values = {name: getattr(obj, name) for name in content_fields(type(obj))}
        if terms is None and obj.pk is not None:
            terms = {term.pk for term in obj.fields.all()}
        values["fields"] = sorted(terms or ())
        rows: dict[str, list[dict[str, Any]]] = {}
        for name, (model, _parent) in ROWS[self.kind].items():
            given = written.tables.get(name)
            if given is None:
                given = [] if obj.pk is None else list(getattr(obj, name).all())
            fields = [field for field in row_fields(model) if field != "expert"]
            rows[name] = [{field: getattr(row, field) for field in fields} for row in given]
        return lint(Facts(self.kind, values, rows, contact), self._rules)

    def _reasons(self, line: int, result: Result) -> list[Problem]:
        message = _("Below the quality of %(minimum)s of 100 needed to submit; it stays a draft.")
        problems = [Problem(line, "", message, {"minimum": self._minimum}, "held")]
        checks = list(dict.fromkeys(f.check for f in result.findings if f.points))[:_REASONS]
        return problems + [
            Problem(
                line,
                "",
                _("Stays a draft for want of: %(check)s"),
                {"check": LintRule.Check(check).label},
                f"held_{check}",
            )
            for check in checks
        ]

    def _hold(self, written: Written, reasons: list[Problem]) -> None:
        for name, value in written.before.items():
            setattr(written.obj, name, value)
        written.changed = [name for name in written.changed if name not in written.before]
        written.submitted = written.published = False
        written.held = True
        written.draft.notices += reasons
        content = written.changed or written.tables or written.terms
        if written.outcome == "updated" and not content:
            written.outcome = "unchanged"


def state_before(obj: Any, names: set[str]) -> dict[str, Any]:
    """What a listing has of these fields, or where it is new has by default."""
    if obj.pk is not None:
        return {name: getattr(obj, name) for name in names}
    return {name: obj._meta.get_field(name).get_default() for name in names}
