"""Who could sit on a panel: fit, load and conflicts of every expert worth looking at."""

from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Member
from achievements.models import DeclaredConflict, Expert, Inventor, Listing
from matching.models import IndexEntry, Panel, PanelPlace
from matching.panel_choice import Seat
from matching.scoring.subjects import Subject, subjects_of
from matching.services.candidates import candidates, nearest
from matching.services.matching import rank_for
from matching.services.previewing import drafted, typed_subject
from matching.text.tokens import languages_of
from matching.vectors.similarity import same_statistics

_ALSO = 100  # experts with a conflict that are ranked as well, so that it can be said
Reason = PanelPlace.Reason


def not_indexed() -> ValidationError:
    """What to say while the machine has not read the demand."""
    return ValidationError(_("The demand is not indexed yet. Try again in a minute."), code="state")


@same_statistics()
def seats_for(panel: Panel, by_hand: dict[int, str]) -> list[Seat]:
    """Everybody worth looking at, with fit, load and conflicts; a fixed number of queries besides
    the ranking. ``by_hand``: whom a curator left out, and why. Raises ValidationError,
    EmbeddingError."""
    subject, near = _subject(panel)
    sides = (panel.demand, panel.achievement)
    concerned = {side.organisation_id for side in sides if side is not None}
    concerned |= {panel.organisation_id} if panel.organisation_id is not None else set()
    inside = Q(listing__organisation__in=concerned)
    inside |= Q(listing__expert__user__memberships__organisation__in=concerned)
    inside |= Q(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    live = IndexEntry.objects.live().filter(kind=Listing.Kind.EXPERT)
    also = live.filter(inside).order_by("pk").values_list("pk", flat=True).distinct()[:_ALSO]
    fits = dict(rank_for(subject, near | set(also)))
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


def _subject(panel: Panel) -> tuple[Subject, set[int]]:
    """What the experts are compared with, and the nearest of them: for a demand those that its
    owners may see, for a curator's own task everybody but hidden profiles."""
    kind = Listing.Kind.EXPERT
    if panel.demand_id is not None:
        subject = subjects_of([panel.demand_id]).get(panel.demand_id)
        if subject is None:
            raise not_indexed()
        return subject, candidates(subject.listing, subject.profile, kind)
    task = drafted(organisation=None, values=_values(panel))
    task._prefetched_objects_cache["fields"] = list(panel.fields.all())  # type: ignore[attr-defined]
    typed = typed_subject(task)
    if typed is None:
        raise ValidationError({"brief": [_("Say more, in a sentence or two.")]})
    open_to = (Listing.Visibility.PUBLIC, Listing.Visibility.MEMBERS)
    entries = IndexEntry.objects.live().filter(kind=kind, listing__visibility__in=open_to)
    entries = entries.exclude(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    return typed, nearest(typed.profile, entries, kind)


def _values(panel: Panel) -> dict[str, str]:
    """The task in the columns of a demand, by the language it is written in."""
    found = {}
    for name, text in (("title", panel.task), ("body", panel.brief)):
        language = "zh" if "zh" in languages_of(text) else "en"
        found[f"{name}_{language}"] = text
    return found
