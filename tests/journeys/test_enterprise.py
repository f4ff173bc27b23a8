"""An enterprise's day by keyboard: answers in the inbox, and a look at matches while writing."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from matching.models import Decision, Match
from tests import factories
from tests.matching.test_decisions import Pair

pytestmark = pytest.mark.django_db(transaction=True)

# What the browser sends while an input method composes, and when it is done.
COMPOSE = """(field, text) => {
    field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
}"""
COMPOSED = """(field) => {
    field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
}"""


@pytest.fixture
def buyer(live_server: LiveServer, browser: Browser) -> Iterator[tuple[Page, Match, Match]]:
    """A signed-in buyer's page and two matches of the demand, the better one first."""
    pair = Pair()
    second = Match.objects.create(
        demand=pair.demand,
        candidate=factories.AchievementFactory(),
        kind="achievement",
        score="0.5",
        weights=pair.match.weights,
        reasons=pair.match.reasons,
    )
    client = Client()
    client.force_login(pair.buyer)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(locale="en-GB")
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    yield context.new_page(), pair.match, second
    context.close()


def test_day_of_an_enterprise_by_keyboard(
    buyer: tuple[Page, Match, Match], live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is indexed here, so workers would find no match at all.
    monkeypatch.setattr("matching.services.learning.match_again", lambda _ids: None)
    page, first, second = buyer
    page.goto(f"{live_server.url}/matches/?state=open")
    cards = [page.locator(f"#match-{match.pk}") for match in (first, second)]
    expect(page.locator("[data-keys-help]")).to_be_visible()

    page.keyboard.press("j")
    expect(cards[0]).to_be_focused()
    page.keyboard.press("d")
    reason = page.locator(f"#id_{first.pk}_reason")
    expect(reason).to_be_focused()
    page.keyboard.press("Escape")
    expect(cards[0]).to_be_focused()
    expect(reason).to_have_count(0)
    page.keyboard.press("d")
    expect(reason).to_be_focused()
    reason.select_option("mode")
    page.keyboard.press("j")  # a letter in a field is a letter
    page.locator(f"#answer-{first.pk} button:not([type=button])").click()
    expect(cards[0]).to_contain_text("Reason: The mode of transfer does not fit.")
    expect(cards[1]).to_be_focused()
    page.keyboard.press("u")
    expect(cards[0].locator("[data-key=a]")).to_be_visible()
    assert not Decision.objects.exists()

    page.locator("[data-keys-help] summary").click()
    page.locator("[data-single-keys]").uncheck()
    cards[0].focus()
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert not Decision.objects.exists()

    page.goto(f"{live_server.url}/demands/wizard/")
    expect(page.locator("#preview")).not_to_be_empty()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "preview" in sent.url else None)
    field = page.locator("[name=text]")
    field.evaluate(COMPOSE, "wo men xu yao gu tai dian chi")
    page.wait_for_timeout(700)
    assert asked == []
    with page.expect_request("**/demands/preview/"):
        field.evaluate(COMPOSED)
    assert len(asked) == 1

    page.goto(f"{live_server.url}/search/?kind=achievement")
    page.locator("[form=shortlist-form]").first.press("Enter")
    expect(page.locator("main .is-on")).to_be_focused()
    assert page.url == f"{live_server.url}/search/?kind=achievement"
