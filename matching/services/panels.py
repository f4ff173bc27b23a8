"""Panels of experts: chosen by fit, balanced by load and organisation, approved by a person."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import notify, record_audit
from achievements.models import Achievement, Demand, Expert, Term
from achievements.services.anonymity import own_names, says_any
from achievements.services.content import parent_of
from achievements.services.text import clean_text
from matching.embedding import EmbeddingError
from matching.models import Panel, PanelPlace
from matching.panel_choice import choose
from matching.services.notices import recipients_of
from matching.services.panel_seats import not_indexed, seats_for

Reason = PanelPlace.Reason


def panels_for(user: Any) -> QuerySet[Panel]:
    """The panels for tasks and for demands that the curator may see, the newest first."""
    seen = Demand.objects.visible_to(user).values("pk")
    rows = Panel.objects.filter(Q(demand__in=seen) | Q(demand=None))
    return rows.select_related("demand", "achievement", "organisation", "approved_by")


@transaction.atomic
def make_panel(
    *,
    by: User,
    task: str,
    size: int,
    demand: Demand | None = None,
    brief: str = "",
    fields: Iterable[Term] = (),
    organisation: Organisation | None = None,
    achievement: Achievement | None = None,
    per_organisation: int = 1,
) -> Panel:
    """Choose a panel for a demand or for a task (``brief``, ``fields``), perhaps to judge one
    achievement; a draft.

    The fit is the machine's score of the expert and the demand, or the task read as a demand.
    Nobody sits on it of an organisation concerned (``organisation``, for a task), who made the
    achievement or shares another one with its inventors, who has declared a conflict with an
    organisation concerned, takes no requests or has enough to do. Raises ValidationError for a
    demand that is not live or not indexed, a brief that says too little, or bad values.
    """
    if demand is not None and not demand.is_live:
        raise ValidationError(_("Choose a published demand."), code="state")
    panel = Panel(
        demand=demand,
        achievement=achievement,
        task=clean_text(task),
        brief=clean_text(brief),
        organisation=organisation,
        size=size,
        per_organisation=per_organisation,
        made_by=by,
    )
    if demand is not None and says_any(panel.task, own_names(demand)):
        raise ValidationError(
            {"task": [_("The task names the organisation of an anonymous demand.")]}
        )
    panel.full_clean()
    panel.save()
    panel.fields.set(fields)
    _choose(panel)
    record_audit(by=by, verb="panel.make", obj=panel, demand=panel.demand_id, size=size)
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
        seats = seats_for(panel, by_hand)
    except EmbeddingError as error:
        raise not_indexed() from error
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
