"""Every filter narrows as it says, and none tells whose an anonymous demand is."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Organisation
from achievements.filtersets import (
    AchievementFilterSet,
    DemandFilterSet,
    ExpertFilterSet,
    ListingFilterSet,
    TermFilterSet,
)
from achievements.models import Achievement, Demand, Expert, Listing, Term
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    IPRightFactory,
    MemberFactory,
    OrganisationFactory,
    RegionFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

BY_MODEL = {
    Achievement: AchievementFilterSet,
    Demand: DemandFilterSet,
    Expert: ExpertFilterSet,
    Listing: ListingFilterSet,
}


def found(model: Any, query: str, user: Any = None) -> list[int]:
    """The rows that ``query`` leaves of what the user may see, in the order it asks for."""
    user = user or AnonymousUser()
    filterset = BY_MODEL[model](
        QueryDict(query), model.objects.visible_to(user), request=SimpleNamespace(user=user)
    )
    assert filterset.is_valid(), filterset.errors
    return [row.pk for row in filterset.qs]


def refused(model: Any, query: str) -> list[str]:
    """The names of the filters that refuse their value."""
    request = SimpleNamespace(user=AnonymousUser())
    return list(BY_MODEL[model](QueryDict(query), model.objects.all(), request=request).errors)


def test_field_of_upper_level_includes_lower_levels():
    upper = TermFactory(code="1")
    lower = TermFactory(code="1.1", parent=upper)
    inside = AchievementFactory(fields=[lower])
    AchievementFactory(fields=[TermFactory(code="2")])
    assert found(Achievement, "field=hightech:1") == [inside.pk]
    assert found(Listing, f"field={upper.pk}") == [inside.pk]


def test_field_unknown_is_refused():
    assert refused(Achievement, "field=hightech:99") == ["field"]


def test_two_fields_find_either():
    one, two = TermFactory(code="1"), TermFactory(code="2")
    rows = [AchievementFactory(fields=[one]), AchievementFactory(fields=[two])]
    AchievementFactory()
    query = "field=hightech:1&field=hightech:2&ordering=oldest"
    assert found(Achievement, query) == [row.pk for row in rows]


def test_region_of_country_includes_its_parts():
    country = RegionFactory(code="CN")
    part = RegionFactory(code="CN-31", parent=country)
    inside = DemandFactory(region=part)
    DemandFactory(region=RegionFactory(code="DE"))
    assert found(Demand, "region=CN") == [inside.pk]


@pytest.mark.parametrize(
    ("query", "levels"),
    [("trl_min=5", [5, 8]), ("trl_max=5", [3, 5]), ("trl_min=4&trl_max=6", [5])],
)
def test_trl_range_leaves_levels_within(query, levels):
    rows = {level: AchievementFactory(trl=level).pk for level in (3, 5, 8)}
    AchievementFactory(trl=None)
    assert found(Achievement, query + "&ordering=oldest") == [rows[level] for level in levels]
    assert found(Listing, query + "&ordering=oldest") == [rows[level] for level in levels]


def test_trl_of_all_kinds_reads_what_a_demand_seeks():
    demand = DemandFactory(trl_min=7)
    DemandFactory(trl_min=2)
    assert found(Listing, "trl_min=6") == [demand.pk]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("amount_min=150", ["range", "dear"]),
        ("amount_max=150", ["cheap", "range"]),
        ("amount_min=120&amount_max=180", ["range"]),
        ("amount_max=1000&currency=EUR", ["euro"]),
    ],
)
def test_amount_finds_overlapping_prices_of_the_currency(query, names):
    rows = {
        "cheap": AchievementFactory(price_mode="fixed", price_min=50),
        "range": AchievementFactory(price_mode="range", price_min=100, price_max=200),
        "dear": AchievementFactory(price_mode="fixed", price_min=500),
        "euro": AchievementFactory(price_mode="fixed", price_min=100, currency="EUR"),
        "negotiable": AchievementFactory(),
    }
    assert found(Achievement, query + "&ordering=oldest") == [rows[name].pk for name in names]


def test_amount_of_all_kinds_reads_price_and_budget():
    priced = AchievementFactory(price_mode="fixed", price_min=100)
    funded = DemandFactory(budget_max=100)
    DemandFactory()
    assert found(Listing, "amount_min=80&amount_max=120&ordering=oldest") == [priced.pk, funded.pk]


def test_modes_find_listings_that_offer_one_of_them():
    offered = AchievementFactory(transfer_modes=["assignment", "equity"])
    AchievementFactory(transfer_modes=["other"])
    sought = DemandFactory(cooperation_modes=["licence"])
    assert found(Achievement, "transfer_mode=equity&transfer_mode=licence_sole") == [offered.pk]
    assert found(Listing, "cooperation_mode=licence") == [sought.pk]


def test_ip_status_and_kind_ask_the_rights():
    granted = IPRightFactory(status="granted", kind="design").achievement
    IPRightFactory(status="filed")
    assert found(Achievement, "ip_status=granted") == [granted.pk]
    assert found(Achievement, "ip_kind=design") == [granted.pk]


def test_published_and_deadline_days_count_inclusively():
    today = timezone.now()
    old = DemandFactory(published_at=today - timedelta(days=10), deadline=date(2030, 1, 5))
    new = DemandFactory(published_at=today, deadline=date(2030, 1, 9))
    day = (today - timedelta(days=10)).date().isoformat()
    assert found(Demand, f"published_before={day}") == [old.pk]
    assert found(Demand, f"published_after={today.date().isoformat()}") == [new.pk]
    assert found(Demand, "deadline_before=2030-01-05") == [old.pk]
    assert found(Demand, "deadline_after=2030-01-06") == [new.pk]


def test_expert_filters_ask_services_languages_and_availability():
    expert = ExpertFactory(services=["testing"], languages=["en", "zh"], availability="limited")
    ExpertFactory(services=["training"], languages=["de"])
    for query in ("service=testing", "language=ZH", "availability=limited"):
        assert found(Expert, query) == [expert.pk]
        assert found(Listing, query) == [expert.pk]


def test_title_finds_words_of_either_language():
    row = AchievementFactory(title_en="Membrane", title_zh="膜")
    AchievementFactory()
    assert found(Achievement, "title=MEMB") == [row.pk]
    assert found(Achievement, "title=膜") == [row.pk]


def test_kind_leaves_the_kinds_asked_for():
    achievement, expert = AchievementFactory(), ExpertFactory()
    DemandFactory()
    query = "kind=achievement&kind=expert&ordering=oldest"
    assert found(Listing, query) == [achievement.pk, expert.pk]


def test_ordering_by_closing_puts_the_next_deadline_first():
    late = DemandFactory(deadline=date(2099, 1, 1))
    soon = DemandFactory(deadline=timezone.now().date() + timedelta(days=1))
    middle = AchievementFactory()
    assert found(Listing, "ordering=closing") == [soon.pk, middle.pk, late.pk]
    assert found(Demand, "ordering=closing") == [soon.pk, late.pk]


def test_mine_tells_own_from_others():
    member = MemberFactory()
    draft = AchievementFactory(organisation=member.organisation, state="draft")
    other = AchievementFactory()
    assert found(Achievement, "mine=true", member.user) == [draft.pk]
    assert found(Achievement, "mine=false", member.user) == [other.pk]
    assert found(Achievement, "mine=true") == []


def test_state_leaves_states_asked_for():
    member = MemberFactory()
    draft = AchievementFactory(organisation=member.organisation, state="draft")
    AchievementFactory(organisation=member.organisation)
    assert found(Achievement, "state=draft", member.user) == [draft.pk]
    assert found(Achievement, "state=draft") == []


def test_choice_left_open_is_no_choice():
    achievement, demand = AchievementFactory(), DemandFactory()
    query = "state=&kind=&organisation_kind=&ordering=oldest"
    assert found(Listing, query) == [achievement.pk, demand.pk]
    assert found(Listing, query + "&kind=demand") == [demand.pk]


def test_organisation_filters_find_named_listings():
    named = DemandFactory()
    AchievementFactory()
    assert found(Listing, f"organisation={named.organisation.slug}") == [named.pk]
    assert found(Listing, "organisation_kind=enterprise") == [named.pk]


@pytest.mark.parametrize("model", [Demand, Listing])
def test_anonymous_demand_is_not_found_by_its_organisation(model):
    demand = DemandFactory(anonymous=True)
    by_name = f"organisation={demand.organisation.slug}"
    outsider = MemberFactory().user
    for user in (AnonymousUser(), outsider):
        assert found(model, by_name, user) == []
        assert found(model, "organisation_kind=enterprise", user) == []
    member = MemberFactory(organisation=demand.organisation).user
    moderator = UserFactory(moderator=True)
    for user in (member, moderator):
        assert found(model, by_name, user) == [demand.pk]
        assert found(model, "organisation_kind=enterprise", user) == [demand.pk]


def test_organisation_not_verified_is_refused_like_an_unknown_one():
    hidden = OrganisationFactory(verified=False, kind=Organisation.Kind.ENTERPRISE)
    assert refused(Listing, f"organisation={hidden.slug}") == ["organisation"]
    assert refused(Listing, "organisation=nobody") == ["organisation"]


@pytest.mark.parametrize(
    "query",
    [
        "trl_min=10",
        "amount_min=-1",
        "currency=XXX",
        "ordering=organisation",
        "region=ZZ",
        "published_after=soon",
        "state=secret",
        "kind=person",
        "transfer_mode=gift",
    ],
)
def test_nonsense_is_refused(query):
    assert refused(Listing, query) == [query.partition("=")[0]]


def test_term_filters_ask_scheme_level_and_label():
    upper = TermFactory(code="1", label_en="Energy", synonyms=["能源"])
    lower = TermFactory(code="1.1", parent=upper, label_en="Batteries")
    TermFactory(scheme__code="ipc", code="A")

    def terms(query: str) -> list[int]:
        return [term.pk for term in TermFilterSet(QueryDict(query), Term.objects.all()).qs]

    assert terms("scheme=hightech&top=true") == [upper.pk]
    assert terms("parent=1") == [lower.pk]
    assert terms("label=能源") == [upper.pk]
    assert terms("label=batter") == [lower.pk]
