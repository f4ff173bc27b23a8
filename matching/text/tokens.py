"""Text as search reads it: folded, split into what PostgreSQL parses and what is parsed here.

Pure computation. Latin words go through PostgreSQL's English configuration, because only the
server has it; Chinese becomes overlapping pairs of characters, since pairs need no dictionary and
serve two-character words, which trigrams cannot; numbers and identifiers are kept whole besides.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from achievements.folding import fold as fold  # all of `matching` takes it from here

# A lexeme's place in the space of sparse vectors is 28 bits of its MD5. PostgreSQL computes the
# same in `matching.services.indexing`, plus one, because pgvector writes places from one.
SPARSE_DIMENSIONS = 2**28

_MOST_POSITION = 16383  # the last position a tsvector can tell apart
_MOST_POSITIONS = 255  # of one lexeme
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_SPACE_IN_HAN = re.compile(f"(?<=[{_HAN}])[ \u3000]+(?=[{_HAN}])")
_IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[./\-_](?=[A-Za-z0-9]))*")
_DIGIT = re.compile(r"[0-9]")
# Groups of figures with spaces between, as in ZL 2019 1 0123456.7.
_SPACED_NUMBER = re.compile(r"\b(?:[A-Za-z]{2} ?)?\d{1,4}(?: \d{1,8}){2,}(?:\.[\dXx])?")
# A patent's number, its office in front and the kind of document behind, which many leave out.
_PATENT = re.compile(r"\b([A-Za-z]{2}[ -]?\d{6,13})(?:[ -]?[A-Za-z]\d?)?\b")
_UNSPLIT = re.compile(r"[/_\\|+~=<>@&#:;*^]|-(?=\d)|\.(?=[A-Za-z])")
_SENTENCE_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+|\n+")

LANGUAGES = ("en", "zh")


def plain_latin(text: str) -> str:
    """What PostgreSQL's parser gets of a folded text: no Chinese, no accents, no glued words.

    The server reads ``CO2/CH4`` as a file name, ``Node.js`` as a host and ``-40`` as a negative
    number, none of which a search for the parts would find, so such signs become spaces.
    """
    bare = _HAN_RUN.sub(" ", text)
    if bare.isascii():
        return _UNSPLIT.sub(" ", bare)
    parts = unicodedata.normalize("NFKD", bare)
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return _UNSPLIT.sub(" ", unicodedata.normalize("NFC", bare))


def indexed_latin(text: str) -> str:
    """:func:`plain_latin` of each paragraph with a word without meaning in front.

    Such a word takes a place in the text vector and is not kept, so that the last word of one
    piece of text and the first of the next are no phrase.
    """
    return "\n".join(f"the {plain_latin(part)}" for part in text.split("\n\n"))


def joined(text: str) -> str:
    """A text without the spaces between Chinese characters.

    Chinese is written without them; where they stand, the text was cut into words or comes from a
    page's layout, and neither a model nor pairs of characters should take them for a boundary.
    """
    return _SPACE_IN_HAN.sub("", text)


def chinese_runs(text: str) -> list[str]:
    """The runs of Chinese characters, in order."""
    return _HAN_RUN.findall(text)


def grams_of(run: str) -> list[str]:
    """Overlapping pairs of one run of Chinese characters; a run of one stays a single one."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def chinese_grams(text: str) -> list[str]:
    """The pairs of every run of Chinese characters."""
    return [gram for run in chinese_runs(text) for gram in grams_of(run)]


def is_single_chinese(lexeme: str) -> bool:
    """Whether a lexeme is one Chinese character."""
    return len(lexeme) == 1 and _HAN_RUN.fullmatch(lexeme) is not None


def identifiers(text: str) -> list[str]:
    """Numbers of patents, standards and products without their separators, in lower case.

    ``CN 109876543 A``, ``CN109876543A`` and ``cn-109876543-a`` are one; what the server would
    keep as it stands (a plain word or a plain number) is left out.
    """
    words = [match[0] for match in _SPACED_NUMBER.finditer(text)]
    for match in _PATENT.finditer(text):
        words += [match[0], match[1]]
    found = []
    for word in words + _IDENTIFIER.findall(text):
        if not _DIGIT.search(word):
            continue
        bare = re.sub(r"[^A-Za-z0-9]", "", word).lower()
        mixed = bare != word.lower() or not (bare.isdigit() or bare.isalpha())
        if mixed and 4 <= len(bare) <= 40:
            found.append(bare)
    return list(dict.fromkeys(found))


def literal_lexemes(text: str) -> list[str]:
    """What a folded text gives besides the server's words: Chinese pairs, then identifiers."""
    return chinese_grams(text) + identifiers(text)


def literal_vector(text: str) -> str:
    """:func:`literal_lexemes` in the notation of a ``tsvector``, with positions from 1.

    A place stays free after each run of characters, so that phrases end where the run does. Each
    character is there besides, once: words that mean nearly the same often have one in common, as
    in 熔炼 and 冶炼, so rare ones tell something where texts are compared. A search for a single
    character looks for lexemes that begin with it, and the last of a run begins no pair.
    """
    places: dict[str, str] = {}
    position = 0
    runs = chinese_runs(joined(text))
    for group in [*map(grams_of, runs), identifiers(text)]:
        position += 1
        for lexeme in group:
            place = str(position) if position < _MOST_POSITION else str(_MOST_POSITION)
            before = places.get(lexeme)
            places[lexeme] = place if before is None else f"{before},{place}"
            position += 1
    for character in "".join(runs):
        places.setdefault(character, "1")
    return " ".join([f"'{lexeme}':{_few(positions)}" for lexeme, positions in places.items()])


def _few(positions: str) -> str:
    """As many positions as a lexeme may have in a ``tsvector``."""
    if len(positions) < _MOST_POSITIONS:  # each takes more than one character
        return positions
    return ",".join(positions.split(",")[:_MOST_POSITIONS])


def sparse_index(lexeme: str) -> int:
    """Where a lexeme stands in a sparse vector, from 0."""
    digest = hashlib.md5(lexeme.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:7], 16)


def languages_of(text: str) -> frozenset[str]:
    """The languages a text is written in: ``zh`` with Chinese characters, ``en`` with words.

    A few Latin words inside a Chinese text (units, names of products) do not make it English.
    """
    han = sum(len(run) for run in _HAN_RUN.findall(text))
    latin = sum(len(word) for word in re.findall(r"[A-Za-zÀ-ɏ]{2,}", text))
    found = set()
    if han:
        found.add("zh")
    if latin and latin > 3 * han:
        found.add("en")
    return frozenset(found)


def sentences(text: str) -> list[str]:
    """A text's sentences, in order; Chinese and Latin stops end one, so does a line break."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


@dataclass(frozen=True)
class WeightedText:
    """A listing's text by weight: A title, B keywords, C summary, D the rest; all folded."""

    a: str
    b: str
    c: str
    d: str

    @classmethod
    def of(
        cls,
        title: Iterable[str],
        keywords: Iterable[str],
        summary: Iterable[str],
        body: Iterable[str],
    ) -> "WeightedText":
        """Join and fold what each weight holds, empty pieces left out."""
        return cls(
            *("\n\n".join(fold(t) for t in part if t) for part in (title, keywords, summary, body))
        )

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The four texts with the letter of their weight."""
        return (("A", self.a), ("B", self.b), ("C", self.c), ("D", self.d))


@lru_cache(maxsize=512)
def query_text(text: str) -> tuple[str, tuple[str, ...]]:
    """What a query gives: the Latin part for the server, and the literal lexemes, once each."""
    folded = fold(text)
    return plain_latin(folded).strip(), tuple(dict.fromkeys(literal_lexemes(folded)))
