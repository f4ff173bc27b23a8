"""May this user answer a match, and for which side."""

from typing import TYPE_CHECKING

from achievements.permissions import may_edit_listing
from matching.models import Decision, Match, Question

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def sides_of(user: "AnyUser", match: Match) -> list[str]:
    """The sides of a match that the user may answer for: usually one, superusers both."""
    sides = []
    if may_edit_listing(user, match.demand):
        sides.append(Decision.Side.DEMAND.value)
    if may_edit_listing(user, match.candidate):
        sides.append(Decision.Side.CANDIDATE.value)
    return sides


def may_decide(user: "AnyUser", match: Match, side: str) -> bool:
    """Who may edit a side's listing answers for it."""
    return side in sides_of(user, match)


def may_see_quality(user: "AnyUser") -> bool:
    """Administrators read what is broken down; everyone reads the rest."""
    return user.is_authenticated and user.is_administrator


def may_see_operation(user: "AnyUser") -> bool:
    """Administrators see how the site runs."""
    return user.is_authenticated and user.is_administrator


def may_set_weights(user: "AnyUser") -> bool:
    """Curators answer for matches, so they compare and activate versions of the weights."""
    return user.is_authenticated and user.curates


def may_propose_matches(user: "AnyUser") -> bool:
    """Curators."""
    return user.is_authenticated and user.curates


def may_make_panels(user: "AnyUser") -> bool:
    """Curators."""
    return user.is_authenticated and user.curates


def may_ask(user: "AnyUser", match: Match) -> bool:
    """Who answers for the demand of a match asks the owner of its achievement."""
    return Decision.Side.DEMAND.value in sides_of(user, match)


def may_answer(user: "AnyUser", question: Question) -> bool:
    """Who may edit the achievement answers what is asked of it."""
    return may_edit_listing(user, question.achievement)


def may_see_duplicates(user: "AnyUser") -> bool:
    """Curators and moderators look at listings that are nearly the same."""
    return user.is_authenticated and (user.curates or user.moderates)
