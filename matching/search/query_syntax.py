"""What people type into the search box, taken apart: words, phrases, exclusions, typed filters.

Pure computation. ``"solid electrolyte"`` is a phrase, ``-polymer`` an exclusion, ``trl:>=5`` sets
a filter. A prefix names parameters of the FilterSet and nothing more: what they mean is defined
there. An unknown prefix is a plain word. What cannot be read is left out and said in a hint; no
input is an error. Signs may be typed full-width, quotation marks in the ways of both scripts.

A minus excludes only where a word begins and no digit follows: ``solid-state`` is a word and
``-20 °C`` a temperature; ``-"20 °C"`` excludes it.
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "”": "”"}
_MINUS = "-−"
_PREFIX = re.compile(r"(org|ipc|kind|trl):|trl(?=[<>=≤≥])", re.IGNORECASE)
_LEVELS = re.compile(
    r"(?P<op>>=|=>|≥|<=|=<|≤|>|<|=)?\s?(?P<level>\d{1,4})"
    r"(?:(?P<up>\+)|(?:\.{2,3}|…|-|–|—|~|～|至|到)(?P<last>\d{1,4}))?"
)
_AFTER_OPERATOR = re.compile(r"(?:>=|=>|≥|<=|=<|≤|>|<|=)\s\d+")
_IPC = re.compile(r"[A-H](\d\d([A-Z](\d{1,4}(/\d{2,6})?)?)?)?")
_LOWEST, _HIGHEST = 1, 9
_KINDS = {
    "achievement": ("achievement", "achievements", "result", "results", "成果", "科技成果"),
    "demand": ("demand", "demands", "需求", "技术需求"),
    "expert": ("expert", "experts", "专家"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}

Values = dict[str, str]  # a parameter of the FilterSet and its value


@dataclass(frozen=True)
class Piece:
    """A part of the query as it was typed, and from where to where it stands."""

    source: str
    start: int
    end: int
    text: str = ""  # without its signs
    excluded: bool = False


@dataclass(frozen=True)
class TypedFilter:
    """A filter typed with a prefix: ``values`` are what its facet would send."""

    piece: Piece
    prefix: str
    values: Values


@dataclass(frozen=True)
class Hint:
    """What was not understood, and what to write instead."""

    part: str
    text: str


@dataclass(frozen=True)
class Query:
    """A query taken apart. ``words`` are all words that are looked for, those of phrases too."""

    text: str
    words: str = ""
    loose: bool = False  # whether there are words outside phrases
    phrases: tuple[Piece, ...] = ()
    excluded: tuple[Piece, ...] = ()
    filters: tuple[TypedFilter, ...] = ()
    hints: tuple[Hint, ...] = field(default_factory=tuple)

    @property
    def is_bare(self) -> bool:
        """Whether nothing was typed but words."""
        return not (self.phrases or self.excluded or self.filters)

    def without(self, *pieces: Piece, bare: bool = False) -> str:
        """The query without these parts; with ``bare`` their words stay, without the signs."""
        text = self.text
        for piece in sorted(pieces, key=lambda one: -one.start):
            kept = piece.text if bare else ""
            text = f"{text[: piece.start]} {kept} {text[piece.end :]}"
        return " ".join(text.split())


def parse_query(text: str) -> Query:
    """Take a query apart; its spaces are made single ones first."""
    text = " ".join(text.split())
    plain = text.translate(_WIDE)  # as long as the text, so places are the same in both
    words: list[str] = []
    loose = False
    phrases, excluded, filters, hints = [], [], [], []
    place = 0
    while place < len(text):
        if plain[place] == " ":
            place += 1
            continue
        piece, prefix, quoted, broken = _next(text, plain, place)
        place = piece.end
        if broken:
            hints.append(
                Hint(piece.source, _("The quotation mark has no partner: put one at the end."))
            )
        if prefix:
            read = _typed(piece, prefix)
            if isinstance(read, Hint):
                hints.append(read)
            else:
                filters.append(read)
        elif piece.excluded:
            excluded.append(piece)
        elif quoted:
            phrases.append(piece)
            words.append(piece.text)
        else:
            words.append(piece.text)
            loose = True
    return Query(
        text=text,
        words=" ".join(words),
        loose=loose,
        phrases=tuple(phrases),
        excluded=tuple(excluded),
        filters=tuple(filters),
        hints=tuple(hints),
    )


def _next(text: str, plain: str, start: int) -> tuple[Piece, str, bool, bool]:
    """The part that begins here, its prefix, whether it is quoted, whether a quote stays open."""
    place = start
    excluded = plain[place] in _MINUS and re.match(r"[^\s\d\-−]", plain[place + 1 :]) is not None
    place += excluded
    prefixed = _PREFIX.match(plain, place)
    prefix = ""
    if prefixed:
        prefix = (prefixed[1] or "trl").lower()
        place = prefixed.end()
    closing = _QUOTES.get(plain[place]) if place < len(plain) else None
    broken = False
    if closing:
        close = plain.find(closing, place + 1)
        if close < 0 and closing != '"':
            close = plain.find('"', place + 1)
        inside = text[place + 1 : close].strip() if close > 0 else ""
        if close > 0:
            end = close + 1
            piece = Piece(text[start:end], start, end, inside, excluded)
            return piece, prefix, bool(inside), False
        broken = True
        place += 1
    space = plain.find(" ", place)
    if prefix == "trl" and (spaced := _AFTER_OPERATOR.match(plain, place)):
        space = spaced.end()
    end = len(text) if space < 0 else space
    return Piece(text[start:end], start, end, text[place:end], excluded), prefix, False, broken


def _typed(piece: Piece, prefix: str) -> TypedFilter | Hint:
    """The filter that a part with a prefix sets, or what to write instead."""
    value = piece.text.translate(_WIDE).strip()
    if not value:
        return Hint(piece.source, _("Write the value right after the colon, without a space."))
    match prefix:
        case "trl":
            return _levels(piece, value)
        case "kind":
            kind = _KIND_OF.get(value.lower())
            if kind is None:
                return Hint(
                    piece.source,
                    _("Write kind:achievement, kind:demand or kind:expert."),
                )
            return TypedFilter(piece, prefix, {"kind": kind})
        case "ipc":
            code = value.upper().replace(" ", "")
            if not _IPC.fullmatch(code):
                return Hint(
                    piece.source, _("Write a symbol of the IPC, such as ipc:H01 or ipc:H01M.")
                )
            return TypedFilter(piece, prefix, {"field": f"ipc:{code}"})
    return TypedFilter(piece, prefix, {"organisation": value})


def _levels(piece: Piece, value: str) -> TypedFilter | Hint:
    read = _LEVELS.fullmatch(value)
    hint = Hint(
        piece.source,
        _("Write a level from 1 to 9, such as trl:5, or a range, such as trl:>=5 or trl:4..6."),
    )
    if read is None or (read["op"] and (read["last"] or read["up"])):
        return hint
    level = int(read["level"])
    low, high = level, level
    match read["op"] or read["up"] or "=":
        case ">=" | "=>" | "≥" | "+":
            high = _HIGHEST
        case "<=" | "=<" | "≤":
            low = _LOWEST
        case ">":
            low, high = level + 1, _HIGHEST
        case "<":
            low, high = _LOWEST, level - 1
    if read["last"]:
        low, high = sorted((level, int(read["last"])))
    if not _LOWEST <= low <= high <= _HIGHEST:
        return hint
    values = {}
    if low > _LOWEST or high == _HIGHEST or low == high:
        values["trl_min"] = str(low)
    if high < _HIGHEST:
        values["trl_max"] = str(high)
    return TypedFilter(piece, "trl", values)
