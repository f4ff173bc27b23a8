"""Questions about index entries, matches and saved searches."""

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

if TYPE_CHECKING:
    from accounts.querysets import AnyUser
    from achievements.models import Listing

FRESH_POINTS = 0.05  # what a match found this moment counts more in the order of an inbox
FRESH_SECONDS = 14 * 24 * 3600.0  # over which it loses that evenly


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

    def live(self) -> Self:
        """Of listings that are published and not past their date."""
        return self.filter(
            Q(listing__expires_at__isnull=True) | Q(listing__expires_at__gt=timezone.now()),
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
            return self.filter(demand__in=Demand.objects.unsealed_for(user).values("pk"))
        own_listings = Listing.objects.owned_by(user).values("pk")
        own_demands = Demand.objects.owned_by(user).values("pk")
        seen_listings = Listing.objects.visible_to(user).values("pk")
        seen_demands = Demand.objects.visible_to(user).values("pk")
        return self.filter(
            Q(demand__in=own_demands, candidate__in=seen_listings)
            | Q(candidate__in=own_listings, demand__in=seen_demands)
        )

    def about(self, listing: "Listing") -> Self:
        """Those of one listing, on either side."""
        return self.filter(Q(demand=listing.pk) | Q(candidate=listing.pk))

    def with_answers(self, user: "AnyUser") -> Self:
        """Adds whose the match is, and what either side said.

        ``my_side``: ``demand`` or ``candidate``, empty for one who owns neither (administrators);
        ``my_verdict``, ``their_verdict``: null while undecided; ``my_snooze``: until when. A
        dismissed match that returned is undecided.
        """
        from achievements.models import Listing
        from matching.models import Decision

        own = Listing.objects.owned_by(user).values("pk")
        answers = Decision.objects.filter(match=OuterRef("pk"), returned_at__isnull=True)
        mine = answers.filter(side=OuterRef("my_side"))
        theirs = answers.exclude(side=OuterRef("my_side")).exclude(verdict="snoozed")
        return self.annotate(
            my_side=Case(
                When(demand__in=own, then=Value("demand")),
                When(candidate__in=own, then=Value("candidate")),
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


class QuestionQuerySet(models.QuerySet):
    """Questions about questions."""

    def visible_to(self, user: "AnyUser") -> Self:
        """To both sides, while each may see the other's listing; all for administrators."""
        from achievements.models import Achievement, Demand

        if not user.is_authenticated:
            return self.none()
        if user.is_administrator:
            return self.filter(demand__in=Demand.objects.unsealed_for(user).values("pk"))
        own_demands = Demand.objects.owned_by(user).values("pk")
        own_achievements = Achievement.objects.owned_by(user).values("pk")
        seen_demands = Demand.objects.visible_to(user).values("pk")
        seen_achievements = Achievement.objects.visible_to(user).values("pk")
        return self.filter(
            Q(demand__in=own_demands, achievement__in=seen_achievements)
            | Q(achievement__in=own_achievements, demand__in=seen_demands)
        )

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
