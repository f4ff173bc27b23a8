"""A whole run on the configured database."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from matching.embedding import embedder_name
from matching.seeding.load import load_listings, remove_load, seed_load
from tests.bench.beside import TantivyIndex, listing_documents
from tests.bench.cases import all_cases
from tests.bench.matching import measure_batch, measure_change
from tests.bench.nearness import measure_nearness
from tests.bench.relevance import measure_relevance
from tests.bench.report import Report
from tests.bench.searching import WARMING, measure_case
from tests.bench.serving import measure_serving


def bench(
    listings: int, *, repetitions: int, judged: Path | None, serving_seconds: float = 0
) -> Report:
    """Seed so many listings unless they are there, and measure everything.

    Web servers are asked for ``serving_seconds`` each; not at all for 0.
    """
    seed(listings)
    _tell("indexing for tantivy")
    keys = list(load_listings().order_by("pk").values_list("pk", flat=True))
    beside = TantivyIndex(listing_documents(keys))
    cases = []
    for case in all_cases(repetitions + WARMING):
        _tell(case.name)
        cases.append(measure_case(case, beside))
    _tell("web servers")
    serving = measure_serving(serving_seconds) if serving_seconds else []
    _tell("vector index and exact scan")
    nearness = measure_nearness(repetitions)
    _tell("all demands at once")
    batch = measure_batch()
    _tell("changed listings")
    change = measure_change(repetitions)
    _tell("judged sets")
    relevance = measure_relevance(judged) if judged is not None and judged.is_dir() else []
    return Report(listings, embedder_name(), cases, serving, nearness, change, batch, relevance)


def seed(listings: int) -> None:
    """Load data of this size; what an earlier run has left is taken when it is of this size."""
    there = load_listings().count()
    if there == listings:
        return
    if there:
        remove_load()
    _tell(f"making {listings} listings")
    seed_load(listings)


def prepare() -> None:
    """Make the tables of a new database, and the folder that static files are looked for in."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)


def _tell(step: str) -> None:
    print(f"bench-search: {step}", file=sys.stderr, flush=True)
