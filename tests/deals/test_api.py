"""The API door of introductions, and that it answers what the pages answer."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member, Notification
from achievements.models import Listing
from deals.models import Introduction, Message
from deals.services import begin_introduction
from tests.deals.conftest import match_between
from tests.factories import (
    AchievementFactory,
    ApiTokenFactory,
    IntroductionFactory,
    MemberFactory,
    MessageFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = reverse("api:introduction-list")
WORDS = {"subject": "Your pump", "body": "Please tell us more."}


def detail(introduction):
    """The address of one thread."""
    return reverse("api:introduction-detail", args=[introduction.pk])


def reply_url(introduction):
    """Where one answers in a thread."""
    return reverse("api:introduction-reply", args=[introduction.pk])


def codes(response):
    """What is wrong, as (field, code)."""
    return [(error["attr"], error["code"]) for error in response.json()["errors"]]


def test_introduction_create_answers_with_the_thread(api, sides):
    api.force_authenticate(sides.buyer)

    response = api.post(LIST, {**WORDS, "listing": sides.achievement.pk})

    introduction = Introduction.objects.get()
    message = introduction.messages.get()
    assert response.status_code == 201
    body = response.json()
    assert {name: body[name] for name in body if not name.endswith("_at")} == {
        "id": introduction.pk,
        "listing": {"id": sides.achievement.pk, "kind": "achievement", "title": "Quiet pump"},
        "match": None,
        "subject": "Your pump",
        "direction": "sent",
        "sender": {
            "name": "Hidden Harbour Industries",
            "organisation": "hidden-harbour",
            "anonymous": False,
        },
        "recipient": {
            "name": "Lakeside University",
            "organisation": sides.university.slug,
            "anonymous": False,
        },
        "unread": False,
        "messages": [
            {
                "id": message.pk,
                "author": "Bodo Buyersecret",
                "own": True,
                "from_sender": True,
                "body": "Please tell us more.",
                "sent_at": body["messages"][0]["sent_at"],
            }
        ],
    }


def test_introduction_create_by_match_and_organisation(api, sides):
    other = MemberFactory(user=sides.buyer).organisation
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    api.force_authenticate(sides.buyer)
    listing = sides.achievement.pk

    ambiguous = api.post(LIST, {**WORDS, "listing": listing})
    chosen = api.post(LIST, {**WORDS, "listing": listing, "organisation": other.slug})
    matched = api.post(LIST, {**WORDS, "listing": listing, "match": match.pk})

    assert (ambiguous.status_code, codes(ambiguous)) == (400, [("organisation", "required")])
    assert chosen.json()["sender"]["organisation"] == other.slug
    assert matched.json()["sender"]["organisation"] == "hidden-harbour"
    assert matched.json()["match"] == match.pk


def test_introduction_create_same_token_twice_makes_one(api, sides):
    api.force_authenticate(sides.buyer)
    data = {**WORDS, "listing": sides.achievement.pk, "token": str(uuid.uuid4())}

    first, second = (api.post(LIST, data) for _ in range(2))

    assert first.json() == second.json()
    assert Message.objects.count() == 1


def test_introduction_create_refusals_change_nothing(api, sides, settings):
    members_only = AchievementFactory(visibility=Listing.Visibility.MEMBERS)
    unaccepted = match_between(sides.demand, sides.achievement)
    person, viewer = UserFactory(), MemberFactory(role=Member.Role.VIEWER).user
    moderator = UserFactory(moderator=True)
    draft = AchievementFactory(state="draft")
    listing = sides.achievement.pk
    cases = [
        (None, {"listing": listing}, 401),
        (person, {"listing": members_only.pk}, 400),
        (person, {"listing": 0}, 400),
        (person, {"listing": listing, "subject": ""}, 400),
        (person, {"listing": listing, "organisation": "hidden-harbour"}, 400),
        (person, {"listing": listing, "match": unaccepted.pk}, 400),
        (sides.buyer, {"listing": listing, "match": unaccepted.pk}, 409),
        (viewer, {"listing": listing}, 403),
        (sides.researcher, {"listing": listing}, 403),
        (moderator, {"listing": draft.pk}, 409),
    ]

    for user, values, status in cases:
        api.force_authenticate(user)
        assert api.post(LIST, {**WORDS, **values}).status_code == status, (user, values)

    assert not Introduction.objects.exists()
    assert not Notification.objects.exists()


def test_introduction_create_beyond_the_days_limit_is_429(api, sides, settings):
    settings.INTRODUCTIONS_PER_DAY = 1
    api.force_authenticate(sides.buyer)
    data = {**WORDS, "listing": sides.achievement.pk}

    assert [api.post(LIST, data).status_code for _ in range(2)] == [201, 429]
    assert Introduction.objects.count() == 1


def test_introduction_reply_is_added_by_both_sides_only(api, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    viewer = MemberFactory(organisation=sides.university, role=Member.Role.VIEWER).user
    users = {
        sides.researcher: 201,
        sides.buyer: 201,
        viewer: 403,
        UserFactory(): 404,
        UserFactory(superuser=True): 404,
    }

    for user, status in users.items():
        api.force_authenticate(user)
        assert api.post(reply_url(introduction), {"body": "An answer."}).status_code == status

    assert list(introduction.messages.values_list("author__name", "from_sender")) == [
        ("Bodo Buyersecret", True),
        ("Rosa Researcher", False),
        ("Bodo Buyersecret", True),
    ]


def test_introduction_is_neither_changed_nor_removed(api, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    api.force_authenticate(sides.buyer)

    for verb in (api.put, api.patch, api.delete):
        assert verb(detail(introduction), {"subject": "x"}).status_code == 405
    introduction.refresh_from_db()
    assert introduction.subject == "Your pump"


def test_introduction_token_for_reading_does_not_write(api, sides):
    token = ApiTokenFactory(user=sides.buyer, read_only=True, secret="tr_reading")
    headers = {"authorization": "Bearer tr_reading"}
    assert token.user == sides.buyer

    assert api.get(LIST, headers=headers).status_code == 200
    data = {**WORDS, "listing": sides.achievement.pk}
    assert api.post(LIST, data, headers=headers).status_code == 403
    assert not Introduction.objects.exists()


def test_introduction_listing_withdrawn_is_null(api, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    Listing.objects.filter(pk=sides.achievement.pk).update(state="withdrawn")
    api.force_authenticate(sides.buyer)

    assert api.get(detail(introduction)).json()["listing"] is None


def test_introduction_list_and_detail_cost_the_same_with_one_and_three_rows(api, sides):
    api.force_authenticate(sides.buyer)
    counts = {"list": [], "detail": []}
    for number in (1, 2):
        threads = IntroductionFactory.create_batch(number, listing=sides.demand)
        for thread in threads:
            MessageFactory.create_batch(number * 2 - 1, introduction=thread, author=UserFactory())
        for name, url in (("list", LIST), ("detail", detail(threads[-1]))):
            with CaptureQueriesContext(connection) as queries:
                assert api.get(url).status_code == 200
            counts[name].append(len(queries))

    assert counts["list"][0] == counts["list"][1]
    assert counts["detail"][0] == counts["detail"][1]


@pytest.mark.parametrize("query", ["direction=up", "listing=x", f"listing={10**30}", "listing=1.5"])
def test_introduction_list_nonsense_is_refused(api, sides, query):
    api.force_authenticate(sides.buyer)

    assert api.get(f"{LIST}?{query}").status_code == 400


def test_introduction_list_page_and_api_tell_the_same_of_each_row(api, client, sides):
    begin_introduction(by=sides.researcher, listing=sides.demand, **WORDS)
    begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    client.force_login(sides.researcher)
    api.force_authenticate(sides.researcher)

    page = client.get(reverse("deals:introduction_list")).context["rows"]
    rows = api.get(LIST).json()["results"]

    assert [(row["direction"], row["unread"]) for row in rows] == [
        ("received", True),
        ("sent", False),
    ]
    assert [row["direction"] == "sent" for row in rows] == [row["sent"] for row in page]
    assert [row["unread"] for row in rows] == [row["introduction"].unread for row in page]
