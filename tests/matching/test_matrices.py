"""All against all gives what one by one gives, and the same each time."""

import numpy as np
import pytest

from accounts.models import Organisation
from achievements.models import Demand, Listing
from matching.matrices import Odds, top
from matching.profiles import subjects_of, text_fit
from matching.scoring import FIRST_WEIGHTS, text_odds
from matching.seeding.load import seed_load
from matching.services.batch import load_texts, rank_all
from matching.services.facts import sides_of
from matching.services.matching import rank_candidates
from matching.sides import side_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _load_data(shared_database):
    """So few that each demand is compared with all candidates."""
    with shared_database():
        seed_load(120)
        yield


@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_odds_of_every_pair_are_those_of_one_comparison(kind):
    demands, candidates = load_texts("demand")[0], load_texts(kind)[0]
    odds = Odds(demands, candidates, FIRST_WEIGHTS)
    found = odds.block(slice(0, 5))
    profiles = {pk: one.compared for pk, one in subjects_of(demands.listings[:5].tolist()).items()}
    others = {pk: one.compared for pk, one in subjects_of(candidates.listings.tolist()).items()}
    for row, demand in enumerate(demands.listings[:5].tolist()):
        wanted = []
        for candidate in candidates.listings.tolist():
            fit = text_fit(profiles[demand], others[candidate])
            wanted.append(text_odds(fit, {**FIRST_WEIGHTS, "crowd": 0.0}))
        np.testing.assert_allclose(found[row], wanted, atol=2e-4)


def test_rank_all_gives_the_ranking_of_each_demand_and_again_the_same():
    for kind in ("achievement", "expert"):
        found = dict(rank_all(kind, most=200))
        assert dict(rank_all(kind, most=200)) == found
        assert set(found) == set(Demand.objects.values_list("pk", flat=True))
        for demand in sorted(found)[:4]:
            wanted = rank_candidates(demand, kind)
            assert dict(found[demand]) == pytest.approx(dict(wanted), abs=2e-4)
            assert [pk for pk, _score in found[demand]][:3] == [pk for pk, _score in wanted][:3]


def test_rank_all_keeps_to_who_may_be_matched():
    offers = Listing.objects.filter(kind="achievement").order_by("pk")
    hidden, own = offers[0], offers[1]
    Listing.objects.filter(pk=hidden.pk).update(visibility="owner")
    demand = Demand.objects.order_by("pk").first()
    Listing.objects.filter(pk=demand.pk).update(visibility="members", organisation=own.organisation)
    stranger = offers.exclude(organisation=own.organisation).last()
    Organisation.objects.filter(pk=stranger.organisation_id).update(verified_at=None)

    found = {pk for pk, _score in dict(rank_all("achievement", most=100))[demand.pk]}
    assert found == {pk for pk, _score in rank_candidates(demand.pk, "achievement")}
    assert found
    assert not found & {hidden.pk, own.pk, stranger.pk}


@pytest.mark.parametrize("length", [0, 3, 70, 5_000])
def test_top_has_the_highest_and_of_equals_the_first(length):
    odds = np.random.default_rng(length).integers(-40, 40, length).astype(np.float32)
    odds[::7] = -np.inf
    found, values = top(odds, 50)
    wanted = sorted(np.flatnonzero(np.isfinite(odds)), key=lambda place: (-odds[place], place))[:50]
    assert found.tolist() == wanted
    assert values.tolist() == odds[wanted].tolist()


def test_a_block_of_some_rows_is_that_part_of_the_whole():
    demands, candidates = load_texts("demand")[0], load_texts("achievement")[0]
    odds = Odds(demands, candidates, FIRST_WEIGHTS)
    whole = odds.block(slice(0, len(demands.listings)))
    np.testing.assert_allclose(odds.block(slice(2, 9)), whole[2:9], atol=2e-5)


def test_sides_in_bulk_are_those_of_each_listing():
    for kind in Listing.Kind.values:
        sides = sides_of(kind)
        subjects = subjects_of(list(sides))
        assert {pk: side_of(one.listing) for pk, one in subjects.items()} == sides
