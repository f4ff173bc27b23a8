"""Shortlists, which are their organisation's alone, and listings beside each other."""

import re
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from achievements.models import EvidenceRow, Listing, RequirementRow
from matching.models import ShortlistEntry
from tests import factories
from tests.parity import ListParity

pytestmark = pytest.mark.django_db
NOTE = "Ask them for a pilot at our Wuxi plant."


@pytest.fixture
def owner():
    """An editor of an organisation that looks for something."""
    return factories.MemberFactory(role="editor").user


def entry_of(user, listing=None, note=NOTE) -> ShortlistEntry:
    return ShortlistEntry.objects.create(
        organisation=user.memberships.get().organisation,
        listing=listing or factories.AchievementFactory(),
        note=note,
        added_by=user,
    )


class TestShortlistParity(ListParity):
    page = "/shortlist/"
    endpoint = "/api/v1/shortlist/"
    queries = ("", "kind=expert", "kind=achievement")

    @pytest.fixture
    def viewers(self, owner):
        hidden = factories.AchievementFactory(visibility="owner")
        for listing in (None, None, factories.ExpertFactory(), hidden):
            entry_of(owner, listing)
        return [owner, factories.MemberFactory().user, factories.UserFactory(curator=True)]


def test_shortlist_button_adds_and_removes_by_form_and_by_htmx(owner, client):
    listing = factories.AchievementFactory()
    client.force_login(owner)
    add, remove = (f"/listings/{listing.pk}/shortlist/{verb}/" for verb in ("add", "remove"))
    page = client.get(listing.get_absolute_url()).text
    assert f'formaction="{add}"' in page
    assert 'id="shortlist-form"' in page

    assert client.post(add, {"next": "/search/"}).url == "/search/"
    part = client.post(add, headers={"HX-Request": "true"}).text
    assert f'formaction="{remove}"' in part
    assert "<html" not in part
    assert ShortlistEntry.objects.get().listing_id == listing.pk
    assert AuditEvent.objects.filter(verb="shortlist.add").count() == 1
    assert f'formaction="{remove}"' in client.get("/search/?kind=achievement").text
    client.post(remove)
    assert not ShortlistEntry.objects.exists()


@pytest.mark.parametrize("who", ["visitor", "viewer", "none"])
def test_shortlist_is_for_owners_and_editors_and_nothing_changes(client, who):
    listing = factories.AchievementFactory()
    if who != "visitor":
        user = factories.UserFactory() if who == "none" else None
        client.force_login(user or factories.MemberFactory(role="viewer").user)

    response = client.post(f"/listings/{listing.pk}/shortlist/add/")

    assert response.status_code == (302 if who == "visitor" else 403)
    assert "/shortlist/add/" not in client.get(listing.get_absolute_url()).text
    assert not ShortlistEntry.objects.exists()


def test_shortlist_note_is_seen_by_the_own_organisation_alone(owner, client):
    entry = entry_of(owner)
    seller = factories.MemberFactory(organisation=entry.listing.organisation).user
    pages = ("/shortlist/", "/api/v1/shortlist/", entry.listing.get_absolute_url(), "/audit/")
    for user, knows in (
        (owner, True),
        (seller, False),
        (factories.UserFactory(superuser=True), False),
    ):
        client.force_login(user)
        assert any(NOTE in client.get(page).text for page in pages) is knows

    client.force_login(seller)
    assert client.post(f"/shortlist/{entry.pk}/note/", {"note": "x"}).status_code == 404
    assert client.post(f"/shortlist/{entry.pk}/remove/").status_code == 404
    entry.refresh_from_db()
    assert entry.note == NOTE
    client.force_login(owner)
    client.post(f"/shortlist/{entry.pk}/note/", {"note": "Budget is there."})
    entry.refresh_from_db()
    assert entry.note == "Budget is there."
    assert NOTE not in str(list(AuditEvent.objects.values_list("data", flat=True)))


def test_shortlist_query_count_is_the_same_for_one_and_three(
    owner, client, django_assert_num_queries
):
    client.force_login(owner)
    entry_of(owner)
    client.get("/shortlist/")
    with django_assert_num_queries(8):
        client.get("/shortlist/")
    entry_of(owner)
    entry_of(owner)
    with django_assert_num_queries(8):
        client.get("/shortlist/")


def test_api_shortlist_adds_notes_and_removes(owner, client):
    client.force_login(owner)
    listing = factories.AchievementFactory()
    hidden = factories.AchievementFactory(visibility="owner")
    address = "/api/v1/shortlist/"

    made = client.post(address, {"listing": listing.pk, "note": "a"})
    assert (made.status_code, made.json()["listing"]["id"]) == (201, listing.pk)
    assert client.post(address, {"listing": hidden.pk}).status_code == 404
    one = f"{address}{made.json()['id']}/"
    changed = client.patch(one, {"note": "b"}, content_type="application/json")
    assert changed.json()["note"] == "b"
    assert client.delete(one).status_code == 204
    assert not ShortlistEntry.objects.exists()


# --- side by side --------------------------------------------------------------------------


@pytest.fixture
def pair():
    """Two achievements that state one quantity in different units."""
    first, second = factories.AchievementFactory(trl=4), factories.AchievementFactory(trl=6)
    for listing, value, unit in ((first, "0.32", "kWh/kg"), (second, "250", "Wh/kg")):
        EvidenceRow.objects.create(
            achievement=listing, quantity="Energy density", value=Decimal(value), unit=unit
        )
    return first, second


def test_compare_figures_stand_in_one_unit_and_differing_rows_are_marked(pair, client):
    first, second = pair
    demand = factories.DemandFactory()
    RequirementRow.objects.create(
        demand=demand, quantity="energy density", operator=">=", value=Decimal(280), unit="Wh/kg"
    )

    answer = client.get(f"/api/v1/compare/?ids={second.pk},{first.pk},{demand.pk}")

    rows = {row["label"]: row for row in answer.json()["rows"]}
    figures = rows["Energy density"]
    assert figures["unit"] == "Wh/kg"
    assert [[line["text"] for line in cell] for cell in figures["cells"]] == [
        ["250"],
        ["320"],
        ["≥ 280"],
    ]
    assert figures["cells"][1][0]["note"] == "written as 0.32 kWh/kg"
    assert (rows["Readiness"]["differs"], rows["Kind"]["differs"]) == (True, True)
    page = client.get(f"/compare/?ids={first.pk},{second.pk}")
    assert [row["differs"] for row in page.context["rows"] if row["label"] == "Kind"] == [False]
    same = re.findall(r'class="compare__same">\s*<th scope="row">([^<]+?)\s*<', page.text)
    assert "Kind" in same
    assert "Energy density" not in same
    only = client.get(f"/compare/?ids={first.pk},{second.pk}&only=differences").text
    assert "Energy density" in only
    assert ">Kind<" not in only


def test_compare_sets_thousands_apart_in_all_figures_of_a_row_or_in_none(client):
    few, many = factories.AchievementFactory(), factories.AchievementFactory()
    for listing, quantity, value in (
        (few, "Cycle life", 1200),
        (many, "Cycle life", 18000),
        (few, "Charges", 1200),
        (many, "Charges", 1500),
    ):
        EvidenceRow.objects.create(achievement=listing, quantity=quantity, value=value, unit="")

    rows = client.get(f"/api/v1/compare/?ids={few.pk},{many.pk}").json()["rows"]

    figures = {row["label"]: [cell[0]["text"] for cell in row["cells"] if cell] for row in rows}
    assert figures["Cycle life"] == ["1,200", "18,000"]
    assert figures["Charges"] == ["1200", "1500"]


def test_compare_shows_each_reader_their_own_layers_only(pair, client):
    first, second = pair
    secret = factories.DemandFactory(anonymous=True)
    Listing.objects.filter(pk=second.pk).update(visibility="owner", title_en="Hush-hush cell")
    address = f"/compare/?ids={first.pk},{second.pk},{secret.pk}"

    page = client.get(address)
    assert [column["id"] for column in page.context["columns"]] == [first.pk, secret.pk]
    assert page.context["left_out"] == 1
    assert "Hush-hush" not in page.text
    assert secret.organisation.name_en not in page.text
    assert client.get(f"/api/v1/compare/?ids={first.pk},{second.pk}").status_code == 404
    client.force_login(factories.MemberFactory(organisation=second.organisation).user)
    assert "Hush-hush" in client.get(address).text


@pytest.mark.parametrize("ids", ["", "x", "1", "99999999999999999999", "1,1"])
def test_compare_without_two_listings_says_how_to_choose_them(client, ids):
    assert "Choose two to four listings" in client.get(f"/compare/?ids={ids}").text
    assert client.get(f"/api/v1/compare/?ids={ids}").status_code == 400


def test_compare_ticked_boxes_lead_to_one_short_address(pair, client):
    first, second = pair

    response = client.get(f"/compare/?ids={first.pk}&ids={second.pk}")

    assert response.url == f"/compare/?ids={first.pk},{second.pk}"
