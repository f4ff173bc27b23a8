"""The story of a match on the sample catalogue: real browser, real worker, the demo's mailbox."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts.models import User
from achievements.models import Demand, Listing
from matching.models import Decision
from tests.factories import PASSWORD
from tests.site import Site

CELL = "Sulphide solid-state lithium pouch cell of 402 Wh/kg for electric cars"


@pytest.fixture
def embeddings_url() -> str:
    """Nobody's: the model itself reads what is posted."""
    return ""


@pytest.fixture
def sample(site: Site) -> None:
    """The energy part of the sample catalogue, with the demo's users, reading English."""
    call_command("load_vocabularies", verbosity=0)
    call_command("load_sample", with_users=PASSWORD, verbosity=0)
    energy = Listing.objects.filter(fields__scheme__code="hightech", fields__code__startswith="6")
    Listing.objects.exclude(pk__in=energy.values("pk")).delete()
    User.objects.update(language=User.Language.ENGLISH)


def user_of(name: str) -> User:
    """One of the demo's users."""
    return User.objects.get(email=f"{name}@transfer.example")


def wait_for(page: Page, address: str, text: str, seconds: int = 180) -> None:
    """Reload a page until a text is on it."""
    for _attempt in range(seconds):
        page.goto(address)
        if page.locator("main").get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"“{text}” did not appear on {address}")


def follow_letter(page: Page, site: Site, name: str, told: str) -> None:
    """Wait in the mailbox for a letter that tells this, perhaps among more; follow its link."""
    for _attempt in range(60):
        page.goto(f"{site.url}/mailbox/?to={name}@transfer.example")
        letters = page.locator("tbody th a")
        for address in [row.get_attribute("href") for row in letters.all()]:
            page.goto(f"{site.url}{address}")
            text = page.locator("#text").inner_text()
            if told in text:
                link = re.search(r"http\S+/notifications/\d+/", text[text.index(told) :])
                assert link is not None
                page.goto(link.group())
                return
        page.wait_for_timeout(500)
    raise AssertionError(f"no e-mail to {name} says “{told}”")


def post_demand(page: Page, site: Site) -> None:
    """Fill in and submit the form as a person does."""
    page.goto(f"{site.url}/demands/new/")
    page.fill("[name=title_en]", "Solid-state cell above 390 Wh/kg for electric cars")
    page.fill(
        "[name=summary_en]",
        "We look for a solid-state lithium cell of at least 390 Wh/kg for our next car.",
    )
    page.fill("[name=body_en]", "Pouch cells with a sulphide electrolyte, to be tested in our car.")
    page.fill("[name=requirements-0-quantity]", "energy density")
    page.select_option("[name=requirements-0-operator]", ">=")
    page.fill("[name=requirements-0-value]", "390")
    page.fill("[name=requirements-0-unit]", "Wh/kg")
    page.locator("main").get_by_role("button", name=re.compile("^Submit")).click()
    page.wait_for_url("**/demands/*/")


@pytest.mark.usefixtures("sample")
def test_demand_finds_its_achievement_and_both_sides_are_told(live_site: Site, page: Page):
    live_site.sign_in(page, user_of("enterprise"))

    post_demand(page, live_site)
    demand = Demand.objects.get(title_en__startswith="Solid-state cell above 390")
    wait_for(page, f"{live_site.url}/matches/?listing={demand.pk}", CELL)
    match = page.locator("article").filter(has_text=CELL).first

    expect(match).to_contain_text("402 Wh/kg")
    expect(match).to_contain_text("Met")
    assert match.locator(".reasons li, [class*=reason] li").count() >= 1

    follow_letter(page, live_site, "enterprise", "for “Solid-state cell above 390")
    expect(page).to_have_url(re.compile(rf"/matches/\?listing={demand.pk}"))
    match = page.locator("article").filter(has_text=CELL).first
    match.get_by_role("button", name="Accept").click()
    answered = page.locator("[data-answered]").filter(has_text=CELL)
    expect(answered).to_contain_text("Accepted. The other side has been told.")
    expect(answered.get_by_role("button", name="Take back")).to_be_visible()
    assert Decision.objects.get().verdict == Decision.Verdict.ACCEPTED

    page.context.clear_cookies()
    live_site.sign_in(page, user_of("office"))
    wait_for(page, f"{live_site.url}/notifications/", f"Accepted: a match of “{CELL}”", 30)
    follow_letter(page, live_site, "office", "Accepted: a match of")
    expect(page.locator("main").get_by_text("They accepted").first).to_be_visible()
