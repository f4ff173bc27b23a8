"""What follows the question mark of every page and operation that reads, and odd numbers.

Which names a route reads is noted while it is asked; each of them is then given odd values, in
turns (`make attacks`). The answer is never an error of ours.
"""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.http import QueryDict

from achievements.models import Listing
from matching.services.indexing import refresh_entries
from tests.matching import conftest as quick
from tests.security.asking import Asker
from tests.security.routes import all_routes
from tests.security.rules import rules_by_route
from tests.security.world import ROLES

pytestmark = pytest.mark.django_db
embedder = quick.embedder  # a fixture

FORM = "application/x-www-form-urlencoded"
EACH = 5  # odd values for each name
ODD = [
    *("%00", "%FF", "%ED%A0%80", "", "-1", "0", "9" * 25, "9" * 5_000, "1e400", "NaN", "-Infinity"),
    *("2026-02-30", "0000-00-00", "9999-12-31", "99999-01-01", "%EF%BC%91", "true", "null", "[]"),
    *("1,2," + "9" * 30, "," * 2_000, "1;2", "a:b:c", ":" * 500, "%2500", "%E2%80%AE%F0%9F%94%8B"),
    *(quote("'\"\\;--"), quote("$|&!:*()<->"), quote("長" * 10_000), "a" * 200_000, "%25%5F%2A"),
]
WORDS = [  # for what is searched: its own signs, too many of them and never closed
    *('"' * 999, "-" * 999, '-"a" ' * 500, "a " * 3_000, "(" * 3_000, "trl:>=" + "9" * 400),
    *("org:\x00", "ipc:H01M 10/0525 -ipc:%", "trl:9..1 trl:-1..", 'org:"', "* * *", "a OR " * 999),
]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that are looked up in what follows the question mark."""
    names: set[str] = set()

    def note(method: str) -> None:
        plain = getattr(QueryDict, method)

        def noting(self: QueryDict, name: str, *rest: Any) -> Any:
            names.add(name)
            return plain(self, name, *rest)

        monkeypatch.setattr(QueryDict, method, noting)

    for method in ("get", "getlist", "__getitem__", "__contains__"):
        note(method)
    return names


def reading(asker: Asker) -> Iterator[tuple[Any, str, str]]:
    """Every route that is asked by GET, with somebody who may and an address."""
    rules = rules_by_route()
    for route in all_routes():
        if route.name.startswith("admin:") or "get" not in route.verbs:
            continue
        who, key = (rules.get(f"{route.name}/get") or rules[route.name])[0]
        may = who & asker.world.seen_by.get(key, who)
        role = next((each for each in reversed(ROLES[:-1]) if each in may), "")
        if role:
            yield route, role, asker.addresses(route, key)[0][0]


@pytest.mark.skipif("HOSTILE" not in os.environ, reason="takes minutes: make attacks")
def test_every_page_and_operation_that_reads_answers_odd_questions(
    asker: Asker, read: set[str], embedder: Any
) -> None:
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    problems, turn, named = [], 0, 0
    for route, role, address in reading(asker):
        read.clear()
        asker.ask(route, "get", role, address, {})
        names = sorted(read)
        named += len(names)
        for name in names:
            values = [ODD[(turn + step) % len(ODD)] for step in range(EACH)]
            values += [quote(words) for words in WORDS] if name == "q" else []
            turn += EACH
            for value in [*values, f"1&{name}=2&{name}=x"]:
                answer = asker.ask(route, "get", role, f"{address}?{name}={value}", {})
                if answer.status >= 500:
                    problems.append(f"{address}?{name}={value[:60]} ({route.name}, {role})")
        cache.clear()
    print(f"{named} names, {asker.asked} questions")

    assert not problems, "\n".join(problems)
    assert named > 300


def test_number_without_end_names_nothing(asker: Asker) -> None:
    """Where a form names a row by its number: longer than Python reads, or a database holds."""
    panel, run = asker.world.objects["panel"], asker.world.objects["import"]
    for digits in (30, 5_000):
        number = "9" * digits
        left = asker._client("curator").post(
            f"/panels/{panel.pk}/leave-out/", {"expert": number, "note": "Away."}
        )
        chosen = asker._client("owner").post(
            f"/imports/{run.pk}/duplicates/", f"line-{number}=skip", FORM
        )
        assert (left.status_code, chosen.status_code) == (404, 302)
