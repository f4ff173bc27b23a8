"""Search for both doors: what belongs to the results, in which order, and what facets promise."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone

from achievements.models import Listing
from matching.filtersets import SearchFilterSet
from matching.results.facets import facets_of
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.statistics import refresh_statistics
from tests import factories

pytestmark = pytest.mark.django_db


def _search(query: str = "", user=None) -> SearchFilterSet:
    request = RequestFactory().get("/search/")
    request.user = user or AnonymousUser()
    rows = Listing.objects.visible_to(request.user).published()
    return SearchFilterSet(QueryDict(query), rows, request=request)


def _found(query: str = "", user=None) -> list[int]:
    search = _search(query, user)
    assert search.is_valid(), search.errors
    return [listing.pk for listing in search.qs]


def _index(*listings: Listing, embed: bool = False) -> None:
    refresh_entries([listing.pk for listing in listings])
    if embed:
        while embed_entries():
            pass
        refresh_statistics()


def _achievement(title: str, **kwargs) -> Listing:
    texts = {"title_en": "", "title_zh": "", "summary_en": "", "summary_zh": ""}
    texts |= {"solution_en": "", "solution_zh": "", "advantages_en": ""}
    texts["title_zh" if title[0] > "\u2e80" else "title_en"] = title
    return factories.AchievementFactory(**texts | kwargs)


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Charging of lithium batteries", "battery charge"),
        ("固态电池的制备", "固態電池"),
        ("柔性膜", "膜"),
        ("钙钛矿 CN109876543A", "CN 109876543 A"),
        ("CO2/CH4 separation", "ch4"),
    ],
)
def test_search_without_embeddings_finds_by_words(title, query, embedder):
    embedder.down = True
    wanted = _achievement(title)
    other = _achievement("Weaving of carpets")
    _index(wanted, other)

    assert _found(f"q={query}") == [wanted.pk]


def test_search_listing_just_published_is_found_before_it_is_embedded():
    first = _achievement("Solid electrolyte for batteries")
    _index(first, *(_achievement(f"Carpet number {n}") for n in range(5)), embed=True)
    new = _achievement("Solid electrolyte made of glass")
    _index(new)

    assert set(_found("q=solid electrolyte")) == {first.pk, new.pk}


def test_search_by_meaning_finds_what_shares_no_indexed_word(embedder, monkeypatch):
    near = _achievement("Accumulator of energy")
    far = [_achievement(f"Carpet number {n}") for n in range(12)]
    vectors = embedder._vector
    monkeypatch.setattr(
        embedder,
        "_vector",
        lambda text: vectors("Accumulator of energy" if text == "rechargeable cell" else text),
    )
    _index(near, *far, embed=True)

    assert _found("q=rechargeable cell") == [near.pk]


def test_search_title_counts_more_than_body():
    body = _achievement("A method", solution_en="It concerns graphene and much else besides.")
    title = _achievement("Graphene", solution_en="It concerns a method and much else besides.")
    _index(body, title)

    assert _found("q=graphene") == [title.pk, body.pk]


def test_search_rows_not_visible_are_never_found():
    shown = _achievement("Graphene sieve")
    members = _achievement("Graphene sieve", visibility="members")
    draft = _achievement("Graphene sieve", state="draft")
    past = _achievement("Graphene sieve", expires_at=timezone.now() - timedelta(days=1))
    _index(shown, members, draft, past, embed=True)

    assert _found("q=graphene sieve") == [shown.pk]
    member = factories.MemberFactory(organisation=draft.organisation).user
    assert set(_found("q=graphene sieve", member)) == {shown.pk, members.pk}


def test_search_anonymous_demand_is_not_found_by_its_organisation():
    organisation = factories.OrganisationFactory(
        kind="enterprise", name_en="Kestrel Works", name_zh="红隼厂"
    )
    # A numbered title may happen to lie near to a name in meaning.
    named = {"title_en": "Charging of batteries", "title_zh": "电池充电"}
    hidden = factories.DemandFactory(organisation=organisation, anonymous=True, **named)
    _index(hidden, embed=True)
    member = factories.MemberFactory(organisation=organisation).user

    for query in ("q=Kestrel", "q=红隼厂", f"organisation={organisation.slug}"):
        assert _found(query) == []
    assert _found("organisation_kind=enterprise") == []
    assert _found("organisation_kind=enterprise", member) == [hidden.pk]
    named = {facet.name for facet in facets_of(_search("", None))}
    assert "organisation_kind" not in named
    seen = {facet.name for facet in facets_of(_search("", member))}
    assert "organisation_kind" in seen


def test_search_order_newest_and_closing_override_relevance():
    day = timedelta(days=1)
    now = timezone.now()
    old = _achievement("Graphene", published_at=now - 9 * day, expires_at=now + 5 * day)
    new = _achievement("Graphene", published_at=now - day, expires_at=now + 9 * day)
    _index(old, new)

    assert _found("q=graphene&ordering=newest") == [new.pk, old.pk]
    assert _found("q=graphene&ordering=closing") == [old.pk, new.pk]
    assert _found("") == [new.pk, old.pk]


@pytest.mark.parametrize("query", ["q=%27%5C%26%7C!%3A*()", "q=a" + "%20b" * 500])
def test_search_strange_text_is_answered(query):
    _index(_achievement("Graphene"))

    assert _found(query) == []


def _catalogue() -> None:
    """Listings of all kinds that differ in everything facets count."""
    root = factories.TermFactory(code="1")
    leaves = [factories.TermFactory(code=f"1.{n}", parent=root) for n in (1, 2)]
    other = factories.TermFactory(code="2")
    china = factories.RegionFactory(code="CN")
    part = factories.RegionFactory(code="CN-31", parent=china)
    enterprise = factories.OrganisationFactory(kind="enterprise")
    listings = [
        _achievement("Graphene sieve", fields=leaves, region=part, transfer_modes=["equity"]),
        _achievement(
            "Graphene battery",
            fields=[root],
            region=china,
            transfer_modes=["equity", "assignment"],
            result_kind="ongoing",
        ),
        _achievement("Carpet", fields=[other], result_kind="ongoing"),
        factories.DemandFactory(
            title_en="Graphene wanted",
            fields=[leaves[0], other],
            organisation=enterprise,
            cooperation_modes=["licence", "service"],
            region=part,
        ),
        factories.DemandFactory(title_en="Graphene", anonymous=True, cooperation_modes=["service"]),
        factories.ExpertFactory(expertise_en="Graphene", services=["testing"], fields=[other]),
    ]
    for listing in listings[:2]:
        factories.IPRightFactory(achievement=listing, status="granted")
        factories.IPRightFactory(achievement=listing, status="granted")
    factories.IPRightFactory(achievement=listings[1], status="filed")
    _index(*listings, embed=True)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=graphene",
        "q=graphene&kind=achievement",
        "q=graphene&field=hightech:1&transfer_mode=equity",
        "region=CN&organisation_kind=university",
        "kind=demand&cooperation_mode=service",
        "ip_status=granted&result_kind=ongoing",
    ],
)
def test_facet_every_count_is_what_a_click_then_shows(query):
    _catalogue()
    search = _search(query)
    assert search.is_valid()
    clicked = 0

    for facet in facets_of(search):
        for value in facet.values:
            data = QueryDict(query, mutable=True)
            data[facet.name] = value.value
            assert value.count == len(_found(data.urlencode())), (facet.name, value.value)
            clicked += 1

    assert clicked > 3


def test_facet_statement_count_does_not_grow_with_results(measured, django_assert_max_num_queries):
    _catalogue()
    search = _search("q=graphene")
    assert search.is_valid()
    _ = search.text_query

    with django_assert_max_num_queries(12):
        facets_of(search)
    _index(*(_achievement(f"Graphene {n}") for n in range(9)))
    with django_assert_max_num_queries(12):
        facets_of(search)
