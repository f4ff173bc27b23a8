"""A listing on exactly one A4 page: what it shows, and the page as PDF. Only what is public."""

import re
from typing import Any

import segno
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from PIL import ImageFile

from accounts.services.letters import site_address
from achievements.cards import card_of
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.permissions import Reader
from achievements.presentation import plain_number, requirement_text, said

# The texts of each kind with the share of the page that each may take, in characters.
_TEXTS = {
    "achievement": (
        ("problem", 500),
        ("solution", 900),
        ("advantages", 700),
        ("applications", 450),
    ),
    "demand": (("body", 2200),),
    "expert": (("expertise", 2200),),
}
_ROWS = 6
_SHARES = (1.0, 0.8, 0.62, 0.48, 0.36, 0.25, 0.15, 0.08)
_END = re.compile(r"[.!?。！？；;]\s*")


def may_be_shown(listing: Listing) -> bool:
    """Whether everybody may read the listing now; there is no one-pager of any other."""
    return listing.is_live and listing.visibility == Listing.Visibility.PUBLIC


def sheet_of(listing: Listing, *, share: float = 1.0) -> dict[str, Any]:
    """Values of ``achievements/_sheet.html`` in the active language, as a visitor may know them.

    Rows come from ``with_details`` of a visitor. ``share`` shortens the texts.
    """
    card = card_of(listing, Reader(AnonymousUser()))
    address = site_address(listing.get_absolute_url())
    texts = [
        {"name": name, "said": text, "shown": shortened(text.text, int(most * share))}
        for name, most in _TEXTS[listing.kind]
        if (text := said(listing, name))
    ]
    return {
        "listing": listing,
        "card": card,
        "summary": shortened(listing.summary, int(600 * max(share, 0.3))),
        "texts": texts,
        "measures": _measures(listing)[: max(2, int(_ROWS * max(share, 0.3)))],
        "rights": _rights(listing)[:4],
        "address": address,
        "qr": qr_code(address),
    }


def _measures(listing: Listing) -> list[dict[str, str]]:
    if isinstance(listing, Achievement):
        return [
            {
                "label": str(row.label),
                "value": f"{plain_number(row.value)} {row.unit}".strip(),
                "note": row.conditions,
            }
            for row in listing.evidence.all()
        ]
    if isinstance(listing, Demand):
        return [
            {
                "label": str(row.label),
                "value": requirement_text(row),
                "note": row.get_priority_display(),
            }
            for row in listing.requirements.all()
        ]
    return []


def _rights(listing: Listing) -> list[str]:
    return (
        [str(right) for right in listing.ip_rights.all()]
        if isinstance(listing, Achievement)
        else []
    )


def shortened(text: str, most: int) -> str:
    """The text, or as many of its whole sentences as ``most`` characters hold, else its words."""
    if len(text) <= most:
        return text
    ends = [match.end() for match in _END.finditer(text[:most])]
    if ends and ends[-1] >= most * 0.5:
        return text[: ends[-1]].rstrip()
    cut = text[:most]
    if " " in cut[most // 2 :]:
        cut = cut.rpartition(" ")[0]
    return f"{cut.rstrip(' ,;，；、')}…"


def qr_code(address: str) -> SafeString:
    """The address as an inline SVG."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=2, omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - drawn by segno, without the text itself


def full_listing(pk: int) -> Listing | None:
    """The listing with everything a visitor may read of it; None where that is nothing."""
    kind = Listing.objects.visible_to(AnonymousUser()).filter(pk=pk).values_list("kind", flat=True)
    found = kind.first()
    if found is None:
        return None
    models: dict[str, Any] = {"achievement": Achievement, "demand": Demand, "expert": Expert}
    rows = models[found].objects.visible_to(AnonymousUser()).with_details(AnonymousUser())
    listing: Listing | None = rows.filter(pk=pk).first()
    return listing


def render_pdf(listing: Listing, *, site_name: str) -> bytes:
    """The page in the active language; exactly one. Chinese type is embedded.

    Texts are shortened step by step until they fit. Raises OSError where the system has no Pango,
    RuntimeError where not even the shortest fits. Takes about 0.3 s; nothing is fetched.
    """
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    # WeasyPrint tells Pillow to take half a picture for a whole one, in all of this process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False

    class NoFetcher(URLFetcher):
        """Nothing is loaded from anywhere."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Always refused."""
            raise ValueError("A one-pager loads nothing.")

    style = CSS(string=render_to_string("achievements/one_pager.css"), url_fetcher=NoFetcher())
    for share in _SHARES:
        values = {**sheet_of(listing, share=share), "site_name": site_name}
        text = render_to_string("achievements/one_pager_pdf.html", values)
        document = HTML(string=text, url_fetcher=NoFetcher()).render(stylesheets=[style])
        if len(document.pages) == 1:
            return bytes(document.write_pdf())
    raise RuntimeError("The shortest form takes more than one page.")
