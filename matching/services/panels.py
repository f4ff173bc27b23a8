"""Panels of experts: chosen by fit, balanced by load and organisation, approved by a person."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, User
from accounts.services import notify, record_audit
from achievements.models import Achievement, DeclaredConflict, Demand, Expert, Inventor, Listing
from achievements.services.anonymity import own_names, says_any
from achievements.services.content import parent_of
from achievements.services.text import clean_text
from matching.embedding import EmbeddingError
from matching.models import IndexEntry, Panel, PanelPlace
from matching.panel_choice import Seat, choose
from matching.profiles import subjects_of
from matching.services.candidates import candidates
from matching.services.matching import rank_candidates
from matching.services.notices import recipients_of

_ALSO = 100  # experts with a conflict that are ranked as well, so that it can be said
Reason = PanelPlace.Reason


def panels_for(user: Any) -> QuerySet[Panel]:
    """The panels for demands that the curator may see, the newest first."""
    seen = Demand.objects.visible_to(user).values("pk")
    return Panel.objects.filter(demand__in=seen).select_related(
        "demand", "achievement", "approved_by"
    )


@transaction.atomic
def make_panel(
    *,
    demand: Demand,
    by: User,
    task: str,
    size: int,
    achievement: Achievement | None = None,
    per_organisation: int = 1,
) -> Panel:
    """Choose a panel for a demand, perhaps to judge one achievement for it; a draft.

    The fit is the machine's score of expert and demand. Nobody sits on it of an organisation
    concerned, who made the achievement or shares another one with its inventors, who has declared
    a conflict with an organisation concerned, takes no requests or has enough to do. Raises
    ValidationError for a demand that is not live or not indexed, or bad values.
    """
    if not demand.is_live:
        raise ValidationError(_("Choose a published demand."), code="state")
    panel = Panel(
        demand=demand,
        achievement=achievement,
        task=clean_text(task),
        size=size,
        per_organisation=per_organisation,
        made_by=by,
    )
    if says_any(panel.task, own_names(demand)):
        raise ValidationError(
            {"task": [_("The task names the organisation of an anonymous demand.")]}
        )
    panel.full_clean()
    panel.save()
    _choose(panel)
    record_audit(by=by, verb="panel.make", obj=panel, demand=demand.pk, size=size)
    return panel


@transaction.atomic
def leave_out(panel: Panel, *, expert: Expert, by: User, note: str) -> Panel:
    """A curator leaves out an expert of a draft, with a reason; the next one takes the place.

    Raises ValidationError without a reason, for a panel that is no draft, or nobody on it.
    """
    locked = _draft(panel)
    note = clean_text(note)
    if not note:
        raise ValidationError({"note": [_("Say why this expert is left out.")]})
    place = locked.places.filter(expert=expert, reason="").first()
    if place is None:
        raise ValidationError(_("This expert is not on the panel."), code="state")
    place.reason, place.note = Reason.BY_HAND, note
    place.full_clean()
    place.save()
    _choose(locked)
    record_audit(by=by, verb="panel.leave_out", obj=locked, expert=expert.pk)
    return locked


@transaction.atomic
def approve_panel(panel: Panel, *, by: User) -> Panel:
    """A person says yes: the experts are told, and it counts as work of theirs.

    Nobody approves a panel with an own profile on it. Raises ValidationError for a panel that is
    no draft, is not full, or holds somebody who meanwhile has a conflict or too much to do; then
    choose anew.
    """
    locked = _draft(panel)
    chosen = list(locked.places.filter(reason="").select_related("expert"))
    if any(place.expert.user_id == by.pk for place in chosen):
        raise ValidationError(_("You are on it yourself: another curator approves."), code="own")
    before = [place.expert_id for place in chosen]
    _choose(locked)
    after = list(locked.places.filter(reason="").values_list("expert_id", flat=True))
    if before != after:
        raise ValidationError(
            _("Somebody on it is not free any more. Choose the panel anew."), code="state"
        )
    if len(chosen) < locked.size:
        raise ValidationError(_("It is not full: make a smaller one."), code="state")
    locked.state, locked.approved_by, locked.approved_at = Panel.State.APPROVED, by, timezone.now()
    locked.save(update_fields=["state", "approved_by", "approved_at"])
    record_audit(by=by, verb="panel.approve", obj=locked, experts=before)
    for place in chosen:
        _tell(locked, place.expert)
    return locked


@transaction.atomic
def choose_anew(panel: Panel, *, by: User) -> Panel:
    """Choose a draft once more, by who is free now. Raises ValidationError unless a draft."""
    locked = _draft(panel)
    _choose(locked)
    record_audit(by=by, verb="panel.choose", obj=locked)
    return locked


@transaction.atomic
def close_panel(panel: Panel, *, by: User) -> Panel:
    """It has done its work, or is not needed: no load of its experts any more."""
    locked = Panel.objects.select_for_update().get(pk=panel.pk)
    if locked.state == Panel.State.CLOSED:
        raise ValidationError(_("This panel is closed already."), code="state")
    locked.state = Panel.State.CLOSED
    locked.save(update_fields=["state"])
    record_audit(by=by, verb="panel.close", obj=locked)
    return locked


def _draft(panel: Panel) -> Panel:
    locked = Panel.objects.select_for_update(of=("self",)).get(pk=panel.pk)
    if locked.state != Panel.State.DRAFT:
        raise ValidationError(_("Only a draft can be changed. Reload the page."), code="state")
    return locked


def _choose(panel: Panel) -> None:
    """Write the places anew; whom a curator left out stays left out."""
    by_hand = {place.expert_id: place.note for place in panel.places.filter(reason=Reason.BY_HAND)}
    try:
        seats = _seats(panel, by_hand)
    except EmbeddingError as error:
        raise ValidationError(
            _("The demand is not indexed yet. Try again in a minute."), code="state"
        ) from error
    found = choose(seats, size=panel.size, per_organisation=panel.per_organisation)
    panel.places.all().delete()
    PanelPlace.objects.bulk_create(
        PanelPlace(
            panel=panel,
            expert_id=seat.expert_id,
            position=position,
            fit=Decimal(str(round(seat.fit, 4))),
            load=seat.load,
            reason=reason,
            note=note,
        )
        for position, (seat, reason, note) in enumerate(found, start=1)
    )


def _seats(panel: Panel, by_hand: dict[int, str]) -> list[Seat]:
    """Everybody worth looking at, with fit, load and conflicts; a fixed number of queries besides
    the ranking."""
    subject = subjects_of([panel.demand_id]).get(panel.demand_id)
    if subject is None:
        raise ValidationError(
            _("The demand is not indexed yet. Try again in a minute."), code="state"
        )
    concerned = {panel.demand.organisation_id}
    if panel.achievement is not None:
        concerned.add(panel.achievement.organisation_id)
    inside = Q(listing__organisation__in=concerned)
    inside |= Q(listing__expert__user__memberships__organisation__in=concerned)
    inside |= Q(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    live = IndexEntry.objects.live().filter(kind=Listing.Kind.EXPERT)
    also = live.filter(inside).order_by("pk").values_list("pk", flat=True).distinct()[:_ALSO]
    ids = candidates(subject.listing, subject.profile, Listing.Kind.EXPERT) | set(also)
    fits = dict(rank_candidates(panel.demand_id, Listing.Kind.EXPERT, only=ids))
    experts = Expert.objects.filter(pk__in=fits).order_by("pk")
    homes = _homes(list(experts))
    load = Counter(
        PanelPlace.objects.filter(
            expert__in=fits, reason="", panel__state=Panel.State.APPROVED
        ).values_list("expert_id", flat=True)
    )
    makers = _makers(panel)
    declared = set(
        DeclaredConflict.objects.filter(expert__in=fits, organisation__in=concerned).values_list(
            "expert_id", flat=True
        )
    )
    seats = []
    for expert in experts:
        conflict, note = "", ""
        if homes[expert.pk] & concerned:
            conflict = Reason.SAME_ORGANISATION
        elif expert.pk in makers:
            conflict = Reason.CO_INVENTOR
        elif expert.pk in declared:
            conflict = Reason.DECLARED
        elif expert.pk in by_hand:
            conflict, note = Reason.BY_HAND, by_hand[expert.pk]
        seats.append(
            Seat(
                expert_id=expert.pk,
                fit=fits[expert.pk],
                load=load[expert.pk],
                organisations=frozenset(homes[expert.pk]),
                availability=expert.availability,
                conflict=conflict,
                note=note,
            )
        )
    return seats


def _homes(experts: list[Expert]) -> dict[int, set[int]]:
    """The organisations of each: that of the profile, and those of the person who claimed it."""
    homes = {
        one.pk: {one.organisation_id} if one.organisation_id is not None else set()
        for one in experts
    }
    users = {one.user_id: one.pk for one in experts if one.user_id is not None}
    for user, organisation in Member.objects.filter(user__in=users).values_list(
        "user_id", "organisation_id"
    ):
        homes[users[user]].add(organisation)
    return homes


def _makers(panel: Panel) -> set[int]:
    """Inventors of the achievement, and whoever made another one with one of them."""
    if panel.achievement_id is None:
        return set()
    rows: Any = Inventor.objects.filter(expert__isnull=False)
    makers = set(rows.filter(achievement=panel.achievement_id).values_list("expert", flat=True))
    shared = rows.filter(expert__in=makers).values("achievement")
    return makers | set(rows.filter(achievement__in=shared).values_list("expert", flat=True))


def _tell(panel: Panel, expert: Expert) -> None:
    """The expert, or the organisation that stands for the profile."""
    notify(
        recipients=recipients_of(parent_of(expert)),
        kind="panel_approved",
        key=f"panel.approved:{panel.pk}:{expert.pk}",
        path=reverse("achievements:expert_detail", args=[expert.pk]),
        data={
            "title_en": expert.title_en,
            "title_zh": expert.title_zh,
            "title_listing": expert.pk,
            "task": panel.task,
        },
    )
