"""The audit trail."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from accounts.models import AuditEvent, Organisation, User


def record_audit(
    *,
    by: User | None,
    verb: str,
    obj: models.Model,
    organisation: Organisation | None = None,
    **data: Any,
) -> AuditEvent:
    """Write down that ``by`` (None: the platform itself) did ``verb`` to ``obj``.

    Call it inside the transaction of the change, so that both stand or fall together. ``data``
    holds plain JSON values; never secrets.
    """
    return AuditEvent.objects.create(
        actor=by,
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        organisation=organisation,
        data=data,
    )


def record_audits(
    *, by: User | None, verb: str, of: Iterable[tuple[models.Model, dict[str, Any]]]
) -> None:
    """Write down the same of many at once: each object, with its own ``data`` and the organisation
    it belongs to. Otherwise as :func:`record_audit`; one statement."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            actor=by,
            verb=verb,
            object_type=obj._meta.label_lower,
            object_id=obj.pk,
            organisation_id=getattr(obj, "organisation_id", None),
            data=data,
        )
        for obj, data in of
    )
