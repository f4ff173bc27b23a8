"""Constraints of the models, and the factories that the other tests lean on."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import AuditEvent, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory",
    [
        factories.RegionFactory,
        factories.UserFactory,
        factories.OrganisationFactory,
        factories.MemberFactory,
        factories.InvitationFactory,
        factories.ApiTokenFactory,
        factories.NotificationFactory,
        factories.DeliveryFactory,
        factories.MailboxMessageFactory,
    ],
)
def test_factory_two_rows_are_valid(factory):
    for row in factory.create_batch(2):
        row.full_clean()


def test_user_address_in_other_case_is_refused():
    factories.UserFactory(email="someone@example.org")

    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.bulk_create([User(email="Someone@Example.org")])


def test_audit_event_changed_in_the_database_is_refused():
    event = factories.AuditEventFactory(verb="organisation.update")

    for change in (
        lambda: AuditEvent.objects.filter(pk=event.pk).update(verb="nothing"),
        lambda: AuditEvent.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()

    assert AuditEvent.objects.get(pk=event.pk).verb == "organisation.update"
