"""The Django admin: for superusers, and only to look where something is append-only."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.signals import organisation_changed
from tests import factories

pytestmark = pytest.mark.django_db

FACTORIES = {
    "user": factories.UserFactory,
    "organisation": factories.OrganisationFactory,
    "region": factories.RegionFactory,
    "invitation": factories.InvitationFactory,
    "apitoken": factories.ApiTokenFactory,
    "auditevent": factories.AuditEventFactory,
    "notification": factories.NotificationFactory,
    "delivery": factories.DeliveryFactory,
    "mailboxmessage": factories.MailboxMessageFactory,
}


@pytest.fixture
def superuser(client):
    user = factories.UserFactory(superuser=True)
    client.force_login(user)
    return user


def test_admin_every_model_of_accounts_is_there():
    models = {m._meta.model_name for m in admin.site._registry if m._meta.app_label == "accounts"}

    assert models == set(FACTORIES)


@pytest.mark.parametrize("model", FACTORIES)
def test_admin_list_search_and_page_answer(client, superuser, model):
    row = FACTORIES[model]()

    listed = client.get(reverse(f"admin:accounts_{model}_changelist"), {"q": "1"})
    page = client.get(reverse(f"admin:accounts_{model}_change", args=[row.pk]))

    assert (listed.status_code, page.status_code) == (200, 200)
    assert "token_hash" not in page.text


@pytest.mark.parametrize("model", ["auditevent", "notification", "delivery", "invitation"])
def test_admin_append_only_cannot_be_added_changed_or_removed(client, superuser, model):
    row = FACTORIES[model]()

    for action, arguments in (("add", []), ("delete", [row.pk])):
        address = reverse(f"admin:accounts_{model}_{action}", args=arguments)
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.post(reverse(f"admin:accounts_{model}_change", args=[row.pk])).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("trait", ["moderator", "curator"])
def test_admin_for_other_administrators_is_closed(client, trait):
    client.force_login(factories.UserFactory(**{trait: True}))

    assert client.get(reverse("admin:index")).status_code in (302, 403)


def test_admin_suspend_ends_access_but_never_ones_own(client, superuser):
    user = factories.UserFactory()

    client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "suspend", "_selected_action": [user.pk, superuser.pk]},
    )

    assert list(User.objects.filter(is_active=False)) == [user]
    assert AuditEvent.objects.get(verb="user.suspend").actor == superuser


def test_admin_change_of_a_role_is_in_the_audit_trail(client, superuser):
    user = factories.UserFactory()
    fields = {"email": user.email, "name": user.name, "language": "en", "is_curator": "on"}
    more = {"time_zone": "UTC", "email_rhythm": "daily"}
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}

    client.post(reverse("admin:accounts_user_change", args=[user.pk]), {**fields, **more, **inline})

    user.refresh_from_db()
    assert user.is_curator
    event = AuditEvent.objects.get(verb="user.admin_update")
    assert event.data["changed"] == ["email_rhythm", "is_curator", "time_zone"]


def test_admin_another_name_of_an_organisation_is_told(client, superuser):
    organisation = factories.OrganisationFactory()
    told = []
    organisation_changed.connect(listener := lambda **event: told.append(event), weak=False)
    fields = {"slug": organisation.slug, "kind": organisation.kind, "name_en": "Osprey Mills"}
    inline = {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
    address = reverse("admin:accounts_organisation_change", args=[organisation.pk])
    try:
        client.post(address, {**fields, **inline})
    finally:
        organisation_changed.disconnect(listener)

    organisation.refresh_from_db()
    assert organisation.name_en == "Osprey Mills"
    assert [event["organisation_id"] for event in told] == [organisation.pk]


@pytest.mark.parametrize(
    ("language", "heading", "part"),
    [("en", "Administration of Acme", "Catalogue"), ("zh-hans", "Acme 管理后台", "目录")],
)
def test_admin_is_called_after_the_site_in_the_readers_language(
    client, superuser, settings, language, heading, part
):
    page = client.get(reverse("admin:index"), headers={"accept-language": language}).text

    assert heading.replace("Acme", settings.SITE_NAME) in page
    assert part in page
    assert "css/admin.css" in page
    assert "Django" not in re.sub(r"<[^>]+>", "", page)
