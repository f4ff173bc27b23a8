"""`make guides`: the pictures of the guides, of a running demo; every test run takes them too.

Each is the page at 1280 pixels, as the sample accounts see it, in both languages.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.conftest import launch_arguments
from tests.screenshots import PASSWORD, ROOT, running_site, sign_in

FOLDER = ROOT / "docs" / "guide" / "img"
LANGUAGES = {"en": "en", "zh-hans": "zh"}  # of the site, and the folder of its pictures
SIZE = {"width": 1280, "height": 800}
PATIENCE = 180  # seconds until the workers have matched the sample catalogue

_TITLE = {"en": "A novel and very efficient pump", "zh-hans": "新型高效水泵"}
_NEED = {
    "en": "We need a solid-state battery cell for electric cars with an energy density of at "
    "least 350 Wh/kg that keeps 80 % of its capacity at −20 °C. Budget CNY 2 to 5 million.",
    "zh-hans": "电动汽车需要固态电池电芯，能量密度不低于350 Wh/kg，−20 °C下容量保持率不低于80%。"
    "预算200万至500万元，2028年6月30日前完成。",
}


def _nothing(page: Page, language: str) -> None:
    """The page as it opens."""


def _first_match(page: Page, language: str) -> None:
    """The reasons of the best match, once there is one."""
    deadline = time.monotonic() + PATIENCE
    matches = page.locator("article.match a[href^='/matches/']")
    while not matches.count() and time.monotonic() < deadline:
        page.wait_for_timeout(1000)
        page.reload()
    matches.first.click()


def _hints(page: Page, language: str) -> None:
    """What the form says of a title without figures."""
    title = "en" if language == "en" else "zh"
    page.locator(f"[name=title_{title}]").fill(_TITLE[language])
    page.locator("#quality > summary").click()


def _need(page: Page, language: str) -> None:
    """A need in one's own words, and what would match it already."""
    page.locator("main textarea").first.fill(_NEED[language])
    page.locator("#preview a").first.wait_for()


def _rows(page: Page, language: str) -> None:
    """The table below the filters."""
    page.locator("main table").first.evaluate("(one) => one.scrollIntoView()")


def _last_tab(page: Page, language: str) -> None:
    """Everything, not only what waits."""
    page.locator("main nav.tabs a").last.click()
    page.wait_for_load_state("networkidle")


@dataclass(frozen=True)
class Picture:
    """A page that a role opens, and what is done there before it is taken."""

    role: str
    address: str
    then: Callable[[Page, str], None] = _nothing


PICTURES: Mapping[str, Picture] = {
    "achievement": Picture("office", "/achievements/new/", _hints),
    "portfolio": Picture("office", "/portfolio/", _rows),
    "match": Picture("enterprise", "/matches/?state=open", _first_match),
    "need": Picture("enterprise", "/demands/wizard/", _need),
    "search": Picture("enterprise", "/search/?q=battery+below+zero"),
    "pool": Picture("curator", "/experts/pool/", _last_tab),
    "queue": Picture("moderator", "/organisations/queue/"),
    "dashboard": Picture("moderator", "/dashboard/"),
}


def take(
    browser: Browser, site: str, folder: Path, *, languages: Sequence[str] = tuple(LANGUAGES)
) -> list[Path]:
    """Write the pictures below ``folder``, one folder for each language; answers which."""
    written = []
    roles = dict.fromkeys(one.role for one in PICTURES.values())
    for role, language in product(roles, languages):
        context = browser.new_context(viewport=SIZE, reduced_motion="reduce", locale="en")
        page = context.new_page()
        sign_in(page, site, role, PASSWORD)
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        for name, picture in PICTURES.items():
            if picture.role == role:
                answer = page.goto(site + picture.address)
                if answer is None or answer.status != 200:
                    raise ValueError(f"{picture.address} is no page of {role}")
                picture.then(page, language)
                written.append(folder / LANGUAGES[language] / f"{name}.png")
                page.screenshot(path=written[-1], animations="disabled")
        context.close()
    return written


def main() -> None:
    """Read the arguments, take the pictures, say how many."""
    parser = argparse.ArgumentParser(prog="python -m tests.guide_pictures", description=__doc__)
    parser.add_argument("--site", default="", help="address of a running demo; else one is started")
    options = parser.parse_args()
    data_dir = ROOT / ".data" / "guides"
    with running_site(options.site, data_dir) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        print(f"{len(take(browser, site, FOLDER))} pictures in {os.path.relpath(FOLDER)}")
        browser.close()


if __name__ == "__main__":
    main()
