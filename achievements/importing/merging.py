"""What a listing says once a row of a file is merged into it; pure computation.

Filling gives the listing only what it leaves empty. Replacing lets each filled cell of the row win.
Either way empty cells take nothing away, lists are joined, and rows within (rights, inventors,
measured values, requirements) that the listing does not have yet are added behind its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from achievements.folding import fold
from achievements.ip_numbers import normal_number

# Who may see a listing is never decided by a file that happens to be like it.
_STAYS = {"visibility", "disclosure", "created_at"}
# Amounts mean nothing without their mode and currency, so they are taken together or not at all.
_AMOUNTS = (
    ("price_mode", "price_min", "price_max", "currency"),
    ("budget_min", "budget_max", "currency"),
)
_EMPTY: tuple[Any, ...] = (None, "", [])
Values = Mapping[str, Any]


def merged_values(row: Values, listing: Values, *, replace: bool) -> dict[str, Any]:
    """The fields of the listing that change, by name; both sides in one form of values."""
    apart = _STAYS.union(*_AMOUNTS)
    merged: dict[str, Any] = {}
    for name, value in row.items():
        mine = listing.get(name)
        if name in apart or value in _EMPTY or (name == "external_id" and mine):
            continue
        if isinstance(value, list):
            merged[name] = list(dict.fromkeys([*(mine or []), *value]))
        elif replace or mine in _EMPTY:
            merged[name] = value
    for group in _AMOUNTS:
        merged |= _amounts(row, listing, group, replace=replace)
    return {name: value for name, value in merged.items() if value != listing.get(name)}


def _amounts(
    row: Values, listing: Values, group: Sequence[str], *, replace: bool
) -> dict[str, Any]:
    figures = [name for name in group if name.endswith(("_min", "_max"))]
    stated = any(listing.get(name) not in _EMPTY for name in figures)
    if all(row.get(name) in _EMPTY for name in figures) or (stated and not replace):
        return {}
    given = {name: row[name] for name in group if row.get(name) not in _EMPTY}
    return {name: row.get(name) for name in figures} | given


def merged_rows(
    relation: str, row: Sequence[Values], listing: Sequence[Values], *, replace: bool
) -> list[dict[str, Any]]:
    """The rows within the listing afterwards: its own, in their order, then the new ones."""
    merged = [dict(mine) for mine in listing]
    for theirs in row:
        place = next((i for i, mine in enumerate(merged) if _same(relation, mine, theirs)), None)
        if place is None:
            merged.append(dict(theirs))
        elif replace:
            merged[place] |= {name: value for name, value in theirs.items() if value not in _EMPTY}
    return merged


def _same(relation: str, one: Values, two: Values) -> bool:
    """Whether two rows are about the same right, person or quantity."""
    if relation == "ip_rights":
        numbers = [normal_number(each["number"], each["office"]) for each in (one, two)]
        if all(numbers):
            return numbers[0] == numbers[1]
        return one["kind"] == two["kind"] and _equal(one, two, "title")
    if relation == "inventors":
        return _equal(one, two, "name_en") or _equal(one, two, "name_zh")
    about = ("quantity", "conditions") if relation == "evidence" else ("quantity",)
    return all(_folded(one.get(name)) == _folded(two.get(name)) for name in about)


def _equal(one: Values, two: Values, name: str) -> bool:
    return bool(one.get(name)) and _folded(one.get(name)) == _folded(two.get(name))


def _folded(text: Any) -> str:
    return " ".join(fold(str(text or "")).casefold().split())
