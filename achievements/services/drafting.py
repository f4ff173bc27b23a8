"""What the steps to a demand make of a free text; pure computation."""

import re

# How the paragraph begins that says what is done today, by the language of the text.
_TODAY = {"en": "What we do today: ", "zh": "目前的做法："}
_TODAY_RE = re.compile(rf"(?:^|\n\n)(?:{'|'.join(map(re.escape, _TODAY.values()))})")
# A point ends a sentence before a space, Chinese or nothing; in 0.012 it does not.
_SENTENCE = re.compile(r"(?:[^.!?。！？\n]|\.(?!\s|$|[\u3400-\u9fff]))*[.!?。！？]?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
LONGEST_TITLE = 120
LONGEST_CHINESE_TITLE = 40  # says as much
LONGEST_SUMMARY = 300


def with_alternative(text: str, alternative: str, language: str) -> str:
    """The text with what is done today as its last paragraph; without one where none is given."""
    alternative = alternative.strip()
    return f"{text.rstrip()}\n\n{_TODAY[language]}{alternative}".strip() if alternative else text


def without_alternative(body: str) -> tuple[str, str]:
    """The text, and what it says in its last paragraph about today (may be empty)."""
    found = list(_TODAY_RE.finditer(body))
    if not found:
        return body, ""
    last = found[-1]
    return body[: last.start()].rstrip(), body[last.end() :].strip()


def first_sentence(text: str, most: int) -> str:
    """The first sentence without its stop, cut between words where it is too long."""
    plain = " ".join(text.split())
    found = _SENTENCE.match(plain)
    sentence = (found[0] if found and found[0] else plain).strip()
    if len(sentence) > most:
        cut = sentence[: most - 1]
        sentence = (cut.rpartition(" ")[0] if " " in cut[most // 2 :] else cut).rstrip() + "…"
    return sentence.rstrip(".。!！?？ ") or sentence


def proposed_title(text: str) -> str:
    """A title for a text without one: its first sentence, of a long Chinese one the beginning."""
    title = first_sentence(text, LONGEST_TITLE)
    if len(_CHINESE.findall(title)) * 4 < len(title) or len(title) <= LONGEST_CHINESE_TITLE:
        return title
    ends = [found.start() for found in re.finditer("[，；,;]", title[: LONGEST_CHINESE_TITLE + 1])]
    fitting = [end for end in ends if end >= LONGEST_CHINESE_TITLE // 4]
    return title[: fitting[-1]] if fitting else title[: LONGEST_CHINESE_TITLE - 1] + "…"


def proposed_summary(text: str) -> str:
    """A summary for a text without one: as many of its first sentences as are short enough."""
    plain = " ".join(text.split())
    kept = ""
    for sentence in _SENTENCE.findall(plain):
        if len(kept) + len(sentence) > LONGEST_SUMMARY:
            break
        kept += sentence
    return kept.strip() or first_sentence(plain, LONGEST_SUMMARY)
