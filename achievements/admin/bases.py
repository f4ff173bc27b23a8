"""What the administration may do with what others wrote."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.permissions import signed_in
from achievements.models import Listing


class LookOnly:
    """Neither added, changed nor removed here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class Unsealed:
    """Leaves sealed demands, and what belongs to them, to their owners. ``sealed``: its path."""

    sealed = "disclosure"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """All but these, for every superuser."""
        rows: QuerySet = super().get_queryset(request)  # type: ignore[misc]
        return rows.exclude(**{self.sealed: Listing.Disclosure.SEALED})


def for_each(
    modeladmin: admin.ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet,
    verb: Callable[..., Any],
) -> None:
    """Call a service for each row; tell how many went through and why others did not."""
    done = 0
    for row in queryset:
        try:
            verb(row, by=signed_in(request.user))
        except ValidationError as error:
            text = f"{row}: {' '.join(error.messages)}"
            modeladmin.message_user(request, text, messages.ERROR)
        else:
            done += 1
    text = ngettext("%(count)d row done.", "%(count)d rows done.", done) % {"count": done}
    modeladmin.message_user(request, text, messages.SUCCESS)
