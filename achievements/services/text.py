"""Text as it is kept, and as it is compared."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from accounts.text import clean_text

__all__ = ["clean_text", "clean_words", "fold"]


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
