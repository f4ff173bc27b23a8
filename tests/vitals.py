"""`make vitals`: how soon and how calmly pages stand on a slow line, measured in a real browser.

Each page is a first visit: empty cache, 1.6 Mbit/s, 150 ms, a processor four times slower. Of
several runs the median of the largest contentful paint, the worst layout shift, and what was
transferred. It exits with 1 when a page misses a limit; a busy machine does that, too.
"""

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.journeys.conftest import launch_arguments
from tests.screenshots import PASSWORD, ROOT, running_site, sign_in

LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PROCESSOR = 4
SETTLED = 1500  # milliseconds after the load that a page has to come to rest
MOST_LCP, MOST_CLS, MOST_BYTES, MOST_REQUESTS = 2500, 0.1, 200_000, 15
OBSERVE = """
window.vitals = { lcp: 0, what: "", cls: 0 };
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
        window.vitals.lcp = entry.startTime;
        window.vitals.what = entry.element?.tagName ?? "";
    }
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
    const entries = list.getEntries().filter((entry) => !entry.hadRecentInput);
    for (const entry of entries) window.vitals.cls += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
FIRST = "kind => document.querySelector(`main .cards a[href^='/${kind}/']`).getAttribute('href')"


@dataclass
class Visit:
    """What one first visit showed: milliseconds, shift, bytes, requests, hosts other than ours."""

    lcp: float
    what: str
    cls: float
    weight: int
    requests: int
    strangers: set[str]


def visit(browser: Browser, address: str, state: StorageState | None, width: int) -> Visit:
    """Open an address with an empty cache on the slow line."""
    context = browser.new_context(
        storage_state=state, viewport={"width": width, "height": 800}, locale="en-GB"
    )
    context.add_init_script(OBSERVE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    weights: list[int] = []
    asked: list[str] = []
    session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR})
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(SETTLED)
    seen = page.evaluate("window.vitals")
    context.close()
    hosts = {urlsplit(url).netloc for url in asked if url.startswith("http")}
    return Visit(
        lcp=seen["lcp"],
        what=seen["what"],
        cls=seen["cls"],
        weight=int(sum(weights)),
        requests=len(asked),
        strangers=hosts - {urlsplit(address).netloc},
    )


def addresses(page: Page, site: str) -> dict[str, tuple[str, str]]:
    """The pages to measure: name → (role, address); the details are the first that search lists."""
    details = {}
    for kind in ("achievement", "demand"):
        page.goto(f"{site}/search/?kind={kind}")
        details[kind] = page.evaluate(FIRST, f"{kind}s")
    return {
        "home": ("visitor", "/"),
        "search": ("visitor", "/search/?q=battery"),
        "achievement": ("visitor", details["achievement"]),
        "demand": ("visitor", details["demand"]),
        "sign-in": ("visitor", "/accounts/login/"),
        "match inbox": ("enterprise", "/matches/?state=open"),
        "portfolio": ("office", "/portfolio/"),
    }


def measure(browser: Browser, site: str, options: argparse.Namespace) -> bool:
    """Print a line for each page; answers whether all keep within the limits."""
    states: dict[str, StorageState | None] = {"visitor": None}
    context = browser.new_context()
    pages = addresses(context.new_page(), site)
    context.close()
    for role in {role for role, _address in pages.values()} - {"visitor"}:
        context = browser.new_context()
        sign_in(context.new_page(), site, role, options.password)
        states[role] = context.storage_state()
        context.close()
    print(f"{'page':<14}{'LCP ms':>8}  {'of':<8}{'CLS':>7}{'bytes':>9}{'requests':>10}")
    fit = True
    for name, (role, address) in pages.items():
        visits = [
            visit(browser, site + address, states[role], options.width)
            for _run in range(options.runs)
        ]
        lcp = statistics.median(each.lcp for each in visits)
        cls = max(each.cls for each in visits)
        weight = max(each.weight for each in visits)
        requests = max(each.requests for each in visits)
        strangers = set().union(*(each.strangers for each in visits))
        good = lcp <= MOST_LCP and cls <= MOST_CLS and not strangers
        good = good and weight <= MOST_BYTES and requests <= MOST_REQUESTS
        fit = fit and good
        said = "" if good else f"  over the limit {' '.join(strangers)}"
        what = visits[-1].what
        line = f"{name:<14}{lcp:>8.0f}  {what:<8}{cls:>7.3f}{weight:>9}{requests:>10}{said}"
        print(line, flush=True)
    return fit


def main() -> None:
    """Read the arguments, find or start a site, measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.vitals", description=__doc__)
    parser.add_argument("--site", default="", help="address of a running demo; else one is started")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data" / "screenshots")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--password", default=PASSWORD)
    options = parser.parse_args()
    with running_site(options.site, options.data_dir) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        fit = measure(browser, site, options)
        browser.close()
    sys.exit(0 if fit else 1)


if __name__ == "__main__":
    main()
