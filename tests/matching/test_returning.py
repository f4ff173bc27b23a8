"""Dismissed pairs return when what was wrong became better; nothing else brings them back."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from achievements.models import Listing
from achievements.services import update_listing
from matching.models import Decision, Match
from matching.scoring.pair_facts import facts_of, what_changed
from matching.scoring.requirements import Measured, Required
from matching.scoring.score import Side
from matching.services.decisions import dismiss_match
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from matching.services.statistics import refresh_statistics
from tests import factories

ASKS = Side(
    readiness=6,
    amount=Decimal(100),
    currency="CNY",
    place=("CN", "CN-GD"),
    modes=frozenset({"licence"}),
    required=(Required("energy density", "", Decimal(300), "Wh/kg"),),
)
OFFERS = Side(
    readiness=3,
    amount=Decimal(200),
    currency="CNY",
    place=("DE", "DE-BY"),
    modes=frozenset({"equity"}),
    evidence=(Measured("energy density", "", Decimal(200), "Wh/kg"),),
)
WORDS = {"demand": list(range(100)), "candidate": list(range(1000, 1100))}
REWRITTEN = list(range(1000, 1060))
CORRECTED = list(range(1000, 1099))


def _now(asks=None, offers=None, words=None):
    sides = [replace(ASKS, **(asks or {})), replace(OFFERS, **(offers or {}))]
    return facts_of(*sides, {**WORDS, **(words or {})})


# What changes → the reasons for which it brings the pair back, when the demand's side dismissed.
CASES = {
    "nothing": ({}, set()),
    "readiness rose": ({"offers": {"readiness": 4}}, {"too_early"}),
    "readiness fell": ({"offers": {"readiness": 2}}, set()),
    "less readiness wanted": ({"asks": {"readiness": 5}}, {"too_early"}),
    "more readiness wanted": ({"asks": {"readiness": 7}}, set()),
    "no readiness wanted": ({"asks": {"readiness": None}}, {"too_early"}),
    "price fell": ({"offers": {"amount": Decimal(150)}}, {"too_expensive"}),
    "price rose": ({"offers": {"amount": Decimal(250)}}, set()),
    "price negotiable": ({"offers": {"amount": None}}, set()),
    "budget rose": ({"asks": {"amount": Decimal(120)}}, {"too_expensive"}),
    "budget fell": ({"asks": {"amount": Decimal(80)}}, set()),
    "another currency": ({"offers": {"currency": "EUR"}}, set()),
    "both in another currency": (
        {
            "offers": {"currency": "EUR", "amount": Decimal(5)},
            "asks": {"currency": "EUR", "amount": Decimal(6)},
        },
        {"too_expensive"},
    ),
    "nearer": ({"offers": {"place": ("CN", "CN-ZJ")}}, {"region"}),
    "elsewhere abroad": ({"offers": {"place": ("FR", "FR-IDF")}}, set()),
    "a mode that answers": (
        {"offers": {"modes": frozenset({"equity", "licence_sole"})}},
        {"mode"},
    ),
    "a mode that does not": ({"offers": {"modes": frozenset({"other"})}}, set()),
    "another mode sought": ({"asks": {"modes": frozenset({"joint_development"})}}, {"mode"}),
    "evidence that passes": (
        {"offers": {"evidence": (Measured("energy density", "", Decimal(310), "Wh/kg"),)}},
        {"requirement_missed"},
    ),
    "evidence that does not": (
        {"offers": {"evidence": (Measured("energy density", "", Decimal(250), "Wh/kg"),)}},
        set(),
    ),
    "requirement dropped": ({"asks": {"required": ()}}, {"requirement_missed"}),
    "their text rewritten": (
        {"words": {"candidate": REWRITTEN}},
        {"other_field", "benefit_unclear", "route_unclear", "description_unclear"},
    ),
    "their text corrected": ({"words": {"candidate": CORRECTED}}, set()),
    "own text rewritten": ({"words": {"demand": REWRITTEN}}, {"other_field"}),
}


@pytest.mark.parametrize("case", CASES)
def test_change_brings_back_only_what_was_dismissed_for_it(case):
    changes, wanted = CASES[case]
    then, now = _now(), _now(**changes)

    found = {
        reason for reason in Decision.Reason.values if what_changed(reason, "demand", then, now)
    }

    assert found == wanted


@pytest.mark.parametrize("reason", ["no_capacity", "solved", "other"])
def test_change_of_everything_does_not_bring_back_what_has_nothing_to_do_with_it(reason):
    everything = {
        "asks": {"readiness": 1, "amount": Decimal(9999), "required": ()},
        "offers": {"readiness": 9, "amount": Decimal(1), "place": ("CN", "CN-GD")},
        "words": {"candidate": REWRITTEN, "demand": REWRITTEN},
    }

    assert what_changed(reason, "demand", _now(), _now(**everything)) is None


def test_change_of_a_price_not_stated_before_counts_when_it_fits():
    before = _now(offers={"amount": None})

    fits = what_changed("too_expensive", "demand", before, _now(offers={"amount": Decimal(90)}))
    dear = what_changed("too_expensive", "demand", before, _now(offers={"amount": Decimal(190)}))

    assert fits == {"code": "price", "then": None, "now": "90", "currency": "CNY"}
    assert dear is None


# --- With rows -----------------------------------------------------------------------------

TOPIC = "Solid electrolyte for lithium batteries with high energy density"
BARE = {"title_zh": "", "summary_en": "", "summary_zh": ""}


class Pair:
    """A matched pair among other listings, with an owner on either side."""

    def __init__(self) -> None:
        empty = {"solution_en": "", "solution_zh": ""}
        for title in ("Weaving of carpets", "Vaccines against influenza", "Concrete bridges"):
            factories.AchievementFactory(**BARE, **empty, title_en=title)
            factories.DemandFactory(**BARE, title_en=title, body_en="", body_zh="")
        self.demand = factories.DemandFactory(
            **BARE, title_en=TOPIC, body_en="", body_zh="", trl_min=6
        )
        self.offer = factories.AchievementFactory(**BARE, **empty, title_en=TOPIC, trl=3)
        self.buyer = factories.MemberFactory(organisation=self.demand.organisation).user
        self.seller = factories.MemberFactory(organisation=self.offer.organisation).user
        refresh_entries(Listing.objects.values_list("pk", flat=True))
        while embed_entries():
            pass
        refresh_statistics()
        match_listing(self.demand.pk)
        self.match = Match.objects.get(demand=self.demand, candidate=self.offer)

    def change(self, listing, by, **values) -> None:
        """Save it and let the workers match it."""
        update_listing(listing=listing, by=by, values=values)
        embed_entries()
        match_listing(listing.pk)

    def is_open(self, user) -> bool:
        """Whether the match is to be answered by the user's side."""
        return Match.objects.visible_to(user).with_answers(user).undecided().exists()


@pytest.fixture
def pair(db):
    """A fresh one."""
    return Pair()


def test_returned_when_readiness_rose_is_open_told_once_and_said_on_the_page(pair, client):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")
    Notification.objects.all().delete()
    assert not pair.is_open(pair.buyer)

    for trl in (6, 7):
        pair.change(pair.offer, pair.seller, trl=trl)

    assert pair.is_open(pair.buyer)
    notes = Notification.objects.filter(kind="match_returned")
    assert [(note.recipient, note.path) for note in notes] == [
        (pair.buyer, f"/matches/{pair.match.pk}/")
    ]
    assert AuditEvent.objects.filter(verb="match.returned").count() == 1
    client.force_login(pair.buyer)
    page = client.get(f"/matches/{pair.match.pk}/").content.decode()
    assert "Its readiness has risen since, from TRL 3 to TRL 6." in page
    assert "Back again" in page


def test_returned_is_found_from_the_side_that_changed_its_mind_too(pair):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")

    pair.change(pair.demand, pair.buyer, trl_min=4)

    assert pair.is_open(pair.buyer)


def test_not_returned_by_another_change_or_by_matching_again(pair):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")

    pair.change(pair.offer, pair.seller, price_mode="fixed", price_min=1, price_max=1)
    match_listing(pair.demand.pk)

    assert not pair.is_open(pair.buyer)
    assert not Notification.objects.filter(kind="match_returned").exists()


def test_not_returned_for_the_other_side_that_dismissed_for_another_reason(pair):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")
    dismiss_match(match=pair.match, side="candidate", by=pair.seller, reason="no_capacity")

    pair.change(pair.offer, pair.seller, trl=7)

    assert pair.is_open(pair.buyer)
    assert not pair.is_open(pair.seller)


def test_returned_by_a_rewritten_text_and_not_by_a_corrected_one(pair):
    long = " ".join(f"word{number}" for number in range(60))
    pair.change(pair.offer, pair.seller, solution_en=long)
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="benefit_unclear")

    pair.change(pair.offer, pair.seller, solution_en=long.replace("word7 ", "worth7 "))
    assert not pair.is_open(pair.buyer)

    told = " ".join(f"gain{number}" for number in range(30))
    pair.change(pair.offer, pair.seller, solution_en=f"{long} {told}")
    assert pair.is_open(pair.buyer)


def test_returned_and_dismissed_again_stands_and_can_return_again(pair):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")
    pair.change(pair.offer, pair.seller, trl=4)
    assert pair.is_open(pair.buyer)

    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")
    assert not pair.is_open(pair.buyer)
    match_listing(pair.offer.pk)
    assert not pair.is_open(pair.buyer)

    pair.change(pair.offer, pair.seller, trl=5)
    assert pair.is_open(pair.buyer)
    assert Notification.objects.filter(kind="match_returned").count() == 2


def test_returned_answer_moves_other_matches_no_longer(pair):
    near = factories.AchievementFactory(**BARE, title_en=TOPIC, solution_zh="", trl=2)
    refresh_entries([near.pk])
    embed_entries()
    match_listing(near.pk)
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="too_early")
    row = Match.objects.get(candidate=near, demand=pair.demand)
    assert row.score < row.base

    pair.change(pair.offer, pair.seller, trl=7)
    match_listing(pair.demand.pk)

    row.refresh_from_db()
    assert (row.score, row.moves) == (row.base, [])
    assert row.updated_at <= timezone.now()
