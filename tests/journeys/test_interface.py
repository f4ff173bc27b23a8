"""What holds on every page: weight, keys, focus, language, and life without JavaScript."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from achievements.models import Demand, Listing
from deals.models import Introduction
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.wording.matches import COMPONENT_NAMES
from tests.factories import PASSWORD, AchievementFactory, MemberFactory
from tests.matching import conftest as quick
from tests.templates.test_components import render

pytestmark = [pytest.mark.django_db(transaction=True)]
embedder = quick.embedder  # a fixture

LOGIN = "/accounts/login/"


def test_first_visit_is_light_and_asks_nobody_else(page: Page, live_server: LiveServer) -> None:
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))

    page.goto(live_server.url + LOGIN, wait_until="networkidle")

    hosts = {urlsplit(request.url).netloc for request in requests}
    # The test server sends everything uncompressed; production sends about a third of it.
    weight = sum(request.sizes()["responseBodySize"] for request in requests)
    assert hosts == {urlsplit(live_server.url).netloc}
    assert len(requests) <= 15
    assert weight <= 200_000


def test_page_reports_no_error_to_the_console(page: Page, live_server: LiveServer) -> None:
    errors: list[str] = []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else 0
    )
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(live_server.url + LOGIN, wait_until="networkidle")

    assert errors == []


def test_skip_link_is_first_and_leads_to_the_content(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + LOGIN)

    page.keyboard.press("Tab")
    text = page.evaluate("document.activeElement.textContent")
    box = page.evaluate("document.activeElement.getBoundingClientRect().top")
    page.keyboard.press("Enter")

    assert text == "Skip to the content"
    assert box >= 0
    assert page.evaluate("document.activeElement.id") == "main"


def test_focus_is_visible_and_never_hidden_behind_something(
    page: Page, live_server: LiveServer
) -> None:
    page.goto(live_server.url + LOGIN)

    seen = []
    for _step in range(40):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body) return null;
                const box = element.getBoundingClientRect();
                const style = getComputedStyle(element);
                const middle = [box.left + box.width / 2, box.top + box.height / 2];
                const top = document.elementFromPoint(...middle);
                return {
                    name: element.outerHTML.slice(0, 80),
                    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                    onTop: element.contains(top) || top?.contains(element) || false,
                };
            }"""
        )
        if state is None or state["name"] in [entry["name"] for entry in seen]:
            break
        seen.append(state)

    assert len(seen) > 5
    assert [entry["name"] for entry in seen if not entry["outlined"] or not entry["onTop"]] == []


def test_errors_get_the_focus_and_what_was_entered_stays(
    page: Page, live_server: LiveServer
) -> None:
    page.goto(live_server.url + LOGIN)
    page.fill("[name=login]", "nobody@example.org")
    page.click("main button[type=submit]")

    summary = page.locator(".error-summary")
    summary.wait_for()

    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert page.input_value("[name=login]") == "nobody@example.org"
    password = page.locator("[name=password]")
    assert password.get_attribute("aria-invalid") == "true"
    assert "id_password_error" in (password.get_attribute("aria-describedby") or "")
    summary.locator("a").first.click()
    assert page.evaluate("document.activeElement.name") == "password"


def test_double_click_sends_a_form_once(page: Page, live_server: LiveServer) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else 0)
    page.goto(live_server.url + LOGIN)
    page.fill("[name=login]", "nobody@example.org")

    page.dblclick("main button[type=submit]")
    page.locator(".error-summary").wait_for()

    assert len(posts) == 1


def test_language_switch_works_without_javascript_and_stays_on_the_page(
    browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + LOGIN)

    page.click("button[name=language][value=zh-hans] >> visible=true")

    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert urlsplit(page.url).path == LOGIN
    page.click("button[name=language][value=en] >> visible=true")
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


@pytest.mark.usefixtures("embedder")
def test_search_contact_sign_in_and_posting_work_without_javascript(
    browser: Browser, live_server: LiveServer
) -> None:
    AchievementFactory(title_en="Sodium cathode sheet", summary_en="A sheet that keeps its shape.")
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    embed_entries()
    user = MemberFactory(role="editor").user
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    main = page.locator("main")

    page.goto(live_server.url + "/search/")
    page.fill("[name=q]", "sodium")
    main.get_by_role("button", name="Search").click()
    main.get_by_role("link", name="Sodium cathode sheet").click()
    main.get_by_role("link", name="Get in touch").first.click()
    main.get_by_role("button", name="Send").click()
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    main.get_by_role("button", name="Sign in").click()
    main.get_by_role("button", name="Send").click()
    expect(main.locator(".message")).to_have_count(1)

    page.goto(live_server.url + "/demands/wizard/")
    page.fill("[name=text]", "We look for a cathode of at least 160 Wh/kg for cold stores.")
    page.check("[name=language][value=en]")
    for _step in ("text", "requirements", "questions"):
        main.locator("button[name=go]").first.click()
    main.get_by_role("button", name="Submit").click()
    expect(page).to_have_url(f"{live_server.url}/demands/{Demand.objects.get().pk}/")
    context.close()

    assert Introduction.objects.get().sender == user
    assert Demand.objects.get().state != Listing.State.DRAFT


def test_menu_opens_without_javascript_on_a_narrow_screen(
    browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 700})
    page = context.new_page()
    page.goto(live_server.url + LOGIN)
    link = page.locator(".menu--site .menu__item[href='/accounts/signup/']")

    before = link.is_visible()
    page.click(".menu--site > summary")

    assert (before, link.is_visible()) == (False, True)
    context.close()


def test_phone_shows_reasons_beside_the_score_and_no_word_of_keys(
    browser: Browser, live_server: LiveServer
) -> None:
    rows = [{"label": str(name), "value": 100} for name in COMPONENT_NAMES.values()]
    reasons = [{"tone": "good", "text": "Both are in China."}]
    card = '<c-match-card title="A" score="99" :components="rows" :reasons="reasons" />'
    match = render(card, rows=rows, reasons=reasons)
    phone = {"viewport": {"width": 375, "height": 700}, "has_touch": True, "is_mobile": True}
    told = []
    for kind in (phone, {}):
        context = browser.new_context(**kind)
        page = context.new_page()
        page.goto(live_server.url + LOGIN)
        told.append(page.locator("[data-shortcuts]").is_visible())
        if kind:
            page.evaluate("html => document.querySelector('main').innerHTML = html", match)
            score, reason = (page.locator(name).bounding_box() for name in (".score", ".reasons"))
            lines = page.evaluate(
                "[...document.querySelectorAll('.bars dt')].map(e => e.clientHeight)"
            )
            assert reason["y"] - score["y"] < 180
            assert len(set(lines)) == 1  # no name is broken
            assert page.evaluate("document.documentElement.scrollWidth") == 375
        context.close()
    assert told == [False, True]


def test_escape_closes_a_menu_and_returns_the_focus(page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(live_server.url + LOGIN)
    page.click(".menu--site > summary")
    page.keyboard.press("Tab")

    page.keyboard.press("Escape")

    assert page.locator(".menu--site").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_dark_and_light_follow_the_system(browser: Browser, live_server: LiveServer) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(live_server.url + LOGIN)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()

    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 27)"}


def test_phone_folds_the_filters_and_many_at_once_ask_only_what_is_needed(
    browser: Browser, live_server: LiveServer
) -> None:
    member = MemberFactory()
    AchievementFactory(organisation=member.organisation)
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 375, "height": 800}, locale="en-GB"
    )
    page = context.new_page()
    page.goto(live_server.url + LOGIN + "?next=/portfolio/?kind=achievement")
    page.fill("[name=login]", member.user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_label("Title contains")).to_be_hidden()
    page.get_by_role("link", name="Filters (1)").click()
    expect(page.get_by_label("Title contains")).to_be_visible()

    verb, tag = page.get_by_label("With the chosen listings"), page.locator("#bulk-tag")
    expect(tag).to_be_hidden()
    verb.select_option("tag")
    expect(tag).to_be_visible()
    expect(page.get_by_label("Colleague")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_label("Title contains")).to_be_visible()
    expect(page.get_by_role("link", name="Filters")).to_be_hidden()
    context.close()
