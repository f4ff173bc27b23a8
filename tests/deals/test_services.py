"""Beginning, answering, limits, double submission, and who is told."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEvent, Member, Notification
from accounts.services.delivery import deliver_due
from accounts.services.rendering import render_notification
from achievements.models import Listing
from achievements.services import withdraw_listing
from deals.models import Introduction, Message
from deals.permissions import may_begin_introduction, may_reply
from deals.services import begin_introduction, mark_introduction_read, reply
from deals.sides import Reader
from tests.deals.conftest import match_between
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    IntroductionFactory,
    MemberFactory,
    MessageFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
WORDS = {"subject": "Your pump", "body": "Please tell us more."}


def answer(introduction, by, body="Gladly.", **options):
    """Reply from the side that ``by`` sits on."""
    return reply(introduction, by=by, body=body, **options)


def nothing_was_made():
    """No introduction, message, event of one, or notification."""
    return not (
        Introduction.objects.exists()
        or Message.objects.exists()
        or AuditEvent.objects.filter(verb__startswith="introduction").exists()
        or Notification.objects.exists()
    )


def test_begin_introduction_about_a_listing_reaches_its_organisation(sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    introduction.refresh_from_db()
    assert introduction.sender == sides.buyer
    assert introduction.sender_organisation == sides.enterprise
    assert introduction.recipient_organisation == sides.university
    assert (introduction.sender_anonymous, introduction.recipient_anonymous) == (False, False)
    message = introduction.messages.get()
    assert (message.author, message.from_sender, message.body) == (
        sides.buyer,
        True,
        "Please tell us more.",
    )
    event = AuditEvent.objects.get(verb="introduction.begin")
    assert (event.actor, event.object_id) == (sides.buyer, introduction.pk)
    assert event.organisation == sides.enterprise


def test_begin_introduction_both_sides_are_told_but_not_the_author(sides):
    viewer = MemberFactory(organisation=sides.university, role=Member.Role.VIEWER).user

    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    told = {told.recipient.name: told for told in Notification.objects.all()}
    assert set(told) == {"Rosa Researcher", "Cleo Colleaguesecret"}
    assert viewer.notifications.count() == 0
    assert told["Rosa Researcher"].kind == "introduction_begun"
    assert told["Rosa Researcher"].path == introduction.get_absolute_url()
    assert told["Rosa Researcher"].data == {
        "introduction": introduction.pk,
        "subject": "Your pump",
        "excerpt": "Please tell us more.",
        "own": False,
        "side_en": "Hidden Harbour Industries",
        "side_zh": "隐港实业",
        "other_en": "Lakeside University",
        "other_zh": "湖滨大学",
        "author_en": "Bodo Buyersecret",
        "author_zh": "Bodo Buyersecret",
    }
    assert told["Cleo Colleaguesecret"].data["own"] is True


def test_reply_other_side_is_told_and_thread_moves_up(sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    begun = introduction.last_message_at
    Notification.objects.all().delete()

    message = answer(introduction, sides.researcher)

    introduction.refresh_from_db()
    assert introduction.last_message_at == message.sent_at > begun
    assert (message.from_sender, message.author) == (False, sides.researcher)
    assert {told.recipient.name for told in Notification.objects.all()} == {
        "Bodo Buyersecret",
        "Cleo Colleaguesecret",
    }
    assert set(Notification.objects.values_list("kind", flat=True)) == {"introduction_message"}
    event = AuditEvent.objects.get(verb="introduction.reply")
    assert (event.actor, event.organisation) == (sides.researcher, sides.university)


def test_begin_introduction_user_of_both_sides_is_told_once(sides):
    MemberFactory(organisation=sides.university, user=sides.enterprise.members.last().user)

    begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    assert Notification.objects.count() == 2


def test_begin_introduction_person_without_organisation_writes_as_a_person(sides):
    person = UserFactory()

    introduction = begin_introduction(by=person, listing=sides.achievement, **WORDS)

    assert introduction.sender_organisation is None
    assert Introduction.objects.visible_to(person).get() == introduction


def test_begin_introduction_several_organisations_need_a_choice(sides):
    other = MemberFactory(user=sides.buyer).organisation

    with pytest.raises(ValidationError, match="Choose for which organisation"):
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    assert nothing_was_made()

    chosen = begin_introduction(
        by=sides.buyer, listing=sides.achievement, organisation=other, **WORDS
    )
    assert chosen.sender_organisation == other

    sides.buyer.active_organisation = sides.enterprise
    acting = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    assert acting.sender_organisation == sides.enterprise


def test_begin_introduction_for_an_organisation_one_only_reads_is_refused(sides):
    other = MemberFactory(user=sides.buyer, role=Member.Role.VIEWER).organisation

    with pytest.raises(ValidationError, match="may not write for this organisation"):
        begin_introduction(by=sides.buyer, listing=sides.achievement, organisation=other, **WORDS)
    assert nothing_was_made()


def test_begin_introduction_expert_is_reached_by_claim_organisation_or_curators(sides):
    curator = UserFactory(curator=True)
    claimed = ExpertFactory(user=UserFactory())
    employed = ExpertFactory(user=UserFactory(is_active=False))
    alone = ExpertFactory(organisation=None)

    to = {
        name: begin_introduction(by=sides.buyer, listing=listing, **WORDS)
        for name, listing in (("claimed", claimed), ("employed", employed), ("alone", alone))
    }

    assert (to["claimed"].recipient, to["claimed"].recipient_organisation) == (claimed.user, None)
    assert to["employed"].recipient is None
    assert to["employed"].recipient_organisation == employed.organisation
    assert to["alone"].to_curators
    assert [told.kind for told in curator.notifications.all()] == ["introduction_begun"]
    assert Introduction.objects.visible_to(curator).get() == to["alone"]
    assert Introduction.objects.visible_to(claimed.user).get() == to["claimed"]


def test_begin_introduction_without_curators_reaches_superusers(sides):
    superuser, idle = UserFactory(superuser=True), UserFactory(curator=True, is_active=False)
    alone = ExpertFactory(organisation=None)

    begin_introduction(by=sides.buyer, listing=alone, subject="Advice", body="Hello")

    assert [told.kind for told in superuser.notifications.all()] == ["introduction_begun"]
    assert not idle.notifications.exists()
    curator = UserFactory(curator=True)
    begin_introduction(by=sides.buyer, listing=alone, subject="Advice", body="Again")
    assert superuser.notifications.count() == 1
    assert curator.notifications.count() == 1


def test_who_has_left_the_organisation_is_not_shown_what_was_written_to_it(sides):
    begin_introduction(
        by=sides.buyer, listing=sides.achievement, subject="Our offer", body="Nine million"
    )
    told = sides.researcher.notifications.get()
    assert "Our offer" in render_notification(told).title
    assert "Nine million" in render_notification(told).body

    sides.researcher.memberships.all().delete()

    said = render_notification(told)
    assert said.title == "A conversation you were told of is no longer yours"
    assert "Nine million" not in said.body
    mail.outbox.clear()
    deliver_due()
    [letter] = [one for one in mail.outbox if one.to == [sides.researcher.email]]
    assert letter.subject == said.title
    assert "Our offer" not in letter.body
    assert "Nine million" not in letter.body


def test_introduction_of_a_removed_expert_does_not_fall_to_curators(sides):
    expert = ExpertFactory(user=UserFactory(), organisation=None)
    begin_introduction(by=sides.buyer, listing=expert, **WORDS)

    expert.user.delete()

    assert not Introduction.objects.visible_to(UserFactory(curator=True)).exists()


@pytest.mark.parametrize("state", ["draft", "in_review", "expired", "withdrawn", "closed"])
def test_begin_introduction_listing_that_is_not_live_is_refused(sides, state):
    Listing.objects.filter(pk=sides.achievement.pk).update(state=state)
    sides.achievement.refresh_from_db()

    with pytest.raises(ValidationError, match="no longer open"):
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    assert nothing_was_made()


def test_reply_after_the_listing_is_withdrawn_is_possible(sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    withdraw_listing(sides.achievement, by=sides.researcher)

    answer(introduction, sides.researcher)

    assert introduction.messages.count() == 2


@pytest.mark.parametrize("value", [" ", "x" * 10001], ids=["empty", "long"])
@pytest.mark.parametrize("field", ["subject", "body"])
def test_begin_introduction_text_missing_or_too_long_is_refused(sides, field, value):
    with pytest.raises(ValidationError) as error:
        begin_introduction(by=sides.buyer, listing=sides.achievement, **(WORDS | {field: value}))

    assert list(error.value.message_dict) == [field]
    assert nothing_was_made()


# The same form twice


def test_begin_introduction_same_token_twice_makes_one(sides):
    token = uuid.uuid4()
    first, second = (
        begin_introduction(by=sides.buyer, listing=sides.achievement, token=token, **WORDS)
        for _ in range(2)
    )

    assert first == second
    assert Introduction.objects.count() == Message.objects.count() == 1
    assert AuditEvent.objects.filter(verb="introduction.begin").count() == 1


def test_begin_introduction_same_token_with_another_text_is_refused(sides):
    token = uuid.uuid4()
    begin_introduction(by=sides.buyer, listing=sides.achievement, token=token, **WORDS)

    for listing, body in ((sides.achievement, "Other."), (AchievementFactory(), WORDS["body"])):
        with pytest.raises(ValidationError, match="has been sent before") as error:
            begin_introduction(by=sides.buyer, listing=listing, token=token, subject="x", body=body)
        assert error.value.code == "token"

    assert Message.objects.count() == 1


def test_reply_same_token_twice_makes_one(sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    token = uuid.uuid4()

    first, second = (answer(introduction, sides.researcher, token=token) for _ in range(2))

    assert first == second
    assert introduction.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_begin_introduction_same_token_at_the_same_time_makes_one(sides):
    token = uuid.uuid4()

    def send(_number):
        try:
            return begin_introduction(
                by=sides.buyer, listing=sides.achievement, token=token, **WORDS
            ).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(send, range(4)))

    assert len(made) == Introduction.objects.count() == Message.objects.count() == 1


# Limits


def test_begin_introduction_beyond_the_days_limit_is_refused(sides, settings):
    settings.INTRODUCTIONS_PER_DAY = 2
    for _ in range(2):
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    with pytest.raises(ValidationError, match="2 conversations a day") as error:
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    assert error.value.code == "rate"
    assert Introduction.objects.count() == Message.objects.count() == 2
    begin_introduction(by=sides.researcher, listing=sides.demand, **WORDS)


def test_reply_beyond_the_days_limit_is_refused_until_a_day_has_passed(sides, settings):
    settings.MESSAGES_PER_DAY = 1
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    with pytest.raises(ValidationError, match="1 message a day"):
        answer(introduction, sides.buyer)
    assert introduction.messages.count() == 1

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        answer(introduction, sides.buyer)
    assert introduction.messages.count() == 2


# From a match


def test_begin_introduction_from_an_accepted_match_goes_to_its_other_side(sides):
    match = match_between(sides.demand, sides.achievement, demand="accepted")

    introduction = begin_introduction(
        by=sides.buyer, listing=sides.achievement, match=match, **WORDS
    )

    assert introduction.match == match
    assert introduction.sender_organisation == sides.enterprise
    assert introduction.recipient_organisation == sides.university
    assert not introduction.sender_anonymous


def test_begin_introduction_from_a_match_of_an_anonymous_demand_stays_anonymous(anonymous_sides):
    sides = anonymous_sides
    match = match_between(sides.demand, sides.achievement, candidate="accepted")

    theirs = begin_introduction(by=sides.buyer, listing=sides.achievement, match=match, **WORDS)
    ours = begin_introduction(by=sides.researcher, listing=sides.demand, match=match, **WORDS)

    assert (theirs.sender_anonymous, theirs.recipient_anonymous) == (True, False)
    assert (ours.sender_anonymous, ours.recipient_anonymous) == (False, True)


def test_begin_introduction_from_a_match_as_claimed_expert_writes_as_a_person(sides):
    person = UserFactory()
    expert = ExpertFactory(user=person, organisation=sides.university)
    match = match_between(sides.demand, expert, candidate="accepted")

    introduction = begin_introduction(by=person, listing=sides.demand, match=match, **WORDS)

    assert (introduction.sender, introduction.sender_organisation) == (person, None)


@pytest.mark.parametrize(
    "decisions",
    [{}, {"demand": "dismissed"}, {"demand": "accepted", "candidate": "dismissed"}],
)
def test_begin_introduction_match_not_accepted_is_refused(sides, decisions):
    match = match_between(sides.demand, sides.achievement, **decisions)

    with pytest.raises(ValidationError, match="Accept the match first"):
        begin_introduction(by=sides.buyer, listing=sides.achievement, match=match, **WORDS)

    assert nothing_was_made()


def test_begin_introduction_match_whose_own_side_is_withdrawn_is_refused(sides):
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    Listing.objects.filter(pk=sides.demand.pk).update(state="withdrawn")

    with pytest.raises(ValidationError, match="no longer open"):
        begin_introduction(by=sides.buyer, listing=sides.achievement, match=match, **WORDS)

    assert nothing_was_made()


def test_begin_introduction_match_of_other_listings_is_refused(sides):
    foreign = match_between(DemandFactory(), sides.achievement, demand="accepted")
    elsewhere = match_between(sides.demand, AchievementFactory(), demand="accepted")

    for match in (foreign, elsewhere):
        with pytest.raises(ValidationError, match="does not concern"):
            begin_introduction(by=sides.buyer, listing=sides.achievement, match=match, **WORDS)

    assert nothing_was_made()


# Who may


def test_may_begin_introduction_only_about_others_and_with_a_voice(sides):
    viewer = MemberFactory(role=Member.Role.VIEWER).user
    colleague = MemberFactory(organisation=sides.university, role=Member.Role.VIEWER).user

    may = {
        "buyer": sides.buyer,
        "person": UserFactory(),
        "viewer elsewhere": viewer,
        "own editor": sides.researcher,
        "own viewer": colleague,
        "visitor": AnonymousUser(),
    }

    assert [
        name for name, user in may.items() if may_begin_introduction(user, sides.achievement)
    ] == [
        "buyer",
        "person",
    ]


def test_may_begin_introduction_to_oneself_is_refused():
    person, curator = UserFactory(), UserFactory(curator=True)
    claimed = ExpertFactory(user=person, organisation=None)
    unclaimed = ExpertFactory(organisation=None)

    assert not may_begin_introduction(person, claimed)
    assert may_begin_introduction(person, unclaimed)
    assert not may_begin_introduction(curator, unclaimed)
    assert may_begin_introduction(curator, claimed)


def test_may_reply_sides_with_a_voice_and_nobody_else(sides):
    introduction = MessageFactory(
        introduction__listing=sides.demand, introduction__sender=sides.researcher,
        introduction__sender_organisation=sides.university,
    ).introduction  # fmt: skip
    viewer = MemberFactory(organisation=sides.enterprise, role=Member.Role.VIEWER).user
    users = {
        "sender": sides.researcher,
        "recipient": sides.buyer,
        "viewer": viewer,
        "superuser": UserFactory(superuser=True),
        "moderator": UserFactory(moderator=True),
        "stranger": UserFactory(),
    }

    assert [name for name, user in users.items() if may_reply(user, introduction)] == [
        "sender",
        "recipient",
    ]
    seen = Introduction.objects.visible_to
    assert [name for name, user in users.items() if seen(user).exists()] == [
        "sender",
        "recipient",
        "viewer",
    ]


def test_introduction_whoever_left_the_organisation_reads_it_no_more(sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)

    sides.buyer.memberships.all().delete()

    assert not Introduction.objects.visible_to(sides.buyer).exists()
    assert not may_reply(sides.buyer, introduction)


def test_seat_member_of_both_sides_sits_where_they_act(sides):
    introduction = IntroductionFactory(
        listing=sides.demand, sender_organisation=sides.university, sender=sides.researcher
    )
    both = UserFactory()
    for organisation in (sides.university, sides.enterprise):
        MemberFactory(organisation=organisation, user=both)

    assert Reader(both).seat(introduction).began
    both.active_organisation = sides.enterprise
    assert not Reader(both).seat(introduction).began


def test_mark_introduction_read_leaves_other_threads_and_people_unread(sides):
    threads = [
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS) for _ in range(2)
    ]

    assert mark_introduction_read(threads[0], by=sides.researcher) == 1

    unread = Introduction.objects.visible_to(sides.researcher).with_unread(sides.researcher)
    assert [row.pk for row in unread.filter(unread=True)] == [threads[1].pk]
    colleague = sides.enterprise.members.last().user
    assert colleague.notifications.unread().count() == 2


def test_begin_introduction_by_an_accepted_match_that_a_later_run_no_longer_finds(anonymous_sides):
    sides = anonymous_sides
    match = match_between(sides.demand, sides.achievement, demand="accepted", candidate="accepted")
    match.is_current = False
    match.save()

    introduction = begin_introduction(
        by=sides.buyer, listing=sides.achievement, match=match, **WORDS
    )

    assert introduction.sender_anonymous
    assert introduction.recipient_organisation == sides.university
