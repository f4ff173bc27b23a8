"""Questions about matches."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import (
    Case,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Extract, Greatest, Now, RowNumber
from django.utils import timezone

from accounts.either import either
from accounts.memberships import memberships_of

if TYPE_CHECKING:
    from accounts.querysets import AnyUser
    from achievements.models import Listing

FRESH_POINTS = 0.05  # what a match found this moment counts more in the order of an inbox
FRESH_SECONDS = 14 * 24 * 3600.0  # over which it loses that evenly


class MatchQuerySet(models.QuerySet):
    """Questions about matches; who may see one is decided here."""

    def open(self) -> Self:
        """Found by the latest run, and both listings are live."""
        return self.live().filter(is_current=True)

    def live(self) -> Self:
        """Both listings are live; found by the latest run, or kept for its decisions."""
        now = timezone.now()
        live = Q()
        for side in ("demand", "candidate"):
            live &= Q(**{f"{side}__state": "published"})
            live &= Q(**{f"{side}__expires_at__isnull": True}) | Q(
                **{f"{side}__expires_at__gt": now}
            )
        return self.filter(live)

    def visible_to(self, user: "AnyUser") -> Self:
        """Those of the user's organisations' listings or own profile; all for administrators.

        The other listing must itself be visible to the user. Those of sealed demands only for
        their own side, and the other one once they were revealed to it.
        """
        from achievements.models import Demand, Listing

        if not user.is_authenticated:
            return self.none()
        if user.is_administrator:
            sealed = Demand.objects.filter(disclosure="sealed").visible_to(user)
            return self.filter(~Q(demand__disclosure="sealed") | Q(demand__in=sealed.values("pk")))
        seen_listings = Listing.objects.visible_to(user).values("pk")
        seen_demands = Demand.objects.visible_to(user).values("pk")
        own = Listing.objects.owned_by(user).values("pk")
        rows = self.model._default_manager
        sought = rows.filter(demand__in=own, candidate__in=seen_listings)
        offered = rows.filter(candidate__in=own, demand__in=seen_demands)
        return self.filter(either(sought, offered))

    def about(self, listing: "Listing") -> Self:
        """Those of one listing, on either side."""
        return self.filter(Q(demand=listing.pk) | Q(candidate=listing.pk))

    def with_answers(self, user: "AnyUser") -> Self:
        """Adds whose the match is, and what either side said.

        ``my_side``: ``demand`` or ``candidate``, empty for one who owns neither (administrators);
        ``my_verdict``, ``their_verdict``: null while undecided; ``my_snooze``: until when. A
        dismissed match that returned is undecided.
        """
        from matching.models import Decision

        # Numbers, for this is asked again for each match in the questions about answers.
        own = [one.organisation_id for one in memberships_of(user)]
        profile = Q(candidate__expert__user=user.pk) if user.is_authenticated else Q(pk__in=[])
        answers = Decision.objects.filter(match=OuterRef("pk"), returned_at__isnull=True)
        answers = answers.order_by("side")
        mine = answers.filter(side=OuterRef("my_side"))
        theirs = answers.exclude(side=OuterRef("my_side")).exclude(verdict="snoozed")
        return self.annotate(
            my_side=Case(
                When(demand__organisation__in=own, then=Value("demand")),
                When(Q(candidate__organisation__in=own) | profile, then=Value("candidate")),
                default=Value(""),
            )
        ).annotate(
            my_verdict=Subquery(mine.values("verdict")[:1]),
            my_snooze=Subquery(mine.values("snoozed_until")[:1]),
            their_verdict=Subquery(theirs.values("verdict")[:1]),
        )

    def with_own_listing(self) -> Self:
        """After :meth:`with_answers`: adds ``own_id``, my side's listing, else the demand."""
        own = Case(When(my_side="candidate", then=F("candidate_id")), default=F("demand_id"))
        return self.annotate(own_id=own)

    def count_by_own_listing(self) -> "models.QuerySet[Any, dict[str, Any]]":
        """After :meth:`with_own_listing`: ``own_id`` and ``count``, the best match's first."""
        rows = self.order_by().values("own_id").annotate(best=Max("score"), count=Count("pk"))
        return rows.order_by("-best", "own_id")

    def best_of_each(self, most: int) -> Self:
        """After :meth:`with_own_listing`: at most so many of each own listing, best first."""
        place = Window(RowNumber(), partition_by="own_id", order_by=["-score", "pk"])
        return self.annotate(place=place).filter(place__lte=most).order_by("-score", "pk")

    def in_inbox_order(self) -> Self:
        """After :meth:`with_answers`: what waits for my side first, by score and freshness.

        A match found just now counts five points of a hundred more than one of two weeks ago.
        """
        put_aside = Q(my_verdict="snoozed", my_snooze__gt=timezone.localdate())
        answered = Q(my_verdict__in=("accepted", "dismissed")) | put_aside
        age = Extract(Now() - F("created_at"), "epoch")
        fresh = Greatest(1.0 - age / FRESH_SECONDS, 0.0, output_field=FloatField())
        worth = ExpressionWrapper(F("score") + fresh * FRESH_POINTS, output_field=FloatField())
        return self.annotate(
            is_answered=Case(When(answered, then=Value(1)), default=Value(0)), worth=worth
        ).order_by("is_answered", "-worth", "pk")

    def open_to_all(self) -> Self:
        """Of two listings that everyone may read, the demand named, neither side against it."""
        public = {f"{side}__visibility": "public" for side in ("demand", "candidate")}
        shown = self.open().filter(**public, demand__disclosure="named")
        return shown.exclude(decisions__verdict="dismissed")

    def undecided(self) -> Self:
        """After :meth:`with_answers`: open, and my side has not answered or the snooze is over."""
        over = Q(my_verdict="snoozed", my_snooze__lte=timezone.localdate())
        return self.open().filter(Q(my_verdict__isnull=True) | over)

    def with_details(self) -> Self:
        """Everything a card shows, in a fixed number of queries at any length."""
        sides = [
            f"{side}__{path}"
            for side in ("demand", "candidate")
            for path in ("organisation", "region")
        ]
        return self.select_related(
            *sides, "candidate__expert", "weights", "curation"
        ).prefetch_related("decisions")
