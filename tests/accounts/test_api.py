"""The endpoints of accounts: who may do what with a token or a session."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditEvent, Invitation, Member, Organisation
from tests.accounts.test_services import image
from tests.factories import (
    PASSWORD,
    ApiTokenFactory,
    AuditEventFactory,
    InvitationFactory,
    MemberFactory,
    NotificationFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"


@pytest.fixture
def owner(api) -> Member:
    member = MemberFactory(organisation__slug="here")
    api.force_authenticate(member.user)
    return member


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


# --- tokens ---


def test_token_answers_who_one_is_and_notes_its_use_once_a_minute(api):
    token = ApiTokenFactory(secret="tr_secret")
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        token.expires_at = timezone.now() + timedelta(days=1)
        token.save()
        seen = []
        for seconds in (0, 30, 31):
            clock.shift(seconds)
            assert api.get(ME, headers=bearer("tr_secret")).json()["id"] == token.user.pk
            token.refresh_from_db()
            seen.append(token.last_used_at.timestamp() - 1_800_000_000)

    assert seen == [0, 0, 61]


@pytest.mark.parametrize(
    "change", [{"expires_at": "2020-01-01T00:00Z"}, {"revoked_at": "2020-01-01T00:00Z"}]
)
def test_token_past_its_date_or_revoked_is_refused_like_an_unknown_one(api, change):
    ApiTokenFactory(secret="tr_secret", **change)

    answers = [api.get(ME, headers=bearer(secret)) for secret in ("tr_secret", "tr_other")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert answers[0]["WWW-Authenticate"] == "Bearer"


def test_token_for_reading_changes_nothing(api):
    token = ApiTokenFactory(secret="tr_secret", read_only=True)

    assert api.get(ME, headers=bearer("tr_secret")).status_code == 200
    refused = api.patch(ME, {"name": "Other"}, headers=bearer("tr_secret"))

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "scope")
    token.user.refresh_from_db()
    assert token.user.name != "Other"


def test_token_cannot_make_another(api):
    ApiTokenFactory(secret="tr_secret")

    refused = api.post(
        "/api/v1/tokens/",
        {"name": "x", "scope": "write", "days": 1},
        headers=bearer("tr_secret"),
    )

    assert refused.status_code == 403
    assert ApiToken.objects.count() == 1


def test_token_is_made_in_a_session_that_has_just_given_its_password(client):
    user = UserFactory()
    client.force_login(user)
    body = {"name": "x", "scope": "read"}
    address = "/api/v1/tokens/"
    assert client.post(address, body, content_type="application/json").status_code == 403

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    made = client.post(address, body, content_type="application/json")

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    secret = made.json()["secret"]
    assert client.get(f"{address}{made.json()['id']}/").json().get("secret") is None
    assert APIClient().get(ME, headers=bearer(secret)).status_code == 200


def test_token_page_asks_for_the_password_first_and_shows_the_secret_once(client):
    user = UserFactory()
    client.force_login(user)
    assert client.get("/tokens/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    made = client.post("/tokens/", {"name": "x", "scope": "read", "days": "30"})

    secret = made.context["secret"]
    assert secret in made.text
    assert secret not in client.get("/tokens/").text
    token = ApiToken.objects.get()
    client.post(f"/tokens/{token.pk}/revoke/")
    assert APIClient().get(ME, headers=bearer(secret)).status_code == 401


def test_token_of_somebody_else_does_not_exist(api, owner):
    token = ApiTokenFactory()

    assert api.delete(f"/api/v1/tokens/{token.pk}/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


# --- oneself ---


def test_me_roles_cannot_be_changed(api, owner):
    answer = api.patch(
        ME, {"is_superuser": True, "is_moderator": True, "email": "x@example.org", "name": "New"}
    )

    owner.user.refresh_from_db()
    assert answer.json()["name"] == owner.user.name == "New"
    assert (owner.user.is_superuser, owner.user.is_moderator) == (False, False)
    assert owner.user.email != "x@example.org"


def test_me_nonsense_names_the_field(api, owner):
    answer = api.patch(ME, {"time_zone": "Mars/Olympus"})

    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == ["time_zone"]


# --- organisations ---


def test_organisation_is_made_and_changed_by_its_owner(api):
    RegionFactory(code="CN")
    api.force_authenticate(UserFactory())

    made = api.post(
        "/api/v1/organisations/",
        {"kind": "university", "name_zh": "湖大学", "region": "CN", "verified_at": "2020-01-01"},
    )

    assert made.status_code == 201
    assert made.json()["is_verified"] is False
    address = f"/api/v1/organisations/{made.json()['slug']}/"
    assert api.patch(address, {"website": "x"}).status_code == 400
    assert api.patch(address, {"name_en": "Lake"}).json()["name"] == "Lake"


@pytest.mark.parametrize(
    ("method", "path", "body", "who"),
    [
        (*verb, who)
        for verb in [
            ("patch", "", {"name_en": "Taken"}),
            ("post", "verify/", {}),
            ("post", "unverify/", {"reason": "x"}),
            ("post", "direct-publishing/", {"allowed": True}),
            ("delete", "logo/", {}),
        ]
        for who in ["visitor", "stranger", "viewer"]
    ]
    + [("post", "switch/", {}, who) for who in ["visitor", "stranger"]],  # members may
)
def test_organisation_verb_is_refused_and_changes_nothing(api, method, path, body, who):
    organisation = OrganisationFactory(slug="here", name_en="Here")
    if who == "stranger":
        api.force_authenticate(UserFactory())
    elif who == "viewer":
        api.force_authenticate(MemberFactory(organisation=organisation, role="viewer").user)
    before = Organisation.objects.values().get()

    answer = getattr(api, method)(f"/api/v1/organisations/here/{path}", body)

    assert answer.status_code == (401 if who == "visitor" else 403)
    assert Organisation.objects.values().get() == before
    assert not AuditEvent.objects.exists()


def test_organisation_unverified_does_not_exist_for_others(api, owner):
    OrganisationFactory(slug="hidden", verified=False)

    missing = api.get("/api/v1/organisations/missing/")
    hidden = api.get("/api/v1/organisations/hidden/")

    assert (hidden.status_code, hidden.json()) == (404, missing.json())


def test_organisation_verified_twice_is_409(api):
    OrganisationFactory(slug="new", verified=False)
    api.force_authenticate(UserFactory(moderator=True))

    answers = [api.post("/api/v1/organisations/new/verify/") for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["errors"][0]["code"] == "state"


def test_organisation_own_is_not_verified_by_its_moderator(api):
    member = MemberFactory(organisation__verified=False, user__moderator=True)
    api.force_authenticate(member.user)

    answer = api.post(f"/api/v1/organisations/{member.organisation.slug}/verify/")

    assert answer.status_code == 403
    assert not Organisation.objects.get().is_verified


def test_organisation_logo_is_set_shown_and_removed(api, owner, client):
    address = "/api/v1/organisations/here/logo/"

    shown = api.put(address, {"logo": image()}, format="multipart").json()["logo"]
    logo = client.get(shown.removeprefix("http://127.0.0.1:8000"))

    assert logo["Content-Type"] == "image/png"
    assert "sandbox" in logo["Content-Security-Policy"]
    assert logo["X-Content-Type-Options"] == "nosniff"
    bad = SimpleUploadedFile("logo.png", b"<svg/>")
    assert api.put(address, {"logo": bad}, format="multipart").status_code == 400
    assert api.delete(address).json()["logo"] is None


# --- members and invitations ---


def test_member_list_shows_no_addresses(api, owner):
    other = MemberFactory(organisation=owner.organisation)

    answer = api.get("/api/v1/members/?organisation=here")

    assert answer.json()["count"] == 2
    assert other.user.email not in answer.content.decode()


@pytest.mark.parametrize(("method", "body"), [("patch", {"role": "owner"}), ("delete", None)])
def test_member_of_ones_organisation_is_changed_by_owners_only(api, method, body):
    owner = MemberFactory()
    viewer = MemberFactory(organisation=owner.organisation, role="viewer")
    editor = MemberFactory(organisation=owner.organisation, role="editor")
    address = f"/api/v1/members/{viewer.pk}/"
    api.force_authenticate(editor.user)

    assert getattr(api, method)(address, body).status_code == 403
    viewer.refresh_from_db()
    assert viewer.role == "viewer"

    api.force_authenticate(owner.user)
    assert getattr(api, method)(address, body).status_code in (200, 204)


def test_member_may_leave_and_the_last_owner_may_not(api, owner):
    viewer = MemberFactory(organisation=owner.organisation, role="viewer")

    refused = api.delete(f"/api/v1/members/{owner.pk}/")
    api.force_authenticate(viewer.user)
    left = api.delete(f"/api/v1/members/{viewer.pk}/")

    assert (refused.status_code, left.status_code) == (400, 204)
    assert list(Member.objects.all()) == [owner]


def test_member_of_another_organisation_does_not_exist(api, owner):
    foreign = MemberFactory()

    assert api.get(f"/api/v1/members/{foreign.pk}/").status_code == 404
    assert api.delete(f"/api/v1/members/{foreign.pk}/").status_code == 404
    assert Member.objects.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize("slug", ["foreign", "hidden"])
def test_invitation_into_an_organisation_one_does_not_own_is_refused(api, owner, slug):
    OrganisationFactory(slug="foreign")
    OrganisationFactory(slug="hidden", verified=False)

    answer = api.post(
        "/api/v1/invitations/",
        {"organisation": slug, "email": "a@example.org", "role": "owner"},
    )

    assert answer.status_code == (403 if slug == "foreign" else 400)
    assert not Invitation.objects.exists()


def test_invitation_is_made_listed_and_withdrawn_by_an_owner(api, owner):
    made = api.post(
        "/api/v1/invitations/",
        {"organisation": "here", "email": "a@example.org", "role": "editor"},
    )
    InvitationFactory()

    assert made.status_code == 201
    assert "token_hash" not in made.json()
    listed = api.get("/api/v1/invitations/").json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    assert api.delete(f"/api/v1/invitations/{made.json()['id']}/").status_code == 204


def test_invitation_is_accepted_with_its_secret_once(api):
    InvitationFactory(secret="secret", role="editor")
    api.force_authenticate(UserFactory())
    address = "/api/v1/invitations/accept/"

    answers = [api.post(address, {"secret": "secret"}) for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [201, 404]
    assert answers[0].json()["role"] == "editor"


def test_invitation_to_ones_own_address_is_accepted_on_the_page(client):
    user = UserFactory()
    mine = InvitationFactory(email=user.email)
    foreign = InvitationFactory()
    unproved = InvitationFactory(email="unproved@example.org")
    user.emailaddress_set.create(email="unproved@example.org", verified=False)
    client.force_login(user)

    assert mine.organisation.name in client.get("/invitations/").text
    for invitation in (foreign, unproved):
        assert client.post(f"/invitations/{invitation.pk}/accept/").status_code == 404
    client.post(f"/invitations/{mine.pk}/accept/")

    assert [member.organisation for member in Member.objects.all()] == [mine.organisation]


def test_invitation_link_on_the_page_joins(client):
    InvitationFactory(secret="secret", role="viewer")
    assert client.post("/invitations/by-link/secret/").status_code == 302
    assert not Member.objects.exists()
    client.force_login(UserFactory())

    assert client.get("/invitations/by-link/secret/")["Cache-Control"] == "no-store"
    client.post("/invitations/by-link/secret/")

    assert Member.objects.get().role == "viewer"


# --- notifications, regions, audit ---


def test_notifications_are_read_one_by_one_and_all(api):
    mine = NotificationFactory()
    NotificationFactory(recipient=mine.recipient)
    foreign = NotificationFactory()
    api.force_authenticate(mine.recipient)
    base = "/api/v1/notifications/"

    assert api.get(f"{base}unread-count/").json() == {"count": 2}
    assert api.post(f"{base}{mine.pk}/read/").json()["read_at"] is not None
    assert api.post(f"{base}{foreign.pk}/read/").status_code == 404
    assert api.post(f"{base}read-all/").json() == {"count": 1}
    assert api.get(f"{base}unread-count/").json() == {"count": 0}
    foreign.refresh_from_db()
    assert foreign.read_at is None


def test_notification_is_told_in_the_language_asked_for(api):
    notification = NotificationFactory()
    api.force_authenticate(notification.recipient)

    row = api.get("/api/v1/notifications/", headers={"accept-language": "zh-hans"}).json()

    assert "示例大学" in row["results"][0]["title"]


def test_regions_are_open_to_everybody_and_narrowed_by_country(api):
    china = RegionFactory(code="CN")
    RegionFactory(code="CN-SH", parent=china)

    assert api.get("/api/v1/regions/?countries=true").json()["count"] == 1
    parts = api.get("/api/v1/regions/?parent=CN").json()["results"]
    assert [row["code"] for row in parts] == ["CN-SH"]
    assert api.get("/api/v1/regions/CN-SH/").json()["parent"] == "CN"


def test_audit_events_owners_see_those_of_their_organisations_only(api, owner):
    mine = AuditEventFactory(organisation=owner.organisation)
    AuditEventFactory()

    rows = api.get("/api/v1/audit-events/").json()["results"]

    assert [row["id"] for row in rows] == [mine.pk]
    assert rows[0]["actor_name"] == str(mine.actor)


def test_audit_events_whose_actor_is_gone_still_answer(api, owner):
    event = AuditEventFactory(organisation=owner.organisation)
    event.actor.delete()

    row = api.get(f"/api/v1/audit-events/{event.pk}/").json()

    assert (row["actor"], row["actor_name"]) == (event.actor_id, None)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("organisations", 3),
        ("members", 3),
        ("invitations", 3),
        ("notifications", 3),
        ("audit-events", 4),
        ("tokens", 2),
        ("regions", 2),
    ],
)
def test_lists_take_the_same_queries_with_one_row_and_three(
    api, owner, rows, path, most, django_assert_max_num_queries
):
    OrganisationFactory.create_batch(rows)
    MemberFactory.create_batch(rows, organisation=owner.organisation)
    InvitationFactory.create_batch(rows, organisation=owner.organisation)
    NotificationFactory.create_batch(rows, recipient=owner.user)
    AuditEventFactory.create_batch(rows, organisation=owner.organisation)
    ApiTokenFactory.create_batch(rows, user=owner.user)
    RegionFactory.create_batch(rows)

    with django_assert_max_num_queries(most):
        assert api.get(f"/api/v1/{path}/").json()["count"] >= rows
