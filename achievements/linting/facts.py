"""What a listing says, saved or still being typed, in the shape that checks read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("en", "zh")
# The texts of each kind that a reader judges it by, the first ones first.
TEXTS = {
    "achievement": ("title", "summary", "problem", "solution", "advantages", "applications"),
    "demand": ("title", "summary", "body"),
    "expert": ("title", "summary", "expertise"),
}
_SENTENCE = re.compile(r"[^.!?。！？；;\n]+(?:\.(?=\d)[^.!?。！？；;\n]+)*")


@dataclass(frozen=True)
class Facts:
    """``values`` by field name, as the model or a form has them; ``rows`` by relation.

    ``contact``: somebody of the organisation looks after it.
    """

    kind: str
    values: Mapping[str, Any]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    contact: bool = False

    def text(self, stem: str, language: str) -> str:
        """A text in one language; empty where there is none."""
        return str(self.values.get(f"{stem}_{language}") or "").strip()

    def written(self, stem: str) -> str:
        """A text in whichever language has more of it."""
        return max((self.text(stem, language) for language in LANGUAGES), key=len)

    def sentences(self) -> list[tuple[str, str]]:
        """Every sentence of the texts with the field it stands in."""
        found = []
        for stem in TEXTS[self.kind]:
            for language in LANGUAGES:
                name = f"{stem}_{language}"
                for match in _SENTENCE.finditer(self.text(stem, language)):
                    if match[0].strip():
                        found.append((name, match[0].strip()))
        return found

    def has(self, name: str) -> bool:
        """Whether a field holds anything."""
        return self.values.get(name) not in (None, "", [], ())


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def length_of(text: str) -> int:
    """How long a text is for its reader: words, or Chinese characters where it is Chinese."""
    if is_chinese(text):
        return sum(sign.isalnum() for sign in text)
    return len(text.split())
