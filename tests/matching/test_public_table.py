"""What a process keeps of the catalogue answers as the database does, also after every change."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.models import Listing
from achievements.services import withdraw_listing
from matching.facets import public_table
from matching.facets import table as facet_table
from matching.filtersets import SearchFilterSet
from matching.results.facets import facets_of
from matching.services.indexing import refresh_entries
from matching.sql.columns import read_ids
from tests import factories

pytestmark = pytest.mark.django_db


def _search(query: str = "", user=None) -> SearchFilterSet:
    request = RequestFactory().get("/search/")
    request.user = user or AnonymousUser()
    return SearchFilterSet.over_all(QueryDict(query), request)


def _kept(query: str = "", user=None) -> list[int]:
    return _search(query, user).members().numbers().tolist()


def _asked(query: str = "", user=None) -> list[int]:
    return read_ids(_search(query, user).found()).tolist()


@pytest.fixture
def catalogue():
    """Listings of every kind, layer and state, and a term, a region and a class they fall under."""
    field = factories.TermFactory(code="6")
    part = factories.TermFactory(code="6.1", scheme=field.scheme, parent=field)
    country = factories.RegionFactory(code="CN")
    region = factories.RegionFactory(code="CN-ZJ", parent=country)
    university = factories.OrganisationFactory()
    offered = factories.AchievementFactory(
        organisation=university,
        region=region,
        fields=[part],
        transfer_modes=["licence_exclusive"],
        trl=6,
    )
    factories.IPRightFactory(achievement=offered)
    factories.AchievementFactory(organisation=university, visibility="members")
    factories.AchievementFactory(organisation=university, state="draft")
    factories.AchievementFactory(organisation=university, visibility="owner", fields=[field])
    factories.DemandFactory(
        fields=[field], cooperation_modes=["joint_development"], trl_min=4, budget_min=9
    )
    factories.DemandFactory(anonymous=True, region=country)
    factories.ExpertFactory(
        organisation=university, services=["consulting"], languages=["en"], availability="limited"
    )
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    return university


QUERIES = [
    "",
    "kind=achievement",
    "kind=achievement&kind=demand",
    "region=CN",
    "region=CN-ZJ&kind=achievement",
    "field=hightech:6",
    "organisation_kind=enterprise",
    "organisation_kind=university&organisation_kind=enterprise",
    "transfer_mode=licence_exclusive",
    "cooperation_mode=joint_development",
    "service=consulting",
    "ip_status=granted",
    "result_kind=result",
    "trl_min=6",
    "trl_max=5",
    "trl_min=6&trl_max=7&region=CN",
    "ip_kind=invention",
    "language=EN",
    "availability=limited&kind=expert",
    "amount_min=5&kind=demand",
    "amount_min=0",
    "published_after=2020-01-01&region=CN",
    "currency=CNY",
    "q=Achievement",
    "q=Achievement&kind=achievement&trl_min=6",
    "q=kind:demand",
    "q=%22Expert+Name%22",
    "kind=nothing",
]


@pytest.mark.parametrize("query", QUERIES)
def test_members_from_what_is_kept_are_those_of_the_database(query, catalogue):
    query = query.replace("hightech", str(factories.Term.objects.first().scheme.code))
    own = factories.MemberFactory(organisation=catalogue).user
    curator = factories.UserFactory(curator=True)

    for user in (None, own, factories.MemberFactory().user, curator):
        assert _kept(query, user) == _asked(query, user)


def test_listing_published_or_withdrawn_since_is_there_or_gone_at_once(catalogue):
    before = _kept()

    added = factories.DemandFactory()
    assert _kept() == [*before, added.pk]

    withdraw_listing(added, by=factories.MemberFactory(organisation=added.organisation).user)
    assert _kept() == before


def test_listing_that_expires_meanwhile_is_gone_without_a_change(catalogue, time_machine):
    time_machine.move_to(timezone.now())
    ending = factories.DemandFactory(expires_at=timezone.now() + timedelta(seconds=40))
    assert ending.pk in _kept()

    time_machine.shift(41)
    assert ending.pk not in _kept()


def test_listing_hidden_without_a_word_is_counted_for_a_minute_and_never_shown(
    catalogue, client: Client, monkeypatch
):
    long_ago = timezone.now() - timedelta(hours=1)
    hidden = factories.DemandFactory(title_en="Hidden", title_zh="", updated_at=long_ago)
    assert hidden.pk in _kept()

    Listing.objects.filter(pk=hidden.pk).update(visibility="owner")
    assert hidden.pk in _kept()
    assert "Hidden" not in client.get("/search/").content.decode()

    monkeypatch.setattr(public_table, "PERIOD", -1.0)
    assert hidden.pk not in _kept()


def test_everyone_searches_without_reading_the_catalogue_again(
    catalogue, django_assert_max_num_queries
):
    _kept()
    with django_assert_max_num_queries(1) as asked:
        assert _kept()
    assert "updated_at" in asked.captured_queries[0]["sql"]


def test_values_read_beforehand_are_not_read_again_by_a_search(catalogue, monkeypatch):
    monkeypatch.setattr(facet_table, "_AT_ONCE", 2)
    facet_table.keep_values()
    facets_of(_search(""))  # what lies around listings is looked at, too

    later = factories.DemandFactory()
    facet_table.keep_values()
    with CaptureQueriesContext(connection) as asked:
        facets_of(_search(""))
    assert later.pk in _kept()
    assert [query for query in asked.captured_queries if "unnest" in query["sql"]] == []


def test_values_are_read_once_in_whatever_order_the_table_has_the_rows(catalogue):
    facets_of(_search(""))  # what lies around listings is looked at
    first, second = factories.DemandFactory(), factories.DemandFactory()
    Listing.objects.filter(pk=second.pk).update(updated_at=timezone.now() - timedelta(hours=1))
    Listing.objects.filter(pk=first.pk).update(updated_at=timezone.now())  # stands last now
    facet_table.keep_values()

    with CaptureQueriesContext(connection) as asked:
        facets_of(_search(""))

    assert first.pk in _kept()
    assert [query for query in asked.captured_queries if "unnest" in query["sql"]] == []
