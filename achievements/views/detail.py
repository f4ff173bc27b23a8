"""The datasheet of a listing."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.generic import DetailView

from accounts.visitors import same_for_visitors
from achievements import structured
from achievements.cards import organisation_of
from achievements.models import Achievement, Demand, Expert, Listing, ListingQuality, OwnerAsk
from achievements.parts import read_parts
from achievements.permissions import (
    Reader,
    may_claim_expert,
    may_edit_listing,
    may_review_listing,
    may_verify_readiness,
)
from achievements.presentation import (
    budget_text,
    choice_labels,
    fallback_language,
    history_item,
    language_names,
    part_names,
    plain_number,
    price_text,
    requirement_text,
    said,
)
from achievements.services import (
    allowed_verbs,
    appealable,
    history_of,
    open_asks_of,
    record_reading,
    unseen_changes,
)
from achievements.services.lifecycle import TRANSITIONS
from achievements.services.reviewing import endorsement_of

# Verbs of the owner, in the order of the buttons.
OWNER_VERBS = ("submit", "renew", "reopen", "close", "withdraw")
HISTORY_LENGTH = 20
RENEWABLE_WITHIN = timedelta(days=60)


def offered_verbs(listing: Listing) -> list[str]:
    """The owner's buttons: what the state allows, but renewing only when expiry is near."""
    allowed = set(allowed_verbs(listing))
    horizon = timezone.now() + RENEWABLE_WITHIN
    if listing.is_live and listing.expires_at is not None and listing.expires_at > horizon:
        allowed.discard("renew")
    return [verb for verb in OWNER_VERBS if verb in allowed]


class ListingDetailView(DetailView):
    """What every kind has: one row that the reader may see, else a 404."""

    context_object_name = "listing"

    def get_queryset(self) -> Any:
        """Rows this user may see; their parts are read when it is known which one."""
        rows = self.model._default_manager.visible_to(self.request.user)
        return rows.with_card_details().prefetch_related(None)

    def get_object(self, queryset: Any = None) -> Any:
        """The listing with its parts, and what only its office and reviewers are shown."""
        listing, user = super().get_object(queryset), self.request.user
        self.may_edit = may_edit_listing(user, listing)
        self.may_review = may_review_listing(user, listing)
        self.told = self._told(listing)
        read_parts(listing, user, *self.told.values())
        return listing

    def _told(self, listing: Any) -> dict[str, QuerySet]:
        """Questions about the listing that are answered to its office and reviewers alone."""
        told: dict[str, QuerySet] = {}
        if self.may_edit or self.may_review:
            told["history"] = history_of(listing.listing_ptr).reverse()[:HISTORY_LENGTH]
        if self.may_edit:
            told["quality"] = ListingQuality.objects.filter(pk=listing.pk)
            told["review"] = listing.reviews.select_related("by", "appeal")[:1]
            told["ask"] = open_asks_of(listing)[:1]
        return told

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; who opens what is not for everyone is written down."""
        response = super().get(request, *args, **kwargs)
        by = request.user if request.user.is_authenticated else None
        record_reading([self.object], by=by)
        return same_for_visitors(request, response)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The listing in words, and what this user may do with it."""
        listing, user = self.object, self.request.user
        may_edit, may_review = self.may_edit, self.may_review
        is_live = listing.state == Listing.State.PUBLISHED
        reader = Reader(user)
        context = super().get_context_data(
            may_edit=may_edit,
            may_review=may_review and listing.state == Listing.State.IN_REVIEW,
            may_take_down=may_review and listing.state in TRANSITIONS["take_down"],
            may_confirm=may_review and is_live and listing.edited_at is not None,
            lang=fallback_language(listing),
            summary=said(listing, "summary"),
            source=organisation_of(listing, reader),
            names_files=reader.may_see_organisation(listing),
            matches_templates=["matching/_listing_matches.html", "achievements/_no_matches.html"],
            **kwargs,
        )
        if listing.is_live and listing.visibility == Listing.Visibility.PUBLIC:
            context["structured"] = structured.describe(listing, self.request.build_absolute_uri())
        if may_edit:
            context["verbs"] = offered_verbs(listing)
            context["quality"] = _only(self.told["quality"])
            context["may_discard"] = listing.state == "draft" and listing.published_at is None
            context["review"] = _only(self.told["review"])
            context["may_appeal"] = appealable(listing) is not None
            ask = _only(self.told["ask"]) if listing.is_live else None
            if ask is not None:
                context["ask_reasons"] = choice_labels(ask.reasons, OwnerAsk.Reason.choices)
        if context["may_review"] and settings.REVIEW_STEPS > 1:
            context["endorsed"] = endorsement_of(listing)
            context["endorsing"] = True
        if may_edit or may_review:
            changes = unseen_changes([listing]).get(listing.pk, [])
            context["changed"] = part_names(listing.kind, changes)
            events = self.told["history"]
            context["history"] = [history_item(event, listing.kind) for event in events]
        return context


def _only(rows: QuerySet) -> Any:
    """The row of a question that was answered with one at most; None without."""
    return next(iter(rows), None)


class AchievementDetailView(ListingDetailView):
    """An achievement: text, readiness, evidence, rights, price, people, files."""

    model = Achievement
    template_name = "achievements/achievement_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its texts and figures."""
        a: Achievement = self.object
        return super().get_context_data(
            texts={
                name: said(a, name)
                for name in ("problem", "solution", "advantages", "applications")
            },
            readiness_evidence=said(a, "readiness_evidence"),
            funding=said(a, "funding_source"),
            may_verify=(
                a.trl is not None
                and a.trl_verified_at is None
                and may_verify_readiness(self.request.user, a)
            ),
            price=price_text(a),
            modes=choice_labels(a.transfer_modes, Achievement.TransferMode.choices),
            evidence=[
                {"row": row, "value": f"{plain_number(row.value)} {row.unit}".rstrip()}
                for row in a.evidence.all()
            ],
            **kwargs,
        )


class DemandDetailView(ListingDetailView):
    """A demand: text, requirements, readiness sought, budget, deadline."""

    model = Demand
    template_name = "achievements/demand_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its text and requirements."""
        demand: Demand = self.object
        return super().get_context_data(
            body=said(demand, "body"),
            reveals=(
                demand.reveals.standing().select_related("organisation", "person", "by")
                if demand.is_sealed and may_edit_listing(self.request.user, demand)
                else ()
            ),
            budget=budget_text(demand),
            modes=choice_labels(demand.cooperation_modes, Demand.CooperationMode.choices),
            requirements=[
                {
                    "label": row.label,
                    "must": row.priority == "must",
                    "asked": requirement_text(row),
                }
                for row in demand.requirements.all()
            ],
            **kwargs,
        )


class ExpertDetailView(ListingDetailView):
    """A person: expertise, services, languages, what he or she made."""

    model = Expert
    template_name = "achievements/expert_detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead from a merged profile to the one that was kept."""
        response = None
        try:
            response = super().get(request, *args, **kwargs)
        except Http404:  # mostly so: a profile that was merged is withdrawn
            merged = Expert.objects.filter(pk=kwargs["pk"], merged_into__isnull=False).first()
            if merged is None:
                raise
        else:
            merged = self.object
        if response is not None and merged.merged_into_id is None:
            return response
        visible = Expert.objects.visible_to(request.user)
        return redirect(get_object_or_404(visible, pk=merged.merged_into_id), permanent=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Texts, services and languages."""
        expert: Expert = self.object
        user = self.request.user
        return super().get_context_data(
            position=said(expert, "position"),
            expertise=said(expert, "expertise"),
            services=choice_labels(expert.services, Expert.Service.choices),
            language_names=language_names(expert.languages),
            may_claim=may_claim_expert(user, expert),
            may_curate=user.is_authenticated and user.curates,
            **kwargs,
        )
