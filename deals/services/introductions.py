"""Beginning an introduction, answering in it, and having read it.

Doors ask the predicates of ``deals.permissions`` first. A form sent twice makes one message: it
carries a token, and the author's row is locked while the message is written.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Notification, Organisation, User
from accounts.services import record_audit
from achievements.models import Expert, Listing
from deals.models import Introduction, Message
from deals.permissions import other_side, speaks_for, writing_organisations
from deals.services.notices import tell_both_sides
from deals.sides import Reader
from matching.models import Decision, Match
from matching.services.revealing import is_hidden

DAY = timedelta(days=1)


def _lock(user: User) -> None:
    """One message at a time per author, so that tokens and daily limits are counted exactly."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _sent_before(by: User, token: UUID | None, body: str, **target: int) -> Message | None:
    """The message that this form has already made. Raises when the form now says something else."""
    if token is None:
        return None
    made = Message.objects.filter(author=by, token=token).select_related("introduction")
    message = made.first()
    if message is None:
        return None
    if message.body != body or not made.filter(**target).exists():
        raise ValidationError(
            _("This form has been sent before, with another text. Send it again to add this text."),
            code="token",
        )
    return message


def _check_daily_limits(by: User, *, begins: bool) -> None:
    since = timezone.now() - DAY
    begun, most = 0, settings.INTRODUCTIONS_PER_DAY
    if begins:
        begun = Introduction.objects.filter(sender=by, created_at__gt=since).count()
    if begins and begun >= most:
        raise ValidationError(
            ngettext(
                "You can begin %(count)d conversation a day. Please go on tomorrow.",
                "You can begin %(count)d conversations a day. Please go on tomorrow.",
                most,
            )
            % {"count": most},
            code="rate",
        )
    most = settings.MESSAGES_PER_DAY
    if Message.objects.written_since(by, since).count() >= most:
        raise ValidationError(
            ngettext(
                "You can send %(count)d message a day. Please go on tomorrow.",
                "You can send %(count)d messages a day. Please go on tomorrow.",
                most,
            )
            % {"count": most},
            code="rate",
        )


def _check_match(match: Match, listing: Listing) -> None:
    """It pairs the listing, both sides are live, one has accepted and none dismissed.

    A later run may no longer find the pair: what people have accepted does not depend on that.
    """
    if listing.pk not in (match.demand_id, match.candidate_id):
        raise ValidationError(_("This match does not concern the listing."), code="match")
    if not Match.objects.live().filter(pk=match.pk).exists():
        raise ValidationError(_("This match is no longer open."), code="state")
    if is_hidden(match):
        raise ValidationError(
            _("The demand is sealed. Reveal it to the other side before you write."), code="sealed"
        )
    verdicts = set(match.decisions.values_list("verdict", flat=True))
    if Decision.Verdict.ACCEPTED not in verdicts or Decision.Verdict.DISMISSED in verdicts:
        raise ValidationError(
            _("Accept the match first; then you can write to the other side."), code="state"
        )


def sender_of_match(by: User, own: Listing) -> Organisation | None:
    """For whom ``by`` writes from a match: the organisation, None for an expert's own person."""
    if not speaks_for(by, own):
        raise ValidationError(_("This match does not concern your listings."), code="match")
    if own.kind == Listing.Kind.EXPERT and Expert.objects.filter(pk=own.pk, user=by).exists():
        return None
    return own.organisation


def _sender_of_choice(by: User, chosen: Organisation | None) -> Organisation | None:
    """The organisation chosen, or the only one possible, or the one the user acts for."""
    possible = list(writing_organisations(by))
    if chosen is not None:
        if chosen not in possible:
            message = _("You may not write for this organisation.")
            raise ValidationError({"organisation": ValidationError(message, code="organisation")})
        return chosen
    if len(possible) <= 1:
        return next(iter(possible), None)
    for organisation in possible:
        if organisation.pk == by.active_organisation_id:
            return organisation
    message = _("Choose for which organisation you write.")
    raise ValidationError({"organisation": ValidationError(message, code="required")})


def _address(introduction: Introduction, listing: Listing) -> None:
    """The expert who claimed the profile, else the listing's organisation, else the curators."""
    if listing.kind == Listing.Kind.EXPERT:
        expert = Expert.objects.select_related("user").get(pk=listing.pk)
        if expert.user is not None and expert.user.is_active:
            introduction.recipient = expert.user
            return
    introduction.recipient_organisation = listing.organisation
    introduction.recipient_anonymous = listing.is_anonymous
    introduction.to_curators = listing.organisation is None


@transaction.atomic
def begin_introduction(
    *,
    by: User,
    listing: Listing,
    subject: str,
    body: str,
    organisation: Organisation | None = None,
    match: Match | None = None,
    token: UUID | None = None,
) -> Introduction:
    """Write to the side of ``listing`` for the first time; both sides are told.

    ``organisation`` says for whom, where the user may write for several; by a ``match`` it is the
    side of the match's other listing, which stays anonymous if that is an anonymous demand.
    Writes the introduction, its first message, an audit event and notifications. The same
    ``token`` with the same text again returns what it made before. Raises ValidationError when
    the listing is not live, the match is not accepted, the day's limit is reached or a text is
    missing.
    """
    _lock(by)
    body = body.strip()
    before = _sent_before(by, token, body, introduction__listing=listing.pk)
    if before is not None:
        return before.introduction
    if not listing.is_live:
        raise ValidationError(
            _("This listing is no longer open, so nobody can be written to about it."),
            code="state",
        )
    _check_daily_limits(by, begins=True)
    introduction = Introduction(listing_id=listing.pk, subject=subject.strip(), sender=by)
    if match is None:
        introduction.sender_organisation = _sender_of_choice(by, organisation)
    else:
        _check_match(match, listing)
        own = other_side(match, listing)
        introduction.match = match
        introduction.sender_organisation = sender_of_match(by, own)
        introduction.sender_anonymous = own.is_anonymous
    _address(introduction, listing)
    introduction.full_clean()
    introduction.save()
    message = _write(introduction, by=by, body=body, began=True, token=token)
    record_audit(
        by=by,
        verb="introduction.begin",
        obj=introduction,
        organisation=introduction.sender_organisation,
        listing=listing.pk,
        match=match.pk if match else None,
    )
    tell_both_sides(message, first=True)
    return introduction


@transaction.atomic
def reply(introduction: Introduction, *, by: User, body: str, token: UUID | None = None) -> Message:
    """Add a message of the side that ``by`` sits on; both sides are told.

    A thread stays open when its listing is withdrawn. Writes the message and an audit event. The
    same ``token`` with the same text again returns the message it made before. Raises
    ValidationError when the day's limit is reached or the text is missing or too long,
    PermissionDenied for who sits on neither side.
    """
    seat = Reader(by).seat(introduction)
    if seat is None:
        raise PermissionDenied
    _lock(by)
    body = body.strip()
    before = _sent_before(by, token, body, introduction=introduction.pk)
    if before is not None:
        return before
    _check_daily_limits(by, begins=False)
    message = _write(introduction, by=by, body=body, began=seat.began, token=token)
    Introduction.objects.filter(pk=introduction.pk).update(last_message_at=message.sent_at)
    introduction.last_message_at = message.sent_at
    record_audit(
        by=by,
        verb="introduction.reply",
        obj=introduction,
        organisation=(
            introduction.sender_organisation if seat.began else introduction.recipient_organisation
        ),
        message=message.pk,
    )
    tell_both_sides(message, first=False)
    return message


def _write(
    introduction: Introduction, *, by: User, body: str, began: bool, token: UUID | None
) -> Message:
    message = Message(
        introduction=introduction, author=by, from_sender=began, body=body, token=token
    )
    message.full_clean()
    message.save()
    return message


def mark_introduction_read(introduction: Introduction, *, by: User) -> int:
    """What ``by`` was told of this thread counts as read; returns how many notifications."""
    told = Notification.objects.for_user(by).unread()
    return told.filter(path=introduction.get_absolute_url()).update(read_at=timezone.now())
