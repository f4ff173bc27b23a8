"""What every answer to a GET has to say to the browser, and what it must not say."""

import re
from html.parser import HTMLParser

import django
from django.http.response import HttpResponseBase

POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
KEPT_BY_BROWSERS = {  # for a while: a small image, and what is the same for everybody
    "accounts:organisation_logo",
    "achievements:robots",
    "achievements:sitemap",
    "achievements:sitemap_section",
    "matching:search_suggestions",
}
LETTER = "accounts:mailbox_html"  # of the demo: what a mail program would show, in a sandbox
FILES = "default-src 'none'; frame-ancestors 'none'; sandbox"  # runs, loads and is framed nowhere
VERSIONS = re.compile(
    rf"{re.escape(django.get_version())}|Django/\d|Python/\d|gunicorn/\d|PostgreSQL \d|nginx/\d"
)


class _Inline(HTMLParser):
    """Collects what a strict policy would refuse: code and style within the page."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a script or style without the nonce, a handler, a style, an address that is code."""
        given = dict(attrs)
        data = (given.get("type") or "").endswith("json")
        own = re.match("/(?!/)", given.get("src") or "")
        allowed = given.get("nonce") == self.nonce or (tag == "script" and (own or data))
        if tag in {"script", "style"} and not allowed:
            self.found.add(f"<{tag}> without the nonce")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.add(f"<{tag} {name}>")
            if (value or "").strip().lower().startswith(("javascript:", "vbscript:")):
                self.found.add(f"<{tag} {name}={value}>")


def missing_in(route: str, response: HttpResponseBase, *, signed_in: bool) -> list[str]:
    """What an answer leaves out or says wrongly; ``signed_in``: the session's cookie was sent."""
    if route == LETTER:
        return []
    said = response.get("Content-Security-Policy", "")
    policy = dict(part.split(" ", 1) for part in said.split("; ") if " " in part)
    found = [f"policy: {name}" for name, value in POLICY.items() if policy.get(name) != value]
    found = [] if said == FILES else found
    found += [f"policy: {part}" for part in policy.values() if "unsafe" in part or "*" in part]
    found += [name for name, value in HEADERS.items() if response.get(name) != value]
    found += [name for name in ("Server", "X-Powered-By") if name in response]
    cached = response.get("Cache-Control", "")
    if signed_in and "no-store" not in cached and route not in KEPT_BY_BROWSERS:
        found.append(f"may be kept: {cached!r}")
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    body = "" if response.streaming else response.content.decode(errors="replace")  # type: ignore[attr-defined]
    leaked = VERSIONS.search(headers) or VERSIONS.search(body)
    found += [f"says {leaked[0]!r}"] if leaked else []
    if response.get("Content-Type", "").startswith("text/html"):
        nonce = re.search(r"'nonce-([^']+)'", policy.get("script-src", ""))
        reader = _Inline(nonce[1] if nonce else "no nonce")
        reader.feed(body)
        found += sorted(reader.found)
    return found
