"""Questions about vocabulary terms."""

from typing import Self

from django.db import models
from django.db.models import Q


class TermQuerySet(models.QuerySet):
    """Questions about vocabulary terms."""

    def current(self) -> Self:
        """Of the versions in use, without retired terms."""
        return self.filter(scheme__current=True, retired=False)

    def of_scheme(self, code: str) -> Self:
        """Current terms of one scheme, in order of their codes."""
        return self.current().filter(scheme__code=code).order_by("code")

    def fields(self) -> Self:
        """Terms a listing can be classified with: every scheme but the quantities."""
        return self.current().exclude(scheme__code="quantity").order_by("scheme__code", "code")

    def under(self, terms: "models.QuerySet | list") -> Self:
        """The given terms and all below them; schemes have at most three levels."""
        keys = [getattr(term, "pk", term) for term in terms]
        return self.filter(Q(pk__in=keys) | Q(parent__in=keys) | Q(parent__parent__in=keys))
