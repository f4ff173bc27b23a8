"""Questions about what people keep, ask and answer."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import (
    Case,
    F,
    Q,
    Value,
    When,
)

from accounts.either import either

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


class QuestionQuerySet(models.QuerySet):
    """Questions about questions."""

    def visible_to(self, user: "AnyUser") -> Self:
        """To both sides, while each may see the other's listing; all for administrators."""
        from achievements.models import Achievement, Demand

        if not user.is_authenticated:
            return self.none()
        if user.is_administrator:
            sealed = Demand.objects.filter(disclosure="sealed").visible_to(user)
            return self.filter(~Q(demand__disclosure="sealed") | Q(demand__in=sealed.values("pk")))
        own_demands = Demand.objects.owned_by(user).values("pk")
        own_achievements = Achievement.objects.owned_by(user).values("pk")
        seen_demands = Demand.objects.visible_to(user).values("pk")
        seen_achievements = Achievement.objects.visible_to(user).values("pk")
        rows = self.model._default_manager
        asked = rows.filter(demand__in=own_demands, achievement__in=seen_achievements)
        received = rows.filter(achievement__in=own_achievements, demand__in=seen_demands)
        return self.filter(either(asked, received))

    def unanswered(self) -> Self:
        """Those that wait for the achievement's owner."""
        return self.filter(outcome="")

    def with_details(self, user: "AnyUser") -> Self:
        """Adds both listings and ``is_mine``: whether the user's side answers it."""
        from achievements.models import Achievement

        own = Achievement.objects.owned_by(user).values("pk")
        mine = Case(
            When(achievement__in=own, then=Value(True)),
            default=Value(False),
            output_field=models.BooleanField(),
        )
        sides = ("demand__organisation", "achievement__organisation")
        return self.select_related(*sides).annotate(is_mine=mine)


class AnsweredQuerySet(models.QuerySet):
    """Questions about queries that find something."""

    def abandoned(self, least: int) -> Self:
        """Where so many visitors at least opened nothing; adds ``abandoned``, most first."""
        rows = self.annotate(abandoned=F("shown") - F("opened"))
        return rows.filter(abandoned__gte=least).order_by("-abandoned", "-last_day", "pk")


class SavedSearchQuerySet(models.QuerySet):
    """Questions about saved searches."""

    def of(self, user: "AnyUser") -> Self:
        """The user's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user=user)

    def with_hit_count(self) -> Self:
        """Adds ``hit_count``: how many listings have been reported so far. By name."""
        return self.annotate(hit_count=models.Count("hits")).order_by("name", "pk")


class ShortlistQuerySet(models.QuerySet):
    """Questions about shortlists."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Those of the user's organisations; nobody else's, whoever asks.

        Listings that the user may not see (any more) are left out; the entry stays, for it comes
        back when the listing is published again.
        """
        from achievements.models import Listing

        if not user.is_authenticated:
            return self.none()
        seen = Listing.objects.visible_to(user).values("pk")
        return self.filter(
            organisation__in=user.memberships.values("organisation"), listing__in=seen
        )

    def with_details(self) -> Self:
        """Everything a row shows, in a fixed number of queries at any length."""
        from achievements.models import Listing

        listings = Listing.objects.with_card_details()
        return self.select_related("organisation", "added_by").prefetch_related(
            models.Prefetch("listing", listings)
        )
