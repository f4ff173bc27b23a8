"""Listings that are nearly the same: found, shown side by side, set apart for good."""

import pytest

from accounts.models import AuditEvent
from achievements.fingerprints import fingerprint_of
from achievements.models import Listing
from achievements.services import update_listing
from matching.models import DuplicatePair, ListingFingerprint
from matching.services.duplicates import find_duplicates, mark_different
from tests import factories
from tests.parity import ListParity

TEXT = (
    "A pump for hot brine that keeps its seal for five years. The impeller is coated with a "
    "ceramic that the salt does not wear away, and the bearing is cooled by the brine itself. "
    "It was run for eight thousand hours in a plant on the coast and needed no repair at all."
)
CHANGED = TEXT.replace("five years", "six years").replace("no repair", "little repair")
OTHER = "Leaves of tea are sorted by a camera that tells the tender ones from the old ones."
CHINESE = "一种用于高温盐水的泵，密封可使用五年，叶轮涂有陶瓷，耐盐磨损，轴承由盐水自身冷却。"


def achievement(text=TEXT, title="Pump for hot brine", **more):
    bare = {"title_zh": "", "summary_en": "", "summary_zh": "", "solution_zh": ""}
    return factories.AchievementFactory(**{**bare, "title_en": title, "solution_en": text, **more})


def pairs():
    rows = DuplicatePair.objects.order_by("first", "second")
    return [(row.first_id, row.second_id) for row in rows]


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        (TEXT, TEXT, 1.0, 1.0),
        (TEXT, CHANGED, 0.6, 0.95),
        (TEXT, OTHER, 0.0, 0.1),
        (CHINESE, CHINESE.replace("五年", "六年"), 0.6, 0.99),
        (CHINESE, TEXT, 0.0, 0.1),
        ("", "", 0.0, 0.0),
        (TEXT, "", 0.0, 0.0),
    ],
)
def test_fingerprint_likeness_is_about_what_texts_share(one, two, least, most):
    likeness = fingerprint_of("", one).likeness(fingerprint_of("", two))

    assert least <= likeness <= most


def test_fingerprint_titles_are_compared_without_case_and_signs():
    one, two = fingerprint_of("Pump for hot-brine", "a"), fingerprint_of("PUMP for hot brine!", "b")

    assert one.title == two.title is not None
    assert fingerprint_of("Pumps", "a").title is None
    assert fingerprint_of("高温盐水泵研制", "a").title is not None


@pytest.mark.django_db
class TestFinding:
    def test_find_duplicates_pairs_what_is_nearly_the_same(self):
        one, two = achievement(), achievement(CHANGED, "Brine pump with long-lived seal")
        achievement(OTHER, "Sorting tea")

        assert find_duplicates() == 3
        assert pairs() == [(one.pk, two.pk)]
        assert find_duplicates() == 0

    def test_find_duplicates_same_title_needs_less_in_common(self):
        half = TEXT[:90] + OTHER
        one, two = achievement(), achievement(half)
        achievement(TEXT[90:], "Another title altogether")

        find_duplicates()

        assert pairs() == [(one.pk, two.pk)]
        assert DuplicatePair.objects.get().same_title

    def test_find_duplicates_of_another_kind_or_a_draft_are_none(self):
        achievement()
        achievement(state="draft")
        factories.DemandFactory(
            title_en="Pump for hot brine", title_zh="", summary_en="", summary_zh="", body_en=TEXT
        )

        find_duplicates()

        assert pairs() == []
        assert ListingFingerprint.objects.count() == 2

    def test_changed_text_takes_its_pair_away(self):
        one, two = achievement(), achievement(CHANGED)
        find_duplicates()

        update_listing(two, by=None, values={"solution_en": OTHER, "title_en": "Sorting tea"})

        assert find_duplicates() == 1
        assert pairs() == []
        assert Listing.objects.filter(pk=one.pk).exists()

    def test_pair_found_to_be_different_stays_so(self):
        one, two = achievement(), achievement(CHANGED)
        find_duplicates()
        curator = factories.UserFactory(curator=True)

        mark_different(pair=DuplicatePair.objects.get(), by=curator)
        mark_different(pair=DuplicatePair.objects.get(), by=curator)
        update_listing(two, by=None, values={"solution_en": TEXT})
        find_duplicates()

        assert pairs() == [(one.pk, two.pk)]
        assert DuplicatePair.objects.waiting().count() == 0
        assert AuditEvent.objects.filter(verb="duplicate.different").count() == 1


class TestDuplicateParity(ListParity):
    page = "/duplicates/"
    endpoint = "/api/v1/duplicates/"
    queries = ("", "kind=achievement", "kind=demand", "likeness_min=0.99")

    @pytest.fixture
    def viewers(self):
        achievement()
        achievement(CHANGED)
        achievement(TEXT)
        find_duplicates()
        return [factories.UserFactory(curator=True), factories.UserFactory(moderator=True)]


@pytest.mark.django_db
def test_page_shows_both_side_by_side_and_sets_them_apart(client):
    one, two = achievement(), achievement(CHANGED, "Brine pump")
    find_duplicates()
    client.force_login(factories.UserFactory(moderator=True))
    page = client.get("/duplicates/").content.decode()
    assert one.get_absolute_url() in page
    assert two.get_absolute_url() in page

    done = client.post(f"/duplicates/{DuplicatePair.objects.get().pk}/different/", follow=True)

    assert "are not shown together again" in done.content.decode()
    assert done.context["rows"] == []


@pytest.mark.django_db
def test_duplicates_are_for_curators_and_moderators(client):
    achievement()
    achievement(CHANGED)
    find_duplicates()
    pair = DuplicatePair.objects.get()
    client.force_login(factories.MemberFactory().user)

    codes = [
        client.get("/duplicates/").status_code,
        client.post(f"/duplicates/{pair.pk}/different/").status_code,
        client.get("/api/v1/duplicates/").status_code,
        client.post(f"/api/v1/duplicates/{pair.pk}/different/").status_code,
    ]

    pair.refresh_from_db()
    assert codes == [403, 403, 403, 403]
    assert pair.decided_at is None


@pytest.mark.django_db
def test_api_sets_a_pair_apart(client):
    achievement()
    achievement(CHANGED)
    find_duplicates()
    client.force_login(factories.UserFactory(curator=True))
    [row] = client.get("/api/v1/duplicates/").json()["results"]

    answer = client.post(f"/api/v1/duplicates/{row['id']}/different/")

    assert answer.json()["decided_at"]
    assert client.get("/api/v1/duplicates/").json()["count"] == 0
