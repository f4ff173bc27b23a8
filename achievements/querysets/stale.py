"""Which listings have gone stale, and why: one definition for page, API and the asking."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

if TYPE_CHECKING:
    from achievements.querysets.listings import ListingQuerySet

PARTS = ("price", "figures", "contact", "reply")
NOBODY = "nobody"  # asked for by itself: there is nobody whom one click could ask


def with_stale_parts(
    rows: "ListingQuerySet", *, before: datetime, unanswered: Collection[int]
) -> Any:
    """Annotate ``stale_price``, ``stale_figures``, ``stale_contact`` and ``stale_reply``; and
    ``stale_nobody``.

    Price and figures are old when neither the content changed nor the owner confirmed it since
    ``before``. A contact is lost when no active owner or editor has signed in since. ``unanswered``
    are the listings that owe a reply. Where the organisation has no account at all, and no person
    took the profile over, nobody can be asked: that is not a lost contact but ``stale_nobody``.
    """
    from accounts.models import Member
    from achievements.models import EvidenceRow, OwnerAsk, RequirementRow

    # Organisations and asks are few and found once; asked for each listing, they took longest.
    answers = OwnerAsk.objects.filter(listing=OuterRef("pk"), answered_at__isnull=False)
    latest = answers.order_by("-answered_at").values("answered_at")[:1]
    confirmed = OwnerAsk.objects.filter(answered_at__gte=before).order_by()
    people = Member.objects.filter(user__is_active=True).order_by()
    reachable = people.filter(
        Q(user__last_login__gte=before)
        | Q(user__last_login__isnull=True, user__date_joined__gte=before),
        role__in=["owner", "editor"],
    )
    has_people = Q(organisation__in=people.values("organisation"))
    nobody = Q(organisation__isnull=False, expert__user__isnull=True) & ~has_people
    lost = Q(organisation__isnull=False) & ~Q(organisation__in=reachable.values("organisation"))
    old = Q(updated_at__lt=before) & ~Q(pk__in=confirmed.values("listing"))
    priced = Q(achievement__price_min__isnull=False) | Q(demand__budget_min__isnull=False)
    priced |= Q(demand__budget_max__isnull=False)
    measured = Exists(EvidenceRow.objects.filter(achievement=OuterRef("pk"))) | Exists(
        RequirementRow.objects.filter(demand=OuterRef("pk"))
    )
    open_asks = OwnerAsk.objects.filter(listing=OuterRef("pk"), answered_at__isnull=True)
    return rows.annotate(
        held_at=Greatest("updated_at", Coalesce(Subquery(latest), F("updated_at"))),
        asked_at=Subquery(open_asks.values("asked_at")[:1]),
        stale_price=old & priced,
        stale_figures=old & Q(measured),
        stale_contact=lost & ~nobody,
        stale_nobody=nobody,
        stale_reply=Q(pk__in=list(unanswered)),
    )


def any_stale(part: str = "") -> Q:
    """Stale in this part, or in any but the listings that only lack somebody to be asked;
    ``all``: with those."""
    found = Q(pk__in=[])
    names = {"": PARTS, "all": (*PARTS, NOBODY)}.get(part, (part,))
    for name in names:
        found |= Q(**{f"stale_{name}": True})
    return found
