"""`manage.py learn_weights`: a new version of the scoring weights, which somebody may activate."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from matching.embedding import EmbeddingError
from matching.quality.examples import judged_pairs
from matching.quality.judged import JudgedSetError
from matching.quality.report import SETS
from matching.scoring.learning_weights import Group, group_of, parameters_of
from matching.services.learning_weights import (
    LEAST_ANSWERS,
    LEAST_OF_EACH,
    SITE,
    answered_pairs,
    enough,
    learn_version,
)
from matching.services.weights import active_weights


class Command(BaseCommand):
    """Learn from answers on this site, and from judged sets where a folder is given.

    Writes a version that is not in use, with how it explains each set when learnt from the others;
    never activates it.
    """

    help = (
        "Learns the scoring weights from answers on this site, and from the judged sets in "
        "--folder; writes a version for administrators to compare and activate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--folder, --split, --note."""
        parser.add_argument("--folder", type=Path, metavar="DIR", help="holds a folder per set")
        parser.add_argument("--split", default="dev", help="the folder of queries (default: dev)")
        parser.add_argument("--note", default="", help="what to remember of this version")

    def handle(self, *args: Any, **options: Any) -> None:
        """Learn, write, print the figures."""
        weights = active_weights().weights
        names = parameters_of(weights)
        pairs = answered_pairs()
        groups: list[Group] = []
        if enough(pairs):
            groups.append(group_of(SITE, pairs, weights, names))
        elif options["folder"] is None:
            good = sum(pair.good for pair in pairs)
            raise CommandError(
                f"Too few answers to learn from: {good} accepted and {len(pairs) - good} dismissed"
                f" for a reason of fit; {LEAST_ANSWERS} are needed, {LEAST_OF_EACH} of either"
                " kind. Name a folder of judged sets with --folder to learn from those."
            )
        if options["folder"] is not None:
            groups += self._judged(options, weights, names)
        try:
            version = learn_version(groups, note=options["note"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        for line in version.figures["parameters"]:
            self.stdout.write(f"{line['name']:<24} {line['before']:>8.3f} → {line['after']:.3f}")
        for line in version.figures["left_out"] or version.figures["learnt_from"]:
            self.stdout.write(
                f"{line['set']:<32} log loss {line['loss_before']:.4f} → {line['loss_after']:.4f}"
                f"  in order {line['order_before']} → {line['order_after']}"
            )
        self.stdout.write(f"Version {version.version} is written and not in use.")

    def _judged(self, options: dict[str, Any], weights: Any, names: list[str]) -> list[Group]:
        found: dict[str, Group] = {}
        folder, split = options["folder"], options["split"]
        hidden = options["verbosity"] < 1 or None
        try:
            with tqdm(unit="text", desc="reading", disable=hidden) as bar:
                for judged in SETS:
                    path = folder / judged.name
                    if judged.task == "search" or judged.name in found:
                        continue
                    if (path / split).is_dir():
                        pairs = judged_pairs(path, split, judged.task, bar.update)
                        found[judged.name] = group_of(judged.name, pairs, weights, names)
        except (JudgedSetError, EmbeddingError) as error:
            raise CommandError(str(error)) from error
        if not found:
            raise CommandError(f"{folder} holds none of the judged sets.")
        return list(found.values())
