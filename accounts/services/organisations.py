"""Registering and editing organisations, and choosing the one to act for."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.images import clean_logo
from accounts.models import Member, Organisation, User
from accounts.permissions import may_verify_organisation
from accounts.services.audit import record_audit
from accounts.signals import organisation_changed
from accounts.storage import delete_after_commit

EDITABLE = (
    "kind",
    "name_en",
    "name_zh",
    "description_en",
    "description_zh",
    "region",
    "website",
    "ror_id",
    "credit_code",
)
# What a moderator has checked: changing it by oneself takes the verification away.
IDENTITY = frozenset({"kind", "name_en", "name_zh", "ror_id", "credit_code"})
# What listings, search and matching derive something from.
DERIVED_FROM = frozenset({"name_en", "name_zh", "verified_at"})
UNVERIFIED_LIMIT = 5
RESERVED_SLUGS = frozenset({"new", "switch", "queue"})


def _free_slug(name: str) -> str:
    """A short name for addresses made of the English name; a random ending where it is taken."""
    base = slugify(name)[:60].strip("-") or "organisation"
    slug = base
    while slug in RESERVED_SLUGS or Organisation.objects.filter(slug=slug).exists():
        slug = f"{base}-{uuid.uuid4().hex[:6]}"
    return slug


def _assign(organisation: Organisation, fields: dict[str, Any]) -> list[str]:
    """Set the editable fields that differ; returns their names. Unknown names are refused."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    changed = []
    for name, value in fields.items():
        if getattr(organisation, name) != value:
            setattr(organisation, name, value)
            changed.append(name)
    return changed


@transaction.atomic
def create_organisation(*, by: User, logo: File | None = None, **fields: Any) -> Organisation:
    """Register an organisation that is not verified yet and make ``by`` its first owner.

    ``fields``: those of ``EDITABLE``. ``by`` acts for it from now on. Raises ValidationError for
    bad content, and for somebody who already owns five unverified organisations.
    """
    waiting = Organisation.objects.filter(
        members__user=by, members__role=Member.Role.OWNER, verified_at__isnull=True
    )
    if waiting.count() >= UNVERIFIED_LIMIT:
        raise ValidationError(
            _(
                "You already own %(count)s organisations that await verification. "
                "Register more once they are verified."
            )
            % {"count": UNVERIFIED_LIMIT},
            code="too_many",
        )
    organisation = Organisation()
    _assign(organisation, fields)
    organisation.slug = _free_slug(organisation.name_en)
    if logo is not None:
        organisation.logo = clean_logo(logo)
    organisation.full_clean()
    organisation.save()
    Member.objects.create(organisation=organisation, user=by, role=Member.Role.OWNER)
    by.active_organisation = organisation
    by.save(update_fields=["active_organisation"])
    record_audit(by=by, verb="organisation.create", obj=organisation, organisation=organisation)
    return organisation


@transaction.atomic
def update_organisation(
    organisation: Organisation, *, by: User, logo: File | bool | None = None, **fields: Any
) -> Organisation:
    """Change an organisation. ``logo``: a new file, False to remove it, None to keep it.

    When its own members change what a moderator has checked (kind, names, numbers), the
    verification ends and the organisation waits in the queue again; so does one that was
    declined. A replaced logo's file is removed after the commit. Sends
    ``organisation_changed`` for another name and for that end.
    """
    if isinstance(logo, File):
        logo = clean_logo(logo)  # which may ask the virus scanner: before anything is locked
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = _assign(locked, fields)
    if logo is not None:
        _replace_logo(locked, logo)
        changed.append("logo")
    checked = IDENTITY & set(changed)
    if locked.is_verified and checked and not may_verify_organisation(by, locked):
        locked.verified_at = locked.verified_by = None
        locked.may_publish_directly = False
        changed.append("verified_at")
    if checked and locked.declined_at is not None:  # corrected: it is looked at again
        locked.declined_at, locked.declined_reason = None, ""
    locked.full_clean()
    locked.save()
    if changed:
        record_audit(
            by=by,
            verb="organisation.update",
            obj=locked,
            organisation=locked,
            changed=sorted(changed),
        )
    if DERIVED_FROM & set(changed):
        organisation_changed.send(Organisation, organisation_id=locked.pk)
    return locked


def _replace_logo(organisation: Organisation, logo: File | bool) -> None:
    delete_after_commit(organisation.logo)
    organisation.logo = logo if isinstance(logo, File) else ""


@transaction.atomic
def switch_organisation(*, by: User, organisation: Organisation | None) -> User:
    """Act for another of one's organisations, or for none. Raises PermissionDenied for others'."""
    if organisation is not None and not by.memberships.filter(organisation=organisation).exists():
        raise PermissionDenied
    by.active_organisation = organisation
    by.save(update_fields=["active_organisation"])
    record_audit(by=by, verb="user.switch_organisation", obj=by, organisation=organisation)
    return by
