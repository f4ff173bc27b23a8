"""What search and matching tell people. Never the organisation behind an anonymous demand."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from accounts.models import User
from accounts.services import notify, notify_of_new, organisation_recipients
from achievements.models import Expert, Listing, Reveal
from achievements.presentation import plain_number
from matching.models import Decision, Match, Question
from matching.wording.matches import asked_text


def recipients_of(listing: Listing) -> list[User]:
    """Who answers for a listing: its organisation's owners and editors, an expert in person."""
    people: dict[int, User] = {}
    if listing.organisation is not None:
        people = {user.pk: user for user in organisation_recipients(listing.organisation)}
    if listing.kind == Listing.Kind.EXPERT:
        person = User.objects.filter(expert=listing.pk, is_active=True).first()
        if person is not None:
            people[person.pk] = person
    return list(people.values())


def tell_new_matches(listing: Listing, found: Sequence[Match]) -> None:
    """Tell both sides of the listing's new strong matches, each reader of each pair once.

    Who answers for a listing hears of its matches in one notification a day, which grows; at most
    one further e-mail about it follows, the next morning. A pair that is lost and found again is
    not told again.
    """
    others: dict[int, set[int]] = {}
    for row in found:
        other = row.candidate_id if row.demand_id == listing.pk else row.demand_id
        others.setdefault(listing.pk, set()).add(other)
        others[other] = {listing.pk}
    everybody = {listing.pk, *others}
    sealed = Listing.objects.filter(pk__in=everybody, disclosure=Listing.Disclosure.SEALED)
    hidden = set(sealed.values_list("pk", flat=True))
    for each in Listing.objects.filter(pk__in=others).select_related("organisation").order_by("pk"):
        people = recipients_of(each)
        if others[each.pk] & hidden:  # of a sealed demand only those it was revealed to hear
            rows = Listing.objects.filter(pk__in=others[each.pk] & hidden)
            people = [user for user in people if rows.visible_to(user).exists()]
        notify_of_new(
            recipients=people,
            kind="matches_found",
            topic=f"matches:{each.pk}",
            items=others[each.pk],
            path=f"{reverse('matching:match_list')}?listing={each.pk}",
            data=_titles(each),
        )


def tell_decision(match: Match, decision: Decision) -> None:
    """Tell the other side that a match was accepted, or why it was dismissed.

    Only people who may still see the match: a listing's layer may have been narrowed since.
    """
    demand_side = decision.side == Decision.Side.DEMAND
    mine, other = (
        (match.demand, match.candidate) if demand_side else (match.candidate, match.demand)
    )
    data: dict[str, Any] = {
        **_titles(other),
        "counterpart_en": mine.title_en or mine.title_zh,
        "counterpart_zh": mine.title_zh or mine.title_en,
        "counterpart_listing": mine.pk,
    }
    if decision.verdict == Decision.Verdict.DISMISSED:
        data |= _choice("reason", Decision.Reason(decision.reason)) | {"note": decision.note}
    both = match.decisions.filter(verdict=Decision.Verdict.ACCEPTED).count() == 2
    data["both"] = both
    rows = Match.objects.filter(pk=match.pk)
    notify(
        recipients=[user for user in recipients_of(other) if rows.visible_to(user).exists()],
        kind=f"match_{decision.verdict}",
        key=f"match:{match.pk}:{decision.side}:{decision.verdict}:{decision.at.isoformat()}",
        path=reverse("matching:match_detail", args=[match.pk]),
        data=data,
    )


def tell_returned(match: Match, decision: Decision) -> None:
    """Tell the side that dismissed a match, once, that what was wrong became better.

    Only people who may see the match.
    """
    demand_side = decision.side == Decision.Side.DEMAND
    mine, other = (
        (match.demand, match.candidate) if demand_side else (match.candidate, match.demand)
    )
    rows = Match.objects.filter(pk=match.pk)
    notify(
        recipients=[user for user in recipients_of(mine) if rows.visible_to(user).exists()],
        kind="match_returned",
        key=f"match:{match.pk}:{decision.side}:returned:{decision.at.isoformat()}",
        path=reverse("matching:match_detail", args=[match.pk]),
        data={
            **_titles(other),
            **_choice("reason", Decision.Reason(decision.reason)),
            "own_en": mine.title_en or mine.title_zh,
            "own_zh": mine.title_zh or mine.title_en,
            "own_listing": mine.pk,
        },
    )


def tell_revealed(match: Match, reveal: Reveal) -> None:
    """Tell the candidate's side, once each time, that a sealed demand was shown to them."""
    demand, own = match.demand, match.candidate
    rows = Match.objects.filter(pk=match.pk)
    notify(
        recipients=[user for user in recipients_of(own) if rows.visible_to(user).exists()],
        kind="demand_revealed",
        key=f"revealed:{match.pk}:{reveal.pk}",
        path=reverse("matching:match_detail", args=[match.pk]),
        data={
            **_titles(demand),
            "own_en": own.title_en or own.title_zh,
            "own_zh": own.title_zh or own.title_en,
            "own_listing": own.pk,
        },
    )


def tell_back(person: User, match: Match) -> None:
    """Tell who put a match aside that its day has come, one notification a day for all of them."""
    if not Match.objects.filter(pk=match.pk).visible_to(person).exists():
        return
    notify_of_new(
        recipients=[person],
        kind="matches_back",
        topic="matches_back",
        items=[match.pk],
        path=f"{reverse('matching:match_list')}?state=open",
        data={},
    )


def tell_question(question: Question, *, match: Match) -> None:
    """Ask those who answer for the achievement. Of an anonymous demand only the figure is told."""
    demand, achievement = match.demand, match.candidate
    data = {**_titles(achievement), **_asked(question.row)}
    if not demand.is_anonymous:
        data |= {
            "demand_en": demand.title_en or demand.title_zh,
            "demand_zh": demand.title_zh or demand.title_en,
            "demand_listing": demand.pk,
        }
    rows = Question.objects.filter(pk=question.pk)
    notify(
        recipients=[user for user in recipients_of(achievement) if rows.visible_to(user).exists()],
        kind="question_asked",
        key=f"question:{question.pk}",
        path=reverse("matching:question_detail", args=[question.pk]),
        data=data,
    )


def tell_answer(question: Question) -> None:
    """Tell the side that asked what the owner said."""
    achievement = question.achievement
    value = plain_number(question.value) if question.value is not None else ""
    data = {
        **_titles(question.demand),
        **_asked(question.row),
        "achievement_en": achievement.title_en or achievement.title_zh,
        "achievement_zh": achievement.title_zh or achievement.title_en,
        "achievement_listing": achievement.pk,
        "answer": f"{value} {question.unit}".strip(),
        "note": question.note,
    }
    rows = Question.objects.filter(pk=question.pk)
    notify(
        recipients=[
            user for user in recipients_of(question.demand) if rows.visible_to(user).exists()
        ],
        kind="question_answered",
        key=f"question:{question.pk}:answer",
        path=reverse("matching:question_detail", args=[question.pk]),
        data=data,
    )


def _asked(row: Mapping[str, Any]) -> dict[str, str]:
    """What a requirement asks: the quantity in both languages, the figure, the unit."""
    return {
        "quantity_en": row["label_en"] or row["quantity"],
        "quantity_zh": row["label_zh"] or row["quantity"],
        "asked": asked_text(row),
        "unit": row["unit"],
    }


def _choice(name: str, value: Decision.Reason) -> dict[str, str]:
    """The label of a choice in both languages."""
    found = {}
    for code, language in (("en", "en"), ("zh", "zh-hans")):
        with translation.override(language):
            found[f"{name}_{code}"] = str(value.label)
    return found


def _titles(listing: Listing | Expert) -> dict[str, Any]:
    return {
        "title_en": listing.title_en,
        "title_zh": listing.title_zh,
        "title_listing": listing.pk,
    }
