"""Reports, appeals and the second reviewer: rules, pages and API."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Delivery, Notification
from accounts.services.rendering import render_notification
from achievements.models import Appeal, Listing, Report, Review
from achievements.services import (
    EditConflictError,
    admit_expert,
    appeal_take_down,
    approve_listing,
    decide_appeal,
    dismiss_report,
    recall_appeals,
    recall_reports,
    report_listing,
    take_down_listing,
    update_listing,
    uphold_report,
)
from achievements.working_days import working_days_after
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    ReportFactory,
    UserFactory,
)
from tests.parity import ListParity

pytestmark = pytest.mark.django_db


def pages_of(user=None):
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def api_of(user):
    client = APIClient(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"achievements:{name}", args=args)


def told(kind):
    """Who was told of this kind, as (user, title)."""
    rows = Notification.objects.filter(kind=kind).select_related("recipient").order_by("pk")
    return [(row.recipient, render_notification(row).title) for row in rows]


def taken_down(by=None):
    """A listing that a moderator took down, with its owner and that moderator."""
    by = by or UserFactory(moderator=True)
    owner = MemberFactory().user
    organisation = owner.memberships.get().organisation
    listing = AchievementFactory(organisation=organisation)
    take_down_listing(listing, by=by, reason=Review.Reason.NO_EVIDENCE, note="Which figures?")
    return listing, owner, by


# --- working days --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "holidays", "worked", "due"),
    [
        ("2026-11-23", [], [], "2026-11-30"),  # Monday: the next Monday
        ("2026-11-21", [], [], "2026-11-27"),  # Saturday: Friday
        ("2026-11-20", ["2026-11-23"], [], "2026-11-30"),
        ("2026-09-25", ["2026-10-01", "2026-10-02"], ["2026-09-27"], "2026-10-05"),
        ("2026-09-28", ["2026-10-01", "2026-10-02", "2026-10-05"], [], "2026-10-08"),
    ],
)
def test_working_days_leave_weekends_and_holidays_out(settings, start, holidays, worked, due):
    settings.HOLIDAYS = {date.fromisoformat(day) for day in holidays}
    settings.WORKING_WEEKENDS = {date.fromisoformat(day) for day in worked}

    assert working_days_after(date.fromisoformat(start), 5) == date.fromisoformat(due)


# --- reporting -----------------------------------------------------------------------------


def test_visitor_reports_on_the_page_and_moderators_are_told():
    moderator = UserFactory(moderator=True)
    listing = AchievementFactory(title_en="A cell")
    page = pages_of()
    assert url("listing_report", listing.pk) in page.get(listing.get_absolute_url()).text
    answer = page.post(
        url("listing_report", listing.pk),
        {"reason": "misleading", "note": "300 is wrong", "email": "v@example.org"},
    )
    assert (answer.status_code, answer.url) == (302, listing.get_absolute_url())
    report = Report.objects.get()
    assert (report.by, report.email, report.language) == (None, "v@example.org", "en")
    assert (report.due_on - report.made_at.date()).days in (5, 6, 7, 8)
    assert told("listing_reported") == [(moderator, "Reported: “A cell”")]
    assert not AuditEvent.objects.filter(object_type="achievements.listing").exists()


def test_machine_that_fills_the_hidden_field_is_thanked_and_nothing_kept():
    listing = AchievementFactory()
    data = {"reason": "spam", "website": "http://spam.example"}
    assert pages_of().post(url("listing_report", listing.pk), data).status_code == 302
    assert not Report.objects.exists()


def test_reports_from_one_address_are_limited_in_both_doors():
    listing = AchievementFactory()
    page, api = pages_of(), APIClient()
    data = {"reason": "spam"}
    codes = [page.post(url("listing_report", listing.pk), data).status_code for _ in range(9)]
    sent = {"listing": listing.pk, **data}
    codes.append(api.post("/api/v1/reports/", sent).status_code)
    assert codes == [*[302] * 9, 201]
    assert page.post(url("listing_report", listing.pk), data).status_code == 429
    assert api.post("/api/v1/reports/", sent).status_code == 429
    assert Report.objects.count() == 10


def test_report_needs_a_csrf_token():
    listing = AchievementFactory()
    client = Client(enforce_csrf_checks=True)
    assert client.post(url("listing_report", listing.pk), {"reason": "spam"}).status_code == 403
    assert not Report.objects.exists()


def test_report_of_what_one_may_not_see_is_not_found():
    hidden = AchievementFactory(visibility="members")
    assert pages_of().post(url("listing_report", hidden.pk), {"reason": "spam"}).status_code == 404
    answer = APIClient().post("/api/v1/reports/", {"listing": hidden.pk, "reason": "spam"})
    assert answer.status_code == 400
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("state", "given"), [("published", {"reason": "other"}), ("draft", {"reason": "spam"})]
)
def test_report_without_words_or_of_a_draft_is_refused(state, given):
    with pytest.raises(ValidationError):
        report_listing(AchievementFactory(state=state), by=None, **given)
    assert not Report.objects.exists()


def test_second_open_report_of_the_same_user_is_refused():
    listing, user = AchievementFactory(), UserFactory()
    report_listing(listing, by=user, reason="spam")
    answer = pages_of(user).post(url("listing_report", listing.pk), {"reason": "rights"})
    assert answer.status_code == 422
    assert "already reported" in answer.text
    assert Report.objects.count() == 1


# --- deciding ------------------------------------------------------------------------------


def test_taking_down_answers_every_open_report_and_forgets_addresses():
    owner = MemberFactory().user
    listing = AchievementFactory(organisation=owner.memberships.get().organisation)
    reporter, moderator = UserFactory(), UserFactory(moderator=True)
    first = ReportFactory(listing=listing, email="v@example.org", language="zh-hans")
    ReportFactory(listing=listing, by=reporter)
    other = ReportFactory()
    answer = pages_of(moderator).post(
        url("report_decide", first.pk),
        {
            "verdict": "take_down",
            "reason": "no_evidence",
            "note": "Which?",
            "answer": "Thanks",
            "seen": listing.version,
        },
    )
    assert answer.status_code == 302
    listing.refresh_from_db()
    assert listing.state == Listing.State.DRAFT
    assert Report.objects.filter(outcome="taken_down", email="").count() == 2
    other.refresh_from_db()
    assert other.outcome == ""
    letter = Delivery.objects.get(address="v@example.org")
    assert "已下架" in letter.text
    assert [user for user, _title in told("report_answered")] == [reporter]
    assert [user for user, _title in told("listing_taken_down")] == [owner]
    spoken = Notification.objects.get(kind="listing_taken_down")
    assert "Thanks" not in render_notification(spoken).body  # the owner reads the note only


def test_dismissing_leaves_the_listing_and_tells_the_owner_only_with_a_note():
    owner = MemberFactory().user
    listing = AchievementFactory(organisation=owner.memberships.get().organisation)
    moderator = UserFactory(moderator=True)
    dismiss_report(ReportFactory(listing=listing), by=moderator, answer="It is right.")
    assert told("report_dismissed") == []
    report = ReportFactory(listing=listing)
    api = api_of(moderator)
    answer = api.post(f"/api/v1/reports/{report.pk}/dismiss/", {"note": "Name the source."})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "dismissed")
    assert [user for user, _title in told("report_dismissed")] == [owner]
    listing.refresh_from_db()
    assert listing.state == Listing.State.PUBLISHED
    assert api.post(f"/api/v1/reports/{report.pk}/dismiss/").status_code == 409


def test_report_on_an_older_version_is_not_upheld():
    report = ReportFactory()
    seen = report.listing.version
    update_listing(
        report.listing.achievement, by=UserFactory(superuser=True), values={"title_en": "Else"}
    )
    with pytest.raises(EditConflictError):
        uphold_report(report, by=UserFactory(moderator=True), reason="unclear", seen=seen)
    report.refresh_from_db()
    assert report.decided_at is None


def test_report_of_the_own_organisation_is_for_another_moderator():
    member = MemberFactory(user=UserFactory(moderator=True))
    report = ReportFactory(listing=AchievementFactory(organisation=member.organisation))
    page = pages_of(member.user).post(url("report_decide", report.pk), {"verdict": "dismiss"})
    api = api_of(member.user).post(f"/api/v1/reports/{report.pk}/dismiss/")
    assert (page.status_code, api.status_code) == (403, 403)
    report.refresh_from_db()
    assert report.decided_at is None


@pytest.mark.parametrize("role", [{}, {"curator": True}])
def test_reports_are_for_reviewers_of_the_kind(role):
    report = ReportFactory()
    user = UserFactory(**role)
    expected = 404 if role else 403
    assert api_of(user).get(f"/api/v1/reports/{report.pk}/").status_code == expected
    assert pages_of(user).get(url("report_decide", report.pk)).status_code == 404


def test_reports_on_their_last_day_are_recalled_once():
    moderator = UserFactory(moderator=True)
    ReportFactory(due_on=timezone.now().date() - timedelta(days=1))
    ReportFactory(due_on=timezone.now().date() + timedelta(days=3))
    assert (recall_reports(), recall_reports()) == (1, 0)
    assert [user for user, _title in told("listing_reported")] == [moderator]


# --- appeals -------------------------------------------------------------------------------


def test_owner_objects_on_the_page_and_another_moderator_restores():
    listing, owner, first = taken_down()
    expires = listing.expires_at
    page = pages_of(owner)
    assert url("listing_appeal", listing.pk) in page.get(listing.get_absolute_url()).text
    page.post(url("listing_appeal", listing.pk), {"statement": "The figures are in the file."})
    appeal = Appeal.objects.get()
    assert first not in [user for user, _title in told("appeal_made")]
    second = UserFactory(moderator=True)
    answer = pages_of(second).post(
        url("appeal_decide", appeal.pk),
        {"verdict": "grant", "answer": "You are right.", "seen": listing.version},
    )
    assert answer.status_code == 302
    listing.refresh_from_db()
    assert (listing.state, listing.expires_at) == (Listing.State.PUBLISHED, expires)
    assert (owner, f"Published again: “{listing.title_en}”") in told("appeal_decided")


def test_appeal_is_made_once():
    listing, owner, _first = taken_down()
    appeal_take_down(listing, by=owner, statement="No.")
    with pytest.raises(ValidationError):
        appeal_take_down(listing, by=owner, statement="No!")
    answer = api_of(owner).post(f"/api/v1/achievements/{listing.pk}/appeal/", {"statement": "No"})
    assert answer.status_code == 409
    assert Appeal.objects.count() == 1


def test_appeal_is_not_decided_by_who_took_it_down_not_even_a_superuser():
    listing, owner, first = taken_down(by=UserFactory(superuser=True))
    appeal = appeal_take_down(listing, by=owner, statement="No.")
    given = {"granted": True, "seen": listing.version}
    answer = api_of(first).post(f"/api/v1/appeals/{appeal.pk}/decide/", given)
    assert answer.status_code == 403
    with pytest.raises(PermissionDenied):
        decide_appeal(appeal, by=first, granted=True)
    appeal.refresh_from_db()
    listing.refresh_from_db()
    assert (appeal.granted, listing.state) == (None, Listing.State.DRAFT)


def test_appeal_is_declined_with_a_word_and_only_while_a_draft():
    listing, owner, _first = taken_down()
    appeal = appeal_take_down(listing, by=owner, statement="No.")
    second = UserFactory(moderator=True)
    with pytest.raises(ValidationError):
        decide_appeal(appeal, by=second, granted=False)
    decide_appeal(appeal, by=second, granted=False, answer="The file says less.")
    assert [user for user, _title in told("appeal_decided")] == [owner]
    assert "The file says less." in pages_of(owner).get(listing.get_absolute_url()).text


def test_appeal_restoring_a_changed_listing_is_a_conflict():
    listing, owner, _first = taken_down()
    appeal = appeal_take_down(listing, by=owner, statement="No.")
    seen = listing.version
    update_listing(listing, by=owner, values={"title_en": "Something else"})
    with pytest.raises(EditConflictError):
        decide_appeal(appeal, by=UserFactory(moderator=True), granted=True, seen=seen)
    listing.refresh_from_db()
    assert listing.state == Listing.State.DRAFT


def test_viewer_of_the_organisation_may_not_object():
    listing, _owner, _first = taken_down()
    viewer = MemberFactory(organisation=listing.organisation, role="viewer").user
    answer = pages_of(viewer).post(url("listing_appeal", listing.pk), {"statement": "No."})
    assert answer.status_code == 403
    assert not Appeal.objects.exists()


def test_appeals_on_their_last_day_are_recalled_once():
    listing, owner, _first = taken_down()
    second = UserFactory(moderator=True)
    appeal = appeal_take_down(listing, by=owner, statement="No.")
    Appeal.objects.filter(pk=appeal.pk).update(due_on=timezone.now().date())
    assert (recall_appeals(), recall_appeals()) == (1, 0)
    assert [title for user, title in told("appeal_made") if user == second][1:] == [
        f"An appeal is due today: “{listing.title_en}”"
    ]


# --- the second reviewer -------------------------------------------------------------------


def test_two_reviewers_have_to_agree_where_the_setting_says_so(settings):
    settings.REVIEW_STEPS = 2
    first, second = UserFactory(moderator=True), UserFactory(moderator=True)
    listing = DemandFactory(state="in_review")
    answer = pages_of(first).post(
        url("listing_approve", listing.pk), {"seen": listing.version}, follow=True
    )
    assert "Another reviewer publishes it" in answer.text
    listing.refresh_from_db()
    assert listing.state == Listing.State.IN_REVIEW
    assert [user for user, _title in told("listing_endorsed")] == [second]
    with pytest.raises(ValidationError):
        approve_listing(listing, by=first)
    assert "Found good by a first reviewer" in pages_of(second).get(listing.get_absolute_url()).text
    approve_listing(listing, by=second)
    assert listing.state == Listing.State.PUBLISHED


def test_change_after_the_first_yes_asks_both_again(settings):
    settings.REVIEW_STEPS = 2
    first, second = UserFactory(moderator=True), UserFactory(moderator=True)
    listing = DemandFactory(state="in_review")
    approve_listing(listing, by=first)
    owner = MemberFactory(organisation=listing.organisation).user
    update_listing(listing, by=owner, values={"title_en": "Something else"})
    approve_listing(listing, by=second)
    assert listing.state == Listing.State.IN_REVIEW
    approve_listing(listing, by=first)
    assert listing.state == Listing.State.PUBLISHED


def test_yes_to_what_the_two_others_have_published_meanwhile_is_refused(settings):
    settings.REVIEW_STEPS = 2
    first, second, third = (UserFactory(moderator=True) for _ in range(3))
    shown = DemandFactory(state="in_review")
    for reviewer in (first, second):
        approve_listing(Listing.objects.get(pk=shown.pk), by=reviewer)
    with pytest.raises(ValidationError, match="not possible while"):
        approve_listing(shown, by=third)
    assert not Review.objects.filter(by=third).exists()


def test_draft_expert_is_admitted_by_two_curators(settings):
    settings.REVIEW_STEPS = 2
    first, second = UserFactory(curator=True), UserFactory(curator=True)
    expert = ExpertFactory(state="draft", admitted_at=None)
    admit_expert(expert, by=first, seen=expert.version)
    assert (expert.state, expert.admitted_at) == (Listing.State.IN_REVIEW, None)
    admit_expert(expert, by=second)
    assert (expert.state, expert.admitted_by) == (Listing.State.PUBLISHED, second)


# --- lists ---------------------------------------------------------------------------------


class TestReportParity(ListParity):
    page = "/listings/reports/"
    endpoint = "/api/v1/reports/"
    queries = ("show=open", "show=open&reason=rights", "show=all&kind=expert", "show=decided")

    @pytest.fixture
    def viewers(self):
        ReportFactory(reason="rights")
        ReportFactory(listing=ExpertFactory())
        dismiss_report(ReportFactory(), by=UserFactory(moderator=True))
        return [UserFactory(moderator=True), UserFactory(curator=True)]


class TestAppealParity(ListParity):
    page = "/listings/appeals/"
    endpoint = "/api/v1/appeals/"
    queries = ("show=open", "show=decided")

    @pytest.fixture
    def viewers(self):
        listing, owner, _first = taken_down()
        appeal_take_down(listing, by=owner, statement="No.")
        return [UserFactory(moderator=True), UserFactory(curator=True)]


def test_queues_take_as_many_queries_with_one_row_as_with_three():
    client = pages_of(UserFactory(moderator=True))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            ReportFactory()
            listing, owner, _first = taken_down()
            appeal_take_down(listing, by=owner, statement="No.")
        for name in ("report_list", "appeal_list"):
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert client.get(url(name)).status_code == 200
            counts.append(len(caught))
    assert counts[:2] == counts[2:]
