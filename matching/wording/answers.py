"""How answers read in the reader's language: what they moved, and why a match is back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.presentation import money_range
from matching.models import Decision, Match
from matching.scoring.learning import ACCEPTED, FIRST_ANSWERS, LEARNT_REASONS
from matching.wording.matches import Row

_BECAUSE = {
    "too_early": gettext_lazy(
        "Ranked lower by %(points)s points because you dismissed “%(title)s” as too early."
    ),
    "too_expensive": gettext_lazy(
        "Ranked lower by %(points)s points because price and budget of “%(title)s” did not fit."
    ),
    "region": gettext_lazy(
        "Ranked lower by %(points)s points because the region of “%(title)s” did not fit."
    ),
    "mode": gettext_lazy(
        "Ranked lower by %(points)s points because the mode of transfer of “%(title)s” did not fit."
    ),
    "other_field": gettext_lazy(
        "Ranked lower by %(points)s points because it lies near “%(title)s”, which you dismissed "
        "as of another field."
    ),
    "requirement_missed": gettext_lazy(
        "Ranked lower by %(points)s points because it misses the same requirement as “%(title)s”, "
        "which you dismissed for it."
    ),
    "accepted": gettext_lazy(
        "Ranked higher by %(points)s points because it lies near “%(title)s”, which you accepted."
    ),
}
# The same for who did not answer: administrators read what others said.
_BECAUSE_SAID = {
    **_BECAUSE,
    "too_early": gettext_lazy(
        "Ranked lower by %(points)s points because “%(title)s” was dismissed as too early."
    ),
    "other_field": gettext_lazy(
        "Ranked lower by %(points)s points because it lies near “%(title)s”, which was dismissed "
        "as of another field."
    ),
    "requirement_missed": gettext_lazy(
        "Ranked lower by %(points)s points because it misses the same requirement as “%(title)s”, "
        "which was dismissed for it."
    ),
    "accepted": gettext_lazy(
        "Ranked higher by %(points)s points because it lies near “%(title)s”, which was accepted."
    ),
}
_UNNAMED = gettext_lazy("another listing")


def moving_listings(matches: Iterable[Match]) -> set[int]:
    """The listings whose answers moved these matches."""
    return {move["listing"] for match in matches for move in match.moves}


def answer_components(match: Match) -> list[Row]:
    """A row of ``c-bars`` where answers moved the score: by how many points."""
    if not match.moves:
        return []
    return [{"label": _("Answers"), "points": _signed(match.score - match.base)}]


def move_rows(match: Match, side: str, titles: Callable[[Match], Mapping[int, str]]) -> list[Row]:
    """Rows of ``c-reasons``: which of the reader's own answers moved the match, by how much.

    What the other side answered to others is not told: only that it counts. Administrators, who
    have no side, read both. ``titles`` gives those that the reader may see.
    """
    if not match.moves:
        return []
    names, said = titles(match), _BECAUSE if side else _BECAUSE_SAID
    rows = []
    others = Decimal(0)
    for move in match.moves:
        points = Decimal(str(move["points"]))
        if side and move["side"] != side:
            others += points
            continue
        title = names.get(move["listing"]) or str(_UNNAMED)
        values = {"points": _whole(points), "title": title}
        tone = "good" if points > 0 else "bad"
        rows.append({"tone": tone, "text": said[move["reason"]] % values})
    if others:
        text = (
            _("Ranked higher by answers of the other side to other matches.")
            if others > 0
            else _("Ranked lower by answers of the other side to other matches.")
        )
        rows.append({"tone": "good" if others > 0 else "bad", "text": text})
    return rows


def limits_of(weights: Mapping[str, Any]) -> dict[str, int]:
    """By how many points of a hundred one answer, and all together, may move a score."""
    points = {**FIRST_ANSWERS, **weights.get("answers", {})}
    one = max(points[name] for name in (*LEARNT_REASONS, ACCEPTED))
    return {"one": round(one * 100), "all": round(points["most"] * 100)}


def _whole(points: Decimal) -> str:
    """Points of a hundred without sign; what rounds to nothing is still something."""
    found = abs(points * 100).quantize(Decimal(1))
    return str(found) if found else "<1"


def _signed(points: Decimal) -> str:
    return ("+" if points > 0 else "−") + _whole(points)


def returned_text(decision: Decision) -> str:
    """Why a match that this side dismissed or put aside is open again."""
    data = decision.change
    values = {"reason": decision.get_reason_display(), **data}
    match data.get("code"):
        case "day":
            day = date.fromisoformat(data["until"])
            values["day"] = date_format(day, "SHORT_DATE_FORMAT")
            text = _("You put it aside until %(day)s. That day has come.")
        case "readiness" if data["then"] is None:
            text = _("You dismissed it (%(reason)s). Its readiness is now stated: TRL %(now)s.")
        case "readiness":
            text = _(
                "You dismissed it (%(reason)s). "
                "Its readiness has risen since, from TRL %(then)s to TRL %(now)s."
            )
        case "readiness_sought" if data["now"] is None:
            text = _("You dismissed it (%(reason)s). No readiness is asked for any more.")
        case "readiness_sought":
            text = _(
                "You dismissed it (%(reason)s). "
                "The readiness asked for has fallen since, from TRL %(then)s to TRL %(now)s."
            )
        case "price" | "budget":
            amount = Decimal(data["now"])
            values["now"] = money_range(amount, amount, data["currency"])
            text = (
                _("You dismissed it (%(reason)s). The price is now %(now)s.")
                if data["code"] == "price"
                else _("You dismissed it (%(reason)s). The budget is now %(now)s.")
            )
        case "requirement" if data["quantity"]:
            text = _(
                "You dismissed it (%(reason)s). A requirement that was missed no longer is: "
                "%(quantity)s."
            )
        case "text":
            text = _("You dismissed it (%(reason)s). The text has changed substantially since.")
        case _other:
            text = _("You dismissed it (%(reason)s). What was wrong has changed since.")
    return text % values
