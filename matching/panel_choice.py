"""Choosing a panel: a pure function of who could sit on it. The same input, the same panel."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LOAD_POINTS = 0.05  # that each running panel takes off the fit
LOAD_MOST = {"available": 3, "limited": 1}


@dataclass(frozen=True)
class Seat:
    """An expert who could sit on a panel. ``conflict`` names what forbids it, else is empty."""

    expert_id: int
    fit: float
    load: int
    organisations: frozenset[int]
    availability: str
    conflict: str = ""
    note: str = ""

    @property
    def balanced(self) -> float:
        """The fit, less for whom much is asked already."""
        return self.fit - LOAD_POINTS * self.load


def choose(
    seats: Iterable[Seat], *, size: int, per_organisation: int
) -> list[tuple[Seat, str, str]]:
    """Who sits on it, and who of those that fit as well was left out and why: (seat, reason,
    note), the reason empty for those chosen. In the order of the balanced fit, the number of the
    expert breaking ties; ends with the last one chosen."""
    taken: Counter[int] = Counter()
    found: list[tuple[Seat, str, str]] = []
    chosen = 0
    for seat in sorted(seats, key=lambda one: (-one.balanced, one.expert_id)):
        if chosen == size:
            break
        reason = seat.conflict or _reason(seat, taken, per_organisation)
        found.append((seat, reason, seat.note))
        if not reason:
            chosen += 1
            taken.update(seat.organisations)
    return found


def _reason(seat: Seat, taken: Counter[int], per_organisation: int) -> str:
    if seat.availability == "unavailable":
        return "unavailable"
    if seat.load >= LOAD_MOST.get(seat.availability, 0):
        return "load"
    if any(taken[organisation] >= per_organisation for organisation in seat.organisations):
        return "organisation_full"
    return ""
