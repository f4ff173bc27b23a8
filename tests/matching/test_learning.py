"""Answers move the other matches of the side that gave them: at once, bounded, and back."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from achievements.models import Listing
from achievements.services import update_listing
from matching.models import Decision, IndexEntry, Match
from matching.scoring.learning import FIRST_ANSWERS, Answer, Other, moved, moves_of, nearness
from matching.scoring.pair_facts import facts_of
from matching.scoring.requirements import Measured, Required
from matching.scoring.score import Side
from matching.services.decisions import accept_match, dismiss_match, undo_decision
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from matching.services.statistics import refresh_statistics
from tests import factories

DENSITY = Required("energy density", "", Decimal(300), "Wh/kg", must=True)
WEIGHTS = {"answers": dict(FIRST_ANSWERS)}


def _way(angle):
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


NOTHING = Side()


def _answer(reason, about, side="demand", asks=NOTHING, number=1):
    pair = (asks, about.side) if side == "demand" else (about.side, asks)
    return Answer(number, side, reason, about, facts_of(*pair, {}))


def _points(answers, other, missed=()):
    return [move.points for move in moves_of(answers, other, missed, WEIGHTS)]


def _offer(number, direction=None, **facts):
    return Other(number, "achievement", Side(**facts), direction)


@pytest.mark.parametrize(
    ("readiness", "lower"), [(1, True), (3, True), (4, False), (9, False), (None, False)]
)
def test_moves_too_early_lowers_what_is_no_readier(readiness, lower):
    said = _answer("too_early", _offer(1, readiness=3))

    assert _points([said], _offer(2, readiness=readiness)) == [Decimal("-0.12")] * lower


def test_moves_too_early_by_the_offering_side_lowers_demands_that_want_as_much():
    about = Other(1, "demand", Side(readiness=6))
    said = _answer("too_early", about, side="candidate", asks=Side(readiness=3))

    found = [
        _points([said], Other(2, "demand", Side(readiness=level))) for level in (5, 6, 8, None)
    ]

    assert found == [[], [Decimal("-0.12")], [Decimal("-0.12")], []]


@pytest.mark.parametrize(
    ("amount", "currency", "lower"),
    [(99, "CNY", False), (100, "CNY", True), (500, "CNY", True), (500, "EUR", False)],
)
def test_moves_too_expensive_lowers_what_costs_as_much_in_the_same_currency(
    amount, currency, lower
):
    said = _answer("too_expensive", _offer(1, amount=Decimal(100), currency="CNY"))
    other = _offer(2, amount=Decimal(amount), currency=currency)

    assert _points([said], other) == [Decimal("-0.12")] * lower


def test_moves_region_and_mode_lower_only_the_same():
    about = _offer(1, place=("CN", "CN-GD"), modes=frozenset({"equity", "assignment"}))
    said = [_answer("region", about), _answer("mode", about, number=2)]

    same = _offer(2, place=("CN", "CN-GD"), modes=frozenset({"equity"}))
    near = _offer(3, place=("CN", "CN-ZJ"), modes=frozenset({"equity", "licence_sole"}))

    assert _points(said, same) == [Decimal("-0.10"), Decimal("-0.10")]
    assert _points(said, near) == []


def test_moves_requirement_missed_lowers_what_misses_the_same_row():
    weak = _offer(1, evidence=(Measured("energy density", "", Decimal(200), "Wh/kg"),))
    said = _answer("requirement_missed", weak, asks=Side(required=(DENSITY,)))

    assert _points([said], _offer(2), [("energy density", "")]) == [Decimal("-0.12")]
    assert _points([said], _offer(3), [("cycle life", "")]) == []


def test_moves_other_field_and_accepted_fall_with_the_distance():
    about = _offer(1, _way(0))
    away = [_offer(2, _way(angle)) for angle in (0.0, 0.5, 1.0, 1.5)]

    lowered = [sum(_points([_answer("other_field", about)], other)) for other in away]
    lifted = [sum(_points([_answer("accepted", about)], other)) for other in away]

    assert lowered[0] == Decimal("-0.12")
    assert lowered == sorted(lowered)
    assert lowered[-1] == 0
    assert lifted[0] == Decimal("0.05")
    assert lifted == sorted(lifted, reverse=True)


def test_moves_reasons_that_say_nothing_of_others_move_nothing():
    said = [_answer("too_early", _offer(1, readiness=3))]

    assert _points(said, _offer(1, readiness=1)) == []
    assert _points(said, replace(_offer(2, readiness=1), kind="expert")) == []
    assert nearness(_offer(1), _offer(2), 0.25) == 0


def test_moves_several_answers_of_one_reason_count_once_and_all_are_bounded():
    about = _offer(
        1,
        _way(0),
        readiness=3,
        amount=Decimal(5),
        currency="CNY",
        place=("CN", "CN"),
        modes=frozenset({"equity"}),
    )
    reasons = ["too_early", "too_early", "too_expensive", "region", "mode", "other_field"]
    answers = [_answer(reason, about, number=n) for n, reason in enumerate(reasons)]
    other = replace(about, listing_id=2)

    moves = moves_of(answers, other, (), WEIGHTS)

    assert len(moves) == 5
    assert moved(Decimal("0.8"), moves, WEIGHTS) == Decimal("0.55")
    assert moved(Decimal("0.1"), moves, WEIGHTS) == 0
    shuffled = moves_of(answers[::-1], other, (), WEIGHTS)
    assert [m.as_data() for m in shuffled] == [m.as_data() for m in moves]


# --- With rows -----------------------------------------------------------------------------

TOPIC = "Solid electrolyte for lithium batteries with high energy density"
BARE = {"title_zh": "", "summary_en": "", "summary_zh": ""}


def _achievement(trl, **kwargs):
    texts = {"title_en": TOPIC, "solution_en": "", "solution_zh": ""}
    return factories.AchievementFactory(**BARE | texts | {"trl": trl} | kwargs)


def _demand(**kwargs):
    texts = {"title_en": TOPIC, "body_en": "", "body_zh": ""}
    return factories.DemandFactory(**BARE | texts | kwargs)


class Market:
    """A demand with four offers of TRL 2, 3, 4 and 8, and another demand for the same."""

    def __init__(self) -> None:
        for title in ("Weaving of carpets", "Vaccines against influenza", "Concrete bridges"):
            _achievement(5, title_en=title)
            _demand(title_en=title)
        self.demand, self.other = _demand(trl_min=4), _demand(trl_min=4)
        self.offers = {trl: _achievement(trl) for trl in (2, 3, 4, 8)}
        self.buyer = factories.MemberFactory(organisation=self.demand.organisation).user
        self.seller = factories.MemberFactory(organisation=self.offers[3].organisation).user
        refresh_entries(Listing.objects.values_list("pk", flat=True))
        while embed_entries():
            pass
        refresh_statistics()
        match_listing(self.demand.pk)
        match_listing(self.other.pk)

    def match(self, trl, demand=None) -> Match:
        """The match with the offer of that readiness."""
        return Match.objects.get(demand=demand or self.demand, candidate=self.offers[trl])

    def scores(self, demand=None) -> dict[int, Decimal]:
        """The scores of a demand by readiness of the offer."""
        return {trl: self.match(trl, demand).score for trl in self.offers}


@pytest.fixture
def market(db):
    """A fresh one."""
    return Market()


def _rows():
    fields = ("demand", "candidate", "score", "base_score", "moves", "reasons", "demand_rank")
    return list(Match.objects.order_by("demand", "candidate").values_list(*fields))


def test_dismissal_lowers_the_demands_other_early_offers_at_once_and_no_other_demand(market):
    before, elsewhere = market.scores(), market.scores(market.other)

    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")

    after = market.scores()
    assert after[2] == before[2] - Decimal("0.12")
    assert {trl: after[trl] for trl in (3, 4, 8)} == {trl: before[trl] for trl in (3, 4, 8)}
    assert market.scores(market.other) == elsewhere
    assert [move["reason"] for move in market.match(2).moves] == ["too_early"]


def test_dismissal_by_the_offering_side_moves_only_its_own_matches(market):
    before, mine = market.scores(), market.match(3, market.other)

    dismiss_match(match=market.match(3), side="candidate", by=market.seller, reason="too_early")

    assert market.match(3, market.other).score == mine.score - Decimal("0.12")
    assert market.scores() == before


def test_dismissal_matching_again_writes_the_same_rows_from_either_side(market):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    rows = _rows()

    for listing in (market.demand, market.offers[2], market.other):
        assert match_listing(listing.pk)

    assert _rows() == rows


def test_dismissal_leaves_the_listing_for_the_workers_to_match_again(market):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")

    waiting = IndexEntry.objects.filter(matched_source_at=None, pk=market.demand.pk)
    assert waiting.exists()


def test_undo_restores_every_score_exactly(market):
    rows = _rows()
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    assert _rows() != rows

    undo_decision(match=market.match(3), side="demand", by=market.buyer)

    assert _rows() == rows
    match_listing(market.demand.pk)
    assert _rows() == rows


def test_accepting_lifts_what_lies_near_by_a_little(market):
    before = market.scores()

    accept_match(match=market.match(4), side="demand", by=market.buyer)

    after = market.scores()
    assert after[4] == before[4]
    for trl in (2, 3, 8):
        assert 0 < after[trl] - before[trl] <= Decimal("0.05")


def test_other_answer_replaces_what_the_first_one_did(market):
    before = market.scores()
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="solved")

    assert market.scores() == before


def test_dismissal_still_counts_what_was_wrong_then_when_the_offer_falls_back(market):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    moved_then = market.match(2).score

    update_listing(listing=market.offers[3], by=market.seller, values={"trl": 1})
    embed_entries()
    match_listing(market.offers[3].pk)
    match_listing(market.demand.pk)

    assert market.match(2).score == moved_then


def test_page_says_what_an_answer_did_and_the_match_says_why(market, client):
    client.force_login(market.buyer)
    address = f"/matches/{market.match(3).pk}/dismiss/"

    page = client.post(address, {"reason": "too_early"}, follow=True).content.decode()
    assert "1 other match with the same shortcoming now ranks lower." in page

    page = client.get(f"/matches/{market.match(2).pk}/").content.decode()
    assert f"Ranked lower by 12 points because you dismissed “{TOPIC}” as too early." in page
    assert "−12" in page


def test_page_does_not_tell_the_other_side_whom_it_was_compared_with(market, client):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    rival = factories.MemberFactory(organisation=market.offers[2].organisation).user
    client.force_login(rival)

    page = client.get(f"/matches/{market.match(2).pk}/").content.decode()

    assert "Ranked lower by answers of the other side to other matches." in page
    assert "you dismissed" not in page.replace("you dismissed ranks lower", "")


def test_page_tells_administrators_of_either_sides_answers_not_as_their_own(market, client):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    client.force_login(factories.UserFactory(curator=True))

    page = client.get(f"/matches/{market.match(2).pk}/").content.decode()

    assert f"Ranked lower by 12 points because “{TOPIC}” was dismissed as too early." in page


def test_page_does_not_name_a_listing_that_is_gone(market, client):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    Listing.objects.filter(pk=market.offers[3].pk).update(state="withdrawn")
    client.force_login(market.buyer)

    page = client.get(f"/matches/{market.match(2).pk}/").content.decode()

    assert "because you dismissed “another listing” as too early" in page


def test_api_tells_by_how_much_answers_moved_a_score(market, client):
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    client.force_login(market.buyer)

    body = client.get(f"/api/v1/matches/{market.match(2).pk}/").json()

    assert body["components"][-1] == {"name": "answers", "value": None, "points": -0.12}
    assert body["sentences"][0]["text"].startswith("Ranked lower by 12 points")


@pytest.mark.parametrize("address", ["/matches/?view=list", "/api/v1/matches/"])
def test_list_costs_the_same_however_many_answers_moved_it(market, client, address):
    client.force_login(market.buyer)
    dismiss_match(match=market.match(3), side="demand", by=market.buyer, reason="too_early")
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    dismiss_match(match=market.match(4), side="demand", by=market.buyer, reason="too_early")
    accept_match(match=market.match(8), side="demand", by=market.buyer)
    assert Decision.objects.count() == 3
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
