"""Links that open a listing with the quoted passages highlighted in it, by text fragments.

https://wicg.github.io/scroll-to-text-fragment/: browsers find the passages in the page by
themselves; one that cannot, or a page in the other language, simply opens.
"""

from collections.abc import Iterable
from urllib.parse import quote

_LONG = 120  # of a longer Latin passage only the first and the last words are named


def text_fragment(passages: Iterable[str]) -> str:
    """``#:~:text=…`` for these passages; nothing for none."""
    named = "&".join(f"text={_named(passage)}" for passage in dict.fromkeys(passages) if passage)
    return f"#:~:{named}" if named else ""


def _named(passage: str) -> str:
    words = passage.split()
    if len(passage) <= _LONG or len(words) < 12:
        return _escaped(passage)
    # The last word may have been cut off where the passage was.
    return f"{_escaped(' '.join(words[:5]))},{_escaped(' '.join(words[-5:-1]))}"


def _escaped(text: str) -> str:
    """Hyphens, too, have a meaning there."""
    return quote(text, safe="").replace("-", "%2D")
