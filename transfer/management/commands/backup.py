"""`manage.py backup FILE`: database and uploads in one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from transfer.backup.making import make_backup


class Command(BaseCommand):
    """Back up the site; it may go on running."""

    help = "Writes the database and all uploads to FILE, encrypted where BACKUP_KEY is set."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", metavar="FILE", type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say what it holds."""
        made = make_backup(options["file"])
        manifest = made.manifest
        how = "encrypted" if settings.BACKUP_KEY else "not encrypted: BACKUP_KEY is not set"
        self.stdout.write(
            f"{options['file']}: database {manifest.database_bytes / 1024**2:.1f} MiB, "
            f"{manifest.files} files {manifest.files_bytes / 1024**2:.1f} MiB ({how})"
        )
        if made.removed:
            self.stderr.write(f"{made.removed} files were removed by somebody meanwhile.")
