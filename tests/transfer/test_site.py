"""The real processes that journeys use."""

import pytest
from playwright.sync_api import Page

from tests.site import Site


def test_web_missing_page_shows_404_in_browser(site: Site, page: Page):
    site.start_web()

    response = page.goto(f"{site.url}/no-such-page")

    assert response is not None
    assert response.status == 404
    assert page.get_by_role("link", name="To the home page").is_visible()


def test_worker_killed_starts_again(celery_worker_process: Site):
    celery_worker_process.kill("worker")

    assert celery_worker_process.start_worker("second").poll() is None


@pytest.mark.django_db
def test_api_docs_no_request_to_other_origins_and_no_csp_violation(site: Site, page: Page):
    site.start_web()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on(
        "response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None
    )
    page.on("pageerror", lambda error: problems.append(str(error)))

    page.goto(f"{site.url}/api/v1/docs/")

    page.get_by_role("heading", name="Transfer API").wait_for()
    assert problems == []
