"""The sentence that something stands in, for whoever is asked whether it was read rightly."""

import re

SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s+[A-Z(]|\s*$|[\u3400-\u9fff])")
QUOTED = 240  # characters of a sentence that are shown
REACH = 1000  # characters on either side in which its ends are looked for


def sentence_around(text: str, begin: int, end: int) -> tuple[int, int]:
    """Where the sentence with ``text[begin:end]`` begins and ends."""
    first = 0
    for mark in SENTENCE_END.finditer(text, max(0, begin - REACH), begin):
        first = mark.end()
    farthest = min(len(text), end + REACH)
    mark_behind = SENTENCE_END.search(text, end, farthest)
    return first, mark_behind.end() if mark_behind else farthest


def shown_sentence(text: str, begin: int, end: int) -> str:
    """That sentence on one line, shortened around the place where it is long."""
    first, stop = sentence_around(text, begin, end)
    if stop - first <= QUOTED:
        return " ".join(text[first:stop].split())
    cut = max(first, begin - QUOTED // 2)
    last = min(stop, cut + QUOTED)
    shown = " ".join(text[cut:last].split())
    return f"{'…' if cut > first else ''}{shown}{'…' if last < stop else ''}"
