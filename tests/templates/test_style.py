"""Colours, weight and the rules that every template keeps."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates" / "cotton").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
# E-mails are read by programs that know no style sheets.
PAGES = [path for path in TEMPLATES if "email" not in str(path.relative_to(ROOT))]

TEXT = [
    (ink, ground)
    for ground in ("paper", "sunken")
    for ink in ("ink", "ink-2", "ink-3", "accent", "accent-strong", "good", "warn", "bad")
] + [
    ("ink", "raised"),
    ("ink-3", "raised"),
    ("ink", "accent-wash"),
    ("ink-2", "accent-wash"),
    ("ink-3", "accent-wash"),
    ("accent", "accent-wash"),
    ("accent-strong", "accent-wash"),
    ("good", "good-wash"),
    ("warn", "warn-wash"),
    ("bad", "bad-wash"),
    ("ink", "good-wash"),
    ("ink", "warn-wash"),
    ("ink", "bad-wash"),
    ("accent", "warn-wash"),
    ("accent", "good-wash"),
    ("accent", "bad-wash"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-bad", "bad"),
]
MARKS = [
    (mark, ground)
    for ground in ("paper", "sunken", "raised")
    for mark in ("line-strong", "focus", "accent")
]


def _tokens(scheme: str) -> dict[str, str]:
    """The colour tokens of ``light`` or ``dark``, by name without the dashes."""
    light, _, dark = (
        (ROOT / "static/css/tokens.css").read_text().partition("prefers-color-scheme: dark")
    )
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", dark))
    return found


def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_text_have_enough_contrast(scheme: str) -> None:
    tokens = _tokens(scheme)

    weak = {
        f"{ink} on {ground}": round(_contrast(tokens[ink], tokens[ground]), 2)
        for ink, ground in TEXT
        if _contrast(tokens[ink], tokens[ground]) < 4.5
    }

    assert weak == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_borders_and_marks_have_enough_contrast(scheme: str) -> None:
    tokens = _tokens(scheme)

    weak = {
        f"{mark} on {ground}": round(_contrast(tokens[mark], tokens[ground]), 2)
        for mark, ground in MARKS
        if _contrast(tokens[mark], tokens[ground]) < 3
    }

    assert weak == {}


def test_styles_name_colours_only_in_tokens() -> None:
    screens = {
        path.name: path.read_text().partition("@layer print {")[0]
        for path in STYLES
        if path.name != "tokens.css"
    }

    found = {name: re.findall(r"#[0-9a-fA-F]{3,8}\b", text) for name, text in screens.items()}

    # A QR code needs white around it, also on a dark page.
    assert {name: colours for name, colours in found.items() if colours} == {"layout.css": ["#fff"]}


def test_styles_use_only_tokens_that_exist() -> None:
    text = "".join(path.read_text() for path in STYLES)

    used = set(re.findall(r"var\(--([a-z0-9-]+)", text))
    defined = set(re.findall(r"--([a-z0-9-]+):", text))

    assert used - defined <= {"cell", "column"}  # these two have a fallback


def test_first_visit_stays_light() -> None:
    names = re.findall(
        r"{% static '([^']+\.(?:css|js))' %}", (ROOT / "templates" / "base.html").read_text()
    )
    files = [Path(str(finders.find(name))) for name in names]

    weight = sum(len(gzip.compress(path.read_bytes())) for path in files)

    assert len(files) >= 5
    assert weight < 60_000  # bytes over the wire, before the page itself
    assert len(files) <= 8


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_keeps_to_the_security_policy(path: Path) -> None:
    text = path.read_text()

    assert re.findall(r"\sstyle=", text) == []
    assert re.findall(r"\son[a-z]+=[\"']", text) == []
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]*[\"']https?://", text) == []
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert "src=" in tag or "nonce=" in tag or "application/" in tag, tag


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_opens_with_its_variables(path: Path) -> None:
    text = path.read_text()
    comment = text.partition("{% endcomment %}")[0]
    variables = "".join(re.findall("<c-vars(.*?)/>", text, re.DOTALL))
    names = re.findall(r"(?:^|\s):?([a-z_]+)(?==|\s|$)", re.sub(r'"[^"]*"', "", variables))

    assert text.startswith("{% comment %}")
    assert [name for name in names if not re.search(rf"\b{name}\b", comment)] == []
