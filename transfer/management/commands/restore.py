"""`manage.py restore FILE`: database and uploads as a backup holds them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from transfer.backup.restoring import restore_backup


class Command(BaseCommand):
    """Restore a backup. Stop web, workers and sweep first; run `migrate` afterwards."""

    help = "Puts database and uploads of a backup in place, after checking every byte of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and --force."""
        parser.add_argument("file", metavar="FILE", type=Path, help="what `backup` has written")
        parser.add_argument(
            "--force", action="store_true", help="replace a database that is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say what to do next."""
        manifest = restore_backup(options["file"], force=options["force"])
        self.stdout.write(
            f"Restored the site as of {manifest.made_at}, with {manifest.files} files. "
            "Now run migrate, then start web, workers and sweep."
        )
