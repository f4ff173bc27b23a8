"""What was understood of a typed query, for both doors."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from matching.filtersets import SearchFilterSet
from matching.search.query_syntax import Piece


@dataclass(frozen=True)
class Part:
    """A part of the query in force: ``parameter`` is the filter it sets, empty for words.

    ``without`` is the query without the part.
    """

    source: str
    parameter: str
    label: str
    value: str
    excluded: bool
    without: str


def parts_of(search: SearchFilterSet) -> list[Part]:
    """Typed filters, phrases and exclusions of a valid search, in the order they were typed."""
    query = search.query
    named = {one.piece: one.name for one in search.typed.applied}
    pieces: list[Piece] = sorted(
        [*named, *query.phrases, *query.excluded], key=lambda piece: piece.start
    )
    return [
        Part(
            source=piece.source,
            parameter=named.get(piece, ""),
            label=_label(search, piece, named.get(piece, "")),
            value=piece.text,
            excluded=piece.excluded,
            without=query.without(piece),
        )
        for piece in pieces
    ]


def _label(search: SearchFilterSet, piece: Piece, name: str) -> str:
    if not name:
        return _("Without") if piece.excluded else _("Word for word")
    label = _("Readiness") if name.startswith("trl") else str(search.form.fields[name].label)
    return _("Not: %(filter)s") % {"filter": label} if piece.excluded else label


def as_data(search: SearchFilterSet) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "words": search.query.words,
        "parts": [
            {
                "part": part.source,
                "parameter": part.parameter or None,
                "value": part.value,
                "excluded": part.excluded,
            }
            for part in parts_of(search)
        ],
        "hints": [{"part": hint.part, "text": hint.text} for hint in search.typed.hints],
    }
