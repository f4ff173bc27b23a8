"""Searching, reading and writing at a fixed rate, as many people do, whether answers are quick or
not: each request is due at its moment, and its time counts from then."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from urllib.parse import quote

from accounts.models import Organisation
from achievements.models import Listing
from matching.seeding.texts import TOPICS, Writer
from tests.bench.clients import PATIENCE, Request, ask_when_due
from tests.bench.loading import WRITERS, bench_owner, pids
from tests.bench.memory import Memory, Taken
from tests.bench.timing import Times
from tests.factories import AchievementFactory
from tests.site import Site

WARMING = 10.0
_SHARES = {"search": 50, "list": 15, "detail": 25, "write": 10}


@dataclass(frozen=True)
class Mix:
    """What the mix found: by sort of request how long answers took, and each status."""

    rate: float
    seconds: float
    per_second: float
    times: dict[str, Times]
    statuses: dict[str, int]
    memory: dict[str, Taken]


def measure_mix(site: Site, *, seconds: float, rate: float, warming: float = WARMING) -> Mix:
    """Ask a running site so many things a second for so long.

    Half of it searches with words of their own, a quarter reads listings, the rest lists, and one
    in ten writes a new listing or changes one. What comes in the first seconds warms up only.
    """
    member = bench_owner(WRITERS)
    requests = list(_requests(seconds + warming, rate, _written(member.organisation)))
    warm = [one for one in requests if one.due < warming]
    rest = [one for one in requests if one.due >= warming]
    with get_context("spawn").Pool(1) as pool:
        asked = pool.apply_async(ask_when_due, (site.port, warm, 0.0))
        asked.get(warming + 2 * PATIENCE)
        with Memory(pids(site), seconds=1) as memory:
            begun = time.monotonic()
            asked = pool.apply_async(ask_when_due, (site.port, rest, warming))
            found = asked.get(seconds + 2 * PATIENCE)
            span = time.monotonic() - begun
    times = {name: Times.of(t for sort, t, _status in found if sort == name) for name in _SHARES}
    times["all"] = Times.of(took for _sort, took, _status in found)
    statuses = Counter(status for _sort, _took, status in found)
    return Mix(rate, seconds, round(len(found) / span, 1), times, dict(statuses), memory.taken)


def _written(organisation: Organisation) -> list[int]:
    """Published listings of the organisation that requests may change."""
    made = AchievementFactory.create_batch(20, organisation=organisation)
    return [one.pk for one in made]


def _requests(seconds: float, rate: float, mine: Sequence[int]) -> Iterator[Request]:
    chance = Random(5)
    number = int(seconds * rate)
    topics = [chance.randrange(TOPICS) for _one in range(number)]
    words = {code: Writer(code, 3, 0).write(topics, 3) for code in ("en", "zh")}
    texts = {code: Writer(code, 4, 0).write(topics, 40) for code in ("en", "zh")}
    public = Listing.objects.published().filter(visibility="public").order_by("-published_at")
    pages = [one.get_absolute_url() for one in public[:2000]]
    sorts = chance.choices(list(_SHARES), list(_SHARES.values()), k=number)
    for place, sort in enumerate(sorts):
        due, code = place / rate, chance.choice(("en", "zh"))
        if sort == "search":
            text = quote(" ".join(words[code][place].rstrip(".").split()[:3])[:60])
            door = chance.choice(("/search/", "/search/", "/api/v1/search/"))
            narrowed = chance.choice(("", "", "&kind=achievement", "&kind=demand", "&trl_min=6"))
            yield Request(sort, due, "GET", f"{door}?q={text}{narrowed}")
        elif sort == "list":
            path = chance.choice(("/search/?kind=achievement", "/api/v1/achievements/", "/"))
            yield Request(sort, due, "GET", path)
        elif sort == "detail":
            yield Request(sort, due, "GET", chance.choice(pages))
        else:
            body = {f"title_{code}": words[code][place], f"solution_{code}": texts[code][place]}
            if chance.random() < 0.5:
                yield Request(sort, due, "POST", "/api/v1/achievements/", json.dumps(body))
            else:
                path = f"/api/v1/achievements/{chance.choice(mine)}/"
                yield Request(sort, due, "PATCH", path, json.dumps(body))
