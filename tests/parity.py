"""A list on a page and the same list in the API: one query string, the same rows.

A list's test is a subclass::

    class TestOrganisationParity(ListParity):
        page = "/organisations/"
        endpoint = "/api/v1/organisations/"
        page_key = api_key = "slug"
        queries = ("", "kind=university", "q=lake&ordering=newest")

        @pytest.fixture
        def viewers(self):
            OrganisationFactory.create_batch(3)
            return [None, UserFactory(), UserFactory(moderator=True)]

Every query is asked by every viewer through both doors; ids, their order and the total must agree.
At least one query must find something and at least one must leave something out, so that the test
cannot pass on empty lists.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.paginator import Page
from django.test import Client

from accounts.models import User


class ListParity:
    """Subclass it as ``Test…`` and give the two addresses, the queries and the viewers."""

    page: str
    endpoint: str
    queries: Sequence[str] = ("",)
    page_key = "pk"
    api_key = "id"

    @pytest.fixture
    def viewers(self) -> Sequence[User | None]:
        """Make the rows; return who asks (None: a visitor)."""
        raise NotImplementedError

    def shown_on_page(self, client: Client, query: str) -> tuple[int, int, list[Any]]:
        """Total, size of a page and keys, of the page's list."""
        response = client.get(f"{self.page}?{query}")
        assert response.status_code == 200, f"{self.page}?{query}: {response.status_code}"
        page = next(
            response.context[name]
            for name in ("page_obj", "page")
            if isinstance(response.context.get(name), Page)
        )
        keys = [self.key_of(row) for row in page.object_list]
        return page.paginator.count, page.paginator.per_page, keys

    def key_of(self, row: Any) -> Any:
        """What names a row of the page; override it where rows are not model instances."""
        return getattr(row, self.page_key)

    def shown_in_api(self, client: Client, query: str, size: int) -> tuple[int, list[Any]]:
        """Total and keys of the API's list."""
        address = f"{self.endpoint}?{query}&page_size={size}"
        response = client.get(address)
        assert response.status_code == 200, f"{address}: {response.status_code} {response.text}"
        body = response.json()
        return body["count"], [row[self.api_key] for row in body["results"]]

    @pytest.mark.django_db
    def test_list_one_query_through_both_doors_finds_the_same_rows(
        self, viewers: Sequence[User | None]
    ) -> None:
        totals = set()
        for viewer in viewers:
            client = Client()
            if viewer is not None:
                client.force_login(viewer)
            for query in self.queries:
                total, size, on_page = self.shown_on_page(client, query)
                in_api = self.shown_in_api(client, query, size)
                assert in_api == (total, on_page), f"{viewer} asking “{query}”"
                totals.add(total)
        assert max(totals) > 0, "no query found anything"
        assert len(totals) > 1, "every query found equally many rows"
