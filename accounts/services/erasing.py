"""Erasing people: what was told of them, and their accounts."""

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.models import (
    Delivery,
    Invitation,
    MailboxMessage,
    Member,
    Notification,
    Organisation,
    User,
)
from accounts.redacting import WITHHELD, Names
from accounts.services.audit import record_audit

NUMBER = "_listing"  # ends the key that holds the number of the listing a pair names


def forget_told(*, names: Names, listing_ids: Iterable[int], addresses: Iterable[str]) -> None:
    """Remove a person from what was told: notifications about the profiles ``listing_ids`` go,
    digests lose the line, other ones and the administration's log lose the name; letters to
    ``addresses`` or with the name in them go, sent or not. Call it inside a transaction.

    Namesakes lose their name in old notifications, too; nothing else of theirs is touched.
    """
    ids = set(listing_ids)
    for row in _about(ids):
        data = _without(row.data, ids)
        if data is None:
            row.delete()
        else:
            row.data = data
            row.save(update_fields=["data"])
    for row in _with_names(Notification.objects.all(), "data", names):
        row.data = names.taken_out(row.data)
        row.save(update_fields=["data"])
    for entry in _with_names(LogEntry.objects.all(), "object_repr", names):
        entry.object_repr = names.taken_out(entry.object_repr)[:200]
        entry.change_message = names.taken_out(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])
    to = set(addresses)
    Delivery.objects.filter(recipient=None, address__in=to).delete()
    for field in ("subject", "text", "html"):
        _with_names(Delivery.objects.filter(recipient=None), field, names).delete()
        _with_names(MailboxMessage.objects.all(), field, names).delete()
    for address in to:
        MailboxMessage.objects.filter(recipients__contains=[address]).delete()
        Delivery.objects.filter(last_error__icontains=address).update(last_error=WITHHELD)


def _with_names(rows: Any, field: str, names: Names) -> Any:
    """Rows whose field says one of the names."""
    found = Q(pk__in=[])
    for text in names.texts:
        found |= Q(said__icontains=text)
    kept = rows.alias(said=Cast(field, TextField())).filter(found)
    pks = [
        pk for pk, said in kept.values_list("pk", Cast(field, TextField())) if names.are_in(said)
    ]
    return rows.filter(pk__in=pks)


def _about(ids: set[int]) -> Any:
    """Notifications that name one of these listings."""
    paths = Q(pk__in=[])
    for pk in ids:
        paths |= Q(path__startswith=f"/experts/{pk}/") | Q(said__contains=f'listing": {pk}')
    rows = Notification.objects.alias(said=Cast("data", TextField())).filter(paths)
    named = [row.pk for row in rows if _without(row.data, ids) != row.data or _leads(row, ids)]
    return Notification.objects.filter(pk__in=named)


def _leads(row: Notification, ids: set[int]) -> bool:
    return any(row.path.startswith(f"/experts/{pk}/") for pk in ids)


def _without(data: dict[str, Any], ids: set[int]) -> dict[str, Any] | None:
    """The values of a digest without the lines of these listings; None where it is about one."""
    if any(key.endswith(NUMBER) and value in ids for key, value in data.items()):
        return None
    lines = data.get("listings")
    if not isinstance(lines, list):
        return data
    kept = [line for line in lines if line.get("listing") not in ids]
    return data if len(kept) == len(lines) else data | {"listings": kept}


@transaction.atomic
def erase_user(user: User, *, by: User) -> Names:
    """Remove a user's account for good: sessions, tokens, memberships, saved searches and what was
    told; returns the names that are gone.

    What the user did keeps the account's number in the audit; messages and listings stay with
    their organisations, without an author. Raises PermissionDenied for oneself and ValidationError
    for an organisation's only owner.
    """
    if user.pk == by.pk or user.is_superuser:
        raise PermissionDenied
    # As any change of members does, and like those before the user: no other owner leaves now.
    own = Organisation.objects.filter(pk__in=user.memberships.values("organisation"))
    list(own.select_for_update().order_by("pk"))
    user = User.objects.select_for_update().get(pk=user.pk)
    names = Names([user.name], [user.email])
    owner = Member.objects.filter(user=user, role=Member.Role.OWNER)
    for member in owner.select_related("organisation"):
        if not Member.objects.other_owners(member).exists():
            raise ValidationError(
                _("The account is the only owner of %(organisation)s. Name another owner first."),
                code="last_owner",
                params={"organisation": str(member.organisation)},
            )
    for session in UserSession.objects.filter(user=user):
        session.end()
    Invitation.objects.filter(email__iexact=user.email).delete()
    forget_told(names=names, listing_ids=[], addresses=[user.email])
    record_audit(by=by, verb="user.erase", obj=user)
    user.delete()
    return names
