"""Questions about the catalogue. Who may see what is decided here and nowhere else."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.querysets import AnyUser
    from achievements.models import Expert


def is_verified_member(user: "AnyUser") -> bool:
    """Whether the user belongs to the layer “members”: of a verified organisation, or admin."""
    if not user.is_authenticated:
        return False
    return (
        user.is_administrator
        or user.memberships.filter(organisation__verified_at__isnull=False).exists()
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
        if not user.is_authenticated:
            return self.none()
        mine = Q(organisation__in=user.memberships.values("organisation"))
        return self.filter(mine | self._own_profile(user))

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
        organisations' in every state; all of them for moderators, experts also for curators.
        """
        live = Q(state="published") & (
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )
        if not user.is_authenticated:
            return self.filter(live, visibility="public")
        if user.moderates:
            return self.all()
        layers = ["public", "members"] if is_verified_member(user) else ["public"]
        seen = live & Q(visibility__in=layers)
        seen |= Q(organisation__in=user.memberships.values("organisation"))
        seen |= self._own_profile(user)
        if user.curates:
            seen |= Q(kind="expert")
        return self.filter(seen)

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


class ExpertQuerySet(ListingQuerySet):
    """Questions about experts."""

    def admitted(self) -> Self:
        """Admitted by a curator and not merged into another."""
        return self.filter(admitted_at__isnull=False, merged_into__isnull=True)

    def unmerged(self) -> Self:
        """Those that still stand for themselves."""
        return self.filter(merged_into__isnull=True)

    def duplicates_of(self, expert: "Expert") -> Self:
        """Others that may be the same person: same ORCID iD, or same name in either script.

        Case makes no difference, nor which of two Latin names comes first.
        """
        same = Q(pk__in=[])
        if expert.orcid:
            same |= Q(orcid=expert.orcid)
        if expert.title_zh:
            same |= Q(title_zh=expert.title_zh)
        if expert.title_en:
            words = expert.title_en.lower().replace(",", " ").split()
            same |= Q(name_folded__in=[" ".join(words), " ".join([*words[1:], *words[:1]])])
            same |= Q(name_folded__in=[" ".join([*words[-1:], *words[:-1]])])
        return (
            self.unmerged()
            .alias(name_folded=Lower("title_en"))
            .filter(same)
            .exclude(pk=expert.pk)
            .order_by("pk")
        )

    def with_possible_duplicates(self) -> Self:
        """Those that share their name, in either script, with another of the pool."""
        others = self.model._default_manager.filter(merged_into__isnull=True)
        others = others.exclude(pk=OuterRef("pk"))
        latin = others.exclude(title_en="").filter(title_en__iexact=OuterRef("title_en"))
        chinese = others.exclude(title_zh="").filter(title_zh=OuterRef("title_zh"))
        return self.unmerged().filter(Exists(latin) | Exists(chinese))

    def awaiting_admission(self) -> Self:
        """Applied or imported, and waiting for a curator."""
        return self.filter(state="in_review", merged_into__isnull=True).order_by(
            "submitted_at", "pk"
        )

    def with_details(self, user: "AnyUser") -> Self:
        """Everything the detail page and the API show this user.

        ``visible_achievements``: what the person made and the user may see.
        """
        from achievements.models import Achievement

        made = Achievement.objects.visible_to(user).order_by("-published_at", "-pk")
        return self.with_card_details().prefetch_related(
            models.Prefetch("achievements", made, to_attr="visible_achievements"),
            self._files_for(user),
        )


class ClaimQuerySet(models.QuerySet):
    """Questions about claims on expert profiles."""

    def open(self) -> Self:
        """Not decided yet, on profiles nobody has claimed meanwhile."""
        return self.filter(decided_at__isnull=True, expert__user__isnull=True)


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


class AttachmentQuerySet(models.QuerySet):
    """Questions about images and files."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Files of listings this user may see, by the file's own layer."""
        from achievements.models import Listing

        seen = Listing.objects.visible_to(user).values("pk")
        return self.in_layers_of(user).filter(listing__in=seen)

    def in_layers_of(self, user: "AnyUser") -> Self:
        """Files by their own layer, whoever may see the listing."""
        if user.is_authenticated and user.moderates:
            return self.all()
        layers = Q(layer__in=["public", "members"] if is_verified_member(user) else ["public"])
        if user.is_authenticated:
            layers |= Q(listing__organisation__in=user.memberships.values("organisation"))
            layers |= Q(listing__expert__user=user)
        return self.filter(layers)

    def images(self) -> Self:
        """Images, in the order they were added."""
        return self.filter(is_image=True)


class ImportRunQuerySet(models.QuerySet):
    """Questions about imports."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Those for organisations the user posts for, the user's own, and all for superusers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        posting = user.memberships.filter(role__in=["owner", "editor"]).values("organisation")
        return self.filter(Q(organisation__in=posting) | Q(created_by=user, organisation=None))

    def outstanding(self) -> Self:
        """Waiting for a worker: to be checked, or confirmed and to be imported."""
        return self.filter(state__in=["uploaded", "confirmed"]).order_by("created_at", "pk")
