"""`python -m tests.bench.loads`: much work at once for real processes; see `make bench-load`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.bench.loading import Load, Post
    from tests.bench.mix import Mix
    from tests.site import Site


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loads", description=__doc__)
    parser.add_argument("listings", type=int, help="how many listings of load data")
    parser.add_argument("--rows", type=int, default=0, help="of the file that is imported")
    parser.add_argument("--alike", type=float, default=0.2, help="share of rows to be merged")
    parser.add_argument("--notifications", type=int, default=0, help="how many")
    parser.add_argument("--seconds", type=float, default=0, help="of the mix of requests")
    parser.add_argument("--rate", type=float, default=50, help="requests a second of the mix")
    parser.add_argument("--rematch", type=float, default=0, help="seconds of matching anew")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
    django.setup()
    logging.disable(logging.WARNING)
    from tests.bench.loading import forget, running
    from tests.bench.loads_report import as_json, as_table
    from tests.bench.run import prepare, seed
    from tests.bench.settled import count_as_matched
    from tests.site import Site

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and stop what was started
    prepare()
    forget()
    seed(options.listings)
    count_as_matched()
    found = []
    for name, measure in _cases(options):
        print(f"bench-load: {name}", file=sys.stderr, flush=True)
        with TemporaryDirectory(prefix="bench-load-") as folder:
            site = Site(Path(folder))
            with running(site) as post:
                found.append(measure(site, post))
        forget()
    print(as_json(found) if options.json else as_table(found))


def _cases(
    options: argparse.Namespace,
) -> Iterator[tuple[str, "Callable[[Site, Post], Load | Mix]"]]:
    """What was asked for, in an order in which nothing disturbs what comes after it."""
    from tests.bench.loading import measure_import, measure_mails
    from tests.bench.mix import measure_mix
    from tests.bench.rematching import measure_rematch

    rows = options.rows
    if options.seconds:
        yield (
            "mix of requests",
            lambda site, _post: measure_mix(site, seconds=options.seconds, rate=options.rate),
        )
    if options.notifications:
        yield "notifications", lambda site, post: measure_mails(site, post, options.notifications)
    if rows:
        yield "import", lambda site, _post: measure_import(site, rows, alike=0.0)
    if rows and options.alike:
        yield (
            "import and merge",
            lambda site, _post: measure_import(site, rows, alike=options.alike),
        )
    if options.rematch:
        yield (
            "rematch",
            lambda site, _post: measure_rematch(site, seconds=options.rematch),
        )


if __name__ == "__main__":
    main()
