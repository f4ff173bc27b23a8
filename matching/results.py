"""The results of a search in their order, page by page, for both doors."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from achievements.models import Listing
from matching.columns import Numbers, among
from matching.filtersets import SearchFilterSet
from matching.relevance import ranked


class Results:
    """What a valid search finds, to be counted and cut into pages like a queryset.

    Rows come with card details and ``relevance``, null without a text.
    """

    def __init__(self, search: SearchFilterSet) -> None:
        self.search = search

    @cached_property
    def _count(self) -> int:
        return len(self.search.members()[0])

    def count(self) -> int:
        """How many there are; the same set that the facets count."""
        return self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: slice) -> list[Listing]:
        """A page of rows."""
        chosen = self.search.form.cleaned_data.get("ordering")
        query = self.search.text_query
        if query is None or chosen not in ("", None, "relevance"):
            return self._rows(self._in_another_order()[place], {})
        listings, scores = self._by_relevance
        return self._rows(
            listings[place].tolist(),
            dict(zip(listings[place].tolist(), scores[place].tolist(), strict=True)),
        )

    def _in_another_order(self) -> QuerySet[Listing, Any]:
        rows = self.search.qs
        if self.search.text_query is not None:
            found = rows.model.objects.filter(among(self.search.members()[0]))
            rows = self.search.ordered(found)
        return rows.values_list("pk", flat=True)

    @cached_property
    def _by_relevance(self) -> tuple[Numbers, Any]:
        query = self.search.text_query
        assert query is not None  # noqa: S101 - asked for by words only
        return ranked(query, self.search.members()[0])

    def _rows(self, listings: Any, scores: Mapping[int, float]) -> list[Listing]:
        """These listings in this order; those that are gone or hidden since are left out."""
        keys = list(listings)
        shown = self.search.queryset.filter(pk__in=keys).order_by()
        found: dict[int, Any] = {row.pk: row for row in shown.with_card_details()}
        for key, row in found.items():
            row.relevance = scores.get(key)
        return [found[key] for key in keys if key in found]
