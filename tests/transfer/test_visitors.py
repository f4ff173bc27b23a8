"""Pages that all visitors share for some seconds, and whoever must not share them."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.visitors import same_for_visitors
from achievements.models import Listing
from achievements.services import update_listing, withdraw_listing
from matching.models import Exposure
from matching.services import exposure
from matching.services.exposure import flush_exposures
from matching.services.indexing import refresh_entries
from tests.factories import AchievementFactory, MemberFactory, OrganisationFactory, UserFactory
from transfer import visitors
from transfer.visitors import KEPT, KeptPages, VisitorPagesMiddleware

pytestmark = pytest.mark.django_db

SECONDS = 10


@pytest.fixture(autouse=True)
def kept(settings) -> Iterator[None]:
    settings.VISITOR_PAGES_SECONDS = SECONDS
    KEPT.forget()
    yield
    KEPT.forget()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let so much time pass that every page kept so far is too old."""

    def pass_by() -> None:
        now = visitors.monotonic() + SECONDS + 1
        monkeypatch.setattr(visitors, "monotonic", lambda: now)

    return pass_by


@pytest.fixture
def achievement() -> Listing:
    listing = AchievementFactory(title_en="A pump without seals", title_zh="")
    refresh_entries([listing.pk])
    return listing


PAGES = [
    "/",
    "/search/",
    "/search/?kind=achievement",
    "/search/?q=pump",
    "/achievements/{pk}/",
    "/organisations/",
    "/organisations/lake/",
    "/statistics/",
    "/api/v1/achievements/",
    "/api/v1/achievements/{pk}/",
    "/api/v1/listings/",
    "/api/v1/search/?q=pump",
    "/api/v1/search/facets/",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_made_once_for_all_visitors_and_the_same_for_each(
    path: str, achievement: Listing, settings, django_assert_num_queries
):
    OrganisationFactory(slug="lake")
    address = path.format(pk=achievement.pk)
    one, other = Client(), Client(headers={"user-agent": "another", "referer": "http://elsewhere/"})
    one.get("/accounts/login/")  # a form, so this browser has a cookie for forms

    first = one.get(address)
    with django_assert_num_queries(1 if path == "/search/?q=pump" else 0):  # who asked is counted
        second = other.get(address)
    settings.VISITOR_PAGES_SECONDS = 0
    anew = other.get(address)

    assert first.status_code == second.status_code == 200
    assert first.content == second.content == anew.content
    assert second["Content-Type"] == anew["Content-Type"]
    assert second["Vary"] == anew["Vary"]
    assert second.get("Content-Security-Policy") == anew.get("Content-Security-Policy")
    assert second["X-Request-ID"] != first["X-Request-ID"]
    assert second["Cache-Control"] == "private, no-cache"


def test_visitor_sees_a_change_after_some_seconds_and_a_member_at_once(
    client: Client, achievement: Listing, later: Callable[[], None]
):
    address = f"/achievements/{achievement.pk}/"
    assert "A pump without seals" in client.get(address).text
    update_listing(achievement, by=UserFactory(), values={"title_en": "A seal"}, rows={})
    member = Client()
    member.force_login(UserFactory())

    assert "<h1>A seal" in "".join(member.get(address).text.split("\n"))
    assert "A pump without seals" in client.get(address).text
    later()

    assert "A pump without seals" not in client.get(address).text


def test_withdrawn_listing_is_gone_for_visitors_after_some_seconds(
    client: Client, later: Callable[[], None]
):
    member = MemberFactory(role="editor")
    achievement = AchievementFactory(organisation=member.organisation)
    address = f"/api/v1/achievements/{achievement.pk}/"
    assert client.get(address).status_code == 200
    withdraw_listing(achievement, by=member.user)
    later()

    assert [client.get(address).status_code for _again in range(3)] == [404] * 3


def test_page_of_a_member_is_never_given_to_a_visitor(client: Client, achievement: Listing):
    member = Client()
    member.force_login(UserFactory(name="Wang Fang"))

    assert "Wang Fang" in member.get("/search/").text

    assert "Wang Fang" not in client.get("/search/").text
    assert "Wang Fang" in member.get("/search/").text


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"accept-language": "zh-CN"}},
        {"headers": {"accept-encoding": "gzip"}},
        {"headers": {"hx-request": "true"}},
        {"headers": {"authorization": "Bearer no-token-of-ours"}},
        {"headers": {"cookie": "sessionid=of-somebody"}},
        {"headers": {"cookie": "django_language=zh-hans"}},
        {"headers": {"host": "localhost"}},
        {"path": "/search/?kind=achievement&page=1"},
        {"method": "head"},
    ],
)
def test_page_is_made_anew_for_whoever_asks_in_another_way(
    client: Client, achievement: Listing, asked: dict
):
    address = "/search/?kind=achievement"
    client.get(address)
    asked = {"method": "get", "path": address} | asked

    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, asked.pop("method"))(asked.pop("path"), **asked)

    assert answer.status_code in (200, 401)
    assert len(queries) > 0


def test_browser_that_has_the_page_gets_304_until_it_changes(
    client: Client, achievement: Listing, later: Callable[[], None]
):
    address = f"/achievements/{achievement.pk}/"
    etag = client.get(address)["ETag"]

    same = Client().get(address, headers={"if-none-match": etag})
    update_listing(achievement, by=UserFactory(), values={"title_en": "A seal"}, rows={})
    later()
    changed = client.get(address, headers={"if-none-match": etag})

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_kept_page_is_counted_each_time_it_is_given(
    client: Client, achievement: Listing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exposure, "SOON", 0.05)
    flush_exposures()
    for visitor in (client, Client(), Client()):
        visitor.get("/search/?kind=achievement")
        visitor.get("/search/?q=pump")
        visitor.get(f"/achievements/{achievement.pk}/")

    deadline = monotonic() + 10
    counted = (0, 0, 0)
    while counted != (3, 3, 3) and monotonic() < deadline:
        sleep(0.05)
        flush_exposures()
        shown = Exposure.objects.get(pk=achievement.pk)
        counted = (shown.lists, shown.searches, shown.openings)
    assert counted == (3, 3, 3)


def test_language_is_switched_on_a_kept_page(achievement: Listing):
    visitor = Client(enforce_csrf_checks=True)
    Client().get("/search/")
    visitor.get("/search/")

    answer = visitor.post("/i18n/setlang/", {"language": "zh-hans", "next": "/search/"})

    assert answer.status_code == 302
    assert 'lang="zh-Hans"' in visitor.get("/search/").text


def test_page_with_a_form_of_one_visitor_is_not_kept(caplog: pytest.LogCaptureFixture):
    made = []

    def view(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        made.append(request)
        own = get_token(request) if request.path == "/form/" else "csp"
        text = f'<input name="csrfmiddlewaretoken" value="{own}">' if len(own) > 9 else "text"
        return same_for_visitors(request, HttpResponse(text))

    ask = VisitorPagesMiddleware(view)
    for path in ("/form/", "/form/", "/text/", "/text/"):
        ask(RequestFactory().get(path))

    assert [request.path for request in made] == ["/form/", "/form/", "/text/"]


def test_page_that_cannot_be_made_anew_is_not_given_again(later: Callable[[], None]):
    def view(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        if asked:
            raise OSError("out of order")
        asked.append(request)
        return same_for_visitors(request, HttpResponse("text"))

    asked: list[HttpRequest] = []
    ask = VisitorPagesMiddleware(view)
    ask(RequestFactory().get("/text/"))
    later()

    for _again in range(2):
        with pytest.raises(OSError, match="out of order"):
            ask(RequestFactory().get("/text/"))


def test_page_is_as_old_as_the_request_that_it_was_made_for(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr(visitors, "monotonic", lambda: now[0])
    made = []

    def slow(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        made.append(request)
        now[0] += SECONDS - 1
        return same_for_visitors(request, HttpResponse("text"))

    ask = VisitorPagesMiddleware(slow)
    ask(RequestFactory().get("/text/"))
    now[0] += 2
    ask(RequestFactory().get("/text/"))

    assert len(made) == 2


def test_only_the_first_who_finds_a_page_too_old_makes_it_anew(later: Callable[[], None]):
    pages = KeptPages()
    page = visitors._Page(b"text", {"ETag": '"1"'}, ())
    pages.keep("a", page)
    assert pages.find("a", seconds=SECONDS) is page
    later()

    assert [pages.find("a", seconds=SECONDS) for _who in range(3)] == [None, page, page]


def test_kept_pages_take_no_more_than_their_share_of_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visitors, "MOST_BYTES", 3 * (10 + visitors.OVERHEAD))
    pages = KeptPages()
    for name in "abc":
        pages.keep(name, visitors._Page(b"0123456789", {}, ()))
    pages.find("a", seconds=SECONDS)

    pages.keep("d", visitors._Page(b"0123456789", {}, ()))

    found = [name for name in "abcd" if pages.find(name, seconds=SECONDS)]
    assert found == ["a", "c", "d"]


def test_clients_that_have_the_answer_already_do_not_keep_it_from_being_kept(
    client: Client, achievement: Listing, later: Callable[[], None]
):
    etag = client.get("/api/v1/achievements/")["ETag"]
    later()
    has = {"if-none-match": etag}

    first = Client().get("/api/v1/achievements/", headers=has)
    with CaptureQueriesContext(connection) as asked:
        second = Client().get("/api/v1/achievements/", headers=has)
        whole = Client().get("/api/v1/achievements/")

    assert (first.status_code, second.status_code, whole.status_code) == (304, 304, 200)
    assert first["ETag"] == second["ETag"] == whole["ETag"] == etag
    assert len(asked) == 0


def test_what_is_kept_for_nobody_is_still_told_to_be_unchanged(client: Client):
    etag = client.get("/api/v1/")["ETag"]

    assert client.get("/api/v1/", headers={"if-none-match": etag}).status_code == 304
    assert client.get("/api/v1/", headers={"if-none-match": '"other"'}).status_code == 200
