"""The pages of introductions."""

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
    PASSWORD,
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    IntroductionFactory,
    MemberFactory,
    MessageFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = reverse("deals:introduction_list")
WORDS = {"subject": "Your pump", "body": "Please tell us more."}


def create_url(listing, match=None):
    """Where one writes about a listing, from a match or not."""
    url = reverse("deals:introduction_create", args=[listing.pk])
    return f"{url}?match={match.pk}" if match else url


def filled(page, **values):
    """What a browser would send from a page's form."""
    form = page.context["form"]
    return {bound.name: bound.value() for bound in form} | values


def shown(page):
    """The introductions of a list page, in its order."""
    return [row["introduction"].pk for row in page.context["rows"]]


# Writing


def test_introduction_create_sends_and_shows_the_thread(client, sides):
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement))

    sent = client.post(create_url(sides.achievement), filled(page, body="Hello."), follow=True)

    introduction = Introduction.objects.get()
    assert sent.redirect_chain == [(introduction.get_absolute_url(), 302)]
    assert [item["message"].body for item in sent.context["thread"]] == ["Hello."]
    assert introduction.subject == "Interest in “Quiet pump”"


def test_introduction_create_form_has_at_most_three_fields(client, sides):
    MemberFactory(user=sides.buyer)
    client.force_login(sides.buyer)

    form = client.get(create_url(sides.achievement)).context["form"]

    assert [field.name for field in form.visible_fields()] == ["organisation", "subject", "body"]


def test_introduction_create_organisation_of_another_is_refused(client, sides):
    MemberFactory(user=sides.buyer)
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement))

    answer = client.post(
        create_url(sides.achievement), filled(page, organisation=sides.university.pk)
    )

    assert list(answer.context["form"].errors) == ["organisation"]
    assert not Introduction.objects.exists()


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Interest in “Quiet pump”"), ("zh-hans", "静音泵")]
)
def test_introduction_create_is_prefilled_in_the_language_of_the_page(
    client, sides, language, subject
):
    client.force_login(sides.buyer)

    page = client.get(create_url(sides.achievement), headers={"accept-language": language})

    assert subject in page.context["form"]["subject"].value()


@pytest.mark.parametrize("factory", [AchievementFactory, DemandFactory, ExpertFactory])
def test_introduction_create_longest_title_fits_the_subject(client, factory):
    listing = factory(title_en="x" * 300)
    client.force_login(UserFactory())
    page = client.get(create_url(listing))

    client.post(create_url(listing), filled(page))

    assert Introduction.objects.get().listing_id == listing.pk


def test_introduction_create_from_a_match_names_both_listings(client, sides):
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement, match))

    client.post(create_url(sides.achievement, match), filled(page))

    introduction = Introduction.objects.get()
    assert introduction.match == match
    assert "“Quiet pump”" in introduction.messages.get().body
    assert "“Pump wanted”" in introduction.messages.get().body


def test_introduction_create_match_not_accepted_shows_why(client, sides):
    match = match_between(sides.demand, sides.achievement)
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement, match))

    answer = client.post(create_url(sides.achievement, match), filled(page, body="Kept text."))

    assert answer.context["form"].non_field_errors() == [
        "Accept the match first; then you can write to the other side."
    ]
    assert "Kept text." in answer.content.decode()
    assert not Introduction.objects.exists()


def test_introduction_create_same_form_twice_makes_one(client, sides):
    client.force_login(sides.buyer)
    data = filled(client.get(create_url(sides.achievement)))

    first, second = (client.post(create_url(sides.achievement), data) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert Message.objects.count() == 1


def test_introduction_create_old_form_with_a_new_text_is_asked_again_and_then_sent(client, sides):
    client.force_login(sides.buyer)
    data = filled(client.get(create_url(sides.achievement)))
    client.post(create_url(sides.achievement), data)

    asked = client.post(create_url(sides.achievement), {**data, "body": "Another text."})

    assert Message.objects.count() == 1
    assert asked.context["form"]["body"].value() == "Another text."
    client.post(create_url(sides.achievement), filled(asked))
    assert set(Message.objects.values_list("body", flat=True)) == {data["body"], "Another text."}


@pytest.mark.parametrize("field", ["subject", "body"])
def test_introduction_create_empty_field_is_refused_and_input_kept(client, sides, field):
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement))

    answer = client.post(create_url(sides.achievement), filled(page, **{field: "  "}))

    assert list(answer.context["form"].errors) == [field]
    assert not Introduction.objects.exists()


def test_introduction_create_beyond_the_days_limit_says_so(client, sides, settings):
    settings.INTRODUCTIONS_PER_DAY = 1
    begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement))

    answer = client.post(create_url(sides.achievement), filled(page))

    assert "1 conversation a day" in answer.content.decode()
    assert Introduction.objects.count() == 1


def test_introduction_create_earlier_conversations_are_named(client, sides):
    earlier = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    client.force_login(sides.buyer)

    page = client.get(create_url(sides.achievement))

    assert list(page.context["earlier"]) == [earlier]


# Who may write


def test_introduction_create_listing_one_may_not_see_is_not_found(client, sides):
    hidden = AchievementFactory(visibility=Listing.Visibility.OWNER)
    members_only = AchievementFactory(visibility=Listing.Visibility.MEMBERS)
    client.force_login(UserFactory())

    for listing in (hidden, members_only):
        assert client.get(create_url(listing)).status_code == 404
        posted = client.post(create_url(listing), {**WORDS, "token": str(uuid.uuid4())})
        assert posted.status_code == 404

    assert not Introduction.objects.exists()


def test_introduction_create_withdrawn_listing_is_refused(client, sides):
    Listing.objects.filter(pk=sides.achievement.pk).update(state="withdrawn")
    client.force_login(sides.buyer)
    assert client.post(create_url(sides.achievement), WORDS).status_code == 404

    client.force_login(UserFactory(moderator=True))
    answer = client.post(create_url(sides.achievement), WORDS)

    assert answer.status_code == 403
    assert "no longer open" in answer.content.decode()
    assert not Introduction.objects.exists()


def test_introduction_create_about_the_own_listing_is_refused(client, sides):
    client.force_login(sides.researcher)

    for answer in (
        client.get(create_url(sides.achievement)),
        client.post(create_url(sides.achievement), {**WORDS, "token": str(uuid.uuid4())}),
    ):
        assert answer.status_code == 403

    assert not Introduction.objects.exists()
    assert not Notification.objects.exists()


def test_introduction_create_as_viewer_is_refused(client, sides):
    client.force_login(MemberFactory(role=Member.Role.VIEWER).user)

    answer = client.post(create_url(sides.achievement), {**WORDS, "token": str(uuid.uuid4())})

    assert answer.status_code == 403
    assert not Introduction.objects.exists()


def test_introduction_create_from_a_match_of_others_is_not_found(client, sides):
    match = match_between(DemandFactory(), sides.achievement, demand="accepted")
    client.force_login(sides.buyer)

    for number in (match.pk, 0, 10**30, "x"):
        url = f"{create_url(sides.achievement)}?match={number}"
        assert client.post(url, {**WORDS, "token": str(uuid.uuid4())}).status_code == 404

    assert not Introduction.objects.exists()


def test_introduction_create_administrator_does_not_speak_for_a_match(client, sides):
    match = match_between(sides.demand, sides.achievement, demand="accepted")
    client.force_login(UserFactory(superuser=True))

    answer = client.post(
        create_url(sides.achievement, match), {**WORDS, "token": str(uuid.uuid4())}
    )

    assert answer.status_code == 403
    assert not Introduction.objects.exists()


# A visitor


def test_introduction_create_visitor_signs_in_and_finds_the_text_again(client, sides):
    url = create_url(sides.achievement)
    page = client.get(url)
    assert page.status_code == 200

    sent = client.post(url, filled(page, subject="My subject", body="My words."))

    assert not Introduction.objects.exists()
    assert sent.headers["Location"] == f"{reverse('account_login')}?next={url}"
    back = client.post(
        sent.headers["Location"], {"login": sides.buyer.email, "password": PASSWORD}, follow=True
    )
    assert back.redirect_chain[-1][0] == url
    assert back.context["form"]["subject"].value() == "My subject"
    assert back.context["form"]["body"].value() == "My words."
    client.post(url, filled(back))
    assert Introduction.objects.get().messages.get().body == "My words."
    again = client.get(url).context["form"]
    assert again["body"].value() != "My words."


def test_introduction_create_visitor_with_an_empty_text_stays_on_the_page(client, sides):
    page = client.get(create_url(sides.achievement))

    answer = client.post(create_url(sides.achievement), filled(page, body=""))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["body"]


def test_introduction_create_visitor_from_a_match_is_asked_to_sign_in(client, sides):
    url = f"{create_url(sides.achievement)}?match=1"

    answer = client.get(url)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


# The list


def test_introduction_list_filters_by_direction_listing_and_unread(client, sides):
    sent = begin_introduction(by=sides.researcher, listing=sides.demand, **WORDS)
    received = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    IntroductionFactory()
    client.force_login(sides.researcher)

    assert shown(client.get(LIST)) == [received.pk, sent.pk]
    assert shown(client.get(f"{LIST}?direction=sent")) == [sent.pk]
    assert shown(client.get(f"{LIST}?direction=received")) == [received.pk]
    assert shown(client.get(f"{LIST}?listing={sides.demand.pk}")) == [sent.pk]
    assert shown(client.get(f"{LIST}?unread=true")) == [received.pk]
    client.get(received.get_absolute_url())
    assert shown(client.get(f"{LIST}?unread=true")) == []
    assert shown(client.get(f"{LIST}?direction=sideways")) == []


def test_introduction_list_latest_message_comes_first(client, sides):
    first, second = (
        begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS) for _ in range(2)
    )
    client.force_login(sides.researcher)
    assert shown(client.get(LIST)) == [second.pk, first.pk]

    page = client.get(first.get_absolute_url())
    client.post(first.get_absolute_url(), filled(page, body="An answer."))

    assert shown(client.get(LIST)) == [first.pk, second.pk]


def test_introduction_list_has_pages(client, sides):
    IntroductionFactory.create_batch(21, listing=sides.demand)
    client.force_login(sides.buyer)

    assert len(shown(client.get(LIST))) == 20
    assert len(shown(client.get(f"{LIST}?page=2"))) == 1


def test_introduction_list_and_detail_cost_the_same_with_one_and_three_rows(client, sides):
    client.force_login(sides.buyer)
    client.get(LIST)  # what is asked once per session
    counts = {"list": [], "detail": []}
    for number in (1, 2):
        threads = IntroductionFactory.create_batch(number, listing=sides.demand)
        for thread in threads:
            MessageFactory.create_batch(number * 2 - 1, introduction=thread, author=UserFactory())
        for name, url in (("list", LIST), ("detail", threads[-1].get_absolute_url())):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(url).status_code == 200
            counts[name].append(len(queries))

    assert counts["list"][0] == counts["list"][1]
    assert counts["detail"][0] == counts["detail"][1]


def test_introduction_list_visitor_is_sent_to_sign_in(client):
    assert client.get(LIST).headers["Location"] == f"{reverse('account_login')}?next={LIST}"


# The thread


def test_introduction_detail_reply_is_added(client, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    url = introduction.get_absolute_url()
    client.force_login(sides.researcher)
    page = client.get(url)

    data = filled(page, body="<b>Gladly</b>")
    for _ in range(2):
        client.post(url, data)

    thread = client.get(url)
    assert [(item["author"], item["own"]) for item in thread.context["thread"]] == [
        ("Bodo Buyersecret", False),
        ("Rosa Researcher", True),
    ]
    assert "&lt;b&gt;Gladly&lt;/b&gt;" in thread.content.decode()


def test_introduction_detail_viewer_reads_but_does_not_answer(client, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    url = introduction.get_absolute_url()
    client.force_login(MemberFactory(organisation=sides.university, role="viewer").user)

    page = client.get(url)
    answer = client.post(url, {"body": "I may not.", "token": str(uuid.uuid4())})

    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()
    assert answer.status_code == 403
    assert introduction.messages.count() == 1
    assert Notification.objects.filter(kind="introduction_message").count() == 0


@pytest.mark.parametrize("trait", ["superuser", "moderator", "curator", None])
def test_introduction_detail_is_not_found_by_others(client, sides, trait):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    url = introduction.get_absolute_url()
    client.force_login(UserFactory(**({trait: True} if trait else {})))

    assert client.get(url).status_code == 404
    assert client.post(url, {"body": "x", "token": str(uuid.uuid4())}).status_code == 404
    assert introduction.messages.count() == 1


def test_introduction_detail_listing_withdrawn_stays_readable_without_its_title(client, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    Listing.objects.filter(pk=sides.achievement.pk).update(
        state="withdrawn", title_en="Changed in secret"
    )
    client.force_login(sides.buyer)

    for url in (introduction.get_absolute_url(), LIST):
        page = client.get(url)
        assert page.status_code == 200
        assert "no longer shown" in page.content.decode()
        assert "Changed in secret" not in page.content.decode()


def test_introduction_detail_shows_no_address_of_anybody(client, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    client.force_login(sides.researcher)

    page = client.get(introduction.get_absolute_url()).content.decode()

    assert sides.buyer.email not in page
    assert sides.buyer.name in page


def test_introduction_detail_opening_it_reads_what_was_told(client, sides):
    introduction = begin_introduction(by=sides.buyer, listing=sides.achievement, **WORDS)
    client.force_login(sides.researcher)

    client.get(introduction.get_absolute_url())

    assert not sides.researcher.notifications.unread().exists()


# The Django admin


def test_introduction_admin_shows_that_it_exists_but_not_what_is_said(client, sides):
    introduction = begin_introduction(
        by=sides.buyer, listing=sides.achievement, subject="Hushed subject", body="Hushed words."
    )
    client.force_login(UserFactory(superuser=True))
    detail = reverse("admin:deals_introduction_change", args=[introduction.pk])

    for url in (reverse("admin:deals_introduction_changelist"), detail):
        page = client.get(url)
        assert page.status_code == 200
        assert "Hushed" not in page.content.decode()
    assert client.post(detail, {"subject": "Changed"}).status_code == 403
    introduction.refresh_from_db()
    assert introduction.subject == "Hushed subject"
