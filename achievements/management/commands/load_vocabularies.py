"""The command that loads vocabularies and regions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services.reference import Changes, load_regions
from achievements.services.vocabulary import load_vocabularies


class Command(BaseCommand):
    """Load regions, classification schemes and their terms; run it again after every update."""

    help = "Load regions and vocabularies from the data files; can be run again at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """An own folder instead of the files that come with the site."""
        parser.add_argument(
            "--folder",
            type=Path,
            help="Folder with schemes.csv and the files it names, instead of the site's own.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything or, when a file is wrong, nothing; print one line for each table."""
        try:
            with transaction.atomic():
                regions = load_regions()
                vocabularies = load_vocabularies(folder=options["folder"])
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        if options["verbosity"] == 0:
            return
        self._report(_("Regions"), regions)
        for scheme, changes in vocabularies.items():
            self._report(str(scheme), changes)

    def _report(self, name: str, changes: Changes) -> None:
        self.stdout.write(
            _(
                "%(name)s: %(created)d new, %(updated)d changed, %(retired)d retired, "
                "%(unchanged)d as before"
            )
            % {"name": name, **changes.counts, "unchanged": changes.unchanged}
        )
