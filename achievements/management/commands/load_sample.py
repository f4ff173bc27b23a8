"""The command that loads the sample catalogue."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from achievements.services.sample import Person, load_sample

DEMO_PASSWORD = "try-transfer-here"  # noqa: S105 - of invented users on the reader's own machine


class Command(BaseCommand):
    """Load the sample catalogue, and in the demo its users; run it again at any time.

    Prints the users and their password: in a demo always, elsewhere with --with-users.
    """

    help = "Load the invented sample catalogue; in the demo also its users."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Users outside the demo need a password of the operator's."""
        parser.add_argument(
            "--with-users",
            metavar="PASSWORD",
            help="Also create the sample's users, with this password; in a demo they always are.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything or, when a row is bad, nothing; print what changed and the users."""
        password = options["with_users"] or (DEMO_PASSWORD if settings.DEMO else None)
        try:
            sample = load_sample(password=password)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        if options["verbosity"] > 0:
            self.stdout.write(
                _("Organisations: %(count)d new or changed") % {"count": sample.organisations}
            )
            for kind, report in sample.reports.items():
                self.stdout.write(
                    _("%(kind)s: %(created)d new, %(updated)d changed, %(unchanged)d unchanged")
                    % {
                        "kind": kind,
                        "created": report.created,
                        "updated": report.updated,
                        "unchanged": report.unchanged,
                    }
                )
        for person in sample.people:
            self.stdout.write(self._account(person, password or ""))

    def _account(self, person: Person, password: str) -> str:
        return f"{person.email:<28} {password:<20} {person.what}"
