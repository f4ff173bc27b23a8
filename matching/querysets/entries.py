"""Questions about index entries, and listings that are alike."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models.expressions import Combinable

    from accounts.querysets import AnyUser


class IndexEntryQuerySet(models.QuerySet):
    """What the index still owes its listings."""

    def stale(self) -> Self:
        """Entries whose text is older than their listing."""
        return self.filter(
            Q(indexed_source_at__isnull=True) | Q(indexed_source_at__lt=F("listing__updated_at"))
        )

    def unembedded(self, embedder: str) -> Self:
        """Fresh entries whose embeddings are older than their listing or of another embedder."""
        return self.filter(
            Q(embedded_source_at__isnull=True)
            | Q(embedded_source_at__lt=F("listing__updated_at"))
            | ~Q(embedder=embedder)
        )

    def live(self, now: "datetime | Combinable | None" = None) -> Self:
        """Of listings that are published and not past their date at this moment, or now."""
        return self.filter(
            Q(listing__expires_at__isnull=True)
            | Q(listing__expires_at__gt=timezone.now() if now is None else now),
            listing__state="published",
        )

    def newly_findable(self) -> Self:
        """Complete entries of live listings whose present state has not arrived in search yet."""
        complete = self.live().filter(
            indexed_source_at__gte=F("listing__updated_at"),
            embedded_source_at__gte=F("listing__updated_at"),
        )
        return complete.exclude(listing__arrival__at__gte=F("listing__updated_at"))

    def unmatched(self, weights_id: int, documents: int = 0) -> Self:
        """Embedded entries of live listings not matched since they, or the weights, changed.

        ``documents`` is the present size of the collection: what was matched when it was less
        than half of that is due again, because scores are read against the collection.
        """
        return self.live().filter(
            Q(matched_source_at__isnull=True)
            | Q(matched_source_at__lt=F("listing__updated_at"))
            | ~Q(matched_weights=weights_id)
            | Q(matched_weights__isnull=True)
            | Q(matched_documents__lt=documents // 2),
            embedded_source_at__gte=F("listing__updated_at"),
        )

    def by_urgency(self) -> Self:
        """What was not matched since it changed before the rest; of each kind the longest waiting
        first."""
        changed = Case(When(matched_source_at__gte=F("listing__updated_at"), then=1), default=0)
        return self.order_by(changed, "kind", "embedded_source_at", "pk")

    def changed_since(self, moment: "datetime") -> Self:
        """Entries of live listings that changed after a moment and were not matched since."""
        return self.live().filter(
            Q(matched_source_at__isnull=True) | Q(matched_source_at__lt=F("listing__updated_at")),
            listing__updated_at__gt=moment,
        )


class DuplicateQuerySet(models.QuerySet):
    """Questions about listings that are nearly the same."""

    def waiting(self) -> Self:
        """Nobody has decided on them, and both are submitted or published."""
        states = ("in_review", "published")
        return self.filter(
            decided_at__isnull=True, first__state__in=states, second__state__in=states
        )

    def visible_to(self, user: "AnyUser") -> Self:
        """For curators and moderators, without sealed demands; none for others."""
        from achievements.models import Listing

        if user.is_authenticated and (user.curates or user.moderates):
            sealed = Listing.objects.filter(disclosure="sealed").values("pk")
            return self.exclude(Q(first__in=sealed) | Q(second__in=sealed))
        return self.none()

    def with_details(self) -> Self:
        """Both listings with their organisations."""
        return self.select_related("first__organisation", "second__organisation")
