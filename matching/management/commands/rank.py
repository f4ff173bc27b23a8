"""`manage.py rank`: the ranking of a judged set by the code that serves production."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from matching.embedding import EmbeddingError
from matching.quality.evaluation import rank_set
from matching.quality.judged import JudgedSetError
from matching.quality.ranking import TASKS
from matching.quality.runs import write_run


class Command(BaseCommand):
    """Index a judged set in a scratch schema and write how its documents are ranked.

    The listings of the site are neither read nor changed. Embeddings are kept in the schema
    ``judged``, so a second run takes seconds. Ratings are only read with ``--pool``.
    """

    help = "Ranks the documents of a judged set for each of its queries, as production does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR, --split, --task, --out, --limit, --pool."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="corpus.jsonl(.gz) lies there")
        parser.add_argument("--split", default="dev", help="the folder of queries (default: dev)")
        parser.add_argument("--task", choices=TASKS, default="match")
        parser.add_argument("--out", type=Path, required=True, help="the file to write")
        parser.add_argument("--limit", type=int, default=100, help="documents a query")
        parser.add_argument("--pool", action="store_true", help="rank only judged documents")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write lines of query, document, rank and score, separated by tabs."""
        folder: Path = options["folder"]
        if options["limit"] < 1:
            raise CommandError("--limit: give a number from 1.")
        try:
            with tqdm(
                unit="text", desc="embedding", disable=options["verbosity"] < 1 or None
            ) as bar:
                ranked = rank_set(
                    folder,
                    options["split"],
                    options["task"],
                    limit=options["limit"],
                    pool=options["pool"],
                    progress=bar.update,
                )
            lines = write_run(options["out"], ranked)
        except (JudgedSetError, EmbeddingError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{lines} lines for {len(ranked)} queries in {options['out']}")
