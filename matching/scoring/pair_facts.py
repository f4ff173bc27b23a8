"""The facts of a pair that a dismissal can be about, as plain values: what they are, what changed.

They are kept with the dismissal. Whether a dismissed pair returns is decided by comparing what
was kept with what is: only what was wrong counts, and only when it became better. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from matching.scoring.requirements import PASS, UNKNOWN, compare_rows, plain
from matching.scoring.score import Side, agreeing_modes, region_part

Facts = Mapping[str, Any]
Change = dict[str, Any]

# The share of different words from which a text says something else; correcting it changes less.
SUBSTANTIAL = 0.15


def facts_of(demand: Side, candidate: Side, words: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What is kept. ``words``: the places of either side's words in sparse vectors."""
    rows = compare_rows(demand.required, candidate.evidence)
    failed = [row for row in rows if row.result not in (PASS, UNKNOWN)]
    missed = failed or [row for row in rows if row.result == UNKNOWN]
    return {
        "demand": _side(demand, words.get("demand", ())),
        "candidate": _side(candidate, words.get("candidate", ())),
        "missed": [[row.required.quantity, row.required.term] for row in missed],
        "passed": sum(row.result == PASS for row in rows),
        "near": region_part(demand.place, candidate.place) or 0.0,
        "agreeing": [list(pair) for pair in agreeing_modes(demand.modes, candidate.modes)],
    }


def _side(side: Side, words: Sequence[int]) -> dict[str, Any]:
    return {
        "readiness": side.readiness,
        "amount": None if side.amount is None else plain(side.amount),
        "currency": side.currency,
        "place": None if side.place is None else list(side.place),
        "modes": sorted(side.modes),
        "words": list(words),
    }


def what_changed(reason: str, side: str, then: Facts, now: Facts) -> Change | None:
    """What of the thing that was wrong became better since; None where nothing did.

    ``reason``: of the dismissal; ``side``: who dismissed (``demand`` or ``candidate``).
    """
    look = _LOOKS.get(reason)
    return look(side, then, now) if look is not None and then and now else None


def _readiness(_side: str, then: Facts, now: Facts) -> Change | None:
    before, after = then["candidate"]["readiness"], now["candidate"]["readiness"]
    if after is not None and after > (before or 0):
        return {"code": "readiness", "then": before, "now": after}
    before, after = then["demand"]["readiness"], now["demand"]["readiness"]
    if before is not None and (after is None or after < before):
        return {"code": "readiness_sought", "then": before, "now": after}
    return None


def _money(_side: str, then: Facts, now: Facts) -> Change | None:
    """A lower price or a higher budget; one that was not stated before, or was in another
    currency, must fit what the other side states."""
    for name, side, sign in (("price", "candidate", -1), ("budget", "demand", 1)):
        before, after = _amount(then[side]), _amount(now[side])
        if after is None:
            continue
        known = before if then[side]["currency"] == now[side]["currency"] else None
        if (after - known) * sign > 0 if known is not None else _fits(now):
            return {
                "code": name,
                "then": None if known is None else plain(known),
                "now": plain(after),
                "currency": now[side]["currency"],
            }
    return None


def _fits(now: Facts) -> bool:
    price, budget = _amount(now["candidate"]), _amount(now["demand"])
    same = now["candidate"]["currency"] == now["demand"]["currency"]
    return price is not None and budget is not None and same and price <= budget


def _amount(side: Mapping[str, Any]) -> Decimal | None:
    return None if side["amount"] is None else Decimal(side["amount"])


def _region(_side: str, then: Facts, now: Facts) -> Change | None:
    return {"code": "region"} if now["near"] > then["near"] else None


def _mode(_side: str, then: Facts, now: Facts) -> Change | None:
    gained = {tuple(pair) for pair in now["agreeing"]} - {tuple(pair) for pair in then["agreeing"]}
    if gained:
        return {"code": "mode"}
    if not now["demand"]["modes"] and set(now["candidate"]["modes"]) - set(
        then["candidate"]["modes"]
    ):
        return {"code": "mode"}
    return None


def _requirement(_side: str, then: Facts, now: Facts) -> Change | None:
    """A row that was missed is not any more, or more rows are met where none was missed."""
    before = {tuple(row) for row in then["missed"]}
    after = {tuple(row) for row in now["missed"]}
    met = sorted(before - after)
    if met:
        return {"code": "requirement", "quantity": met[0][0]}
    if not before and now["passed"] > then["passed"]:
        return {"code": "requirement", "quantity": ""}
    return None


def _their_text(side: str, then: Facts, now: Facts) -> Change | None:
    other = "candidate" if side == "demand" else "demand"
    return _text(other, then, now)


def _either_text(side: str, then: Facts, now: Facts) -> Change | None:
    own = "demand" if side == "demand" else "candidate"
    return _their_text(side, then, now) or _text(own, then, now)


def _text(side: str, then: Facts, now: Facts) -> Change | None:
    moved = share_changed(then[side]["words"], now[side]["words"]) >= SUBSTANTIAL
    return {"code": "text", "side": side} if moved else None


def share_changed(then: Sequence[int], now: Sequence[int]) -> float:
    """The share of the words of two texts that only one of them has: 0 the same, 1 nothing."""
    before, after = set(then), set(now)
    return len(before ^ after) / max(len(before | after), 1)


# Another reason than these never brings a pair back by itself.
_LOOKS: Mapping[str, Callable[[str, Facts, Facts], Change | None]] = {
    "too_early": _readiness,
    "too_expensive": _money,
    "region": _region,
    "mode": _mode,
    "requirement_missed": _requirement,
    "other_field": _either_text,
    "benefit_unclear": _their_text,
    "route_unclear": _their_text,
    "description_unclear": _their_text,
}
