"""All demands against all achievements, or all experts, at once.

Ranks by the production text score over every pair (:mod:`matching.matrices`), where one listing
alone looks at candidates only; then the facts of the best are compared as ever. An expert with
several works is seen where all of them lie together, not by the nearer ones besides. Two runs over
the same data give the same rows.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from accounts.models import Member
from achievements.models import Expert, Listing
from matching.exhaustive import Exhaustive
from matching.facts import Facts, scores_of
from matching.matrices import Allowed, Demands, Texts, texts_of
from matching.models import DIMENSIONS, IndexEntry
from matching.scoring import TextFit, text_odds
from matching.services.facts import sides_of
from matching.services.weights import active_weights
from matching.similarity import kind_size, same_statistics

BEST = 50  # of each listing, whose facts are compared
_AT_ONCE = 2_000  # demands whose facts are compared at once

Ranking = list[tuple[int, float]]


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
        self.demands, self.candidates = demands, candidates
        self._of_candidates = _rows_by_organisation(candidates)

    def not_for_demand(self, row: int) -> NDArray[np.int64]:
        """Its own organisation's, and those that one of the two may not see."""
        return _refused(row, self.demands, self.candidates, self._of_candidates)


def _rows_by_organisation(owners: Owners) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for row, organisation in enumerate(owners.organisations.tolist()):
        for one in {organisation} | owners.people.get(row, frozenset()):
            rows[one].append(row)
    rows.pop(0, None)
    return rows


def _refused(
    row: int, mine: Owners, theirs: Owners, by_organisation: dict[int, list[int]]
) -> NDArray[np.int64]:
    own = {int(mine.organisations[row])} | mine.people.get(row, frozenset())
    refused = [np.array(by_organisation.get(one, []), np.int64) for one in sorted(own)]
    if not mine.verified[row]:
        refused.append(np.flatnonzero(theirs.members_only))
    if mine.members_only[row]:
        refused.append(np.flatnonzero(~theirs.verified))
    return np.concatenate(refused)


@same_statistics()
def rank_all(kind: str, *, most: int = BEST) -> Iterator[tuple[int, Ranking]]:
    """For each live demand its best ``most`` listings of a kind with their scores, best first.

    Writes nothing. Every pair's text is compared; facts are those of the ``most`` nearest texts.
    """
    weights = active_weights().weights
    demands, candidates = load_texts(Listing.Kind.DEMAND), load_texts(kind)
    if not len(demands[0].listings):
        return
    ranked = Exhaustive(Demands.of(demands[0], kind), weights, most)
    if len(candidates[0].listings):
        ranked.compare(candidates[0], Eligible(demands[1], candidates[1]))
    crowd = text_odds(TextFit(None, None, kind_size(kind)), weights)
    asks, offers = sides_of(Listing.Kind.DEMAND), sides_of(kind)
    wanted = Facts([asks[key] for key in demands[0].listings.tolist()])
    found = np.unique(np.concatenate([keys for keys, _odds in ranked.best]))
    given = Facts([offers[key] for key in found.tolist()])
    for start in range(0, len(ranked.best), _AT_ONCE):
        best = ranked.best[start : start + _AT_ONCE]
        counts = [len(keys) for keys, _odds in best]
        keys = np.concatenate([keys for keys, _odds in best])
        rows = np.repeat(np.arange(start, start + len(best)), counts), np.searchsorted(found, keys)
        text = np.concatenate([odds for _keys, odds in best]).astype(np.float64) + crowd
        scores = scores_of(wanted, given, rows, text, weights)
        ends = np.cumsum(counts)
        for place, (end, count) in enumerate(zip(ends.tolist(), counts, strict=True)):
            here = slice(end - count, end)
            pairs = zip(keys[here].tolist(), scores[here].tolist(), strict=True)
            demand = int(demands[0].listings[start + place])
            yield demand, sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def load_texts(kind: str) -> tuple[Texts, Owners]:
    """The texts of all live listings of a kind that may be matched, and whose they are."""
    entries = IndexEntry.objects.live().filter(kind=kind)
    owner, sealed = Listing.Visibility.OWNER, Listing.Disclosure.SEALED
    entries = entries.filter(~Q(listing__visibility=owner) | Q(listing__disclosure=sealed))
    if kind == Listing.Kind.EXPERT:
        entries = entries.exclude(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    rows = list(
        _binary_rows(
            entries.order_by("pk").values_list(
                *("pk", "languages", "direction", "lexical", "listing__organisation_id"),
                *("listing__visibility", "listing__organisation__verified_at"),
            )
        )
    )
    listings = np.array([_number(row[0]) for row in rows], np.int64)
    directions = np.zeros((len(rows), DIMENSIONS), np.float32)
    embedded = np.array([row[2] is not None for row in rows], np.bool_)
    for place, row in enumerate(rows):
        if row[2] is not None:
            directions[place] = np.frombuffer(row[2], ">f2", DIMENSIONS, 4)
    languages = [(row[1] or b"").decode() for row in rows]
    texts = texts_of(listings, kind, languages, directions, embedded, _words(rows))
    order = np.argsort(listings)[np.searchsorted(listings, texts.listings)]
    people = _people(listings) if kind == Listing.Kind.EXPERT else {}
    owners = Owners(
        np.array([_number(row[4]) if row[4] else 0 for row in rows], np.int64)[order],
        np.array([row[5] == b"members" for row in rows], np.bool_)[order],
        np.array([row[6] is not None for row in rows], np.bool_)[order],
        {place: people[key] for place, key in enumerate(texts.listings.tolist()) if key in people},
    )
    return texts, owners


def _people(listings: NDArray[np.int64]) -> dict[int, frozenset[int]]:
    """The organisations whose members experts are, where they claimed their profile."""
    found: dict[int, set[int]] = defaultdict(set)
    users = Member.objects.filter(user__expert__isnull=False)
    for expert, organisation in users.values_list("user__expert", "organisation"):
        found[expert].add(organisation)
    return {key: frozenset(one) for key, one in found.items()}


def _binary_rows(rows: QuerySet) -> Iterator[list[bytes | None]]:
    """Rows as COPY's binary format has them: each value's bytes, none for null."""
    sql, params = rows.query.sql_with_params()
    buffer = BytesIO()
    with connection.cursor() as cursor:
        statement = cursor.cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", buffer)
    data, place = buffer.getvalue(), 19
    while True:
        (fields,) = struct.unpack_from(">h", data, place)
        place += 2
        if fields < 0:
            return
        row: list[bytes | None] = []
        for _field in range(fields):
            (size,) = struct.unpack_from(">i", data, place)
            place += 4
            row.append(data[place : place + size] if size >= 0 else None)
            place += max(size, 0)
        yield row


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", "big", signed=True)


def _words(rows: list[list[bytes | None]]) -> tuple[Any, Any, Any]:
    """Sparse vectors side by side: where each begins, places (from 0) and amounts."""
    starts, places, amounts = [0], [], []
    for row in rows:
        value = row[3]
        count = int.from_bytes(value[4:8], "big") if value else 0
        if value:
            places.append(np.frombuffer(value, ">i4", count, 12))
            amounts.append(np.frombuffer(value, ">f4", count, 12 + 4 * count))
        starts.append(starts[-1] + count)
    joined = [np.concatenate(part) if part else np.empty(0) for part in (places, amounts)]
    return np.array(starts), joined[0].astype(np.int64), joined[1].astype(np.float32)
