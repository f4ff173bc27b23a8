"""People of the pool: applying, being invited or proposed, claiming a profile, being admitted."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import record_audit
from achievements.models import Claim, Expert, Listing
from achievements.services.content import create_listing, parent_of
from achievements.services.lifecycle import move_listing, publish_listing, submit_listing
from achievements.services.notices import tell_admitted, tell_claim_decided, tell_claim_made
from achievements.services.pool import keep_pool_record
from achievements.services.reviewing import approve_listing
from achievements.services.text import clean_text
from achievements.signals import listings_changed

_SALT = "achievements.claim"
INVITATION_DAYS = 30


@transaction.atomic
def apply_as_expert(
    *, by: User, organisation: Organisation | None, values: Mapping[str, Any]
) -> Expert:
    """A user writes an own profile, as a draft already claimed; submitting it asks for admission.

    Raises ValidationError when the user has a profile.
    """
    _refuse_second_profile(by)
    expert = create_listing(Expert, by=by, organisation=organisation, values=values)
    expert.user = by
    expert.save(update_fields=["user"])
    return expert


@transaction.atomic
def admit_expert(
    expert: Expert, *, by: User, note: str = "", evidence: str = "", seen: str | None = None
) -> Expert:
    """A curator takes a person into the pool, from a submission or a draft; the profile is
    published for a year, the admission holds for ``ADMISSION_YEARS``. ``evidence`` says on what it
    rests, for curators only.

    The person, or the proposing organisation, is told. Where two reviewers are asked for, a draft
    is handed in and endorsed first (see :func:`approve_listing`). Raises ValidationError in other
    states, EditConflictError when the profile is no longer the version ``seen``.
    """
    if expert.state == Listing.State.DRAFT and settings.REVIEW_STEPS > 1:
        move_listing(expert, "submit", by=by, seen=seen, submitted_at=timezone.now())
        seen = expert.version
    if expert.state == Listing.State.IN_REVIEW:
        approve_listing(expert, by=by, note=note, seen=seen)
    else:
        publish_listing(expert, by=by, seen=seen)
        tell_admitted(expert)
    if clean_text(evidence):
        keep_pool_record(expert, by=by, evidence=evidence)
    expert.refresh_from_db(
        fields=["admitted_by", "admitted_at", "admitted_until", "admission_evidence"]
    )
    return expert


@transaction.atomic
def propose_expert(
    *, by: User, organisation: Organisation | None, values: Mapping[str, Any]
) -> Expert:
    """An organisation or a curator describes a person, and hands the profile to the curators."""
    expert = create_listing(Expert, by=by, organisation=organisation, values=values)
    submit_listing(expert, by=by)
    return expert


def invitation_token(expert: Expert) -> str:
    """What a curator or the organisation sends to the person; lets its bearer claim the profile."""
    return signing.dumps(expert.pk, salt=_SALT)


def read_invitation_token(token: str) -> Expert:
    """The profile of an invitation.

    Raises LookupError, with a sentence for the user, when it was not made here, is older than
    30 days, or the profile has been claimed or merged.
    """
    try:
        expert_id = signing.loads(token, salt=_SALT, max_age=INVITATION_DAYS * 24 * 3600)
    except signing.SignatureExpired as error:
        raise LookupError(_("This invitation has expired. Ask for a new one.")) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LookupError(_("This link is not valid.")) from error
    expert = Expert.objects.unmerged().filter(pk=expert_id, user__isnull=True).first()
    if expert is None:
        raise LookupError(_("This profile has already been claimed."))
    return expert


@transaction.atomic
def accept_invitation(token: str, *, by: User) -> Expert:
    """The bearer of an invitation claims the profile. Raises LookupError, ValidationError."""
    expert = read_invitation_token(token)
    return _hand_over(expert, to=by, by=by, verb="expert.claim")


@transaction.atomic
def claim_expert(expert: Expert, *, by: User, statement: str) -> Claim:
    """A user asks for a profile as its person; the curators are told.

    Raises ValidationError when the profile is taken, the user has one or has already asked.
    """
    _refuse_second_profile(by)
    if expert.user_id is not None or expert.merged_into_id is not None:
        raise ValidationError(_("This profile has already been claimed."), code="claimed")
    claim = Claim(expert=expert, user=by, statement=clean_text(statement))
    claim.full_clean()
    claim.save()
    record_audit(by=by, verb="expert.claim_request", obj=parent_of(expert), claim=claim.pk)
    tell_claim_made(claim)
    return claim


@transaction.atomic
def decide_claim(claim: Claim, *, by: User, accepted: bool) -> Claim:
    """A curator hands the profile to the user who asked for it, or declines; the user is told.

    Raises ValidationError when it was decided before or the profile is taken.
    """
    locked = Claim.objects.select_for_update().get(pk=claim.pk)
    if locked.decided_at is not None:
        raise ValidationError(_("This request has already been decided."), code="decided")
    locked.decided_by, locked.decided_at, locked.accepted = by, timezone.now(), accepted
    locked.save(update_fields=["decided_by", "decided_at", "accepted"])
    if accepted:
        _hand_over(locked.expert, to=locked.user, by=by, verb="expert.claim")
    else:
        record_audit(
            by=by, verb="expert.claim_decline", obj=parent_of(locked.expert), claim=locked.pk
        )
    tell_claim_decided(locked)
    return locked


def _refuse_second_profile(user: User) -> None:
    if Expert.objects.unmerged().filter(user=user).exists():
        raise ValidationError(_("There is already an expert profile of yours."), code="claimed")


def _hand_over(expert: Expert, *, to: User, by: User, verb: str) -> Expert:
    """Make the profile the user's own. Must run inside a transaction."""
    locked = Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)
    if locked.user_id is not None or locked.merged_into_id is not None:
        raise ValidationError(_("This profile has already been claimed."), code="claimed")
    _refuse_second_profile(to)
    locked.user = to
    locked.updated_at = timezone.now()
    locked.save(update_fields=["user", "updated_at"])
    locked.invitations.all().delete()  # the addresses have served their purpose
    record_audit(
        by=by, verb=verb, obj=parent_of(locked), organisation=locked.organisation, user=to.pk
    )
    listings_changed.send(Listing, listing_ids=[locked.pk])
    return locked
