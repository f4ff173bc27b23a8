"""Text as it is kept: no invisible characters, one kind of line end, no blanks around it."""

import re
import unicodedata

# C0 and C1 controls but tab and line feed, and characters that reverse the direction of others.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")

_LONGEST_NUMBER = 19  # digits; of so many not every number fits into a bigint


def clean_text(text: str) -> str:
    """The text in NFC, lines ending with LF, without controls, surrogates and outer blanks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", text).encode("utf-8", "ignore").decode("utf-8")
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """The text as :func:`clean_text` has it, on one line: a name that ends up in an e-mail begins
    no paragraph of its own."""
    return " ".join(clean_text(text).split())


def row_number(text: str) -> int:
    """The number of a row that a text from outside names; 0, which no row has, where it is none
    or has more digits than the database's numbers."""
    return int(text) if text.isdecimal() and len(text) < _LONGEST_NUMBER else 0


def plain_address(email: str) -> str:
    """An e-mail address as it is kept and compared: lower case, and a domain in wide letters or in
    another form of the same letters is the same domain (NFKC, as in IDNA)."""
    return unicodedata.normalize("NFKC", email.strip()).lower()
