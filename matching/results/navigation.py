"""Where a search leads from here: to another kind, and to itself without one of its filters.

All of a search is in its address, so each way on is an address of the same page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from matching.filtersets import SearchFilterSet
from matching.results.facets import Facet
from matching.results.interpretation import parts_of

# Facets that only make sense for one kind are shown when that kind is chosen.
_ONLY_FOR = {
    "result_kind": "achievement",
    "transfer_mode": "achievement",
    "ip_status": "achievement",
    "cooperation_mode": "demand",
    "service": "expert",
}
_OPEN_FACETS = ("field", "transfer_mode", "cooperation_mode", "service", "region")
_NOT_FILTERS = ("q", "kind", "page", "ordering")


def address_of(
    request: HttpRequest,
    changes: Mapping[str, str | None] | None = None,
    *,
    keep: tuple[str, ...] = (),
) -> str:
    """The first page with other parameters: those to keep (or all), then changes."""
    query = request.GET.copy()
    query.pop("page", None)
    for name in list(query):
        if keep and name not in keep:
            del query[name]
    for name, value in (changes or {}).items():
        query.pop(name, None)
        if value:
            query[name] = value
    return _at(request, query)


def tidy_address(request: HttpRequest) -> str:
    """This address without the fields that a form sends empty."""
    query = request.GET.copy()
    for name in list(query):
        query.setlist(name, [value for value in query.getlist(name) if value.strip()])
        if not query.getlist(name):
            del query[name]
    if not query.get("amount_min") and not query.get("amount_max"):
        query.pop("currency", None)
    return _at(request, query)


class Navigation:
    """What a search page offers to go on with: kinds, groups of facets, and filters to leave.

    ``facets`` are the counted ones of the search; none where it cannot be read.
    """

    def __init__(
        self, request: HttpRequest, search: SearchFilterSet, facets: Sequence[Facet]
    ) -> None:
        self._request, self._search, self._facets = request, search, facets
        self.kinds: list[str] = request.GET.getlist("kind")

    def tabs(self) -> list[dict[str, Any]]:
        """All kinds and each kind, with the number of results it shows."""
        counts = {
            value.value: value.count or 0
            for facet in self._facets
            if facet.name == "kind"
            for value in facet.values
        }
        chosen = self.kinds
        own: dict[str, str | None] = dict.fromkeys(_ONLY_FOR)
        tabs = [
            {
                "label": pgettext("kinds of listing", "All"),
                "url": address_of(self._request, {"kind": None, **own}),
                "current": not chosen,
                "count": sum(counts.values()),
            }
        ]
        for kind, label in (
            ("achievement", _("Achievements")),
            ("demand", _("Demands")),
            ("expert", _("Experts")),
        ):
            foreign: dict[str, str | None] = {
                name: None for name, only in _ONLY_FOR.items() if only != kind
            }
            tabs.append(
                {
                    "label": label,
                    "url": address_of(self._request, {"kind": kind, **foreign}),
                    "current": chosen == [kind],
                    "count": counts.get(kind, 0),
                }
            )
        return tabs

    def groups(self) -> list[dict[str, Any]]:
        """The facets beside the results, without those that make no sense for the kinds."""
        return [_group(facet) for facet in self._facets if self._is_shown(facet)]

    def chips(self) -> list[dict[str, Any]]:
        """Each filter in force with the address of the search without it."""
        labels = {
            (facet.name, value.value): value.label
            for facet in self._facets
            for value in facet.values
        }
        chips: list[dict[str, Any]] = [
            {
                "label": part.label,
                "value": part.value,
                "url": address_of(self._request, {"q": part.without}),
            }
            for part in (parts_of(self._search) if self._search.is_valid() else ())
        ]
        fields = self._search.form.fields
        for name in self._request.GET:
            if name in _NOT_FILTERS or name not in fields or name == "currency":
                continue
            for value in self._request.GET.getlist(name):
                if not value:
                    continue
                query = self._request.GET.copy()
                query.pop("page", None)
                query.setlist(name, [other for other in query.getlist(name) if other != value])
                text = labels.get((name, value)) or self._value_text(name, value)
                chips.append(
                    {
                        "label": fields[name].label,
                        "value": text,
                        "url": _at(self._request, query),
                    }
                )
        return chips

    def _is_shown(self, facet: Facet) -> bool:
        if facet.name == "kind":
            return False
        only = _ONLY_FOR.get(facet.name)
        chosen = any(value.selected for value in facet.values)
        return only is None or self.kinds == [only] or chosen

    def _value_text(self, name: str, value: str) -> str:
        """A value as people read it; as it was written where it cannot be read."""
        cleaned = self._search.form.cleaned_data.get(name) if self._search.is_valid() else None
        if cleaned is None:
            return value
        if name in ("amount_min", "amount_max"):
            currency = self._search.form.cleaned_data.get("currency") or "CNY"
            return f"{currency} {number_format(cleaned, force_grouping=True, use_l10n=True)}"
        if hasattr(cleaned, "year"):
            return date_format(cleaned, "DATE_FORMAT")
        choices = getattr(self._search.form.fields[name], "choices", None)
        if choices is not None and not hasattr(choices, "queryset"):
            found = dict(choices).get(cleaned if not isinstance(cleaned, list) else value)
            return str(found) if found is not None else value
        if hasattr(cleaned, "__iter__") and not isinstance(cleaned, str):
            return ", ".join(str(row) for row in cleaned)
        return value


def _group(facet: Facet) -> dict[str, Any]:
    chosen = any(value.selected for value in facet.values)
    return {
        "name": facet.name,
        "label": facet.label,
        "choices": facet.values,
        "open": chosen or facet.name in _OPEN_FACETS,
    }


def _at(request: HttpRequest, query: QueryDict) -> str:
    return f"{request.path}?{query.urlencode()}" if query else request.path
