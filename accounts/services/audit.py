"""The audit trail."""

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
