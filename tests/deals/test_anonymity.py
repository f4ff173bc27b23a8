"""The side of an anonymous demand is named to its own people only, in no door to anybody else.

Each story is told once with the enterprise written to and once with the enterprise writing.
"""

import json

import pytest
from django.core import mail
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notification
from accounts.services.delivery import deliver_due, gather_notifications
from accounts.services.rendering import render_notification
from achievements.models import Listing
from deals.models import Introduction
from deals.services import begin_introduction, reply
from tests.deals.conftest import match_between
from tests.factories import ExpertFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("deals:introduction_list")
LANGUAGES = ("en", "zh-hans")


def leaks(text, sides):
    """Which of the enterprise's secrets stand in a text."""
    return [secret for secret in sides.secrets() if secret.lower() in str(text).lower()]


def written_to(sides):
    """A university writes about the anonymous demand; the enterprise answers, and again."""
    thread = begin_introduction(
        by=sides.researcher, listing=sides.demand, subject="Our pump", body="Here it is."
    )
    return answered(thread, sides)


def writing(sides):
    """The enterprise writes from the match of its anonymous demand; answers follow."""
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    thread = begin_introduction(
        by=sides.buyer, listing=sides.achievement, match=match, subject="A pump", body="We ask."
    )
    return answered(thread, sides)


def answered(thread, sides):
    """Both people of the enterprise and the researcher write once more."""
    colleague = sides.enterprise.members.last().user
    for user, body in (
        (sides.buyer, "First."),
        (sides.researcher, "Second."),
        (colleague, "Third."),
    ):
        reply(thread, by=user, body=body)
    return thread


def mails_to(user):
    """Deliver what waits; what the user got of it. A mail may tell several things."""
    gather_notifications()
    deliver_due()
    mails = [message for message in mail.outbox if message.to == [user.email]]
    assert mails
    return mails


stories = pytest.mark.parametrize("story", [written_to, writing])


@stories
def test_anonymous_side_is_named_on_no_page_of_the_other(anonymous_sides, story, client):
    thread = story(anonymous_sides)
    client.force_login(anonymous_sides.researcher)

    for language in LANGUAGES:
        for url in (LIST, thread.get_absolute_url()):
            page = client.get(url, headers={"accept-language": language})
            assert page.status_code == 200
            assert leaks(page.content.decode(), anonymous_sides) == []
            assert leaks(page.headers, anonymous_sides) == []
    assert "Anonymous organisation" in client.get(thread.get_absolute_url()).content.decode()


@stories
def test_anonymous_side_is_named_in_no_answer_of_the_api(anonymous_sides, story, api):
    thread = story(anonymous_sides)
    api.force_authenticate(anonymous_sides.researcher)
    urls = [
        reverse("api:introduction-list"),
        reverse("api:introduction-detail", args=[thread.pk]),
        reverse("api:notification-list"),
        reverse("api:audit-event-list"),
    ]

    for url in urls:
        response = api.get(url)
        assert response.status_code == 200
        assert leaks(response.content.decode(), anonymous_sides) == []
    posted = api.post(reverse("api:introduction-reply", args=[thread.pk]), {"body": "More?"})
    assert leaks(posted.content.decode(), anonymous_sides) == []
    seen = api.get(urls[1]).json()
    anonymous = {"name": "Anonymous organisation", "organisation": None, "anonymous": True}
    assert anonymous in (seen["sender"], seen["recipient"])
    assert [message["author"] for message in seen["messages"] if not message["own"]] == [
        "Anonymous organisation"
    ] * (2 if story is written_to else 3)


@stories
def test_anonymous_side_is_named_in_no_notification_and_no_mail(anonymous_sides, story):
    sides = anonymous_sides
    story(sides)

    told = Notification.objects.filter(recipient=sides.researcher)
    assert told.count() == (2 if story is written_to else 3)
    for notification in told:
        assert leaks(json.dumps(notification.data, ensure_ascii=False), sides) == []
        assert notification.data["side_en"] == "Anonymous organisation"
        said = render_notification(notification)
        assert "Anonymous organisation" in said.title
        assert leaks(said.title + said.body, sides) == []

    for message in mails_to(sides.researcher):
        assert leaks(message.message().as_string(), sides) == []
        assert leaks(message.body, sides) == []
        assert leaks([part.content for part in message.alternatives], sides) == []
        assert leaks(message.extra_headers, sides) == []


def test_anonymous_side_is_named_in_no_header_of_the_first_mail(anonymous_sides):
    sides = anonymous_sides
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    begin_introduction(
        by=sides.buyer, listing=sides.achievement, match=match, subject="A pump", body="We ask."
    )

    (message,) = mails_to(sides.researcher)

    assert "Anonymous organisation writes to you: A pump" in message.subject
    assert "We ask." in message.body
    assert leaks(dict(message.message().items()), sides) == []


@stories
def test_anonymous_side_its_own_people_read_each_others_names(anonymous_sides, story, client):
    thread = story(anonymous_sides)
    client.force_login(anonymous_sides.buyer)

    page = client.get(thread.get_absolute_url())

    authors = {item["author"] for item in page.context["thread"]}
    assert authors == {"Bodo Buyersecret", "Cleo Colleaguesecret", "Rosa Researcher"}
    assert page.context["ours"].name == "Hidden Harbour Industries"
    assert page.context["anonymous"]


def test_anonymous_side_is_not_named_where_one_writes_to_it(anonymous_sides, client):
    url = reverse("deals:introduction_create", args=[anonymous_sides.demand.pk])

    for user in (None, anonymous_sides.researcher, UserFactory()):
        visitor = Client()
        if user is not None:
            visitor.force_login(user)
        page = visitor.get(url)
        assert page.context["to"].name == "Anonymous organisation"
        assert leaks(page.content.decode(), anonymous_sides) == []


def test_anonymous_side_prefilled_words_do_not_name_it(anonymous_sides, client):
    sides = anonymous_sides
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    client.force_login(sides.buyer)
    url = reverse("deals:introduction_create", args=[sides.achievement.pk])

    page = client.get(f"{url}?match={match.pk}")

    form = page.context["form"]
    assert leaks(form["subject"].value() + form["body"].value(), sides) == []
    assert "Do not name yourself" in page.content.decode()


def test_anonymous_side_is_warned_where_it_would_write_with_its_name(anonymous_sides, client):
    sides = anonymous_sides
    url = reverse("deals:introduction_create", args=[sides.achievement.pk])
    client.force_login(sides.buyer)
    assert client.get(url).context["discreet"] is None

    match = match_between(sides.demand, sides.achievement, demand="accepted")

    page = client.get(url)
    assert page.context["discreet"] == match
    assert f'href="{url}?match={match.pk}"' in page.content.decode()
    client.force_login(sides.researcher)
    assert (
        client.get(reverse("deals:introduction_create", args=[sides.demand.pk])).context["discreet"]
        is None
    )


def test_anonymous_side_stays_so_when_the_demand_is_named_later(anonymous_sides, client):
    thread = written_to(anonymous_sides)
    Listing.objects.filter(pk=anonymous_sides.demand.pk).update(disclosure="named")
    client.force_login(anonymous_sides.researcher)

    page = client.get(thread.get_absolute_url())

    assert leaks(page.content.decode(), anonymous_sides) == []


def test_anonymous_side_to_a_claimed_expert_is_not_named(anonymous_sides, client):
    sides = anonymous_sides
    expert = ExpertFactory(user=UserFactory(), organisation=None)
    match = match_between(sides.demand, expert, demand="accepted")
    thread = begin_introduction(
        by=sides.buyer, listing=expert, match=match, subject="Advice", body="Please help."
    )
    client.force_login(expert.user)

    assert leaks(client.get(thread.get_absolute_url()).content.decode(), sides) == []


def test_anonymous_side_audit_events_belong_to_the_side_that_acted(anonymous_sides):
    sides = anonymous_sides
    written_to(sides)

    seen = AuditEvent.objects.visible_to(sides.researcher)
    assert seen.count() == 2
    assert {event.organisation_id for event in seen} == {sides.university.pk}
    assert leaks(json.dumps(list(seen.values()), cls=DjangoJSONEncoder), sides) == []


def test_named_side_is_named_to_the_anonymous_one(anonymous_sides, client):
    thread = written_to(anonymous_sides)
    client.force_login(anonymous_sides.buyer)

    page = client.get(thread.get_absolute_url())

    assert page.context["other"].name == "Lakeside University"
    assert Introduction.objects.get().recipient_anonymous
