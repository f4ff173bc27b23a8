"""Values of listings are counted and asked as brute force does, however often they change."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.facets import value_sets
from matching.facets.listing_set import ListingSet
from matching.facets.value_sets import Values

PLACES = 5
EVERY = np.ones(PLACES, np.bool_)
held = st.dictionaries(st.integers(1, 150), st.sets(st.integers(0, PLACES - 1)), max_size=40)


def changed(values: Values, own: dict[int, set[int]]) -> Values:
    pairs = [(listing, place) for listing, places in own.items() for place in sorted(places)]
    owners, places = np.array(pairs, np.int32).reshape(-1, 2).T
    return values.with_changed(ListingSet.of(list(own)), owners, places)


@given(st.lists(held, min_size=1, max_size=5), st.sets(st.integers(1, 150)), st.integers(0, 60))
def test_values_after_changes_are_those_of_the_last_change_of_each_listing(
    changes: list[dict[int, set[int]]], chosen: set[int], apart: int
):
    value_sets._MOST_APART, usual = apart, value_sets._MOST_APART
    try:
        values, truth = Values(), dict[int, set[int]]()
        for own in changes:
            values = changed(values, own)
            truth |= own
    finally:
        value_sets._MOST_APART = usual

    counted = Counter(place for key in chosen for place in truth.get(key, ()))
    found = values.count(ListingSet.of(sorted(chosen)), EVERY)
    assert found.tolist() == [counted[place] for place in range(PLACES)]
    for place in range(PLACES):
        asked = np.arange(PLACES) == place
        alone = values.count(ListingSet.of(sorted(chosen)), asked)
        assert alone.tolist() == [counted[place] * wanted for wanted in asked]
        has = sorted(key for key, places in truth.items() if place in places)
        assert values.having(asked).numbers().tolist() == has


def test_values_of_many_listings_are_sets_of_bits_and_count_the_same():
    everyone = {key: {0} for key in range(1, 6001)} | {7: {0, 3}, 4000: {3, 4}}
    values = changed(Values(), everyone)

    assert set(values.sets) == {0}
    assert values.count(ListingSet.of(range(1, 5000)), EVERY).tolist() == [4998, 0, 0, 2, 1]
    later = changed(values, {7: {1}, 6001: {0}})
    assert later.count(ListingSet.of(range(1, 7000)), EVERY).tolist() == [5999, 1, 0, 1, 1]
