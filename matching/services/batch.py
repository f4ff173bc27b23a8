"""All demands against all achievements, or all experts, at once.

Ranks by the production text score over every pair (:mod:`matching.exhaustive.matrices`), where one
listing alone looks at candidates only; then the facts of the best are compared as ever. An expert
with several works is seen where all of them lie together, not by the nearer ones besides. Two runs
over the same data give the same rows.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, RPad
from numpy.typing import NDArray
from pgvector.django import HalfVectorField

from accounts.models import Member
from achievements.models import Expert, Listing
from matching.exhaustive.matrices import Allowed, Demands, Odds, Texts, texts_of
from matching.exhaustive.search import Exhaustive
from matching.models import DIMENSIONS, IndexEntry
from matching.scoring.bulk_sides import sides_of
from matching.scoring.facts import Facts, scores_of
from matching.scoring.score import TextFit, text_odds
from matching.services.weights import active_weights
from matching.sql.columns import HEADER, Numbers, sent
from matching.vectors.similarity import kind_size, same_statistics

BEST = 50  # of each listing, whose facts are compared
_AT_ONCE = 2_000  # demands whose facts are compared at once

PAGE = 100_000  # candidates that are held at once

Ranking = list[tuple[int, float]]
Words = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]

_LANGUAGES = 8  # characters for languages, which are at most "enzh"
# A row of COPY: the number of columns, and before each its length.
_HEAD = np.dtype(
    [
        *(
            ("columns", ">i2"),
            ("", ">i4"),
            ("listing", ">i8"),
            ("", ">i4"),
            ("organisation", ">i8"),
        ),
        *(("", ">i4"), ("languages", f"S{_LANGUAGES}"), ("", ">i4"), ("members_only", "?")),
        *(("", ">i4"), ("verified", "?"), ("", ">i4"), ("embedded", "?"), ("", ">i4")),
        *(("dimensions", ">i4"), ("direction", ">f2", (DIMENSIONS,))),
    ]
)


@dataclass(frozen=True)
class Owners:
    """Who posts each text and who may see it, by row. ``people``: organisations an expert is of."""

    organisations: NDArray[np.int64]
    members_only: NDArray[np.bool_]
    verified: NDArray[np.bool_]
    people: dict[int, frozenset[int]]


class Eligible(Allowed):
    """The rules of :func:`matching.services.candidates.eligible`, by rows."""

    def __init__(self, demands: Owners, candidates: Owners) -> None:
        self._demands, self._candidates = demands, candidates
        self._claimed = np.zeros(len(candidates.organisations), np.bool_)
        self._claimed[list(candidates.people)] = True

    def pairs(self, rows: Numbers, columns: Numbers) -> NDArray[np.bool_]:
        """None of one organisation, and none of which one may not see the other."""
        mine, theirs = self._demands, self._candidates
        own = mine.organisations[rows]
        allowed = (own == 0) | (own != theirs.organisations[columns])
        allowed &= mine.verified[rows] | ~theirs.members_only[columns]
        allowed &= theirs.verified[columns] | ~mine.members_only[rows]
        for place in np.flatnonzero(allowed & self._claimed[columns]).tolist():
            allowed[place] = own[place] not in theirs.people[int(columns[place])]
        return allowed


@same_statistics()
def rank_all(
    kind: str, *, most: int = BEST, demands: int | None = None
) -> Iterator[tuple[int, Ranking]]:
    """For each live demand its best ``most`` listings of a kind with their scores, best first.

    Of all demands, or of so many with the lowest numbers. Writes nothing. Every pair's text is
    compared; facts are those of the ``most`` nearest texts.
    """
    weights = active_weights().weights
    texts, owners = load_texts(Listing.Kind.DEMAND, demands)
    if not len(texts.listings):
        return
    asking = Demands.of(texts, kind)
    ranked = Exhaustive(asking, most)
    with ThreadPoolExecutor(1) as beside:
        running: Future[None] | None = None
        for candidates, whose in _pages(kind, PAGE):
            if not len(candidates.listings):
                break
            odds = Odds(asking, candidates, weights)
            if running is not None:
                running.result()
            running = beside.submit(ranked.compare, odds, Eligible(owners, whose))
        if running is not None:
            running.result()
    crowd = text_odds(TextFit(None, None, kind_size(kind)), weights)
    best_of_all = ranked.best
    found = np.unique(np.concatenate([keys for keys, _odds in best_of_all]))
    asks = sides_of(Listing.Kind.DEMAND, texts.listings.tolist())
    offers = sides_of(kind, found.tolist())
    wanted = Facts([asks[key] for key in texts.listings.tolist()])
    given = Facts([offers[key] for key in found.tolist()])
    for start in range(0, len(best_of_all), _AT_ONCE):
        best = best_of_all[start : start + _AT_ONCE]
        counts = [len(keys) for keys, _odds in best]
        keys = np.concatenate([keys for keys, _odds in best])
        rows = np.repeat(np.arange(start, start + len(best)), counts), np.searchsorted(found, keys)
        text = np.concatenate([odds for _keys, odds in best]).astype(np.float64) + crowd
        scores = scores_of(wanted, given, rows, text, weights)
        ends = np.cumsum(counts)
        for place, (end, count) in enumerate(zip(ends.tolist(), counts, strict=True)):
            here = slice(end - count, end)
            pairs = zip(keys[here].tolist(), scores[here].tolist(), strict=True)
            demand = int(texts.listings[start + place])
            yield demand, sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def load_texts(kind: str, most: int | None = None) -> tuple[Texts, Owners]:
    """The texts of live listings of a kind that may be matched, and whose they are.

    Of all, or of the ``most`` with the lowest numbers.
    """
    return next(_pages(kind, most))


def _pages(kind: str, size: int | None) -> Iterator[tuple[Texts, Owners]]:
    """The same in pages of so many, or all in one; at least one page, which may be empty."""
    entries = IndexEntry.objects.live().filter(kind=kind)
    owner, sealed = Listing.Visibility.OWNER, Listing.Disclosure.SEALED
    entries = entries.filter(~Q(listing__visibility=owner) | Q(listing__disclosure=sealed))
    if kind == Listing.Kind.EXPERT:
        entries = entries.exclude(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    nowhere = Value([0.0] * DIMENSIONS, HalfVectorField(dimensions=DIMENSIONS))
    columns = (
        Cast("pk", BigIntegerField()),
        Cast(Coalesce("listing__organisation_id", 0), BigIntegerField()),
        RPad("languages", _LANGUAGES, Value(" ")),
        _whether(listing__visibility=Listing.Visibility.MEMBERS),
        _whether(listing__organisation__verified_at__isnull=False),
        _whether(direction__isnull=False),
        Coalesce("direction", nowhere),
        "lexical",
    )
    people = _people() if kind == Listing.Kind.EXPERT else {}
    last: int | None = 0
    while last is not None:
        rows = entries.filter(pk__gt=last).order_by("pk").values_list(*columns)
        heads, words = _read(rows if size is None else rows[:size])
        last = int(heads["listing"][-1]) if size is not None and len(heads) == size else None
        yield _page(kind, heads, words, people)


def _whether(**condition: Any) -> Case:
    return Case(When(**condition, then=True), default=False, output_field=BooleanField())


def _page(
    kind: str, heads: NDArray[Any], words: Words, people: dict[int, frozenset[int]]
) -> tuple[Texts, Owners]:
    listings = heads["listing"].astype(np.int64)
    languages = [one.decode().strip() for one in heads["languages"].tolist()]
    texts = texts_of(listings, kind, languages, heads["direction"], heads["embedded"], words)
    order = np.searchsorted(listings, texts.listings)
    owners = Owners(
        heads["organisation"].astype(np.int64)[order],
        heads["members_only"][order],
        heads["verified"][order],
        {place: people[key] for place, key in enumerate(texts.listings.tolist()) if key in people},
    )
    return texts, owners


def _people() -> dict[int, frozenset[int]]:
    """The organisations whose members experts are, where they claimed their profile."""
    found: dict[int, set[int]] = defaultdict(set)
    users = Member.objects.filter(user__expert__isnull=False)
    for expert, organisation in users.values_list("user__expert", "organisation"):
        found[expert].add(organisation)
    return {key: frozenset(one) for key, one in found.items()}


def _read(rows: QuerySet) -> tuple[NDArray[Any], Words]:
    """Rows by COPY's binary format: all but the words as :data:`_HEAD`, and the words."""
    data, place = sent(*rows.query.sql_with_params()), HEADER
    heads, places, amounts, counts = [], [], [], [0]
    size_and_count = struct.Struct(">i4xi4x")
    while data[place] < 0x80:  # a negative number of columns ends the data
        words = place + _HEAD.itemsize
        heads.append(data[place:words])
        size, count = size_and_count.unpack_from(data, words) if data[words] < 0x80 else (0, 0)
        begin, middle, end = words + 16, words + 16 + 4 * count, words + 16 + 8 * count
        places.append(data[begin:middle])
        amounts.append(data[middle:end])
        counts.append(count)
        place = words + 4 + size
    found = np.frombuffer(b"".join(heads), _HEAD)
    return found, (
        np.cumsum(counts),
        np.frombuffer(b"".join(places), ">i4").astype(np.int32),
        np.frombuffer(b"".join(amounts), ">f4").astype(np.float32),
    )
