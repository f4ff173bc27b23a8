"""Queries that find nothing are counted for curators, never who asked."""

import pytest
from django.urls import reverse

from matching.models import UnansweredQuery
from tests import factories

pytestmark = pytest.mark.django_db
SEARCH = reverse("matching:search")
PAGE = reverse("matching:unanswered_list")


def _ask(client, visitor: int, query: str = "Zeppelin  hangar") -> None:
    response = client.get(SEARCH, {"q": query}, REMOTE_ADDR=f"192.0.2.{visitor}")
    assert response.context["paginator"].count == 0


def test_unanswered_query_is_written_down_once_three_visitors_asked(client):
    _ask(client, 1)
    _ask(client, 1)
    _ask(client, 2, "ZEPPELIN hangar trl:>=3")
    assert not UnansweredQuery.objects.exists()

    _ask(client, 3)
    _ask(client, 3)
    _ask(client, 4)

    row = UnansweredQuery.objects.get()
    assert (row.text, row.count) == ("zeppelin hangar", 4)
    assert {field.name for field in row._meta.fields} == {"id", "text", "count", "last_day"}


def test_unanswered_page_is_for_curators_alone(client):
    for visitor in range(3):
        _ask(client, visitor)
    assert client.get(PAGE).status_code == 302

    client.force_login(factories.UserFactory())
    assert client.get(PAGE).status_code == 403

    client.force_login(factories.UserFactory(curator=True))
    response = client.get(PAGE)
    assert "zeppelin hangar" in response.text
