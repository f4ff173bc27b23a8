"""A Chinese reader finds Chinese on every page: the site is walked from its first page by links."""

import re
from collections import deque
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from achievements.models import Demand
from matching.models import Match
from matching.services.weights import active_weights
from tests.factories import (
    AchievementFactory,
    ApiTokenFactory,
    AuditEventFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    InventorFactory,
    InvitationFactory,
    IPRightFactory,
    MemberFactory,
    MessageFactory,
    NotificationFactory,
    RequirementRowFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SILENT = {"script", "style", "code", "svg", "textarea", "pre", "kbd", "optgroup"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-label", "label")
# Names, codes, units and what the rows of this test hold; everything else must be Chinese.
LATIN = re.compile(
    r"Transfer|English|TRL \d|ORCID iD|UTC|[A-Z]{2,3}|CN\d+[A-Z]?|([≥≤=] )?[\d.]+ \S+|"
    r"https?://\S+|\S+@\S+|User Name\d+|Inventor \d+|energy density|measurements\S*"
)
NOT_WALKED = re.compile(
    r"/(i18n|media|static|api|admin|accounts/logout|accounts/2fa/totp/activate)\b"
)
PAGES_OF_A_KIND = 2


class Reader(HTMLParser):
    """Collects the links of a page, and every text in Latin letters that is not marked English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.latin: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read the attributes that are spoken or shown."""
        given = {name: value or "" for name, value in attrs}
        for name in SPOKEN_ATTRIBUTES:
            if tag != "optgroup":
                self._read(given.get(name, ""), given.get("lang", ""))
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])
        if tag not in VOID:
            self.open.append((tag, given.get("lang", "")))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those in it that need no end tag."""
        if any(name == tag for name, _language in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Read a text node."""
        self._read(data)

    def _read(self, text: str, own_language: str = "") -> None:
        text = " ".join(text.split())
        languages = [language for _tag, language in self.open if language] + [own_language]
        if any(tag in SILENT for tag, _language in self.open) or "en" in languages[-2:]:
            return
        latin = re.search("[A-Za-z]{2}", text) and not re.search("[\u4e00-\u9fff]", text)
        if latin and not LATIN.fullmatch(text):
            self.latin.append(text)


def read(page: bytes) -> Reader:
    """The page as :class:`Reader` sees it."""
    reader = Reader()
    reader.feed(page.decode())
    return reader


def shape(address: str) -> str:
    """The address without what differs from one object to the next."""
    path, _mark, query = address.partition("?")
    names = sorted(part.partition("=")[0] for part in query.split("&"))
    return re.sub(r"\d+|organisation-\d+", "N", path) + "?" + ",".join(names)


def walk(client: Client) -> tuple[dict[str, list[str]], set[str]]:
    """Follow the links from the first page; what was Latin, by address, and all that was seen."""
    waiting, seen, kinds = deque(["/"]), set(), {}
    latin: dict[str, list[str]] = {}
    while waiting:
        address = waiting.popleft()
        kind = shape(address)
        if address in seen or NOT_WALKED.match(address) or kinds.get(kind, 0) >= PAGES_OF_A_KIND:
            continue
        seen.add(address)
        kinds[kind] = kinds.get(kind, 0) + 1
        response = client.get(address, follow=True)
        assert response.status_code < 500, address
        if not response.headers["content-type"].startswith("text/html"):
            continue
        page = read(response.content)
        if page.latin:
            latin[address] = page.latin
        waiting.extend(page.links)
    return latin, seen


def _matched(*demands: Demand) -> None:
    for demand in demands:
        Match.objects.create(
            demand=demand,
            candidate=AchievementFactory(),
            kind="achievement",
            score=Decimal("0.8"),
            weights=active_weights(),
            reasons=[{"code": "readiness", "data": {"offered": 4, "sought": 6}}],
            components={"semantic": {"value": 0.8, "weight": 0.4}},
        )


@pytest.fixture
def busy_member(settings) -> User:
    """Somebody who may do everything but the superuser's, with rows of every kind about them."""
    settings.SECOND_FACTOR_REQUIRED = False
    user = UserFactory(chinese=True, curator=True, moderator=True)
    organisation = MemberFactory(user=user).organisation
    field = TermFactory()
    for state in ("published", "draft", "in_review", "expired", "withdrawn", "closed"):
        achievement = AchievementFactory(organisation=organisation, state=state, fields=[field])
    EvidenceRowFactory(achievement=achievement)
    IPRightFactory(achievement=achievement)
    InventorFactory(achievement=achievement)
    AchievementFactory(state="in_review")
    demand = RequirementRowFactory(demand__organisation=organisation).demand
    _matched(demand, DemandFactory(anonymous=True))
    ExpertFactory()
    ExpertFactory(state="in_review")
    MessageFactory(introduction__listing=demand)
    NotificationFactory(recipient=user)
    InvitationFactory(organisation=organisation)
    ApiTokenFactory(user=user)
    AuditEventFactory(actor=user)
    return user


def test_pages_for_visitors_are_chinese(busy_member: User) -> None:
    latin, seen = walk(Client(headers={"accept-language": "zh-CN,zh;q=0.9"}))

    assert latin == {}
    assert len(seen) > 15


def test_pages_for_members_and_administrators_are_chinese(busy_member: User) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(busy_member)

    latin, seen = walk(client)

    assert latin == {}
    assert len(seen) > 40


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/achievements/new/",
        "/demands/new/",
        "/experts/new/",
        "/organisations/new/",
        "/tokens/",
        "/nothing/",
    ],
)
def test_refusals_are_chinese(busy_member: User, address: str) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    if not address.startswith("/accounts/"):
        client.force_login(busy_member)

    response = client.post(address, {"trl": "x", "price_min": "y", "website": "z"})

    assert read(response.content).latin == []


@pytest.mark.parametrize("path", ["achievements", "demands", "experts", "organisations", "tokens"])
def test_refusals_of_the_api_are_chinese(busy_member: User, api: APIClient, path: str) -> None:
    api.force_authenticate(busy_member)
    given = {"title_en": ["x"], "trl": "x", "kind": "x", "website": "z", "scopes": "x"}

    response = api.post(
        f"/api/v1/{path}/", given, format="json", headers={"accept-language": "zh-CN"}
    )

    details = [error["detail"] for error in response.json()["errors"]]
    assert response.status_code in (400, 401, 403)
    assert [detail for detail in details if not re.search("[\u4e00-\u9fff]", detail)] == []
