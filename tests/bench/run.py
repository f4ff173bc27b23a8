"""A whole run on the configured database."""

import sys
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from matching.embedding import embedder_name
from matching.seeding.load import is_finished, load_listings, remove_load, seed_load
from tests.bench.beside import TantivyIndex, listing_documents
from tests.bench.cases import all_cases
from tests.bench.matching import measure_batch, measure_change
from tests.bench.members import measure_members
from tests.bench.nearness import measure_nearness
from tests.bench.rebuilding import measure_rebuilding
from tests.bench.relevance import measure_relevance
from tests.bench.report import Report
from tests.bench.searching import WARMING, measure_case
from tests.bench.serving import measure_serving
from tests.bench.storage import measure_storage

TEXTS = 100_000  # different ones; of more listings the others are copies


def bench(
    listings: int,
    *,
    repetitions: int,
    judged: Path | None,
    serving_seconds: float = 0,
    alone: bool = False,
) -> Report:
    """Seed so many listings unless they are there, and measure everything.

    Web servers are asked for ``serving_seconds`` each; not at all for 0. ``alone``: without
    tantivy, whose index takes long to make of many listings, and is held in memory.
    """
    seed(listings)
    storage = measure_storage()
    beside = None
    if not alone:
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
    _tell("members' pages")
    members = measure_members(repetitions)
    _tell("judged sets")
    relevance = measure_relevance(judged) if judged is not None and judged.is_dir() else []
    _tell("reindex")
    rebuilding = measure_rebuilding()
    return Report(
        listings=listings,
        embedder=embedder_name(),
        cases=cases,
        serving=serving,
        nearness=nearness,
        change=change,
        members=members,
        batch=batch,
        relevance=relevance,
        rebuilding=rebuilding,
        storage=replace(storage, memory=measure_storage().memory),
    )


def seed(listings: int) -> None:
    """Load data of this size; what an earlier run has left is taken when it is of this size."""
    there = load_listings().count()
    if there == listings and is_finished():
        return
    if there or not is_finished():
        remove_load()
    _tell(f"making {listings} listings")
    seed_load(listings, texts=min(listings, TEXTS))


def prepare() -> None:
    """Make the tables of a new database, and the folder that static files are looked for in."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)


def _tell(step: str) -> None:
    print(f"bench-search: {step}", file=sys.stderr, flush=True)
