"""The portfolio: what became of the listings, in a table one works in."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from redis import Redis

from accounts.models import AuditEvent, Member, Notification
from achievements.models import Listing, OfficeNote
from achievements.services.lifecycle import TRANSITIONS
from achievements.services.office import assign_listing, tag_listing
from deals.models import Introduction, PortfolioView
from deals.services.portfolio import act_on_listings
from matching.models import Exposure
from matching.services import exposure
from tests.deals.conftest import match_between
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.parity import ListParity

pytestmark = pytest.mark.django_db


def _signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def office(sides):
    """The university of ``sides`` with a second listing, and its owner's client."""
    draft = AchievementFactory(
        organisation=sides.university, title_en="=Alloy", title_zh="合金", state="draft"
    )
    sides.draft, sides.client = draft, _signed_in(sides.researcher)
    return sides


class TestPortfolioParity(ListParity):
    page = "/portfolio/"
    endpoint = "/api/v1/portfolio/"
    queries = (
        "",
        "state=draft",
        "ordering=-views",
        "ordering=title&kind=achievement",
        "tag=pilot",
        "assignee=me",
        "assignee=nobody",
        "expires_within=30",
    )

    @pytest.fixture
    def viewers(self):
        member = MemberFactory()
        viewer = MemberFactory(organisation=member.organisation, role=Member.Role.VIEWER)
        own = {"organisation": member.organisation}
        first = AchievementFactory(**own)
        tag_listing(first, by=member.user, add=["pilot"])
        assign_listing(first, by=member.user, assignee=viewer.user)
        Exposure.objects.create(listing_id=first.pk, openings=3)
        AchievementFactory(state="draft", **own)
        Listing.objects.filter(pk=DemandFactory(**own).pk).update(
            expires_at=timezone.now() + timedelta(days=10)
        )
        AchievementFactory()
        return [member.user, viewer.user]


def test_rows_count_what_became_of_a_listing(office):
    match_between(office.demand, office.achievement)
    Introduction.objects.create(
        listing_id=office.achievement.pk,
        subject="Pump",
        sender=office.buyer,
        sender_organisation=office.enterprise,
        recipient_organisation=office.university,
    )
    Exposure.objects.create(listing_id=office.achievement.pk, openings=7, lists=2, searches=3)

    response = office.client.get("/api/v1/portfolio/?state=published")
    row = response.json()["results"][0]

    assert (row["views"], row["shown"], row["introductions"], row["matches"]) == (7, 5, 1, 1)
    assert row["days_left"] == 364


@pytest.mark.parametrize("rows", [1, 3])
def test_page_asks_equally_many_queries_for_any_number_of_rows(
    office, rows, django_assert_num_queries
):
    for listing in AchievementFactory.create_batch(rows, organisation=office.university):
        assign_listing(listing, by=office.researcher, assignee=office.researcher)

    with django_assert_num_queries(10):
        assert office.client.get("/portfolio/").status_code == 200


def test_openings_by_others_are_counted_and_own_ones_are_not(office):
    server = Redis.from_url(settings.REDIS_URL)
    server.delete(exposure._key("openings"), f"{exposure._key('openings')}:taken")
    address = office.achievement.get_absolute_url()
    for client in (Client(), _signed_in(office.buyer), office.client):
        assert client.get(address).status_code == 200
    assert Client().get(office.draft.get_absolute_url()).status_code == 404

    exposure.flush_exposures()

    assert list(Exposure.objects.values_list("pk", "openings")) == [(office.achievement.pk, 2)]


def test_columns_and_order_of_the_address_are_those_of_page_and_export(office):
    query = "columns=views&columns=state&ordering=-title"
    page = office.client.get(f"/portfolio/?{query}")
    data = office.client.get(f"/portfolio/export/csv/?{query}").content.decode("utf-8-sig")
    lines = list(csv.reader(StringIO(data)))

    assert [head["column"].key for head in page.context["heads"]] == ["title", "state", "views"]
    assert lines[0] == ["Title", "State", "Views"]
    assert [line[0] for line in lines[1:]] == ["Quiet pump", "'=Alloy"]
    assert (
        office.client.get(f"/api/v1/portfolio/export/csv/?{query}").content.decode("utf-8-sig")
        == data
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_is_saved_under_a_dated_name_through_both_doors(office, form):
    with time_machine.travel("2026-05-06 12:00+08:00", tick=False):
        answers = [
            office.client.get(f"{door}/portfolio/export/{form}/") for door in ("", "/api/v1")
        ]

    named = f'attachment; filename="portfolio-2026-05-06.{form}"'
    assert [answer["Content-Disposition"] for answer in answers] == [named, named]


def test_xlsx_holds_texts_and_numbers_but_no_formula(office):
    data = office.client.get("/portfolio/export/xlsx/?columns=views&ordering=title").content
    cells = list(load_workbook(BytesIO(data)).active.iter_rows(min_row=2))

    assert [(cell.value, cell.data_type) for cell in cells[0]] == [("'=Alloy", "s"), (0, "n")]


def test_export_of_others_listings_is_empty(office):
    stranger = _signed_in(MemberFactory().user)

    assert stranger.get("/portfolio/export/csv/").content.decode("utf-8-sig").count("\n") == 1
    assert Client().get("/portfolio/export/csv/").status_code == 302


def test_many_are_submitted_and_what_cannot_be_says_why(office):
    both = [office.draft.pk, office.achievement.pk]
    response = office.client.post(
        "/portfolio/act/?ordering=title", {"verb": "submit", "listings": both}, follow=True
    )

    office.draft.refresh_from_db()
    assert office.draft.state == "in_review"
    assert [row["listing"].pk for row in response.context["outcome"]] == [office.achievement.pk]
    assert "1 listing done." in response.text
    assert office.client.get("/portfolio/").context["outcome"] == []


@pytest.mark.parametrize("verb", ["submit", "renew", "withdraw"])
def test_row_that_needs_no_such_thing_is_told_what_helps_and_stays(office, verb):
    states = [state for state in Listing.State if state not in TRANSITIONS[verb]]
    rows = [AchievementFactory(organisation=office.university, state=state) for state in states]
    outcomes = act_on_listings(rows, by=office.researcher, verb=verb)

    assert {outcome.done for outcome in outcomes} == {False}
    assert not [outcome.message for outcome in outcomes if "Reload" in outcome.message]
    kept = Listing.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [row.state for row in kept] == states


def test_nothing_is_done_to_chosen_rows_until_it_is_said_what(office):
    sent = {"verb": "", "listings": [office.draft.pk]}
    answer = office.client.post("/portfolio/act/", sent, follow=True)

    assert "Choose what is to be done." in answer.text
    assert '<option value="" selected>not chosen</option>' in answer.text
    office.draft.refresh_from_db()
    assert office.draft.state == "draft"


def test_portfolio_of_who_has_no_organisation_leads_to_one():
    page = _signed_in(UserFactory()).get("/portfolio/")
    assert "No organisation yet" in page.text
    assert '<a href="/organisations/new/" class="button' in page.text


def test_withdrawing_many_is_asked_once_more(office):
    sent = {"verb": "withdraw", "everything": "on"}
    asked = office.client.post("/portfolio/act/?state=published", sent)
    office.achievement.refresh_from_db()
    assert (asked.status_code, office.achievement.state) == (200, "published")
    assert [listing.pk for listing in asked.context["chosen"]] == [office.achievement.pk]

    listings = [office.achievement.pk]
    office.client.post("/portfolio/act/", {"verb": "withdraw", "listings": listings, "sure": "on"})
    office.achievement.refresh_from_db()
    assert office.achievement.state == "withdrawn"


def test_tagging_and_assigning_through_the_api_leave_the_content_alone(office):
    before = office.achievement.updated_at
    answers = [
        office.client.post("/api/v1/portfolio/act/", body, content_type="application/json")
        for body in (
            {"verb": "tag", "listings": [office.achievement.pk], "tag": "pilot"},
            {
                "verb": "assign",
                "listings": [office.achievement.pk],
                "assignee": office.researcher.email,
            },
        )
    ]

    assert [answer.json() for answer in answers] == [
        [{"listing": office.achievement.pk, "done": True, "message": ""}]
    ] * 2
    note = OfficeNote.objects.get(pk=office.achievement.pk)
    assert (note.tags, note.assignee) == (["pilot"], office.researcher)
    office.achievement.refresh_from_db()
    assert office.achievement.updated_at == before
    verbs = AuditEvent.objects.filter(object_id=office.achievement.pk).values_list(
        "verb", flat=True
    )
    assert set(verbs) == {"listing.tag", "listing.assign"}


def test_colleague_is_told_of_an_assignment_and_strangers_cannot_be_chosen(office):
    colleague = MemberFactory(organisation=office.university, role=Member.Role.VIEWER).user
    assign_listing(office.achievement, by=office.researcher, assignee=colleague)
    body = {"verb": "assign", "listings": [office.achievement.pk], "assignee": office.buyer.email}
    answer = office.client.post("/api/v1/portfolio/act/", body, content_type="application/json")

    assert Notification.objects.get().recipient == colleague
    assert answer.status_code == 400
    assert OfficeNote.objects.get().assignee == colleague


def test_viewer_and_stranger_change_nothing(office):
    viewer = MemberFactory(organisation=office.university, role=Member.Role.VIEWER).user
    body = {"verb": "withdraw", "listings": [office.achievement.pk]}
    seen = _signed_in(viewer).post("/api/v1/portfolio/act/", body, content_type="application/json")
    strange = _signed_in(office.buyer).post(
        "/api/v1/portfolio/act/", body, content_type="application/json"
    )
    page = _signed_in(viewer).post("/portfolio/act/", {**body, "sure": "on"})

    assert seen.json()[0]["done"] is False
    assert (strange.status_code, page.status_code) == (400, 403)
    office.achievement.refresh_from_db()
    assert office.achievement.state == "published"


def test_views_are_kept_shared_and_removed(office):
    colleague = MemberFactory(organisation=office.university, role=Member.Role.EDITOR).user
    for shared in ("", "on"):
        office.client.post(
            "/portfolio/views/new/",
            {"name": "Drafts", "query": "state=draft&page=2", "shared": shared},
        )
    view = PortfolioView.objects.get()
    assert (view.query, view.shared) == ("state=draft", True)

    others = _signed_in(colleague)
    assert others.get("/api/v1/portfolio-views/").json()["results"][0]["own"] is False
    assert others.post(f"/portfolio/views/{view.pk}/delete/").status_code == 403
    assert _signed_in(UserFactory()).get("/api/v1/portfolio-views/").json()["count"] == 0
    office.client.post(f"/portfolio/views/{view.pk}/delete/")
    assert not PortfolioView.objects.exists()


def test_view_is_not_saved_for_an_organisation_of_others(office):
    stranger = _signed_in(UserFactory())
    body = {"organisation": OrganisationFactory().slug, "name": "Mine"}

    answer = stranger.post("/api/v1/portfolio-views/", body, content_type="application/json")

    assert answer.status_code == 403
    assert not PortfolioView.objects.exists()


def test_view_without_a_query_shows_everything(office):
    body = {"name": "All"}

    answer = office.client.post("/api/v1/portfolio-views/", body, content_type="application/json")

    assert answer.status_code == 201
    assert PortfolioView.objects.get().get_absolute_url() == "/portfolio/"
