"""Telling people of reports and appeals, each thing once."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.services import notify
from achievements.models import Appeal, Listing, Report
from achievements.services.notices import about, owners_of, reviewers_of


def tell_reported(report: Report, *, again: bool = False) -> None:
    """Somebody reported a listing; ``again``: it has to be decided today at the latest."""
    notify(
        recipients=reviewers_of(report.listing),
        kind="listing_reported",
        key=f"report.{'due' if again else 'made'}:{report.pk}",
        path=reverse("achievements:report_decide", args=[report.pk]),
        data=about(report.listing, due_on=report.due_on.isoformat(), again=again),
    )


def tell_report_answered(report: Report) -> None:
    """Who reported a listing reads what was decided; the title only while it may be seen."""
    if report.by is None:
        return
    notify(
        recipients=[report.by],
        kind="report_answered",
        key=f"report.answered:{report.pk}",
        path="/",
        data={
            "name_en": report.listing.title_en,
            "name_zh": report.listing.title_zh,
            "name_listing": report.listing_id,
            "taken_down": report.outcome == Report.Outcome.TAKEN_DOWN,
            "answer": report.answer,
        },
    )


def tell_report_dismissed(report: Report, note: str) -> None:
    """The owners read what a reviewer says to a report that changed nothing; on the page only."""
    notify(
        recipients=owners_of(report.listing),
        kind="report_dismissed",
        key=f"report.dismissed:{report.pk}",
        path=_page_of(report.listing),
        data=about(report.listing, note=note),
        by_email=False,
    )


def _judges_of(appeal: Appeal) -> list[User]:
    """The reviewers but the one who took it down; superusers where nobody else is left."""
    others = [
        user for user in reviewers_of(appeal.review.listing) if user.pk != appeal.review.by_id
    ]
    if others:
        return others
    superusers = User.objects.filter(is_active=True, is_superuser=True).order_by("pk")
    return [user for user in superusers if user.pk != appeal.review.by_id]


def tell_appealed(appeal: Appeal, *, again: bool = False) -> None:
    """An owner objects; ``again``: it has to be decided today at the latest."""
    listing = appeal.review.listing
    notify(
        recipients=_judges_of(appeal),
        kind="appeal_made",
        key=f"appeal.{'due' if again else 'made'}:{appeal.pk}",
        path=reverse("achievements:appeal_decide", args=[appeal.pk]),
        data=about(
            listing, due_on=appeal.due_on.isoformat(), again=again, statement=appeal.statement
        ),
    )


def tell_appeal_decided(appeal: Appeal) -> None:
    """The owners read whether the listing is published again, and why not."""
    listing = appeal.review.listing
    notify(
        recipients=owners_of(listing),
        kind="appeal_decided",
        key=f"appeal.decided:{appeal.pk}",
        path=_page_of(listing),
        data=about(listing, granted=appeal.granted, answer=appeal.answer),
    )


def _page_of(listing: Listing) -> Any:
    return reverse(f"achievements:{listing.kind}_detail", args=[listing.pk])
