"""The real processes that journeys use."""

from playwright.sync_api import Page

from tests.site import Site


def test_browser_is_shown_the_api_and_that_a_page_is_missing(site: Site, page: Page):
    site.start_web()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on(
        "response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None
    )
    page.on("pageerror", lambda error: problems.append(str(error)))

    page.goto(f"{site.url}/api/v1/docs/")

    page.get_by_role("heading", name="Transfer API").wait_for()
    assert problems == [], "something was kept from the page, or nobody had it"
    response = page.goto(f"{site.url}/no-such-page")
    assert response is not None
    assert response.status == 404
    assert page.get_by_role("link", name="To the home page").is_visible()
