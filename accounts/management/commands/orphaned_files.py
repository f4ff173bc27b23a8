"""`manage.py orphaned_files`: what lies among the uploads and belongs to nothing."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import filesizeformat

from accounts.services.orphaned_files import OLD, orphaned_files


class Command(BaseCommand):
    """List uploaded files that no row of the database names, and remove them if asked to.

    Ask it of the database that belongs to ``MEDIA_ROOT``: of another one, all files are orphans.
    """

    help = (
        "Lists uploads that nothing in the database names, such as a process leaves behind that "
        "is killed before it commits; --delete removes them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--delete and --hours."""
        parser.add_argument("--delete", action="store_true", help="remove them")
        parser.add_argument(
            "--hours",
            type=float,
            default=OLD / timedelta(hours=1),
            help="leave out what was written so many hours ago or later (default: 24)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each file, then how many there are and their size."""
        count = size = 0
        for file in orphaned_files(timedelta(hours=options["hours"])):
            self.stdout.write(f"{file.name}  {file.written_at:%Y-%m-%d %H:%M}  {file.size} bytes")
            count, size = count + 1, size + file.size
            if options["delete"]:
                file.remove()
        done = "removed" if options["delete"] else "found"
        self.stdout.write(f"{count} orphaned files {done}, {filesizeformat(size)}")
