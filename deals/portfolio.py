"""The portfolio: an organisation's listings with what became of them, and its columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from deals.models import Introduction
from matching.models import Match

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from accounts.querysets import AnyUser


def portfolio_rows(user: "AnyUser") -> ListingQuerySet:
    """The listings of the user's organisations with ``views``, ``shown``, ``introductions`` and
    ``matches``; one statement with ``office_note`` and ``quality``.

    Views are openings of the page by others than who edits it; shown: in lists, searches and
    matches of others; introductions: begun by others; matches: those that the user can see open.
    """
    if not user.is_authenticated:
        return Listing.objects.none()
    own = user.memberships.values("organisation")
    rows: ListingQuerySet = Listing.objects.visible_to(user).filter(organisation__in=own)
    asked = Introduction.objects.filter(
        listing=OuterRef("pk"), recipient_organisation=OuterRef("organisation")
    )
    found = Match.objects.visible_to(user).open()
    return rows.annotate(
        views=Coalesce(F("exposure__openings"), 0),
        shown=Coalesce(F("exposure__lists") + F("exposure__searches") + F("exposure__matches"), 0),
        introductions_asked=_count(asked, "listing"),
        matches_open=_count(found.filter(demand=OuterRef("pk")), "demand")
        + _count(found.filter(candidate=OuterRef("pk")), "candidate"),
    ).select_related("organisation", "office_note__assignee", "quality")


def _count(rows: Any, by: str) -> Any:
    """How many rows a subquery finds."""
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def days_left(listing: Listing) -> int | None:
    """Whole days until a live listing expires; None where it does not."""
    if not listing.is_live or listing.expires_at is None:
        return None
    return (listing.expires_at - timezone.now()).days


def quality_of(listing: Listing) -> int | None:
    """The score from 0 to 100; None until it is rated."""
    quality = getattr(listing, "quality", None)
    return quality.score if quality is not None else None


def tags_of(listing: Listing) -> list[str]:
    """The office's own tags."""
    note = getattr(listing, "office_note", None)
    return list(note.tags) if note is not None else []


def assignee_of(listing: Listing) -> str:
    """The name of the colleague who looks after it."""
    note = getattr(listing, "office_note", None)
    return str(note.assignee) if note is not None and note.assignee is not None else ""


@dataclass(frozen=True)
class Column:
    """A column of the table and of its export; ``order`` is the expression it sorts by."""

    key: str
    label: "StrOrPromise"
    value: Callable[[Any], Any]
    order: str
    numeric: bool = False
    by_default: bool = True


COLUMNS = {
    column.key: column
    for column in (
        Column("title", _("Title"), lambda row: row.title, "title_en"),
        Column("kind", _("Kind"), lambda row: row.get_kind_display(), "kind", by_default=False),
        Column("state", _("State"), lambda row: row.get_state_display(), "state"),
        Column("views", _("Views"), lambda row: row.views, "views", numeric=True),
        Column(
            "shown", _("Times shown"), lambda row: row.shown, "shown", numeric=True,
            by_default=False,
        ),
        Column(
            "introductions", _("Introductions asked"), lambda row: row.introductions_asked,
            "introductions_asked", numeric=True,
        ),
        Column("matches", _("Matches"), lambda row: row.matches_open, "matches_open", numeric=True),
        Column("expires", _("Days to expiry"), days_left, "expires_at", numeric=True),
        Column("quality", _("Quality"), quality_of, "quality__score", numeric=True),
        Column("tags", _("Own tags"), lambda row: ", ".join(tags_of(row)), "office_note__tags"),
        Column("assignee", _("Looked after by"), assignee_of, "office_note__assignee__name"),
        Column(
            "changed", _("Changed"), lambda row: timezone.localdate(row.updated_at), "updated_at",
            by_default=False,
        ),
    )
}  # fmt: skip


def chosen_columns(keys: Iterable[str]) -> list[Column]:
    """The columns named, in their usual order; the usual ones where none is. Always the title."""
    wanted = set(keys) & COLUMNS.keys()
    if not wanted:
        return [column for column in COLUMNS.values() if column.by_default]
    return [column for column in COLUMNS.values() if column.key in wanted or column.key == "title"]


def file_name() -> str:
    """What the table is called when saved today, without its ending."""
    return f"portfolio-{timezone.localdate():%Y-%m-%d}"


def table_of(rows: Iterable[Any], columns: Sequence[Column]) -> tuple[list[str], list[list[Any]]]:
    """Headers and cells, as on the page."""
    headers = [str(column.label) for column in columns]
    return headers, [[column.value(row) for column in columns] for row in rows]
