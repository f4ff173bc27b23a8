"""`manage.py seed_load`: a large invented catalogue to measure search and matching with."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import ProtectedError
from tqdm import tqdm

from matching.seeding.load import remove_load, seed_load


class Command(BaseCommand):
    """Make or remove load data: listings with invented texts, facts and embeddings.

    Half are Chinese; 85 % are achievements, 10 % demands, 5 % experts. The same N and seed give
    the same catalogue. Everybody sees load data, so it belongs into a database of its own.
    """

    help = "Fills an empty database with N invented listings, to measure speed; --remove ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """N, --texts, --seed, --force, --remove."""
        parser.add_argument("count", nargs="?", type=int, metavar="N")
        parser.add_argument(
            "--texts", type=int, help="so many different texts, the others are copies (all differ)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another catalogue for each")
        parser.add_argument(
            "--force", action="store_true", help="also where there are other listings"
        )
        parser.add_argument("--remove", action="store_true", help="remove all load data instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with what to do."""
        if options["remove"]:
            try:
                self.stdout.write(f"{remove_load()} listings of load data removed")
            except ProtectedError as error:
                raise CommandError("Somebody deals with load data: end that first.") from error
            return
        if not options["count"] or options["count"] < 1:
            raise CommandError("N: how many listings, from 1.")
        if options["texts"] is not None and options["texts"] < 1:
            raise CommandError("--texts: how many different texts, from 1.")
        hidden = options["verbosity"] < 1 or None
        try:
            with tqdm(total=options["count"], unit="listing", disable=hidden) as bar:
                made = seed_load(
                    options["count"],
                    texts=options["texts"],
                    seed=options["seed"],
                    beside_others=options["force"],
                    progress=bar.update,
                )
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        self.stdout.write(f"{len(made)} listings of load data made")
