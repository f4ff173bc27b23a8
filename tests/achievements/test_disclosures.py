"""An inventor tells the office, the office asks and decides, and a draft comes of it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Member, Notification
from achievements.models import Achievement, Disclosure
from achievements.services import submit_listing
from achievements.services.disclosures import (
    answer_disclosure,
    ask_back,
    decide_disclosure,
    list_disclosure,
    submit_disclosure,
)
from tests.factories import MemberFactory, OrganisationFactory, UserFactory
from tests.parity import ListParity

pytestmark = pytest.mark.django_db

VALUES = {
    "language": "zh",
    "title": "钠电池正极",
    "what": "一种层状氧化物。循环寿命 4000 次。",
    "advantages": "比现有材料高 20%。",
    "funding": "国家基金",
    "ownership": "institution",
}
SHARES = [{"name": "王芳", "share": "60"}, {"name": "李明", "share": "40.00"}]


class Case:
    """An organisation with an office and an inventor who disclosed something."""

    def __init__(self):
        self.organisation = OrganisationFactory()
        self.office = MemberFactory(organisation=self.organisation).user
        role = {"organisation": self.organisation, "role": Member.Role.VIEWER}
        self.inventor = MemberFactory(**role).user
        self.colleague = MemberFactory(**role).user
        self.disclosure = self.disclose()

    def disclose(self, **values):
        return submit_disclosure(
            by=self.inventor,
            organisation=self.organisation,
            values={**VALUES, **values},
            inventors=SHARES,
        )

    def told(self, user):
        return list(
            Notification.objects.filter(recipient=user)
            .order_by("pk")
            .values_list("kind", flat=True)
        )


@pytest.fixture
def case():
    return Case()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


class TestDisclosureParity(ListParity):
    page = "/disclosures/"
    endpoint = "/api/v1/disclosures/"
    queries = ("", "state=asked", "waiting=true", "mine=true", "decision=protect")

    @pytest.fixture
    def viewers(self):
        case = Case()
        ask_back(case.disclose(), by=case.office, text="Who paid?")
        decide_disclosure(case.disclose(), by=case.office, decision="protect")
        return [case.office, case.inventor, case.colleague, UserFactory(moderator=True)]


def test_story_from_disclosure_to_a_draft_without_retyping(case):
    ask_back(case.disclosure, by=case.office, text="Who paid?")
    answer_disclosure(case.disclosure, by=case.inventor, text="The fund.")
    decide_disclosure(case.disclosure, by=case.office, decision="protect")
    listing = list_disclosure(case.disclosure, by=case.office)

    assert (listing.state, listing.title_zh, listing.solution_zh) == (
        "draft",
        VALUES["title"],
        VALUES["what"],
    )
    assert [str(row) for row in listing.inventors.all()] == ["王芳", "李明"]
    assert (listing.ip_rights.get().kind, listing.ip_rights.get().status) == (
        "patent",
        "in_preparation",
    )
    assert case.told(case.office) == ["disclosure_submitted", "disclosure_answered"]
    assert case.told(case.inventor) == [
        "disclosure_asked",
        "disclosure_decided",
        "disclosure_listed",
    ]
    verbs = AuditEvent.objects.filter(object_type="achievements.disclosure").order_by("pk")
    assert [event.verb.partition(".")[2] for event in verbs] == [
        *("submit", "ask", "answer", "decide", "list")
    ]
    assert VALUES["title"] not in str(list(Notification.objects.values_list("data", flat=True)))
    with pytest.raises(ValidationError, match="already"):
        list_disclosure(case.disclosure, by=case.office)


@pytest.mark.parametrize(
    ("inventors", "field"),
    [
        ([], "inventors"),
        ([{"name": "A", "share": "99.99"}], "inventors"),
        ([{"name": "A", "share": "60"}, {"name": "B", "share": "60"}], "inventors"),
        ([{"name": "A", "share": "100"}, {"name": "B", "share": "0"}], "inventors.1.share"),
        ([{"name": "", "share": "100"}], "inventors.0.name"),
        ([{"name": "A", "share": "much"}], "inventors.0.share"),
    ],
)
def test_shares_that_do_not_add_up_are_refused(case, inventors, field):
    with pytest.raises(ValidationError) as caught:
        submit_disclosure(
            by=case.inventor, organisation=case.organisation, values=VALUES, inventors=inventors
        )

    assert field in caught.value.message_dict
    assert Disclosure.objects.count() == 1


def test_listing_waits_for_the_end_of_the_embargo(case):
    tomorrow = timezone.localdate() + timedelta(days=1)
    held = case.disclose(embargo_until=tomorrow)
    decide_disclosure(held, by=case.office, decision="publish")
    listing = list_disclosure(held, by=case.office)

    with pytest.raises(ValidationError, match="not to publish"):
        submit_listing(listing, by=case.office)

    assert Achievement.objects.get().state == "draft"
    Disclosure.objects.update(embargo_until=timezone.localdate())
    submit_listing(listing, by=case.office)
    assert Achievement.objects.get().state == "in_review"


def test_embargo_ends_by_the_clock_of_the_site_not_by_that_of_who_submits(case):
    with time_machine.travel("2026-11-23T15:00:00Z", tick=False):
        held = case.disclose(embargo_until=date(2026, 11, 24))
        decide_disclosure(held, by=case.office, decision="publish")
        listing = list_disclosure(held, by=case.office)

        with (
            timezone.override("Pacific/Kiritimati"),  # where it is the 24th already
            pytest.raises(ValidationError, match="not to publish"),
        ):
            submit_listing(listing, by=case.office)

    assert Achievement.objects.get().state == "draft"


def test_what_was_returned_is_not_listed_and_a_return_says_why(case):
    with pytest.raises(ValidationError):
        decide_disclosure(case.disclosure, by=case.office, decision="return")
    decide_disclosure(case.disclosure, by=case.office, decision="return", note="Not ours.")

    answer = client_of(case.office).post(f"/disclosures/{case.disclosure.pk}/list/")

    assert answer.status_code == 302
    assert not Achievement.objects.exists()


def test_only_the_inventor_and_the_office_read_it(case):
    address = f"/disclosures/{case.disclosure.pk}/"
    for user in (
        case.colleague,
        MemberFactory().user,
        UserFactory(moderator=True),
        UserFactory(superuser=True),
    ):
        client = client_of(user)
        assert client.get(address).status_code == 404
        assert client.get(f"/api/v1/disclosures/{case.disclosure.pk}/").status_code == 404
        for verb in ("ask", "answer", "decide", "list"):
            assert client.post(f"{address}{verb}/", {"text": "x"}).status_code == 404
    inventor = client_of(case.inventor)
    assert inventor.get(address).status_code == 200
    for verb in ("ask", "decide", "list"):
        assert inventor.post(f"{address}{verb}/", {"text": "x"}).status_code == 403
    assert Disclosure.objects.get().state == "submitted"
    Member.objects.filter(user=case.inventor).delete()
    assert inventor.get(address).status_code == 404


def test_nobody_decides_about_their_own(case):
    own = submit_disclosure(
        by=case.office, organisation=case.organisation, values=VALUES, inventors=SHARES
    )
    sent = {"decision": "publish"}

    assert client_of(case.office).post(f"/disclosures/{own.pk}/decide/", sent).status_code == 403
    assert Disclosure.objects.get(pk=own.pk).state == "submitted"


def test_pages_take_what_is_typed_add_rows_and_say_what_is_wrong(case):
    client = client_of(case.inventor)
    rows = {"inventors-TOTAL_FORMS": "1", "inventors-INITIAL_FORMS": "0"}
    typed = {**VALUES, **rows, "inventors-0-name": "王芳", "inventors-0-share": "50"}

    more = client.post("/disclosures/new/", {**typed, "add": "inventors"})
    refused = client.post("/disclosures/new/", typed)
    taken = client.post("/disclosures/new/", {**typed, "inventors-0-share": "100"})

    assert [form["name"].value() for form in more.context["rows"]] == ["王芳", None]
    assert more.context["form"]["what"].value() == VALUES["what"]
    assert refused.status_code == 422
    assert "add up to 50 %" in refused.content.decode()
    assert taken.status_code == 302
    kept = Disclosure.objects.order_by("-pk")[0]
    ask_back(kept, by=case.office, text="Really alone?")
    corrected = {**typed, "title": "新标题", "inventors-0-share": "100"}
    client.post(f"/disclosures/{kept.pk}/edit/", corrected)
    kept.refresh_from_db()
    assert (kept.title, kept.state) == ("新标题", "submitted")
    assert client.get(f"/disclosures/{kept.pk}/edit/").status_code == 200


def test_api_goes_the_same_way(case):
    office, inventor = client_of(case.office), client_of(case.inventor)
    as_json = {"content_type": "application/json"}
    base = "/api/v1/disclosures/"
    body = {**VALUES, "inventors": SHARES, "organisation": case.organisation.slug}
    made = inventor.post(base, body, **as_json).json()
    address = f"{base}{made['id']}/"
    stranger = client_of(MemberFactory().user)
    assert stranger.post(base, body, **as_json).status_code == 403

    office.post(f"{address}ask/", {"text": "Who?"}, **as_json)
    answered = inventor.post(f"{address}answer/", {"values": {"title": "新"}}, **as_json)
    office.post(f"{address}decide/", {"decision": "know_how"}, **as_json)
    listed = office.post(f"{address}make-listing/", **as_json).json()

    assert (answered.json()["title"], answered.json()["state"]) == ("新", "submitted")
    assert Achievement.objects.get(pk=listed["listing"]).ip_rights.get().kind == "know_how"
    assert [entry["kind"] for entry in listed["entries"]] == ["question", "answer", "decision"]


def test_disclosure_that_nobody_can_decide_about_says_so(client):
    case = Case()
    address = f"/disclosures/{case.disclosure.pk}/"
    client.force_login(case.inventor)
    assert "Nobody can decide" not in client.get(address, headers={"accept-language": "en"}).text
    own = submit_disclosure(
        by=case.office, organisation=case.organisation, values=VALUES, inventors=SHARES
    )
    client.force_login(case.office)
    page = client.get(f"/disclosures/{own.pk}/", headers={"accept-language": "en"}).text
    assert "Nobody can decide about this yet" in page
    assert f"/organisations/{case.organisation.slug}/members/" in page
