"""`manage.py matching_status`: how far behind search, matching and delivery are."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from matching.services.outstanding import report

MEANING = {
    "stale": "listings whose text is not in the index as it stands",
    "unembedded": "live listings without fresh embeddings",
    "unmatched": "embedded listings not matched since they changed",
    "unchecked": "files that wait for the virus scanner",
    "undelivered": "notifications and e-mails that are due and not sent",
}


class Command(BaseCommand):
    """Print what is outstanding and how old the oldest is; changes nothing."""

    help = "Shows how many entries are stale, unembedded, unmatched and undelivered, and how old."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--json."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        found = report()
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for name, line in found.items():
            age = _age(line["oldest_seconds"])
            self.stdout.write(f"{name:<12} {line['count']:>8}  oldest {age:>8}  {MEANING[name]}")


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
