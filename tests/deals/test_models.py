"""What a conversation outlives, and what it keeps from being removed."""

import pytest
from django.db.models import ProtectedError
from django.urls import reverse

from accounts.models import AuditEvent, Organisation
from deals.models import Introduction, Message
from tests.factories import (
    AuditEventFactory,
    IntroductionFactory,
    MessageFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("side", ["sender_organisation", "recipient_organisation"])
def test_organisation_in_a_conversation_is_not_removed_from_the_admin(client, side):
    introduction = MessageFactory().introduction
    # A listing keeps its organisation as well; here only the conversation does.
    Introduction.objects.update(**{side: OrganisationFactory()})
    organisation = getattr(Introduction.objects.get(), side)
    client.force_login(UserFactory(superuser=True))
    address = reverse("admin:accounts_organisation_delete", args=[organisation.pk])

    page = client.get(address).content.decode()
    client.post(address, {"post": "yes"})

    assert str(introduction) in page
    assert "protected related objects" in page
    assert Organisation.objects.filter(pk=organisation.pk).exists()
    assert Message.objects.count() == Introduction.objects.count() == 1
    assert not AuditEvent.objects.filter(verb="organisation.admin_delete").exists()
    with pytest.raises(ProtectedError):
        organisation.delete()


def test_organisation_without_conversations_goes_and_its_history_stays(client):
    IntroductionFactory()
    event = AuditEventFactory(organisation=OrganisationFactory())
    client.force_login(UserFactory(superuser=True))
    address = reverse("admin:accounts_organisation_delete", args=[event.organisation_id])

    client.post(address, {"post": "yes"})

    assert not Organisation.objects.filter(pk=event.organisation_id).exists()
    assert AuditEvent.objects.filter(pk=event.pk).exists()
    assert client.get(reverse("accounts:audit_list")).status_code == 200
    assert client.get(reverse("admin:accounts_auditevent_changelist")).status_code == 200
    page = reverse("admin:accounts_auditevent_change", args=[event.pk])
    assert client.get(page).status_code == 200
    assert client.get("/api/v1/audit-events/").status_code == 200
