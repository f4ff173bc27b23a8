"""The best matches that wait for a member's answer, for the home page."""

from typing import Any

from django import template

from matching.cards import MatchReader, brief_card, match_card
from matching.models import Match
from matching.services.exposure import MATCHES, note_shown

SHOWN = 3

register = template.Library()


@register.inclusion_tag("matching/_own_matches.html", takes_context=True)
def best_own_matches(context: dict[str, Any]) -> dict[str, Any]:
    """The first three of a member's inbox that wait for an answer; none for administrators, for
    whose answer nobody waits.

    Counted as shown, like those of the inbox. A fixed number of queries.
    """
    user = context["user"]
    if user.is_administrator:
        return {"cards": []}
    rows = Match.objects.visible_to(user).live().with_answers(user).undecided()
    shown = list(rows.in_inbox_order().with_details()[:SHOWN])
    reader = MatchReader(user)
    reader.expect(shown)
    cards = [brief_card(match_card(match, reader)) for match in shown]
    note_shown([card["other"].pk for card in cards], place=MATCHES, reader=user)
    return {"cards": cards, "request": context["request"], "site": context.get("site")}
