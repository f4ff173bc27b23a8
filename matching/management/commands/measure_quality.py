"""`manage.py measure_quality`: the page of figures over all judged sets."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from matching.embedding import EmbeddingError
from matching.quality.calibration import as_diagram
from matching.quality.judged import JudgedSetError
from matching.quality.measured import PATH
from matching.quality.report import as_data, as_page, as_table, calibrated, measure


class Command(BaseCommand):
    """Rank and measure every judged set in a folder; changes no listing of the site."""

    help = "Measures search and matching on all judged sets in DIR and writes a page of figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR, --split, --out, --data."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="holds a folder per set")
        parser.add_argument("--split", default="dev", help="the folder of queries (default: dev)")
        parser.add_argument("--out", type=Path, help="the page to write, in Markdown")
        parser.add_argument(
            "--data",
            type=Path,
            nargs="?",
            const=PATH,
            help="the same figures as JSON; without a name the file that pages and API show",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, and write the page where asked."""
        lines = []
        try:
            with tqdm(
                unit="text", desc="embedding", disable=options["verbosity"] < 1 or None
            ) as bar:
                for line in measure(options["folder"], options["split"], bar.update):
                    lines.append(line)
                    bar.write(f"{line.judged.title}: measured")
        except (JudgedSetError, EmbeddingError) as error:
            raise CommandError(str(error)) from error
        if not lines:
            raise CommandError(f"{options['folder']} holds none of the judged sets.")
        self.stdout.write(as_table(lines))
        if options["out"]:
            page = as_page(lines, options["split"], timezone.localdate())
            options["out"].write_text(page, encoding="utf-8")
            found = calibrated(lines)
            if found is not None:
                diagram = options["out"].parent / "img" / "calibration.svg"
                diagram.parent.mkdir(exist_ok=True)
                diagram.write_text(as_diagram(found), encoding="utf-8")
        if options["data"]:
            data = as_data(lines, options["split"], timezone.localdate())
            options["data"].write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
