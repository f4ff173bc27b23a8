"""Asking an achievement's owner for what no evidence says, and what the answer changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import Achievement, Listing
from achievements.services import update_listing
from achievements.services.writing import row_fields
from achievements.units import UnknownUnitError, convert
from matching.models import Match, Question
from matching.scoring.requirements import UNKNOWN, row_key
from matching.services.notices import tell_answer, tell_question
from matching.services.revealing import is_hidden

MOST_A_DAY = 30  # questions of one organisation


class AlreadyAskedError(ValidationError):
    """The same row was asked of the same achievement before; the message says when."""


@transaction.atomic
def ask_owner(*, match: Match, key: str, by: User) -> Question:
    """Ask the achievement's owner for the value of one unknown must row; the owner is told.

    ``key`` names the row, see :func:`matching.scoring.requirements.row_key`. Raises
    AlreadyAskedError the second time, and ValidationError when the row is not unknown, is no must
    or is gone, when the match is over, or after too many questions in a day. Audit event
    ``question.ask``.
    """
    locked = Match.objects.select_for_update(of=("self",)).select_related("demand").get(pk=match.pk)
    if not locked.demand.is_live or not locked.candidate.is_live:
        raise ValidationError(
            _("One of the two listings is no longer published, so the match is over."),
            code="state",
        )
    if is_hidden(locked):
        raise ValidationError(
            _("The demand is sealed. Reveal it to the other side before you ask."), code="sealed"
        )
    row = _askable(locked, key)
    if locked.kind != Listing.Kind.ACHIEVEMENT or row is None:
        raise ValidationError(
            _("There is nothing to ask here any more: the requirement or the evidence changed."),
            code="state",
        )
    pair: dict[str, Any] = {"demand": locked.demand, "achievement_id": locked.candidate_id}
    before = Question.objects.filter(**pair, key=key).first()
    if before is not None:
        when = date_format(timezone.localtime(before.asked_at), "DATETIME_FORMAT")
        raise AlreadyAskedError(_("This was asked on %(when)s.") % {"when": when}, code="state")
    _check_rate(locked)
    question = Question(**pair, key=key, row=row, asked_by=by)
    question.full_clean()
    question.save()
    record_audit(
        by=by,
        verb="question.ask",
        obj=question,
        organisation=locked.demand.organisation,
        quantity=row["quantity"],
    )
    tell_question(question, match=locked)
    return question


@transaction.atomic
def answer_question(
    *,
    question: Question,
    by: User,
    outcome: str,
    value: Decimal | None = None,
    unit: str = "",
    note: str = "",
) -> Question:
    """Answer with a value, which becomes an evidence row of the achievement, or “not measured”.

    The achievement is then matched anew by the workers, and the side that asked is told. Raises
    ValidationError when it was answered before, without a value, for a unit that cannot be
    converted into the one that was asked for, and as ``update_listing`` does. Audit events
    ``question.answer`` and, for a value, ``listing.update``.
    """
    locked = Question.objects.select_for_update().get(pk=question.pk)
    if locked.outcome:
        raise ValidationError(_("This question has been answered already."), code="state")
    locked.outcome, locked.note = outcome, note.strip()
    if outcome == Question.Outcome.MEASURED:
        locked.value, locked.unit = value, unit.strip()
    locked.answered_by, locked.answered_at = by, timezone.now()
    locked.full_clean()
    if locked.outcome == Question.Outcome.MEASURED:
        _check_unit(locked)
        _add_evidence(locked, by=by)
    locked.save()
    record_audit(
        by=by,
        verb="question.answer",
        obj=locked,
        organisation=locked.achievement.organisation,
        outcome=locked.outcome,
    )
    tell_answer(locked)
    return locked


def _askable(match: Match, key: str) -> dict[str, Any] | None:
    """The unknown must row of this key among the match's reasons."""
    for reason in match.reasons:
        if reason["code"] == "requirements":
            for row in reason["data"]["rows"]:
                if row["must"] and row["result"] == UNKNOWN and row_key(row) == key:
                    return dict(row)
    return None


def _check_rate(match: Match) -> None:
    since = timezone.now() - timedelta(days=1)
    organisation = match.demand.organisation_id
    asked = Question.objects.filter(demand__organisation=organisation, asked_at__gte=since)
    if asked.count() >= MOST_A_DAY:
        raise ValidationError(
            _("Your organisation has asked %(count)d questions today. Go on tomorrow.")
            % {"count": MOST_A_DAY},
            code="rate",
        )


def _check_unit(question: Question) -> None:
    """What is asked in Wh/kg is not answered in metres."""
    wanted = question.row["unit"]
    try:
        found = convert(question.value or Decimal(0), question.unit, wanted)
    except UnknownUnitError:
        found = None
    if found is None and question.unit != wanted:
        raise ValidationError(
            {
                "unit": _("Give it in %(unit)s or in a unit that can be converted into it.")
                % {"unit": wanted or _("a plain number")}
            }
        )


def _add_evidence(question: Question, *, by: User) -> None:
    """One more evidence row; the quantity in the vocabulary's words of the achievement's language.

    Where the vocabulary does not know it, in those of the demand, so that the two meet.
    """
    achievement = Achievement.objects.get(pk=question.achievement_id)
    names = row_fields(achievement.evidence.model)
    rows = [{name: getattr(row, name) for name in names} for row in achievement.evidence.all()]
    language = "en" if achievement.title_en else "zh"
    quantity = question.row.get(f"label_{language}") or question.row["quantity"]
    rows.append({"quantity": quantity, "value": question.value, "unit": question.unit})
    update_listing(achievement, by=by, values={}, rows={"evidence": rows})
