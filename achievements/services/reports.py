"""Reports: what anybody tells the reviewers about a listing, and what they decide within five
working days."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from accounts.services.letters import write_letter
from achievements.models import Listing, Report
from achievements.services.content import parent_of
from achievements.services.moderation_notices import (
    tell_report_answered,
    tell_report_dismissed,
    tell_reported,
)
from achievements.services.reviewing import take_down_listing
from achievements.services.text import clean_text
from achievements.working_days import due_date, site_today

_REPORTABLE = (Listing.State.PUBLISHED, Listing.State.EXPIRED)


@transaction.atomic
def report_listing(
    listing: Listing,
    *,
    by: User | None,
    reason: str,
    note: str = "",
    email: str = "",
    language: str = User.Language.ENGLISH,
) -> Report:
    """Somebody (``by``, or a visitor: None) says what is wrong; the reviewers are told.

    It is to be decided within five working days. A visitor may leave an address for the answer;
    users are told on the site. The audit event hangs on the report, which owners never see. Raises
    ValidationError for “something else” without a word, a second open report of the same user, and
    a listing that is not published or is sealed: no reviewer reads that.
    """
    if listing.state not in _REPORTABLE or listing.is_sealed:
        raise ValidationError(_("Only a published listing can be reported."), code="state")
    note = clean_text(note)
    if reason == Report.Reason.OTHER and not note:
        raise ValidationError({"note": [_("Say in a few words what is wrong.")]})
    report = Report(
        listing=parent_of(listing),
        by=by,
        reason=reason,
        note=note,
        email="" if by else email.strip(),
        language=by.language if by else language,
        due_on=due_date(),
    )
    report.full_clean()
    report.save()
    record_audit(by=by, verb="report.make", obj=report, reason=reason)
    tell_reported(report)
    return report


@transaction.atomic
def dismiss_report(report: Report, *, by: User, answer: str = "", note: str = "") -> Report:
    """The listing stays as it is. Who reported it gets the answer; with a ``note`` the owners are
    told that there was a report and what the reviewer says to it, never by whom.

    Raises ValidationError when it was decided before.
    """
    locked = _undecided(report)
    _close(locked, by=by, outcome=Report.Outcome.DISMISSED, answer=answer)
    note = clean_text(note)
    if note:
        tell_report_dismissed(locked, note)
    return locked


@transaction.atomic
def uphold_report(
    report: Report,
    *,
    by: User,
    reason: str,
    note: str = "",
    answer: str = "",
    seen: str | None = None,
) -> Report:
    """Take the listing down for a reason from the closed list, which its owners read with the
    note. All other open reports of the listing are answered with it.

    Raises ValidationError when it was decided before or the listing is no longer published,
    EditConflictError when the listing changed since ``seen``.
    """
    locked = _undecided(report)
    take_down_listing(locked.listing, by=by, reason=reason, note=note, seen=seen)
    open_ones = Report.objects.open().filter(listing=locked.listing_id)
    for one in open_ones.select_for_update(of=("self",)).select_related("by", "listing"):
        _close(one, by=by, outcome=Report.Outcome.TAKEN_DOWN, answer=answer)
    locked.refresh_from_db()
    return locked


def _undecided(report: Report) -> Report:
    locked = (
        Report.objects.select_for_update(of=("self",))
        .select_related("by", "listing__organisation", "listing__created_by")
        .get(pk=report.pk)
    )
    if locked.decided_at is not None:
        raise ValidationError(_("This report has already been decided."), code="state")
    return locked


def _close(report: Report, *, by: User, outcome: str, answer: str) -> None:
    """Write the decision down, answer, and forget the address."""
    report.outcome, report.answer = outcome, clean_text(answer)
    report.decided_by, report.decided_at = by, timezone.now()
    email, report.email = report.email, ""
    report.full_clean()
    report.save()
    record_audit(by=by, verb="report.decide", obj=report, outcome=outcome)
    if report.by is not None:
        tell_report_answered(report)
    elif email:
        with translation.override(report.language):
            write_letter(
                address=email,
                template="report_answer",
                context={
                    "title": report.listing.title,
                    "taken_down": outcome == Report.Outcome.TAKEN_DOWN,
                    "answer": report.answer,
                },
            )


def recall_reports(*, batch: int = 200) -> int:
    """Remind the reviewers of open reports on their last day; returns how many. Each once."""
    told = 0
    for pk in list(
        Report.objects.to_be_recalled(site_today()).values_list("pk", flat=True)[:batch]
    ):
        with transaction.atomic():
            due = Report.objects.to_be_recalled(site_today()).filter(pk=pk)
            report = due.select_for_update(skip_locked=True, of=("self",)).first()
            if report is None:
                continue
            report.reminded_at = timezone.now()
            report.save(update_fields=["reminded_at"])
            tell_reported(report, again=True)
            told += 1
    return told
