"""A match as a card: what one reader sees of it, from the reader's own side."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from accounts.memberships import memberships_of
from accounts.permissions import EDITING_ROLES
from achievements.cards import organisation_of
from achievements.models import Listing, Reveal
from achievements.permissions import Reader
from achievements.presentation import fallback_language
from matching.models import Decision, Match, Question
from matching.permissions import may_answer, may_ask
from matching.results.highlighting import text_fragment
from matching.wording.answers import (
    answer_components,
    move_rows,
    moving_listings,
    returned_text,
)
from matching.wording.matches import component_rows, reason_rows, requirement_rows, score_points

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

Card = dict[str, Any]


class MatchReader(Reader):
    """Who reads a list of matches: also answers for whom the reader may decide, with one query."""

    @cached_property
    def posting_ids(self) -> frozenset[int]:
        """The organisations the reader may answer for; viewers only look on."""
        rows = memberships_of(self.user)
        return frozenset(one.organisation_id for one in rows if one.role in EDITING_ROLES)

    def titles(self, match: Match) -> dict[int, str]:
        """The titles of the listings whose answers moved a match, as far as the reader may see
        them; after :meth:`expect` without a query."""
        asked = moving_listings([match])
        if not asked <= self._titles.keys():
            self.expect([match])
        return {pk: self._titles[pk] for pk in asked if self._titles[pk]}

    def expect(self, matches: Iterable[Match]) -> None:
        """Look up, with one query at most, what the cards of these matches name."""
        asked = moving_listings(matches) - self._titles.keys()
        if not asked:
            return
        rows = Listing.objects.visible_to(self.user).filter(pk__in=asked)
        seen = {row.pk: row.title for row in rows}
        self._titles.update({pk: seen.get(pk, "") for pk in asked})

    @cached_property
    def _titles(self) -> dict[int, str]:
        return {}

    def has_revealed(self, match: Match) -> bool:
        """Whether the sealed demand of a match is open to its other side: by the reader's own
        organisation, or to the reader."""
        if match.demand.organisation_id not in self.organisation_ids:
            return True
        candidate = match.candidate
        expert = candidate.kind == Listing.Kind.EXPERT
        person = candidate.expert.user_id if expert else None
        return (match.demand_id, candidate.organisation_id, person) in self._reveals

    @cached_property
    def _reveals(self) -> frozenset[tuple[int, int | None, int | None]]:
        rows = Reveal.objects.standing().filter(demand__organisation__in=self.organisation_ids)
        return frozenset(rows.values_list("demand_id", "organisation_id", "person_id"))

    def may_decide(self, listing: Listing) -> bool:
        """Owners and editors of its organisation answer for a listing, an expert in person."""
        if listing.organisation_id in self.posting_ids:
            return True
        if listing.kind != Listing.Kind.EXPERT or not self.user.is_authenticated:
            return False
        return listing.expert.user_id == self.user.pk


def match_card(match: Match, reader: MatchReader, *, side: str = "") -> Card:
    """Values for ``c-match-card`` and the buttons below it.

    ``side``: the reader's own (``demand`` or ``candidate``); without one, as for administrators,
    the candidate is shown as an answer to the demand. Rows come from ``with_answers`` and
    ``with_details``. An anonymous demand's organisation is left out unless the reader may know it.
    """
    own_side = side or getattr(match, "my_side", "")
    own: Listing = match.demand
    other: Listing = match.candidate
    if own_side == Decision.Side.CANDIDATE:
        own, other = other, own
    said = list(match.decisions.all())
    answers = {decision.side: decision for decision in said if decision.returned_at is None}
    back = [decision for decision in said if decision.returned_at and decision.side == own_side]
    theirs = [answer for name, answer in answers.items() if name != own_side]
    mine = answers.get(own_side)
    if mine is not None and mine.is_over(timezone.localdate()):
        mine = None
    listing = other if other.kind != Listing.Kind.EXPERT else other.expert
    return {
        "match": match,
        "url": reverse("matching:match_detail", args=[match.pk]),
        "own": own,
        "own_url": _opened_at_quotes(own, match),
        "other": other,
        "other_url": _opened_at_quotes(other, match),
        "kind": other.kind,
        "title": other.title,
        "lang": fallback_language(other),
        "summary": other.summary,
        **organisation_of(listing, reader),
        "score": score_points(match),
        "components": [*component_rows(match), *answer_components(match)],
        "reasons": [*move_rows(match, own_side, reader.titles), *reason_rows(match)],
        "by_chance": getattr(match, "by_chance", False),
        "proposed": getattr(match, "curation", None),
        "returned": returned_text(back[0]) if back else "",
        "requirements": requirement_rows(match),
        "side": own_side,
        "mine": mine,
        "theirs": theirs[0] if theirs and theirs[0].verdict != "snoozed" else None,
        "sealed": match.demand.is_sealed,
        "hidden": match.demand.is_sealed and not reader.has_revealed(match),
        "agreed": len([a for a in answers.values() if a.verdict == "accepted"]) == 2,
        "may_decide": bool(own_side) and reader.may_decide(own),
    }


def _opened_at_quotes(listing: Listing, match: Match) -> str:
    """The listing's address, with what the match quotes of it highlighted there."""
    side = "demand" if listing.pk == match.demand_id else "candidate"
    quoted = [one["data"][side] for one in match.reasons if one["code"] == "passages"]
    return f"{listing.get_absolute_url()}{text_fragment(quoted)}"


def brief_card(card: Card) -> Card:
    """A card for a list of many: how the requirements are met, and reasons of one line each.

    The passages stand in where there is no shorter reason, so that no score goes without one.
    """
    results = [row["result"] for row in card["requirements"]]
    short = [row for row in card["reasons"] if not row.get("quote")]
    return {
        **card,
        "reasons": short or card["reasons"],
        "components": [],
        "requirements": [],
        "tally": {name: results.count(name) for name in ("pass", "fail", "unknown")},
    }


def with_questions(match: Match, card: Card, user: "AnyUser") -> None:
    """Add to the requirements of a card what was asked of the owner, and who may do what next.

    Each unknown must row has ``question`` (or None), ``may_ask`` and ``may_answer``.
    """
    unknown = [row for row in card["requirements"] if row["must"] and row["result"] == "unknown"]
    if not unknown or match.kind != Listing.Kind.ACHIEVEMENT:
        return
    asked = Question.objects.filter(demand=match.demand_id, achievement=match.candidate_id)
    by_key = {question.key: question for question in asked.visible_to(user)}
    asks = may_ask(user, match) and not card["hidden"]
    for row in unknown:
        question = by_key.get(row["key"])
        row["question"] = question
        row["may_ask"] = asks and question is None
        row["may_answer"] = (
            question is not None and not question.outcome and may_answer(user, question)
        )
