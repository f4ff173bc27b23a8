"""The results of a search in their order, page by page, for both doors."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from achievements.models import Listing
from matching.facets.table import terms
from matching.filtersets import SearchFilterSet
from matching.search.relevance import Ranked
from matching.sql.columns import among


class Results:
    """What a valid search finds, to be counted and cut into pages like a queryset.

    Rows come with card details and ``relevance``, null without a text.
    """

    def __init__(self, search: SearchFilterSet) -> None:
        self.search = search

    @cached_property
    def _count(self) -> int:
        return len(self.search.members())

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
        listings, scores = (found.tolist() for found in self._by_relevance[place])
        return self._rows(listings, dict(zip(listings, scores, strict=True)))

    def _in_another_order(self) -> QuerySet[Listing, Any]:
        rows = self.search.qs
        if self.search.text_query is not None:
            found = rows.model.objects.filter(among(self.search.members().numbers()))
            rows = self.search.ordered(found)
        return rows.values_list("pk", flat=True)

    @cached_property
    def _by_relevance(self) -> Ranked:
        query = self.search.text_query
        assert query is not None  # noqa: S101 - asked for by words only
        return Ranked(query, self.search.members())

    def _rows(self, listings: Any, scores: Mapping[int, float]) -> list[Listing]:
        """These listings in this order; those that are gone or hidden since are left out."""
        keys = list(listings)
        shown = self.search.queryset.filter(pk__in=keys).order_by()
        cards = shown.with_card_details().prefetch_related(None)
        found: dict[int, Any] = {row.pk: row for row in cards}
        _attach_fields(found)
        for key, row in found.items():
            row.relevance = scores.get(key)
        return [found[key] for key in keys if key in found]


def _attach_fields(rows: Mapping[int, Any]) -> None:
    """Give listings their fields of what the process keeps of the vocabulary.

    Making the terms anew for every row takes as long as all else of a page of cards.
    """
    own: dict[int, list[int]] = {key: [] for key in rows}
    pairs = Listing.fields.through.objects.filter(listing__in=list(rows))
    for key, term in pairs.values_list("listing_id", "term_id"):
        own[key].append(term)
    known = terms({term for keys in own.values() for term in keys})
    for key, row in rows.items():
        found = [known[term] for term in own[key] if term in known]
        found.sort(key=lambda term: (term.scheme.code, term.scheme.version, term.code))
        row._prefetched_objects_cache = {"fields": found}
