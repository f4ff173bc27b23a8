"""Taking names out of kept values: a pure function of the value and the names."""

import re
from collections.abc import Iterable
from typing import Any

WITHHELD = "▒▒▒"  # instead of a name; the same in every language


class Names:
    """The names and marks (ORCID iD, addresses) of one person, as they stand in texts.

    A name of a single Latin word is left alone, it would be found in everybody's texts; so is a
    single Chinese character. Latin names are found whatever their case, as whole words.
    """

    def __init__(self, names: Iterable[str], marks: Iterable[str] = ()) -> None:
        texts = {" ".join(name.split()) for name in names}
        self.texts = sorted(
            {text for text in texts if _is_telling(text)} | {mark for mark in marks if mark},
            key=lambda text: (-len(text), text),
        )
        ways = "|".join(_pattern(text) for text in self.texts)
        self._found = re.compile(ways, re.IGNORECASE) if ways else None

    def __bool__(self) -> bool:
        """Whether there is anything to find."""
        return self._found is not None

    def are_in(self, text: str) -> bool:
        """Whether the text says one of them."""
        return self._found is not None and self._found.search(text) is not None

    def taken_out(self, value: Any) -> Any:
        """A plain JSON value with every name replaced in its texts; in keys, too."""
        if self._found is None:
            return value
        if isinstance(value, str):
            return self._found.sub(WITHHELD, value)
        if isinstance(value, list):
            return [self.taken_out(each) for each in value]
        if isinstance(value, dict):
            return {self.taken_out(key): self.taken_out(each) for key, each in value.items()}
        return value


def _is_telling(text: str) -> bool:
    return len(text.split()) > 1 or (len(text) > 1 and not text.isascii())


def _pattern(text: str) -> str:
    """Whole words where it begins or ends with a Latin sign; any blanks between the words."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    before = r"(?<![A-Za-z0-9])" if text[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if text[-1].isascii() else ""
    return f"{before}{words}{after}"
