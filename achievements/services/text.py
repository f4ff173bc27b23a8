"""Text as it is kept: no invisible characters, one kind of line end, no blanks around it."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

# C0 and C1 controls but tab and line feed, and characters that reverse the direction of others.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(text: str) -> str:
    """The text in NFC, lines ending with LF, without controls, surrogates and outer blanks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", text).encode("utf-8", "ignore").decode("utf-8")
    return unicodedata.normalize("NFC", text).strip()


def clean_name(text: str) -> str:
    """The name of a file, on one line; what is not printed in a text is not printed in it."""
    return "".join(sign for sign in clean_text(text) if sign.isprintable())


def clean_words(words: Iterable[Any]) -> list[Any]:
    """The words without blanks and repetitions, in their order."""
    cleaned = (clean_text(word) if isinstance(word, str) else word for word in words)
    return list(dict.fromkeys(word for word in cleaned if word not in ("", None)))


def fold(text: str) -> str:
    """The text for comparison: width, case, hyphens and blanks make no difference."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\-_‐‑–—]+", " ", plain).strip()
