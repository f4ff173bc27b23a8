"""What was told of a listing stops naming it once the reader may not see it any more."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.test import APIClient

from accounts.models import Member, Notification
from accounts.services import notify
from accounts.services.delivery import deliver_due
from accounts.services.rendering import render_notification
from achievements.models import Listing
from achievements.services.notices import tell_expired, tell_submitted
from tests.factories import AchievementFactory, DemandFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

SECRET = "Perovskite cell of the Li group"
GONE = "A listing you were told about is no longer available"


def hits(user, *listings):
    rows = [
        {"title_en": one.title_en, "title_zh": one.title_zh, "listing": one.pk} for one in listings
    ]
    data = {"name": "Cells", "count": len(rows), "more": 0, "listings": rows}
    [row] = notify(recipients=[user], kind="saved_search_hits", key="k", path="/", data=data)
    return row


def decided(user, mine, other, **more):
    data = {
        "title_en": mine.title_en,
        "title_zh": mine.title_zh,
        "title_listing": mine.pk,
        "counterpart_en": other.title_en,
        "counterpart_zh": other.title_zh,
        "counterpart_listing": other.pk,
        **more,
    }
    kind = "match_dismissed" if more else "match_accepted"
    [row] = notify(recipients=[user], kind=kind, key="m", path="/", data=data)
    return row


def seen_by(user):
    """The words of the page, of the API and of the e-mail that is sent now."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    page = client.get(reverse("accounts:notification_list")).content.decode()
    api = APIClient(headers={"accept-language": "en"})
    api.force_login(user)
    [row] = api.get("/api/v1/notifications/").json()["results"]
    one = api.get(f"/api/v1/notifications/{row['id']}/").json()
    assert one == row
    Notification.objects.update(delivery=None)
    mail.outbox.clear()
    assert deliver_due() == 1
    message = mail.outbox[0]
    letter = "\n".join([message.subject, message.body, str(message.alternatives[0][0])])
    return [page, f"{row['title']}\n{row['body']}", letter]


def end(listing, how):
    later = timezone.now() - timedelta(hours=1)
    changes = {
        "withdrawn": {"state": "withdrawn"},
        "closed": {"state": "closed"},
        "expired": {"expires_at": later},
        "narrowed": {"visibility": "members"},
    }
    Listing.objects.filter(pk=listing.pk).update(**changes[how])


@pytest.mark.parametrize("how", ["withdrawn", "closed", "expired", "narrowed"])
def test_saved_search_names_only_what_may_still_be_seen(how):
    user = UserFactory()
    secret, open_ = AchievementFactory(title_en=SECRET), AchievementFactory(title_en="Open thing")
    hits(user, secret, open_)
    assert all(SECRET in text for text in seen_by(user))

    end(secret, how)

    for text in seen_by(user):
        assert SECRET not in text
        assert "Open thing" in text
        assert "1 listing that is no longer available" in text


@pytest.mark.parametrize("more", [{}, {"reason_en": "Too early", "reason_zh": "过早", "note": ""}])
def test_decision_keeps_ones_own_title_and_drops_the_other_sides(more):
    member = MemberFactory()
    mine = DemandFactory(organisation=member.organisation, title_en="Our need", state="withdrawn")
    other = AchievementFactory(title_en=SECRET)
    decided(member.user, mine, other, **more)
    assert all(SECRET in text for text in seen_by(member.user))

    end(other, "withdrawn")

    for text in seen_by(member.user):
        assert SECRET not in text
        assert "Our need" in text
        assert "no longer available" in text
        assert not more or "Too early" in text


def test_owner_reads_the_title_of_an_expired_listing_until_leaving():
    member = MemberFactory(role="editor")
    listing = AchievementFactory(organisation=member.organisation, title_en=SECRET)
    end(listing, "expired")
    listing.refresh_from_db()
    tell_expired(listing)
    assert all(f"“{SECRET}” has expired" in text for text in seen_by(member.user))

    Member.objects.all().delete()

    for text in seen_by(member.user):
        assert SECRET not in text
        assert GONE in text


def test_neutral_sentence_is_in_the_readers_language():
    moderator = UserFactory(moderator=True)
    tell_submitted(AchievementFactory(title_zh=SECRET))
    type(moderator).objects.update(is_moderator=False)
    Listing.objects.update(state="draft")
    with translation.override("zh-hans"):
        told = render_notification(Notification.objects.get(recipient=moderator))
    assert told.title == "曾告知您的某个条目已不可用"


def test_list_asks_once_for_any_number_of_notifications():
    user = UserFactory()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    api = APIClient()
    api.force_login(user)

    def tell(number):
        listing = AchievementFactory()
        data = {"title_en": "T", "title_zh": "", "title_listing": listing.pk}
        notify(recipients=[user], kind="listing_approved", key=str(number), path="/", data=data)

    def counted(get):
        with CaptureQueriesContext(connection) as queries:
            assert get().status_code == 200
        return len(queries)

    doors = [
        lambda: client.get(reverse("accounts:notification_list")),
        lambda: api.get("/api/v1/notifications/"),
    ]
    tell(1)
    first = [counted(door) for door in doors]
    tell(2)
    tell(3)
    assert [counted(door) for door in doors] == first
