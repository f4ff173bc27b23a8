"""One spelling of the number of an IP right; pure computation."""

import re
import unicodedata

_SIGNS = re.compile(r"[\W_]+")
_PARTS = re.compile(r"(?P<office>[A-Z]{2})?(?P<number>\d[0-9A-Z]*)")
# The kind of document behind a number (B, U, A1); an X there is a check digit of CNIPA.
_DOCUMENT = re.compile(r"(?<=\d{6})[A-WYZ]\d?$")
# Application numbers of CNIPA begin with the year; so do registrations of software (2020SR…).
_CHINESE = re.compile(r"(19|20)\d{2}(SR\d{7}|[123589]\d{7}[\dX]?)")
_SHORTEST = 5


def normal_number(number: str, office: str = "") -> str:
    """Office and figures of a right's number, the same however it was written; empty where it is
    too short to tell one right from another.

    ``CN 109876543 A``, ``CN109876543B`` and ``109876543`` with the office CN are one, and so are
    ``ZL 2019 1 0123456.7`` and ``CN201910123456.7``: document kind, ZL (patent) and separators say
    nothing of which invention it is.
    """
    bare = _SIGNS.sub("", unicodedata.normalize("NFKC", number)).upper()
    found = _PARTS.fullmatch(bare)
    if found is None:
        return bare if len(bare) >= _SHORTEST and any(sign.isdigit() for sign in bare) else ""
    figures = _DOCUMENT.sub("", found["number"])
    if len(figures) < _SHORTEST:
        return ""
    place = found["office"] or office.strip().upper()
    if place == "ZL" or (not place and _CHINESE.fullmatch(figures)):
        place = "CN"
    return place + figures
