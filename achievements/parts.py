"""The parts of one listing, as its datasheet shows them: with one statement."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from accounts.together import read_together
from achievements.models import Achievement, Demand, Expert, Inventor, Listing

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def read_parts(listing: Listing, user: "AnyUser", *others: QuerySet) -> None:
    """Read for one listing what ``with_details`` reads for many, and these other questions with it.

    The listing is a row of its kind's table. Afterwards ``fields``, ``visible_files`` and what
    its kind has are there without a query, as far as this user may see them.
    """
    parts: dict[str, QuerySet] = {
        "fields": listing.fields.select_related("scheme", "parent").order_by("scheme", "code")
    }
    lists: dict[str, QuerySet] = {"visible_files": listing.attachments.in_layers_of(user)}
    profiles = Expert.objects.none()
    if isinstance(listing, Achievement):
        parts["evidence"] = listing.evidence.select_related("term")
        parts["ip_rights"] = listing.ip_rights.all()
        parts["inventors"] = listing.inventors.all()
        named = listing.inventors.values("expert")
        profiles = Expert.objects.visible_to(user).filter(pk__in=named)
    elif isinstance(listing, Demand):
        parts["requirements"] = listing.requirements.select_related("term")
    elif isinstance(listing, Expert):
        made = listing.achievements.visible_to(user)
        lists["visible_achievements"] = made.order_by("-published_at", "-pk")
    read_together(*parts.values(), *lists.values(), profiles, *others)
    _keep(listing, parts, lists)
    if isinstance(listing, Achievement):
        by_number = {one.pk: one for one in profiles}
        expert: Any = Inventor._meta.get_field("expert")
        for person in parts["inventors"]:
            expert.set_cached_value(person, by_number.get(person.expert_id))


def _keep(listing: Any, parts: dict[str, QuerySet], lists: dict[str, QuerySet]) -> None:
    """Where Django keeps what it has prefetched: relations, and lists of another name."""
    listing._prefetched_objects_cache = dict(parts)
    for name, rows in lists.items():
        setattr(listing, name, list(rows))
