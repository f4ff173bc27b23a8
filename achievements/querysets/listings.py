"""Questions about listings. Who may see what is decided here and nowhere else."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone

from accounts.either import either
from accounts.memberships import memberships_of

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.querysets import AnyUser


def is_verified_member(user: "AnyUser") -> bool:
    """Whether the user belongs to the layer “members”: of a verified organisation, or admin."""
    if not user.is_authenticated:
        return False
    return user.is_administrator or any(
        one.organisation.is_verified for one in memberships_of(user)
    )


class ListingQuerySet(models.QuerySet):
    """Questions about listings; every kind's QuerySet answers them too."""

    def published(self) -> Self:
        """In state published and not past its date, whoever may see it."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            state="published",
        )

    def past_expiry(self) -> Self:
        """Still in state published although its date has passed."""
        return self.filter(state="published", expires_at__lte=timezone.now())

    def owned_by(self, user: "AnyUser") -> Self:
        """Those of the user's organisations, in any state, and the user's own expert profile."""
        from achievements.models import Expert, Listing

        if not user.is_authenticated:
            return self.none()
        own = Listing.objects.filter(organisation__in=user.memberships.values("organisation"))
        return self.filter(either(own, Expert.objects.filter(user=user)))

    def _own_profile(self, user: "AnyUser") -> Q:
        """The expert profile that the user has claimed, where this table can hold one."""
        match self.model._meta.model_name:
            case "expert":
                return Q(user=user)
            case "listing":
                return Q(expert__user=user)
        return Q(pk__in=[])

    def visible_to(self, user: "AnyUser") -> Self:
        """What this user may see, in every door.

        Published listings by their layer (everyone; members of verified organisations); the own
        organisations' in every state; all of them for moderators, experts also for curators. A
        sealed demand only its organisation's members and those it was revealed to.
        """
        live = Q(state="published") & (
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )
        if not user.is_authenticated:
            return self.filter(live, visibility="public")
        if user.moderates:
            return self.filter(~Q(disclosure="sealed") | self._opened(user, live))
        layers = ["public", "members"] if is_verified_member(user) else ["public"]
        seen = live & Q(visibility__in=layers)
        seen |= self._opened(user, live)
        seen |= self._own_profile(user)
        if user.curates:
            seen |= Q(kind="expert")
        return self.filter(seen)

    def _opened(self, user: "User", live: Q) -> Q:
        """The own organisations', and the live sealed demands that were revealed to the user."""
        from achievements.models import Reveal

        own = user.memberships.values("organisation")
        reveals = Reveal.objects.standing().filter(Q(organisation__in=own) | Q(person=user.pk))
        revealed = live & Q(disclosure="sealed", pk__in=reveals.values("demand"))
        return Q(organisation__in=own) | revealed

    def organisation_known_to(self, user: "AnyUser") -> Self:
        """Those whose organisation may be shown to this user: anonymous demands only to their own.

        Filters, counts and exports by organisation must ask this first.
        """
        if user.is_authenticated and user.is_administrator:
            return self.all()
        known = ~Q(disclosure="anonymous")
        if user.is_authenticated:
            known |= Q(organisation__in=user.memberships.values("organisation"))
        return self.filter(known)

    def reviewed_by(self, user: "AnyUser") -> Self:
        """Of the kinds on which the user decides: curators experts, moderators the rest."""
        kinds = []
        if user.is_authenticated and user.moderates:
            kinds += ["achievement", "demand"]
        if user.is_authenticated and user.curates:
            kinds += ["expert"]
        return self.visible_to(user).filter(kind__in=kinds)

    def expiring_within(self, days: int) -> Self:
        """Live, expiring in at most this many days, and not yet reminded of that."""
        now = timezone.now()
        return self.filter(
            Q(expiry_reminder__isnull=True) | Q(expiry_reminder__gt=days),
            state="published",
            expires_at__gt=now,
            expires_at__lte=now + timedelta(days=days),
        )

    def in_review(self) -> Self:
        """Waiting for a moderator, the longest waiting first."""
        return self.filter(state="in_review").order_by("submitted_at", "pk")

    def changed_after_publication(self) -> Self:
        """Live with changes of its owner that no reviewer has seen, the longest waiting first."""
        return self.filter(state="published", edited_at__isnull=False).order_by("edited_at", "pk")

    def awaiting_review(self) -> Self:
        """Submitted, or changed after publication; ``waiting_since`` says since when."""
        return self.filter(
            Q(state="in_review") | Q(state="published", edited_at__isnull=False)
        ).annotate(
            waiting_since=Case(
                When(state="in_review", then=F("submitted_at")), default=F("edited_at")
            )
        )

    def in_fields(self, terms: "models.QuerySet | list") -> Self:
        """Classified with one of the terms or with a term below one of them."""
        from achievements.models import Listing, Term

        below = Term.objects.under(terms)
        through = Listing.fields.through
        return self.filter(
            Exists(
                through.objects.filter(listing_id=OuterRef("pk"), term_id__in=below.values("pk"))
            )
        )

    def with_card_details(self) -> Self:
        """Everything a card shows, in a fixed number of queries at any length."""
        related = ["organisation__region", "region"]
        if self.model._meta.model_name == "listing":
            related += ["achievement", "demand", "expert"]
        return self.select_related(*related).prefetch_related(self._terms())

    def _terms(self) -> models.Prefetch:
        from achievements.models import Term

        terms = Term.objects.select_related("scheme", "parent").order_by("scheme", "code")
        return models.Prefetch("fields", terms)

    def _files_for(self, user: "AnyUser") -> models.Prefetch:
        """``visible_files``: the files that this user may open, once the listing is seen."""
        from achievements.models import Attachment

        files = Attachment.objects.in_layers_of(user)
        return models.Prefetch("attachments", files, to_attr="visible_files")


class AchievementQuerySet(ListingQuerySet):
    """Questions about achievements."""

    def with_details(self, user: "AnyUser") -> Self:
        """Everything the detail page and the API show this user.

        An inventor's expert is there only if the user may see the profile.
        """
        from achievements.models import EvidenceRow, Expert

        profiles = Expert.objects.visible_to(user)
        return self.with_card_details().prefetch_related(
            models.Prefetch("evidence", EvidenceRow.objects.select_related("term")),
            "ip_rights",
            models.Prefetch("inventors__expert", profiles),
            self._files_for(user),
        )


class DemandQuerySet(ListingQuerySet):
    """Questions about demands."""

    def with_details(self, user: "AnyUser") -> Self:
        """Everything the detail page and the API show this user."""
        from achievements.models import RequirementRow

        return self.with_card_details().prefetch_related(
            models.Prefetch("requirements", RequirementRow.objects.select_related("term")),
            self._files_for(user),
        )
