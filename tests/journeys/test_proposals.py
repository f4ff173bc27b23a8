"""Figures proposed while somebody writes: found live, taken by a click, set aside by another."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import MemberFactory, SchemeFactory, TermFactory
from tests.journeys.test_enterprise import COMPOSE, COMPOSED

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "The energy density must be at least 350 Wh/kg. The peel rate is below 5 mm/s."


@pytest.fixture
def form(live_server: LiveServer, browser: Browser) -> Iterator[Page]:
    """The form of a new demand, opened by an editor."""
    TermFactory(
        scheme=SchemeFactory(code="quantity"),
        label_en="Energy density",
        label_zh="能量密度",
        unit="watt_hour/kilogram",
    )
    client = Client()
    client.force_login(MemberFactory(role="editor").user)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(locale="en-GB")
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/demands/new/")
    yield page
    context.close()


def test_what_is_typed_while_an_answer_comes_is_looked_at_too(form: Page) -> None:
    def answer_late(route: Route) -> None:
        answer = route.fetch()
        form.type("[name=body_en]", " The gap is 3 mm.", delay=1)
        route.fulfill(response=answer)

    form.route("**/proposals/**", answer_late, times=1)
    form.fill("[name=body_en]", TEXT)

    expect(form.locator(".proposals__item")).to_have_count(3)


def test_figures_are_proposed_while_writing_and_become_rows(form: Page) -> None:
    form.fill("[name=body_en]", TEXT)
    items = form.locator(".proposals__item")
    expect(items).to_have_count(2)

    form.get_by_role("button", name="Make a row of energy density ≥ 350 Wh/kg").click()
    expect(form.locator("[name=requirements-0-quantity]")).to_have_value("energy density")
    expect(form.locator("[name=requirements-0-value]")).to_have_value("350")
    expect(form.locator("[name=requirements-0-unit]")).to_have_value("Wh/kg")
    form.get_by_role("button", name="Set peel rate ≤ 5 mm/s aside").click()
    expect(items).to_have_count(0)

    form.wait_for_timeout(1100)  # until the hints have followed, too
    asked: list[str] = []
    form.on("request", lambda sent: asked.append(sent.url))
    field = form.locator("[name=body_en]")
    field.evaluate(COMPOSE, TEXT + " The gap is 3 mm.")
    form.wait_for_timeout(1300)
    assert asked == []
    field.evaluate(COMPOSED)
    expect(items).to_have_count(1)
    expect(form.locator("#proposals")).to_contain_text("3 mm")
