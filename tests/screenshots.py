"""`make screenshots`: every page of a running site as a picture, for a look at all of them at once.

Signs in as each role of the sample data, follows the links of the pages it meets, and writes
`screenshots/<role>/<language>/<page>-<width>-<scheme>.png`. One address stands for all that differ
only in numbers or in an organisation's name. Nothing is posted but the sign-in.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.conftest import launch_arguments
from transfer.embedded.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
ROLES = ("visitor", "office", "enterprise", "expert", "curator", "moderator", "admin")
LANGUAGES = ("en", "zh-hans")
WIDTHS = (1280, 375)
SCHEMES = ("light", "dark")
# Pages that no link leads to.
UNLINKED = {
    "visitor": ["/search/?q=battery", "/search/?q=%22no+such+thing%22&trl_min=9", "/no/such/page/"],
    "enterprise": ["/listings/review/"],
}
PASSWORD = os.environ.get("DEMO_PASSWORD", "try-transfer-here")
FOREIGN = ("/admin/", "/static/", "/media/", "/api/", "/files/", "/sitemap", "/robots", "/i18n/")
LINKS = "Array.from(document.links, link => link.getAttribute('href'))"


def name_of(address: str) -> str:
    """One file name for all addresses that show the same kind of page."""
    parts = urlsplit(address)
    path = re.sub(r"/organisations/(?!new/|queue/)[^/]+/", "/organisations/one/", parts.path)
    path = re.sub(r"/(\d+|by-link/[^/]+|unsubscribe/[^/]+)(?=/)", "/n", path)
    name = path.strip("/").replace("/", "-") or "home"
    query = re.search(r"(?:^|&)(kind|state|q)=([^&]+)", parts.query)
    return name + ("-" + re.sub(r"\W+", "-", f"{query[1]} {query[2]}").strip("-") if query else "")


def pages_of(page: Page, site: str, starts: list[str]) -> Iterator[str]:
    """Go to every page that links lead to from ``starts``; yield each address when it is shown."""
    waiting, seen = list(starts), set()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        name = name_of(address)
        if parts.netloc or name in seen or parts.path.startswith(FOREIGN):
            continue
        seen.add(name)
        try:
            answer = page.goto(site + address)
        except Exception as error:
            if "Download is starting" in str(error):
                continue
            raise
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        shown = name_of(page.url.removeprefix(site))
        if shown != name and shown in seen:
            continue
        seen.add(shown)
        links = [urljoin(address, href) for href in page.evaluate(LINKS) if href]
        waiting += [link.partition("#")[0] for link in links if link.startswith("/")]
        yield address


def sign_in(page: Page, site: str, role: str, password: str) -> None:
    """Sign in with the sample account of a role."""
    page.goto(f"{site}/accounts/login/")
    page.fill("[name=login]", f"{role}@transfer.example")
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)


def take(page: Page, folder: Path, name: str, options: argparse.Namespace) -> None:
    """Write the page shown in every width and scheme."""
    for width in options.widths:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in options.schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def take_all(browser: Browser, site: str, options: argparse.Namespace) -> int:
    """Write the pages of every role in every language; answers how many pages that were."""
    count = 0
    for role in options.roles:
        context: BrowserContext = browser.new_context()
        page = context.new_page()
        if role != "visitor":
            sign_in(page, site, role, options.password)
        for language in options.languages:
            context.add_cookies([{"name": "django_language", "value": language, "url": site}])
            folder = options.folder / role / language
            folder.mkdir(parents=True, exist_ok=True)
            for address in pages_of(page, site, [*options.starts, *UNLINKED.get(role, [])]):
                if re.search(options.only, name_of(address)):
                    take(page, folder, name_of(address), options)
                    count += 1
            print(f"{folder}: {len(list(folder.glob('*.png')))} pictures", flush=True)
        context.close()
    return count


@contextmanager
def running_site(given: str, data_dir: Path) -> Iterator[str]:
    """The address given, or that of a demo which is started here, matched, and stopped again."""
    if given:
        yield given.rstrip("/")
        return
    port = free_port()
    command = [sys.executable, "-m", "transfer.embedded", "--data-dir", str(data_dir)]
    demo = subprocess.Popen([*command, "demo", "--port", str(port)], cwd=ROOT)
    try:
        site = f"http://127.0.0.1:{port}"
        wait_for(site, demo)
        subprocess.run(
            [*command, "run", sys.executable, "manage.py", "sweep", "--once"], check=True
        )
        yield site
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait()


def wait_for(site: str, demo: subprocess.Popen[bytes], seconds: int = 300) -> None:
    """Return when the site answers; raises RuntimeError when it has ended or takes too long."""
    deadline = time.monotonic() + seconds
    while demo.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{site}/readyz", timeout=5):  # noqa: S310 - ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError("The demo did not start.")


def main() -> None:
    """Read the arguments, find or start a site, write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--site", default="", help="address of a running demo; else one is started")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data" / "screenshots")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--only", default="", help="a pattern that the page's name must contain")
    parser.add_argument("--starts", nargs="+", default=["/"], help="addresses to begin with")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument("--widths", nargs="+", type=int, default=WIDTHS)
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--password", default=PASSWORD)
    options = parser.parse_args()
    with running_site(options.site, options.data_dir) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        count = take_all(browser, site, options)
        browser.close()
    print(f"{count} pages are in {options.folder}.")


if __name__ == "__main__":
    main()
