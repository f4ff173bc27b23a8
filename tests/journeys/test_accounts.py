"""Somebody joins: real browser, real worker, the e-mails in the demo's mailbox."""

import re

from playwright.sync_api import Page, expect

from accounts.models import Member
from tests.factories import PASSWORD, MemberFactory
from tests.site import Site


def sign_up(page: Page, site: Site, name: str, email: str) -> None:
    """Create an account and confirm the address with the letter from the mailbox."""
    page.goto(f"{site.url}/accounts/signup/")
    page.get_by_label("Name").fill(name)
    page.locator("[name=email]").fill(email)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Create account").click()
    page.wait_for_url("**/confirm-email/")
    open_letter(page, site, email, "confirm-email")
    page.locator("main").get_by_role("button").first.click()
    page.goto(f"{site.url}/accounts/login/")
    if "/accounts/login/" in page.url:
        page.locator("[name=login]").fill(email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)


def open_letter(page: Page, site: Site, email: str, part: str) -> None:
    """Follow the link with ``part`` in the newest e-mail to ``email`` that has one."""
    for _attempt in range(40):
        page.goto(f"{site.url}/mailbox/?to={email}")
        letters = page.locator("tbody th a")
        for address in [row.get_attribute("href") for row in letters.all()]:
            page.goto(f"{site.url}{address}")
            link = page.locator(f"#text a[href*='{part}']")
            if link.count():
                link.first.click()
                return
        page.wait_for_timeout(500)
    raise AssertionError(f"no e-mail to {email} with a link to {part}")


def test_invited_person_signs_up_and_joins(live_site: Site, page: Page):
    owner = MemberFactory(organisation__name_en="Lake University")
    live_site.sign_in(page, owner.user)
    page.goto(f"{live_site.url}/organisations/{owner.organisation.slug}/members/")
    page.get_by_label("E-mail address").fill("wang@example.org")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    page.context.clear_cookies()

    sign_up(page, live_site, "Wang Fang", "wang@example.org")
    open_letter(page, live_site, "wang@example.org", "invitations")
    page.get_by_role("button", name="Accept").click()

    expect(page.get_by_text("You now belong to Lake University.")).to_be_visible()
    assert re.search(rf"/organisations/{owner.organisation.slug}/$", page.url)
    assert Member.objects.get(user__email="wang@example.org").role == Member.Role.EDITOR
