"""Pages of results: each listing once, however far they reach beyond those scored in full."""

import numpy as np
import pytest

from matching.facets.listing_set import ListingSet
from matching.search import relevance
from matching.search.relevance import Ranked
from matching.search.text_query import read_query
from matching.services.indexing import refresh_entries
from tests import factories

pytestmark = pytest.mark.django_db


def test_pages_beyond_the_scored_ones_go_on_where_those_end(monkeypatch):
    keys = [factories.DemandFactory(title_en=f"Zeolite film {n}").pk for n in range(9)]
    refresh_entries(keys)
    query = read_query("zeolite")
    everything = ListingSet.of(keys)
    whole, _scores = Ranked(query, everything)[:]

    monkeypatch.setattr(relevance, "POOL", 4)
    ranked = Ranked(query, everything)
    pages = [ranked[start : start + 2] for start in range(0, 10, 2)]
    listings = np.concatenate([page[0] for page in pages])
    scores = np.concatenate([page[1] for page in pages])

    assert sorted(whole.tolist()) == sorted(listings.tolist()) == keys
    assert (np.diff(scores) <= 0).all()
