"""Sets of listings as bits do what Python's sets of numbers do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.facets.listing_set import NOTHING, ListingSet

numbers = st.sets(st.integers(1, 400), max_size=60)


@given(numbers, numbers)
def test_sets_are_cut_joined_and_counted_like_sets(one: set[int], other: set[int]):
    first, second = ListingSet.of(sorted(one)), ListingSet.of(list(other))

    assert (first & second).numbers().tolist() == sorted(one & other)
    assert (first | second).numbers().tolist() == sorted(one | other)
    assert (first - second).numbers().tolist() == sorted(one - other)
    assert len(first) == len(one)
    assert first.has(np.array(sorted(other), np.int64)).tolist() == [
        number in one for number in sorted(other)
    ]


@given(numbers, st.integers(0, 70))
def test_newest_gives_the_highest_first(one: set[int], most: int):
    assert ListingSet.of(list(one)).newest(most).tolist() == sorted(one, reverse=True)[:most]


@pytest.mark.parametrize("wide", [3, 64, 200])
def test_places_are_as_many_as_asked_for(wide: int):
    places = ListingSet.of([1, 2, 2, 63, 64]).places(wide)

    assert np.flatnonzero(places).tolist() == [n for n in (1, 2, 63, 64) if n < wide]
    assert len(places) == wide


def test_nothing_has_no_numbers():
    assert (NOTHING | NOTHING).numbers().tolist() == []
    assert NOTHING.newest(5).tolist() == []
    assert not len(NOTHING & ListingSet.of([1]))
