"""What choosing values in a facet asks of a listing, in the words of :mod:`matching.facets.table`.

The same questions as those of the FilterSet's methods of these names.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from accounts.memberships import memberships_of
from matching.facets.table import Value, organisation_kinds, regions

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def values_of(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    """One of these values fits what was chosen in the filter ``name``, one of :data:`KEPT`."""
    return _READ[name](name, chosen, user)


def _codes(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    return {(name, code) for code in chosen}


def _terms(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    return {("term", term.pk) for term in chosen}


def _regions(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    codes = {region.code for region in chosen}
    return {
        ("region", key)
        for key, region in regions().items()
        if region.code in codes or (region.parent and region.parent.code in codes)
    }


def _levels(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    levels = range(chosen, 10) if name == "trl_min" else range(1, chosen + 1)
    return {("trl", level) for level in levels}


def _language(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    return {("language", chosen.lower())}


def _organisations(name: str, chosen: Any, user: "AnyUser") -> Collection[Value]:
    """Anonymous demands fit only for those who may know whose they are."""
    keys = {key for key, kind in organisation_kinds().items() if kind in chosen}
    known = set(keys)
    if not (user.is_authenticated and user.is_administrator):
        known = keys & {one.organisation_id for one in memberships_of(user)}
    return {("organisation", key) for key in keys} | {("anonymous", key) for key in known}


_READ: Mapping[str, Callable[[str, Any, "AnyUser"], Collection[Value]]] = {
    "kind": _codes,
    "result_kind": _codes,
    "transfer_mode": _codes,
    "cooperation_mode": _codes,
    "service": _codes,
    "ip_status": _codes,
    "ip_kind": _codes,
    "availability": _codes,
    "language": _language,
    "trl_min": _levels,
    "trl_max": _levels,
    "field": _terms,
    "region": _regions,
    "organisation_kind": _organisations,
}
KEPT = frozenset(_READ)
