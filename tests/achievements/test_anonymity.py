"""An anonymous demand tells nobody but its own side and administrators whose it is."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from achievements.models import Demand
from achievements.services import add_attachment, update_listing
from tests.factories import (
    DemandFactory,
    MemberFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# Whatever of these appears in an answer names the organisation.
SECRETS = ("Hidden Works", "隐名公司", "hidden-works", "Secret Person", "HW-2026-7", "Sichuan")


@pytest.fixture
def demand():
    """An anonymous demand with everything on it that could tell."""
    organisation = OrganisationFactory(
        name_en="Hidden Works",
        name_zh="隐名公司",
        slug="hidden-works",
        region=RegionFactory(name_en="Sichuan"),
    )
    creator = UserFactory(name="Secret Person")
    MemberFactory(organisation=organisation, user=creator)
    demand = DemandFactory(
        anonymous=True,
        organisation=organisation,
        created_by=creator,
        external_id="HW-2026-7",
        title_en="Needle in a haystack",
    )
    upload = SimpleUploadedFile("Secret Person spec.txt", b"text")
    add_attachment(demand.listing_ptr, by=creator, upload=upload, layer="public")
    update_listing(demand, by=creator, values={"summary_en": "Changed by Somebody"})
    return Demand.objects.get(pk=demand.pk)


def client_of(user=None):
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


OUTSIDERS = {
    "visitor": lambda: None,
    "user": UserFactory,
    "member": lambda: MemberFactory().user,
}


def doors(demand):
    """Every address that shows, lists or counts a demand."""
    attachment = demand.attachments.get()
    return [
        reverse("achievements:home"),
        reverse("achievements:demand_list"),
        demand.get_absolute_url(),
        reverse("achievements:attachment_download", args=[attachment.pk]),
        "/sitemap-listings.xml",
        "/api/v1/demands/",
        f"/api/v1/demands/{demand.pk}/",
        "/api/v1/listings/",
        f"/api/v1/listings/{demand.pk}/",
        f"/api/v1/attachments/?listing={demand.pk}",
        f"/api/v1/demands/?organisation={demand.organisation.slug}",
        "/api/v1/demands/?organisation_kind=enterprise",
        "/api/v1/demands/?title=HW-2026-7",
        f"/api/v1/demands/{demand.pk}/history/",
    ]


def told(response):
    """Everything an answer says: body, headers, and where it leads."""
    body = b"".join(response) if response.streaming else response.content
    return body.decode() + str(dict(response.headers))


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_door_names_the_organisation_to_others(demand, outsider):
    # The organisation itself is public; only its tie to the demand is not.
    client = client_of(OUTSIDERS[outsider]())
    for address in doors(demand):
        response = client.get(address, follow=True)
        said = told(response)
        for secret in SECRETS:
            if secret == "hidden-works" and "organisation=hidden-works" in address:
                continue
            assert secret not in said, f"{secret} in {address}"


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_filters_by_organisation_find_nothing_for_others(demand, outsider):
    client = client_of(OUTSIDERS[outsider]())
    for kind in ("demands", "listings"):
        everything = client.get(f"/api/v1/{kind}/").json()
        assert [row["id"] for row in everything["results"]] == [demand.pk]
        assert everything["results"][0]["organisation"] is None
        for query in ("organisation=hidden-works", "organisation_kind=enterprise", "mine=true"):
            assert client.get(f"/api/v1/{kind}/?{query}").json()["count"] == 0


@pytest.mark.parametrize("insider", ["viewer", "moderator", "curator"])
def test_its_own_side_and_administrators_see_whose_it_is(demand, insider):
    user = (
        MemberFactory(organisation=demand.organisation, role="viewer").user
        if insider == "viewer"
        else UserFactory(**{insider: True})
    )
    client = client_of(user)
    page = client.get(demand.get_absolute_url()).content.decode()
    assert "Hidden Works" in page
    row = client.get(f"/api/v1/demands/{demand.pk}/").json()
    assert (row["organisation"], row["external_id"]) == ("hidden-works", "HW-2026-7")
    assert row["attachments"][0]["name"] == "Secret Person spec.txt"
    assert client.get("/api/v1/demands/?organisation=hidden-works").json()["count"] == 1


def test_region_of_the_demand_itself_is_shown(demand):
    demand.region = RegionFactory(name_en="East Coast")
    demand.save()
    assert "East Coast" in client_of().get(demand.get_absolute_url()).content.decode()


def test_structured_data_of_an_anonymous_demand_names_nobody(demand):
    page = client_of().get(demand.get_absolute_url())
    assert "Needle in a haystack" in page.context["structured"]
    assert "seller" not in page.context["structured"]


def test_structured_data_cannot_leave_its_script_element():
    named = DemandFactory(title_en="</script><script>alert(1)</script>")
    page = client_of().get(named.get_absolute_url())
    assert "<script>alert(1)" not in page.content.decode()
    assert "seller" in page.context["structured"]


def test_download_of_an_anonymous_demand_has_a_neutral_name(demand):
    attachment = demand.attachments.get()
    address = reverse("achievements:attachment_download", args=[attachment.pk])
    header = client_of().get(address).headers["Content-Disposition"]
    assert f'filename="demand-{demand.pk}-file-{attachment.pk}.txt"' in header
