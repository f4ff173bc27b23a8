"""`manage.py evaluate_matching`: how good the ranking of a judged set is."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from matching.embedding import EmbeddingError
from matching.quality.evaluation import evaluate, rank_set
from matching.quality.judged import JudgedSetError, read_ratings
from matching.quality.ranking import TASKS
from matching.quality.runs import read_run


class Command(BaseCommand):
    """Rank a judged set as `rank` does and print its figures; changes no listing of the site."""

    help = "Prints nDCG@10, R@100, MRR@10 (experts: pair loss) of a judged set, with intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR, --split, --task, --pool, --baseline, --json."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="corpus.jsonl(.gz) lies there")
        parser.add_argument("--split", default="dev", help="the folder of queries (default: dev)")
        parser.add_argument("--task", choices=TASKS, default="match")
        parser.add_argument("--pool", action="store_true", help="rank only judged documents")
        parser.add_argument("--baseline", type=Path, help="a run to compare with, from `rank`")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per measure."""
        folder, split, task = options["folder"], options["split"], options["task"]
        try:
            ratings = read_ratings(folder, split)
            baseline = read_run(options["baseline"]) if options["baseline"] else None
            with tqdm(
                unit="text", desc="embedding", disable=options["verbosity"] < 1 or None
            ) as bar:
                ranked = rank_set(folder, split, task, pool=options["pool"], progress=bar.update)
        except (JudgedSetError, EmbeddingError) as error:
            raise CommandError(str(error)) from error
        found = evaluate(dict(ranked), ratings, task, baseline)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_data()))
            return
        self.stdout.write(f"{folder.name}, {split}, {task}: {found.queries} queries")
        for name, figure in found.figures.items():
            line = f"{name:<10} {figure.mean:.4f}  [{figure.low:.4f}, {figure.high:.4f}]"
            if name in found.against:
                other = found.against[name]
                line += (
                    f"  against the baseline: {other.wins} better, {other.ties} equal,"
                    f" {other.losses} worse, p {other.p:.3f}"
                )
            self.stdout.write(line)
