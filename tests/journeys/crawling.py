"""Following links as a reader does, and what axe and the eye for width say of each page."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from accounts.models import Organisation
from achievements.models import Demand, Listing
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from tests.factories import (
    AchievementFactory,
    ApiTokenFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    IntroductionFactory,
    IPRightFactory,
    MailboxMessageFactory,
    MemberFactory,
    MessageFactory,
    NotificationFactory,
    OrganisationFactory,
    RegionFactory,
    RequirementRowFactory,
    TermFactory,
    UserFactory,
)
from tests.matching import conftest as quick

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 800}  # wider phones have the same layout, and more room
# The same around every page: looked at with so many pages of a role, and with the others left out.
FRAME = ["body > header", "body > footer"]
FRAMED = 3
# What a page may weigh on the line; with the styles and scripts (see test_style.py) that keeps a
# first visit under 200 kB.
MOST_BYTES = 140_000
RULES = {"type": "tag", "values": WCAG}
ROLES = ["visitor", "member", "administrator"]
# Not ours: Django's admin and the Swagger page have their own templates.
FOREIGN = ("/admin/", "/api/", "/static/", "/media/")
SCROLLS = "document.documentElement.scrollWidth > window.innerWidth"
STICKING_OUT = """[...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth)
    .map((one) => `${one.tagName}.${one.className}`).slice(0, 5).join(", ")"""
STARTS = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
MEMBER_STARTS = ["/", "/accounts/email/"]
# The views that a role and those before it have shown: the same in every marketplace.
_shown: dict[str, frozenset[str]] = {}


class _Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the href of an anchor."""
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


def _key(path: str) -> str | None:
    """One name for all pages that one view shows; None for what is not a page of ours."""
    parts = urlsplit(path)
    if parts.netloc or parts.path.startswith(FOREIGN):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    return f"{match.view_name}?kind={parts.query.partition('kind=')[2].partition('&')[0]}"


def reachable(client: Client, starts: list[str], seen: set[str]) -> list[str]:
    """Follow the links from ``starts``; one address for each view not in ``seen``, as found.

    Every start is followed even when its view was seen, because it shows each role other links.
    """
    waiting, fetched, pages = list(starts), set(), []
    while waiting:
        path = waiting.pop(0)
        key = _key(path)
        if key is None or key in fetched:
            continue
        fetched.add(key)
        response = client.get(path, follow=True)
        if "text/html" not in response.get("Content-Type", "") or response.streaming:
            continue
        assert response.status_code == 200, f"{path} answers {response.status_code}"
        if key not in seen:
            seen.add(key)
            pages.append(path)
        links = _Links()
        links.feed(response.content.decode())
        waiting += [urljoin(path, href) for href in links.found if not href.startswith("#")]
    return pages


def pages_of(role: str, people: dict[str, Client]) -> list[str]:
    """A role's own pages: what an earlier role has shown is left out, and followed only once."""
    earlier = ROLES[: ROLES.index(role)]
    if earlier and earlier[-1] not in _shown:
        pages_of(earlier[-1], people)
    seen = set(_shown[earlier[-1]]) if earlier else set()
    pages = reachable(people[role], MEMBER_STARTS if earlier else STARTS, seen)
    _shown[role] = frozenset(seen)
    return pages


def sideways(page: Page) -> list[str]:
    """What makes the page shown scroll sideways; it has a moment to take on a new size."""
    for _again in range(10):
        if not page.evaluate(SCROLLS):
            return []
        page.wait_for_timeout(100)
    return [f"scrolls sideways at {page.viewport_size}: {page.evaluate(STICKING_OUT)}"]


def violations(page: Page, *, framed: bool) -> list[str]:
    """What axe finds wrong with the page shown, and finds again when colours have settled."""
    found = _violations(page, framed)
    if found:
        page.wait_for_timeout(500)
        found = _violations(page, framed)
    return found


def _violations(page: Page, framed: bool) -> list[str]:
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "async ([context, options]) => (await axe.run(context, options)).violations",
        [
            {"include": ["html"], "exclude": [] if framed else FRAME},
            {"runOnly": RULES, "resultTypes": ["violations"]},
        ],
    )
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"][:3]]


def wide_problems(page: Page, *, framed: bool) -> list[str]:
    """What is wrong with the page shown wide, and whether it scrolls sideways when narrow."""
    page.set_viewport_size(WIDE)
    wrong = violations(page, framed=framed) + sideways(page)
    page.set_viewport_size(NARROW)
    return wrong + sideways(page)


def narrow_problems(page: Page, *, framed: bool) -> list[str]:
    """What is wrong with the page shown narrow; with the menus of a wide header, too."""
    wrong = violations(page, framed=framed) + sideways(page)
    if framed:
        page.set_viewport_size(WIDE)
        wrong += violations(page, framed=True) + sideways(page)
        page.set_viewport_size(NARROW)
    return wrong


def match_everything(demand: Demand) -> None:
    """Index all listings and match one demand, as the workers would."""
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    while embed_entries():
        pass
    match_listing(demand.pk)
    assert demand.matches.exists()


@pytest.fixture
def marketplace(embedder: quick.WordEmbedder) -> dict[str, str]:
    """A small marketplace with one of everything; e-mail addresses by role."""
    member = UserFactory(name="Lin Ruoxi")
    administrator = UserFactory(superuser=True, name="Admin Example")
    region = RegionFactory(code="CN-ZJ", name_en="Zhejiang", name_zh="浙江省")
    university = OrganisationFactory(
        name_en="Qinglan University", name_zh="青岚大学", region=region
    )
    enterprise = OrganisationFactory(
        kind=Organisation.Kind.ENTERPRISE,
        name_en="Qiaolian Battery Works",
        name_zh="桥联电池有限公司",
    )
    MemberFactory(organisation=university, user=member)
    MemberFactory(organisation=enterprise, user=member)
    member.active_organisation = enterprise
    member.save()
    term = TermFactory(code="6", label_en="New energy", label_zh="新能源与节能")
    achievement = AchievementFactory(
        organisation=university,
        region=region,
        fields=[term],
        title_en="Sodium-ion cathode sheets with 160 Wh/kg at −20 °C",
        title_zh="钠离子电池层状氧化物正极极片：160 Wh/kg，−20 ℃",
        transfer_modes=["licence_exclusive"],
        trl=6,
    )
    EvidenceRowFactory(achievement=achievement)
    IPRightFactory(achievement=achievement)
    demand = DemandFactory(organisation=enterprise, region=region, fields=[term])
    RequirementRowFactory(demand=demand)
    DemandFactory(anonymous=True)
    ExpertFactory(organisation=university, region=region, fields=[term])
    AchievementFactory(organisation=enterprise, state=Listing.State.DRAFT)
    DemandFactory(organisation=enterprise, state=Listing.State.IN_REVIEW)
    AchievementFactory(state=Listing.State.IN_REVIEW)
    match_everything(demand)
    talk = IntroductionFactory(listing=demand, sender_organisation=university)
    MessageFactory(introduction=talk)
    NotificationFactory(recipient=member)
    ApiTokenFactory(user=member)
    MailboxMessageFactory()
    return {"member": member.email, "administrator": administrator.email}


@pytest.fixture
def people(marketplace: dict[str, str]) -> dict[str, Client]:
    """A client for a visitor, a member and an administrator of a filled marketplace."""
    clients = {"visitor": Client()}
    for role, email in marketplace.items():
        clients[role] = Client()
        clients[role].force_login(get_user_model().objects.get(email=email))
    return clients


def assert_pages_are_fit(role: str, people: dict[str, Client], browser: Browser, site: str) -> None:
    """Open each of a role's own pages in both languages: wide and by day in English, narrow and in
    the dark in Chinese."""
    pages = pages_of(role, people)
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": site}
            for name, cookie in people[role].cookies.items()
        ]
    )
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    wrong: dict[str, list[str]] = {}
    for language, scheme, problems in (
        ("en", "light", wide_problems),
        ("zh-hans", "dark", narrow_problems),
    ):
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(NARROW)
        for number, path in enumerate(pages):
            answer = page.goto(site + path)
            assert answer is not None
            found = problems(page, framed=number < FRAMED)
            if answer.request.sizes()["responseBodySize"] > MOST_BYTES:
                found.append("heavy")
            for problem in found:
                wrong.setdefault(problem, []).append(f"{path} ({language})")
    context.close()

    assert wrong == {}
    assert asked == {urlsplit(site).netloc}
    assert len(pages) >= 3
