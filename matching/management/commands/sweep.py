"""`manage.py sweep`: finds and does what no message announced."""

import logging
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from tqdm import tqdm

from accounts.services.checking import check_documents
from accounts.services.delivery import deliver_due
from accounts.services.idempotency import drop_old_answers
from achievements.services import (
    drop_import_files,
    expire_listings,
    lapse_admissions,
    rate_outstanding,
    recall_appeals,
    recall_reports,
    remind_of_expiry,
    remind_of_lapse,
)
from achievements.services.checking import check_attachments
from achievements.services.import_runs import run_outstanding_imports
from achievements.services.one_pagers import make_outstanding_one_pagers
from matching.metrics import serve_metrics
from matching.services.duplicates import find_duplicates
from matching.services.exposure import flush_exposures
from matching.services.hurry import call_helpers
from matching.services.outstanding import backlog, report, work_for
from matching.services.returning import return_snoozed
from matching.services.saved_searches import alert_saved_searches
from matching.services.soundings import refresh_soundings

logger = logging.getLogger(__name__)

BACKLOG = 40  # outstanding entries from which workers are asked to help
ROUND_SECONDS = 20.0  # of matching, before e-mails have their turn again


def chores() -> list[tuple[str, Callable[[], int]]]:
    """What a round does besides indexing, embedding and matching, with its name for people."""
    return [
        ("expired listings", expire_listings),
        ("reminders", remind_of_expiry),
        ("admissions ending", remind_of_lapse),
        ("admissions over", lapse_admissions),
        ("reports due", recall_reports),
        ("appeals due", recall_appeals),
        ("files checked for viruses", check_attachments),
        ("documents checked for viruses", check_documents),
        ("imports", run_outstanding_imports),
        ("old import files", drop_import_files),
        ("old answers", drop_old_answers),
        ("quality", rate_outstanding),
        ("one-pagers", make_outstanding_one_pagers),
        ("pinyin", refresh_soundings),
        ("near-duplicates", find_duplicates),
        ("matches put aside", return_snoozed),
        ("impressions", flush_exposures),
        *telling(),
    ]


def telling() -> list[tuple[str, Callable[[], int]]]:
    """What reaches people: at the end of a round, after matching, and at its beginning, so that
    who asked to hear at once does not wait for the longer chores of two rounds."""
    return [("alerts of saved searches", alert_saved_searches), ("e-mails", deliver_due)]


class Command(BaseCommand):
    """Do outstanding work: for ever, every few seconds, or all of it once in the foreground.

    Several may run at once, beside workers. An error in one chore is logged and does not keep the
    others from being done. Ends after the chore in hand on SIGTERM or SIGINT.
    """

    help = (
        "Does outstanding work: expiry, imports, index, embeddings, matches, alerts and e-mails. "
        "Runs for ever; with --once until nothing is outstanding."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--once and --interval."""
        parser.add_argument(
            "--once",
            action="store_true",
            help="do all outstanding work in the foreground, then end",
        )
        parser.add_argument(
            "--interval",
            type=float,
            default=settings.SWEEP_SECONDS,
            help="seconds between two rounds (default: SWEEP_SECONDS)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run once or for ever."""
        if options["once"]:
            self._once()
            return
        if settings.METRICS_PORT:
            serve_metrics(settings.METRICS_PORT, settings.METRICS_ADDRESS)
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            self._round(stopped)
            stopped.wait(options["interval"])

    def _round(self, stopped: Event) -> None:
        close_old_connections()
        told = telling()
        others = chores()[: -len(told)]
        for name, chore in [*told, *others, ("matching", self._match), *told]:
            if stopped.is_set():
                return
            try:
                done = chore()
            except Exception:
                logger.exception("sweep: %s failed and is tried again", name)
                close_old_connections()
            else:
                if done:
                    logger.info("sweep: %s: %s", name, done)

    def _match(self) -> int:
        if backlog(BACKLOG + 1) > BACKLOG:  # no need to count further
            call_helpers()
        return work_for(ROUND_SECONDS)

    def _once(self) -> None:
        """Everything, with a progress bar; ends when nothing more can be done."""
        after = telling()
        for name, chore in chores()[: -len(after)]:
            self._say(name, chore())
        waiting = report()
        total = sum(waiting[name]["count"] for name in ("stale", "unembedded", "unmatched"))
        # What is embedded has to be matched then, so the bar grows with the work.
        with tqdm(total=total, unit="", desc="index, embed, match", disable=None) as bar:

            def progress(done: int) -> None:
                bar.total = max(bar.total or 0, bar.n + done)
                bar.update(done)

            while work_for(3600.0, progress):
                pass
        self._say("indexed, embedded and matched", int(bar.n))
        for chore_told in after:
            self._say(*self._all(chore_told))
        left = {name: line["count"] for name, line in report().items() if line["count"]}
        for name, count in left.items():
            self.stderr.write(f"still {name}: {count}")

    def _all(self, chore: tuple[str, Callable[[], int]]) -> tuple[str, int]:
        name, work = chore
        total = done = work()
        while done:
            done = work()
            total += done
        return name, total

    def _say(self, name: str, done: int) -> None:
        self.stdout.write(f"{name}: {done}")
