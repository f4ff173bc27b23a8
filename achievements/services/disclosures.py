"""From an inventor's disclosure to a decision and, without retyping, to a draft listing."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import notify, record_audit
from accounts.services.notifications import organisation_recipients
from achievements.models import (
    Achievement,
    Disclosure,
    DisclosureEntry,
    IPRight,
    Listing,
)
from achievements.services.content import create_listing
from achievements.services.disclosure_writing import Inventors, write_disclosure
from achievements.services.text import clean_text
from achievements.working_days import site_today

State, Decision = Disclosure.State, Disclosure.Decision
_SUMMARY = 300


@transaction.atomic
def submit_disclosure(
    *, by: User, organisation: Organisation, values: Mapping[str, Any], inventors: Inventors
) -> Disclosure:
    """Hand a disclosure to the office of the organisation, which is told; returns it.

    Raises ValidationError when something is missing or the shares do not add up to 100 %. Audit
    event ``disclosure.submit``.
    """
    disclosure = Disclosure(organisation=organisation, submitted_by=by)
    write_disclosure(disclosure, values, inventors)
    record_audit(by=by, verb="disclosure.submit", obj=disclosure, organisation=organisation)
    office = [user for user in organisation_recipients(organisation) if user.pk != by.pk]
    _tell(disclosure, "disclosure_submitted", office, "submitted")
    return disclosure


@transaction.atomic
def ask_back(disclosure: Disclosure, *, by: User, text: str) -> Disclosure:
    """Give a disclosure back to the inventor with a question; the inventor is told.

    Raises ValidationError unless it is with the office, or without a question. Audit event
    ``disclosure.ask``.
    """
    locked = _locked(disclosure, State.SUBMITTED)
    if not text.strip():
        raise ValidationError({"text": [_("Write what you want to know.")]})
    entry = _say(locked, DisclosureEntry.Kind.QUESTION, text, by)
    _move(locked, State.ASKED)
    record_audit(by=by, verb="disclosure.ask", obj=locked, organisation=locked.organisation)
    _tell(locked, "disclosure_asked", _inventor(locked), f"asked:{entry.pk}")
    return locked


@transaction.atomic
def answer_disclosure(
    disclosure: Disclosure,
    *,
    by: User,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    inventors: Inventors | None = None,
) -> Disclosure:
    """Answer the office, with words, with a corrected form or both; the office is told.

    Raises ValidationError unless a question is open, or with neither. Audit event
    ``disclosure.answer``.
    """
    locked = _locked(disclosure, State.ASKED)
    if not text.strip() and values is None and inventors is None:
        raise ValidationError({"text": [_("Write an answer.")]})
    if values is not None or inventors is not None:
        write_disclosure(locked, values or {}, inventors)
    entry = _say(locked, DisclosureEntry.Kind.ANSWER, text, by)
    _move(locked, State.SUBMITTED)
    record_audit(by=by, verb="disclosure.answer", obj=locked, organisation=locked.organisation)
    office = [user for user in organisation_recipients(locked.organisation) if user.pk != by.pk]
    _tell(locked, "disclosure_answered", office, f"answered:{entry.pk}")
    return locked


@transaction.atomic
def decide_disclosure(
    disclosure: Disclosure, *, by: User, decision: str, note: str = ""
) -> Disclosure:
    """Decide what becomes of it; the inventor is told.

    Raises ValidationError for one that is decided already, an unknown decision, and for a return
    without a reason. Audit event ``disclosure.decide``.
    """
    locked = _locked(disclosure, State.SUBMITTED, State.ASKED)
    if decision not in Decision.values:
        raise ValidationError({"decision": [_("Choose a decision.")]})
    if decision == Decision.RETURN and not note.strip():
        raise ValidationError({"note": [_("Say why it is returned.")]})
    locked.decision, locked.decided_by, locked.decided_at = decision, by, timezone.now()
    _say(locked, DisclosureEntry.Kind.DECISION, note, by)
    _move(locked, State.DECIDED)
    record_audit(
        by=by,
        verb="disclosure.decide",
        obj=locked,
        organisation=locked.organisation,
        decision=decision,
    )
    _tell(locked, "disclosure_decided", _inventor(locked), "decided")
    return locked


@transaction.atomic
def list_disclosure(disclosure: Disclosure, *, by: User) -> Achievement:
    """Make a draft achievement of a decided disclosure, with what was written; returns it.

    Title, text, advantages, funding and inventors are taken over in the disclosure's language;
    what is to be protected gets a patent in preparation, know-how a right of that kind. The
    draft is seen by the own organisation only, and cannot be submitted before the embargo ends.
    The inventor is told. Raises ValidationError unless decided for it, or when there is one.
    Audit events ``listing.create`` and ``disclosure.list``.
    """
    locked = _locked(disclosure, State.DECIDED)
    if locked.decision == Decision.RETURN:
        message = _("It was returned to the inventors; the organisation does not list it.")
        raise ValidationError(message, code="state")
    if locked.listing_id is not None:
        raise ValidationError(_("There is a listing of it already."), code="state")
    tongue = locked.language
    listing = create_listing(
        Achievement,
        by=by,
        organisation=locked.organisation,
        values={
            f"title_{tongue}": locked.title,
            f"summary_{tongue}": _summary(locked.what),
            f"solution_{tongue}": locked.what,
            f"advantages_{tongue}": locked.advantages,
            f"funding_source_{tongue}": locked.funding,
        },
        rows={
            "inventors": [{f"name_{tongue}": row.name} for row in locked.inventors.all()],
            "ip_rights": _rights(locked),
        },
    )
    locked.listing = listing
    _move(locked, State.DECIDED)
    record_audit(
        by=by,
        verb="disclosure.list",
        obj=locked,
        organisation=locked.organisation,
        listing=listing.pk,
    )
    _tell(locked, "disclosure_listed", _inventor(locked), "listed")
    return listing


def check_embargo(listing: Listing) -> None:
    """Raise ValidationError while the disclosure that a listing was made of is under embargo, by
    the site's own clock."""
    held = Disclosure.objects.filter(listing=listing.pk).under_embargo(site_today()).first()
    if held is not None and held.embargo_until is not None:
        raise ValidationError(
            _("The inventors asked not to publish it before %(day)s.")
            % {"day": date_format(held.embargo_until, "DATE_FORMAT")},
            code="embargo",
        )


def _summary(text: str) -> str:
    """The first sentences, to begin with."""
    head = " ".join(text.split())
    if len(head) <= _SUMMARY:
        return head
    cut = max(head.rfind(sign, 0, _SUMMARY) for sign in (". ", "。", "！", "？", "；"))
    return head[: cut + 1].strip() if cut > _SUMMARY // 4 else f"{head[:_SUMMARY].rstrip()}…"


def _rights(disclosure: Disclosure) -> list[dict[str, Any]]:
    if disclosure.decision == Decision.PROTECT:
        return [{"kind": IPRight.Kind.PATENT, "status": IPRight.Status.IN_PREPARATION}]
    if disclosure.decision == Decision.KNOW_HOW:
        return [{"kind": IPRight.Kind.KNOW_HOW}]
    return []


def _locked(disclosure: Disclosure, *states: str) -> Disclosure:
    rows = Disclosure.objects.select_for_update(of=("self",)).select_related("organisation")
    locked = rows.get(pk=disclosure.pk)
    if locked.state not in states:
        raise ValidationError(
            _("This is not possible while it is in state “%(state)s”. Reload the page.")
            % {"state": locked.get_state_display()},
            code="state",
        )
    return locked


def _move(disclosure: Disclosure, state: str) -> None:
    disclosure.state, disclosure.updated_at = state, timezone.now()
    disclosure.save()


def _say(disclosure: Disclosure, kind: str, text: str, by: User) -> DisclosureEntry:
    entry = DisclosureEntry(disclosure=disclosure, kind=kind, text=clean_text(text), by=by)
    entry.full_clean(exclude=["disclosure", "by"])
    entry.save()
    return entry


def _inventor(disclosure: Disclosure) -> list[User]:
    """Who submitted it, as long as they belong to the organisation."""
    user = disclosure.submitted_by
    if user is None or not user.is_active:
        return []
    member = user.memberships.filter(organisation=disclosure.organisation_id).exists()
    return [user] if member else []


def _tell(disclosure: Disclosure, kind: str, recipients: list[User], key: str) -> None:
    """By number: a title is confidential, and letters are read in many places."""
    notify(
        recipients=recipients,
        kind=kind,
        key=f"disclosure.{key}:{disclosure.pk}",
        path=disclosure.get_absolute_url(),
        data={"number": disclosure.pk},
    )


def deciders_of(disclosure: Disclosure) -> list[User]:
    """Who may ask back and decide: the organisation's owners and editors but who handed it in."""
    office = organisation_recipients(disclosure.organisation)
    return [user for user in office if user.pk != disclosure.submitted_by_id]
