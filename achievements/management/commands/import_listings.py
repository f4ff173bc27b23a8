"""The command that imports listings from a file."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from accounts.models import Organisation, User
from accounts.services import record_audit
from achievements.importing.problems import Problem, Report
from achievements.importing.readers import Source
from achievements.models import ImportRun, Listing
from achievements.services.import_options import ImportOptions
from achievements.services.importing import import_file

KINDS = {
    "achievements": Listing.Kind.ACHIEVEMENT,
    "demands": Listing.Kind.DEMAND,
    "experts": Listing.Kind.EXPERT,
}
SHOWN = 20


class Command(BaseCommand):
    """Import achievements, demands or experts from CSV, XLSX or JSON Lines, also packed (.gz).

    Headers may be field names, their labels in English or Chinese, or common words for them; see
    ``achievements/importing``. The same file again changes nothing. Good rows go in and bad ones
    are reported, unless --all-or-nothing is given. The exit status is 1 when nothing went in
    although it should have.
    """

    help = (
        "Import achievements, demands or experts from CSV, XLSX or JSON Lines, also packed (.gz)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to import from where for whom, and how."""
        parser.add_argument("kind", choices=KINDS, help="What the rows are.")
        parser.add_argument("file", type=Path, help="CSV, XLSX or JSON Lines; also packed (.gz).")
        parser.add_argument("--organisation", metavar="SLUG", help="Who posts the listings.")
        parser.add_argument(
            "--create-organisation",
            nargs=2,
            metavar=("KIND", "NAME"),
            help="Create the organisation when there is none with this short name.",
        )
        parser.add_argument("--by", metavar="EMAIL", help="The user the listings are created by.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--skip-bad", action="store_true", help="Import the good rows (the default)."
        )
        mode.add_argument(
            "--all-or-nothing", action="store_true", help="Import nothing if a row is bad."
        )
        parser.add_argument(
            "--publish", action="store_true", help="Publish new listings; admit new experts."
        )
        parser.add_argument("--limit", type=int, metavar="N", help="Read only the first N rows.")
        parser.add_argument(
            "--report", type=Path, metavar="FILE", help="Write every problem there as JSON Lines."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, with a progress bar on a terminal, and print what was done."""
        path: Path = options["file"]
        limit = options["limit"]
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        if limit is not None and limit < 1:
            raise CommandError(_("--limit must be at least 1."))
        report = Report()
        kind = KINDS[options["kind"]]
        try:
            with ExitStack() as stack:
                if options["dry_run"]:
                    # An organisation made for a dry run goes with it.
                    stack.enter_context(transaction.atomic())
                    stack.callback(transaction.set_rollback, True)
                by = self._user(options["by"])
                organisation = self._organisation(options, by)
                if options["report"] is not None:
                    report.on_problem = self._problem_writer(stack, options["report"])
                import_file(
                    path,
                    ImportOptions(
                        kind=kind,
                        organisation=organisation,
                        by=by,
                        mode=_mode(options),
                        publication=(
                            ImportRun.Publication.PUBLISH
                            if options["publish"]
                            else ImportRun.Publication.DRAFT
                        ),
                        dry_run=options["dry_run"],
                        limit=limit,
                    ),
                    run=ImportRun.of(kind, organisation, by, path.name[:255]),
                    report=report,
                    progress=self._progress(stack, quiet=options["verbosity"] == 0),
                )
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self._print(report, dry_run=options["dry_run"])
        if report.bad and not report.applied and not options["dry_run"]:
            raise CommandError(_("Nothing was imported, because rows are bad."))
        if report.rows and report.bad == report.rows:
            raise CommandError(_("Nothing was imported: every row is bad."))

    def _user(self, email: str | None) -> User | None:
        if email is None:
            return None
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(_("There is no user %(email)s.") % {"email": email})
        return user

    def _organisation(self, options: dict[str, Any], by: User | None) -> Organisation | None:
        """The organisation with the short name; created when that was asked for."""
        slug = options["organisation"]
        if slug is None:
            if options["kind"] == "experts" and not options["create_organisation"]:
                return None
            raise CommandError(_("Say who posts the listings: --organisation SLUG."))
        found = Organisation.objects.filter(slug=slug).first()
        if found is not None:
            return found
        if not options["create_organisation"]:
            raise CommandError(
                _(
                    "There is no organisation “%(slug)s”. Check the short name, or add "
                    "--create-organisation KIND NAME. Kinds are: %(kinds)s."
                )
                % {"slug": slug, "kinds": ", ".join(Organisation.Kind.values)}
            )
        kind, name = options["create_organisation"]
        with transaction.atomic():
            organisation = Organisation(slug=slug, kind=kind, name_en=name)
            organisation.full_clean()
            organisation.save()
            record_audit(
                by=by, verb="organisation.create", obj=organisation, organisation=organisation
            )
        return organisation

    def _problem_writer(self, stack: ExitStack, path: Path) -> Callable[[Problem], None]:
        file = stack.enter_context(path.open("w", encoding="utf-8"))

        def write(problem: Problem) -> None:
            file.write(json.dumps(problem.as_data(), ensure_ascii=False) + "\n")

        return write

    def _progress(self, stack: ExitStack, *, quiet: bool) -> Callable[[Source], None]:
        bar = stack.enter_context(
            tqdm(unit_scale=True, disable=True if quiet else None, file=sys.stderr)
        )

        def tell(source: Source) -> None:
            bar.total = source.total or None
            bar.unit = source.unit
            bar.update(source.position() - bar.n)

        return tell

    def _print(self, report: Report, *, dry_run: bool) -> None:
        write = self.stdout.write
        if dry_run:
            write(_("Dry run: nothing was changed."))
        write(
            _(
                "%(rows)d rows read: %(created)d new, %(updated)d changed, "
                "%(unchanged)d unchanged, %(bad)d bad; %(published)d published."
            )
            % {
                "rows": report.rows,
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "bad": report.bad,
                "published": report.published,
            }
        )
        used = ", ".join(f"{header} → {target}" for header, target in report.columns.items())
        write(_("Columns: %(columns)s") % {"columns": used})
        for header, filled in report.unknown_columns.items():
            write(
                ngettext(
                    "Column “%(header)s” is not known and was not read (%(count)d row has it).",
                    "Column “%(header)s” is not known and was not read (%(count)d rows have it).",
                    filled,
                )
                % {"header": header, "count": filled}
            )
        for notice in report.notices.values():
            write(
                ngettext(
                    "%(field)s: %(text)s (%(count)d time, lines %(lines)s)",
                    "%(field)s: %(text)s (%(count)d times, lines %(lines)s)",
                    notice.count,
                )
                % {
                    "field": notice.problem.field,
                    "text": notice.problem.text,
                    "count": notice.count,
                    "lines": _lines(notice.lines, notice.count),
                }
            )
        for problem in report.problems[:SHOWN]:
            write(
                _("Line %(line)d, %(field)s: %(text)s")
                % {"line": problem.line, "field": problem.field or "–", "text": problem.text}
            )
        more = report.problem_count - len(report.problems[:SHOWN])
        if more > 0:
            write(
                ngettext(
                    "… and %(count)d more problem; --report FILE writes all of them.",
                    "… and %(count)d more problems; --report FILE writes all of them.",
                    more,
                )
                % {"count": more}
            )


def _mode(options: dict[str, Any]) -> str:
    return ImportRun.Mode.ALL_OR_NOTHING if options["all_or_nothing"] else ImportRun.Mode.SKIP_BAD


def _lines(lines: list[int], count: int) -> str:
    shown = ", ".join(str(line) for line in dict.fromkeys(lines))
    return f"{shown} …" if count > len(lines) else shown
