"""No text that somebody writes becomes a script, wherever it is shown.

Every text of every object holds scripts, written past all checks (`poison.py`); then the pages are
opened in Chromium as a visitor, an owner and an administrator: with XSS=full all pages there are.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Route as Asked

from accounts.services.composing import compose
from accounts.services.letters import write_letter
from achievements.models import Listing
from matching.services.indexing import refresh_entries
from tests import factories as make
from tests.matching import conftest as quick
from tests.security.asking import Asker
from tests.security.payloads import ALL, PAYLOADS, some
from tests.security.poison import poison
from tests.security.routes import all_routes
from tests.security.rules import rules_by_route
from tests.security.world import World, make_world

pytestmark = pytest.mark.django_db
embedder = quick.embedder  # a fixture

SITE = "http://127.0.0.1:8998"  # where nobody listens: the test itself answers
SEEN = """
    window.called = 0; window.refused = [];
    window.xss = () => { window.called += 1; };
    document.addEventListener("securitypolicyviolation",
        (event) => window.refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
FOUND = """() => [
    ...(window.called ? [`called ${window.called} times`] : []), ...window.refused,
    ...[...document.querySelectorAll("xss, base, marquee, math, embed, object, video, audio")]
        .map((one) => one.outerHTML),
    ...[...document.querySelectorAll("*")].flatMap((one) => [...one.attributes]
        .filter((each) => /^on|^(data-)?hx-on/i.test(each.name)
            || /href|src|action/.test(each.name)
            && /^\\s*(javascript|vbscript|data:text)/i.test(each.value))
        .map((each) => `${one.tagName} ${each.name}=${each.value}`)),
].map((one) => one.slice(0, 160))"""
SOME = {  # role → names of routes, when not all are asked
    "anonymous": "achievements:achievement_detail matching:search accounts:organisation_detail",
    "owner": "achievements:demand_detail deals:introduction_detail deals:portfolio"
    " matching:match_detail accounts:notification_list accounts:audit_list",
    "superuser": "achievements:expert_detail matching:panel_detail achievements:review_queue",
}


@pytest.fixture
def world(embedder: Any) -> World:
    """One of everything, and what it says are scripts."""
    world = make_world()
    world.filled = poison(world)  # type: ignore[attr-defined]
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    for obj in world.objects.values():
        if isinstance(obj, models.Model):
            obj.refresh_from_db()
    return world


@cache
def _static(path: str) -> bytes:
    found = finders.find(path)
    with open(found, "rb") as file:  # noqa: PTH123 - finders give texts
        return file.read()


TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Shown:
    """What the browser gets instead of a site: one page, and the styles and scripts of all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.headers: dict[str, str] = {}
        self.body = b""
        page.route("**/*", self._answer)

    def _answer(self, asked: Asked) -> None:
        parts = urlsplit(asked.request.url)
        if asked.request.resource_type == "document" and parts.path == "/shown/":
            asked.fulfill(headers=self.headers, body=self.body)
        elif parts.path.startswith("/static/"):
            kind = TYPES.get(parts.path.rpartition(".")[2], "application/octet-stream")
            asked.fulfill(body=_static(parts.path.removeprefix("/static/")), content_type=kind)
        else:
            asked.fulfill(status=204)

    def problems(self, headers: Any, body: bytes) -> list[str]:
        """Show a page, and say what was run, refused or made of somebody's words."""
        self.headers, self.body = dict(headers), body
        self.page.goto(f"{SITE}/shown/", wait_until="load")
        found: list[str] = self.page.evaluate(FOUND)
        return found


def _addresses(asker: Asker, role: str) -> Iterator[tuple[str, str]]:
    """Name and address of the pages of a role, one for each route and object."""
    rules = rules_by_route()
    wanted = None if os.environ.get("XSS") == "full" else SOME[role].split()
    for route in all_routes():
        if route.is_api or route.name.startswith("admin:") or "get" not in route.verbs:
            continue
        if wanted is not None and route.name not in wanted:
            continue
        for who, key in rules.get(f"{route.name}/get") or rules.get(route.name) or []:
            if role in who & asker.world.seen_by.get(key, who):
                address = asker.addresses(route, key)[0][0]
                yield route.name, address
                if wanted is not None:
                    break


@pytest.fixture
def page(context: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A browser that notes what runs and what the policy refuses."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    context.add_init_script(SEEN)
    return context.new_page()


def test_no_page_runs_what_somebody_wrote(world: World, page: Page, monkeypatch: Any):
    assert len(PAYLOADS) > 100
    assert len(world.filled) > 100, world.filled  # type: ignore[attr-defined]
    wrong, opened = [], 0
    dialogs: list[str] = []
    page.set_default_timeout(20_000)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    asker, shown = Asker(world), Shown(page)
    for role in SOME:
        client = asker._client(role)
        pages = list(_addresses(asker, role))
        pages.append(("search", f"/search/?q={quote(some(30 * len(role), 120))}"))
        for name, address in pages:
            answer = client.get(address)
            if answer.status_code >= 500:
                wrong.append(f"{role} {name} {address}: {answer.status_code}")
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                found = shown.problems(answer.items(), answer.content)
                wrong += [f"{role} {name} {address}: {one}" for one in found]
                policy = answer["Content-Security-Policy"]
                opened += 1
    fields = len(world.filled)  # type: ignore[attr-defined]
    print(f"{opened} pages, {len(PAYLOADS)} payloads in {fields} fields")
    assert (wrong, dialogs) == ([], [])

    # And what would be seen where a page forgot to escape, with the policy and without it.
    forgot = f"<title>x</title><script>xss()</script>{PAYLOADS[0]}".encode()
    html = {"Content-Type": "text/html"}
    held = shown.problems({**html, "Content-Security-Policy": policy}, forgot)
    assert any(one.startswith("script-src") for one in held), held
    assert not any("called" in one for one in held)
    assert any("called" in one for one in shown.problems(html, forgot))


# --- What is not a page ------------------------------------------------------------------------


class _Markup(HTMLParser):
    """The elements of an e-mail, the names of their attributes, and where they lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.leads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src")}


def _harmless(message: EmailMultiAlternatives) -> _Markup:
    """An e-mail whose subject is one line and whose HTML is nothing but our own elements."""
    assert "\n" not in message.subject
    markup = _Markup(str(message.alternatives[0].content))
    ours = "html head meta title body main div section p h1 h2 a br hr strong"
    assert markup.elements <= set(ours.split())
    assert markup.attributes <= {"lang", "charset", "name", "content", "style", "href", "role"}
    assert all(where.startswith(settings.SITE_URL) for where in markup.leads), markup.leads
    return markup


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_email_holds_markup_that_somebody_wrote(language: str):
    delivery = make.DeliveryFactory(recipient__language=language)
    folder = Path(settings.BASE_DIR) / "templates" / "notifications"
    kinds = [path.name for path in sorted(folder.iterdir()) if path.is_dir()]
    for kind in kinds:
        words = "".join((folder / kind / name).read_text() for name in ("title.txt", "body.txt"))
        numbers = set(re.findall(r"count (?:\w+=)?(\w+)", words))
        names = set(re.findall(r"\b[a-z]+(?:_[a-z]+)*\b", words)) - numbers - {"kind", "listings"}
        text = f"<script>xss()</script> {some(9 * len(kind), 900)}"
        data: dict[str, Any] = dict.fromkeys(names - {"listing", "introduction"}, text)
        data |= {f"{name}_{tongue}": text for name in names for tongue in ("en", "zh")}
        data |= dict.fromkeys(numbers, 3)
        make.NotificationFactory(
            recipient=delivery.recipient, kind=kind, delivery=delivery, data=data, key=kind
        )

    message = compose(delivery)
    assert message is not None
    _harmless(message)
    assert str(message.alternatives[0].content).count("&lt;script&gt;xss()") > len(kinds)

    for letter in ("invitation", "expert_invitation", "report_answer"):
        names = ("affiliation", "answer", "by", "name", "organisation", "role", "title")
        given: dict[str, Any] = dict.fromkeys(names, ALL)
        written = write_letter(
            address="a@example.org",
            template=letter,
            context=given | {"link": f"{settings.SITE_URL}/x/", "days": 7},
        )
        message = compose(written)
        assert message is not None
        _harmless(message)


def test_descriptions_for_machines_hold_texts_as_they_are():
    client = Client()
    for key in ("achievement", "demand", "expert"):
        factory = {"achievement": make.AchievementFactory, "demand": make.DemandFactory}
        listing = factory.get(key, make.ExpertFactory)(
            title_en=some(0, 300), summary_en=some(9, 400)
        )
        address = f"/{key}s/{listing.pk}/"
        found = client.get(address).content.decode()
        blocks = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', found, re.S)
        assert len(blocks) == 1
        assert "<" not in blocks[0]
        assert json.loads(blocks[0])["name"] == listing.title

    told = fromstring(client.get("/sitemap.xml").content)
    assert len(told) == 1
    places = [one.text for one in fromstring(client.get("/sitemap-listings.xml").content).iter()]
    assert not any("xss" in (place or "") for place in places)
    answer = client.get("/api/v1/achievements/", headers={"Accept": "text/html"})
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"
