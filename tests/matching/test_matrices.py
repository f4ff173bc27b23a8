"""All against all gives what one by one gives, and the same each time."""

from decimal import Decimal

import numpy as np
import pytest

from accounts.models import Organisation
from achievements.models import Demand, Listing
from matching.exhaustive.bounds import Amounts, Directions, Turned
from matching.exhaustive.ceilings import Block, Part, groups_of
from matching.exhaustive.matrices import Allowed, Demands, Odds, top
from matching.exhaustive.search import Exhaustive
from matching.scoring.bulk_sides import sides_of
from matching.scoring.facts import Facts, scores_of
from matching.scoring.profiles import text_fit
from matching.scoring.requirements import Measured, Required
from matching.scoring.score import FIRST_WEIGHTS, Side, TextFit, score, text_odds
from matching.scoring.sides import side_of
from matching.scoring.subjects import subjects_of
from matching.seeding.load import seed_load
from matching.services.batch import load_texts, rank_all
from matching.services.matching import rank_candidates

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
    odds = Odds(Demands.of(demands, kind), candidates, FIRST_WEIGHTS)
    chosen = [lines.start for _language, lines in demands.runs()]
    profiles = _profiles(demands.listings[chosen])
    others = _profiles(candidates.listings)
    for row in chosen:
        for _language, columns in candidates.runs():
            keys = candidates.listings[columns].tolist()
            fits = [text_fit(profiles[demands.listings[row]], others[key]) for key in keys]
            wanted = [text_odds(fit, {**FIRST_WEIGHTS, "crowd": 0.0}) for fit in fits]
            rows, theirs = np.full(len(keys), row), np.arange(columns.start, columns.stop)
            np.testing.assert_allclose(odds.pairs(rows, theirs), wanted, atol=2e-4)


def _profiles(listings):
    return {pk: one.compared for pk, one in subjects_of(listings.tolist()).items()}


@pytest.mark.parametrize("kind", ["achievement", "expert"])
@pytest.mark.parametrize(
    ("most", "weights"),
    [
        (3, {}),
        (7, {"lexical_unknown": -1.0}),
        (5, {"components": {**FIRST_WEIGHTS["components"], "lexical": 0.0}}),
    ],
)
def test_best_of_all_are_those_with_the_highest_odds(kind, most, weights):
    weights = {**FIRST_WEIGHTS, **weights}
    demands, candidates = load_texts("demand")[0], load_texts(kind)[0]
    candidates.embedded[1::7], candidates.directions[1::7] = False, 0
    demands.embedded[1::5], demands.directions[1::5] = False, 0
    _forget_words(candidates, 3)
    _forget_words(demands, 2)
    asking = Demands.of(demands, kind)
    ranked, odds = Exhaustive(asking, most), Odds(asking, candidates, weights)
    ranked.compare(odds, _NotTheFirst())

    for row, (keys, values) in enumerate(ranked.best):
        every = np.concatenate(
            [
                odds.pairs(np.full(len(theirs), row), theirs)
                for _language, columns in candidates.runs()
                for theirs in [np.arange(columns.start, columns.stop)]
            ]
        )
        every[0] = -np.inf
        wanted = top(every, candidates.listings, most)
        assert keys.tolist() == candidates.listings[wanted].tolist()
        np.testing.assert_array_equal(values, every[wanted])


class _NotTheFirst(Allowed):
    def pairs(self, rows, columns):
        return columns != 0


def _forget_words(texts, every):
    for row in range(0, len(texts.listings), every):
        texts.words.data[slice(*texts.words.indptr[row : row + 2])] = 0


def test_products_of_rounded_rows_are_never_below_the_exact_ones():
    chance = np.random.default_rng(5)
    asks = chance.normal(size=(20, 48)).astype(np.float32) * chance.exponential(size=(20, 1))
    offers = chance.normal(size=(300, 48)).astype(np.float32)
    asks[3], offers[4] = 0, 0
    turned, directions = Turned(asks.astype(np.float32)), Directions(offers.copy())
    found = directions.product.of(turned.rows) * directions.step * turned.steps[:, None]
    exact, missing = asks @ offers.T, directions.missing(turned, np.arange(20))[:, None]
    assert (found + missing >= exact).all()
    assert (found - missing <= exact).all()
    assert (missing[0] < 0.2 * np.abs(exact[0]).max()).all()

    asks, offers = np.maximum(asks, 0), np.maximum(offers, 0)
    words = Amounts(offers)
    steps = words.least_steps(asks)
    found = words.of(asks, steps) * steps[:, None]
    assert (found >= (asks @ offers.T) * (1 - 1e-5)).all()
    assert found.sum() < 1.1 * (asks @ offers.T).sum()


@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_ceilings_are_above_the_odds_of_every_pair_and_not_far(kind):
    demands, candidates = load_texts("demand")[0], load_texts(kind)[0]
    candidates.embedded[1::7], candidates.directions[1::7] = False, 0
    _forget_words(candidates, 3)
    straight = {**FIRST_WEIGHTS, "words_bend": 1e6}  # else the line lies far above few words
    odds = Odds(Demands.of(demands, kind), candidates, straight)
    turned, above = Turned(odds.asks.turned), []
    for asking in groups_of(demands, odds.asks.words > 0):
        for offering in groups_of(candidates, odds.worded):
            part = Part(odds, asking, offering)
            if part.alike:
                continue
            for places in part.blocks(16):
                block, all_rows = Block(part, places, turned), slice(0, len(asking.rows))
                found = block.ceilings(all_rows)
                for column, offer in enumerate(block.columns):
                    exact = odds.pairs(asking.rows, np.full(len(asking.rows), offer))
                    least = block.thresholds(all_rows, found.units, exact)
                    assert (found.wholes[:, column] >= least).all()
                    above += ((found.wholes[:, column] - least) * found.units).tolist()
    assert np.median(above) < 0.5


def test_rank_all_page_by_page_gives_the_same(monkeypatch):
    whole = dict(rank_all("achievement", most=9))
    monkeypatch.setattr("matching.services.batch.PAGE", 13)
    paged = dict(rank_all("achievement", most=9))
    assert paged.keys() == whole.keys()
    for demand, found in whole.items():
        assert [pk for pk, _score in paged[demand]] == [pk for pk, _score in found]
        assert dict(paged[demand]) == pytest.approx(dict(found), abs=1e-6)


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
def test_top_has_the_highest_and_of_equals_the_lowest_key(length):
    chance = np.random.default_rng(length)
    odds = chance.integers(-40, 40, length).astype(np.float32)
    odds[::7] = -np.inf
    keys = chance.permutation(length)
    wanted = sorted(np.flatnonzero(odds > -np.inf), key=lambda at: (-odds[at], keys[at]))[:50]
    assert set(odds[top(odds, keys, 50)]) == set(odds[wanted])
    assert top(odds, keys, 50).tolist() == wanted


def test_scores_of_many_pairs_are_those_of_one_by_one():
    asks, offers = sides_of("demand"), sides_of("achievement")
    asked, offered = list(asks.values()), list(offers.values())
    evidence = [Measured("energy", "e", Decimal(value), "Wh/kg") for value in ("200", "320")]
    required = [Required("energy", "e", Decimal("0.3"), "kWh/kg", must=must) for must in (0, 1)]
    budget = {"amount": Decimal("1000.00"), "currency": "CNY"}
    dear = {"amount": Decimal("1500.00"), "currency": "CNY"}
    asked += [Side(required=required, **budget), Side(required=required[:1]), Side(), Side(**dear)]
    offered += [
        Side(evidence=evidence[:1], **dear),
        Side(evidence=evidence),
        Side(),
        Side(**budget),
    ]
    rows = np.arange(len(asked)).repeat(len(offered)), np.tile(np.arange(len(offered)), len(asked))
    text = np.random.default_rng(1).normal(2, 3, len(rows[0]))

    found = scores_of(Facts(asked), Facts(offered), rows, text, FIRST_WEIGHTS)
    share = FIRST_WEIGHTS["components"]["semantic"]
    wanted = [
        score(asked[row], offered[column], TextFit(odds / share, 0.0), FIRST_WEIGHTS).total
        for row, column, odds in zip(*rows, text, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    assert (found == FIRST_WEIGHTS["failed_must_cap"]).any()


def test_sides_in_bulk_are_those_of_each_listing():
    for kind in Listing.Kind.values:
        sides = sides_of(kind)
        subjects = subjects_of(list(sides))
        assert {pk: side_of(one.listing) for pk, one in subjects.items()} == sides
