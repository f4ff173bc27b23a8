"""`python -m tests.bench`: measure search on a database of its own; see `make bench-search`."""

import argparse
import logging
import os
from pathlib import Path

import django


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("listings", type=int, help="how many listings of load data")
    parser.add_argument("--repetitions", type=int, default=30, help="queries of each case")
    parser.add_argument("--judged", type=Path, help="the folder of judged sets, for nDCG@10")
    parser.add_argument("--serving", type=float, default=0, help="seconds of each web case")
    parser.add_argument("--alone", action="store_true", help="without tantivy beside")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
    os.environ["API_RATE_ANONYMOUS"] = "1000000/min"  # one visitor asks it all
    django.setup()
    logging.disable(logging.WARNING)
    from tests.bench.run import bench, prepare

    prepare()
    found = bench(
        options.listings,
        repetitions=options.repetitions,
        judged=options.judged,
        serving_seconds=options.serving,
        alone=options.alone,
    )
    print(found.as_json() if options.json else found.as_table())


if __name__ == "__main__":
    main()
