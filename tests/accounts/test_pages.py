"""The pages of accounts: each answers, in both languages, for those it is meant for."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member, Notification, Organisation, User
from tests.accounts.telling import told_of_matches
from tests.factories import (
    AuditEventFactory,
    InvitationFactory,
    MailboxMessageFactory,
    MemberFactory,
    NotificationFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client) -> Member:
    member = MemberFactory(organisation__slug="here", organisation__website="https://example.org")
    client.force_login(member.user)
    return member


PAGES = [
    "organisations/",
    "organisations/new/",
    "organisations/here/",
    "organisations/here/edit/",
    "organisations/here/members/",
    "organisations/here/audit/",
    "organisations/queue/",
    "invitations/",
    "invitations/by-link/secret/",
    "preferences/",
    "notifications/",
    "notifications/?unread=true",
    "audit/",
    "mailbox/",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_for_an_owner_and_administrator_answers(client, owner, page, language):
    owner.user.is_superuser = True
    owner.user.save()
    InvitationFactory(secret="secret", organisation=owner.organisation)
    OrganisationFactory(verified=False)
    NotificationFactory(recipient=owner.user)
    AuditEventFactory(organisation=owner.organisation, data={"changed": ["name_en"]})
    MailboxMessageFactory()

    response = client.get(f"/{page}", headers={"accept-language": language})

    assert response.status_code == 200
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in response.text


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p not in ("organisations/", "organisations/here/", "mailbox/")]
)
def test_page_for_a_visitor_asks_to_sign_in_or_does_not_exist(client, page):
    OrganisationFactory(slug="here")

    response = client.get(f"/{page}")

    if page.startswith("invitations/by-link"):
        assert response.status_code == 404
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.parametrize("page", ["edit/", "members/", "audit/"])
def test_page_of_another_organisation_is_refused(client, owner, page):
    OrganisationFactory(slug="elsewhere")

    assert client.get(f"/organisations/elsewhere/{page}").status_code == 403


@pytest.mark.parametrize("page", ["", "edit/", "members/", "audit/", "logo/"])
def test_page_of_an_unverified_organisation_does_not_exist_for_others(client, owner, page):
    OrganisationFactory(slug="hidden", verified=False)

    assert client.get(f"/organisations/hidden/{page}").status_code == 404


@pytest.mark.parametrize("page", ["/organisations/queue/", "/audit/"])
def test_administration_page_for_others_is_refused(client, owner, page):
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_with_one_row_and_three(
    client, owner, rows, django_assert_max_num_queries
):
    owner.user.is_superuser = True
    owner.user.save()
    OrganisationFactory.create_batch(rows, verified=False)
    MemberFactory.create_batch(rows, organisation=owner.organisation)
    InvitationFactory.create_batch(rows, organisation=owner.organisation)
    NotificationFactory.create_batch(rows, recipient=owner.user)
    AuditEventFactory.create_batch(rows, organisation=owner.organisation)
    MailboxMessageFactory.create_batch(rows)
    for page, most in {
        "organisations/": 8,
        "organisations/queue/": 8,
        "organisations/here/members/": 10,
        "organisations/here/audit/": 10,
        "notifications/": 7,
        "audit/": 7,
        "mailbox/": 6,
    }.items():
        with django_assert_max_num_queries(most):
            client.get(f"/{page}")


def test_organisation_list_counts_equal_what_a_click_shows(client):
    OrganisationFactory.create_batch(2, kind="university")
    OrganisationFactory(kind="enterprise")

    kinds = client.get("/organisations/?kind=enterprise").context["kinds"]

    for kind in kinds:
        listed = client.get(f"/organisations/?kind={kind.value}").context["page_obj"]
        assert kind.count == listed.paginator.count


def test_register_organisation_shows_it_to_its_owner(client):
    user = UserFactory()
    client.force_login(user)

    response = client.post(
        "/organisations/new/", {"name_en": "Lake University", "kind": "university"}, follow=True
    )

    organisation = Organisation.objects.get()
    assert response.redirect_chain == [("/organisations/lake-university/", 302)]
    assert organisation.members.get().role == Member.Role.OWNER
    user.refresh_from_db()
    assert user.active_organisation == organisation


def test_register_organisation_without_a_name_keeps_the_input_and_says_why(client):
    client.force_login(UserFactory())

    response = client.post("/organisations/new/", {"kind": "university", "website": "a.example"})

    assert response.status_code == 200
    assert "Give the name in English, in Chinese or in both." in response.text
    assert 'value="https://a.example"' in response.text or 'value="a.example"' in response.text
    assert not Organisation.objects.exists()


def test_switch_organisation_returns_to_where_one_was_but_never_elsewhere(client, owner):
    other = MemberFactory(user=owner.user).organisation

    for wanted, target in {"/preferences/": "/preferences/", "//evil.example": "/"}.items():
        response = client.post(
            reverse("accounts:organisation_switch"), {"organisation": other.pk, "next": wanted}
        )
        assert response["Location"] == target
    owner.user.refresh_from_db()
    assert owner.user.active_organisation == other


def test_switch_organisation_to_a_foreign_one_changes_nothing(client, owner):
    foreign = OrganisationFactory()

    response = client.post(reverse("accounts:organisation_switch"), {"organisation": foreign.pk})

    assert response.status_code == 404
    owner.user.refresh_from_db()
    assert owner.user.active_organisation is None


def test_notification_open_marks_it_read_and_follows_it(client):
    notification = NotificationFactory(path="/preferences/")
    client.force_login(notification.recipient)

    response = client.get(f"/notifications/{notification.pk}/")

    notification.refresh_from_db()
    assert response["Location"] == "/preferences/"
    assert notification.read_at is not None


def test_notification_of_somebody_else_does_not_exist(client, owner):
    notification = NotificationFactory()

    assert client.get(f"/notifications/{notification.pk}/").status_code == 404
    assert client.post(f"/notifications/{notification.pk}/read/").status_code == 404
    notification.refresh_from_db()
    assert notification.read_at is None


def test_preferences_saved_shows_pages_in_the_new_language(client, owner):
    response = client.post(
        "/preferences/",
        {
            "name": "王芳",
            "language": "zh-hans",
            "time_zone": "Europe/Berlin",
            "email_rhythm": "weekly",
        },
        follow=True,
    )

    owner.user.refresh_from_db()
    assert (owner.user.language, owner.user.time_zone) == ("zh-hans", "Europe/Berlin")
    assert '<html lang="zh-Hans">' in response.text


def test_unsubscribe_get_asks_and_post_does_it_without_signing_in():
    from accounts.services.composing import unsubscribe_address

    user = UserFactory()
    path = unsubscribe_address(user).removeprefix("http://127.0.0.1:8000")
    client = Client(enforce_csrf_checks=True)

    assert client.get(path).status_code == 200
    user.refresh_from_db()
    assert user.email_rhythm == User.Rhythm.AT_ONCE
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    user.refresh_from_db()
    assert user.email_rhythm == User.Rhythm.NEVER


def test_unsubscribe_forged_link_does_not_exist(client):
    assert client.post("/unsubscribe/1:forged:link/").status_code == 404


def test_mailbox_message_html_is_sandboxed(client):
    message = MailboxMessageFactory(
        html="<html><head></head><body><script>alert(1)</script></body></html>"
    )

    page = client.get(f"/mailbox/{message.pk}/")
    frame = client.get(f"/mailbox/{message.pk}/html/")

    assert "sandbox=" in page.text
    policy = frame["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "script-src 'none'" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", ["", "1/", "1/html/"])
def test_mailbox_outside_the_demo_does_not_exist(client, settings, path):
    MailboxMessageFactory(pk=1)
    settings.DEMO = False

    assert client.get(f"/mailbox/{path}").status_code == 404


def test_notifications_that_say_the_same_stand_together_and_are_read_together(client):
    user = UserFactory(language="en")
    client.force_login(user)
    other = NotificationFactory(recipient=user)
    rows = told_of_matches(user)
    stranger = NotificationFactory()

    text = client.get("/notifications/").content.decode()

    assert text.count('<li class="panel">') == 2
    assert text.count("See who fits and why") == 1
    assert all(f'href="/notifications/{row.pk}/"' in text for row in rows)
    assert "Mark these 3 as read" in text
    numbers = [row.pk for row in rows[:2]] + [stranger.pk, "9" * 30, "x"]
    client.post("/notifications/read/", {"only": numbers})
    unread = Notification.objects.unread().values_list("pk", flat=True)
    assert set(unread) == {other.pk, rows[2].pk, stranger.pk}
    client.post("/notifications/read/", {"only": "x"})
    assert Notification.objects.unread().count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "order"), [("en", "en zh"), ("zh-hans", "zh en")])
def test_organisation_form_asks_for_the_readers_language_first(language, order):
    client = Client(headers={"accept-language": language})
    client.force_login(UserFactory())

    text = client.get("/organisations/new/").text

    for name in ("name", "description"):
        assert re.findall(rf'name="{name}_(en|zh)"', text) == order.split()
