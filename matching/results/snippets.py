"""What of a result is quoted below its title: the sentence that answers, its words marked.

Only the texts that everyone who may see the listing may read are quoted, in the reader's language
where the listing has it. Everything is escaped; ``<mark>`` is the only tag.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from achievements.models import Listing
from achievements.presentation import said
from matching.search.text_query import TextQuery
from matching.sql.reading import reading
from matching.text.documents import body_texts
from matching.text.tokens import chinese_runs, fold, sentences

LONGEST = 320  # characters of a quotation
_BEFORE = 80  # characters before the first marked word, where a sentence is longer
_MOST_TEXT = 12_000  # characters of one listing that are looked through
_WORD = re.compile(r"[A-Za-z0-9]+")
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[./\-_ ](?=[A-Za-z0-9]))*")

Spans = list[tuple[int, int, str]]  # from, to, the lexeme


@dataclass(frozen=True)
class Snippet:
    """Title and quotation of one result as HTML, and whether anything is marked in it.

    ``text`` is the summary, or another sentence where that has more of the query's words.
    """

    title: SafeString
    text: SafeString
    marked: bool


def snippets_for(listings: Sequence[Listing], query: TextQuery | None) -> dict[int, Snippet]:
    """The snippet of each listing by its number; one short statement for all, none without words.

    Listings come with the rows of their kinds, as ``with_card_details`` fetches them.
    """
    if query is None or not query.lexemes or not listings:
        return {}
    texts = {listing.pk: _texts(listing) for listing in listings}
    words = {
        word.lower()
        for title, bodies in texts.values()
        for text in (title, *bodies)
        for word in _WORD.findall(_same_length(text))
    }
    stems = _stems(words)
    weights = {one.text: max(one.weight, 0.01) for one in query.lexemes}
    return {key: _snippet(title, bodies, weights, stems) for key, (title, bodies) in texts.items()}


def _texts(listing: Listing) -> tuple[str, list[str]]:
    """Title and running texts in the language the summary is shown in, summary first."""
    full = listing if type(listing) is not Listing else getattr(listing, listing.kind)
    language = listing.shown_language or "en"
    bodies = [] if not listing.summary else [said(listing, "summary").text]
    left = _MOST_TEXT
    for text in body_texts(full, language):
        if text not in bodies and left > 0:
            bodies.append(text[:left])
            left -= len(text)
    return listing.title, bodies


def _stems(words: Iterable[str]) -> Mapping[str, str]:
    with reading().cursor() as cursor:
        cursor.execute(
            "SELECT word, (tsvector_to_array(to_tsvector('english', word)))[1]"
            " FROM unnest(%s::text[]) AS word",
            [sorted(words)],
        )
        return {word: stem or "" for word, stem in cursor}


def _snippet(
    title: str, bodies: list[str], weights: Mapping[str, float], stems: Mapping[str, str]
) -> Snippet:
    summary = bodies[0] if bodies else ""
    shown, best = summary, _worth(spans_of(summary, weights, stems), weights)
    for sentence in (one for text in bodies[1:] for one in sentences(text)):
        worth = _worth(spans_of(sentence, weights, stems), weights)
        if worth > best:
            shown, best = sentence, worth
    heading = marked(title, spans_of(title, weights, stems))
    spans = spans_of(shown, weights, stems)
    if shown != summary and len(shown) > LONGEST:
        shown, spans = _cut(shown, spans)
    return Snippet(heading, marked(shown, spans), bool(spans) or "<mark>" in heading)


def _worth(spans: Spans, weights: Mapping[str, float]) -> float:
    return sum(weights[lexeme] for lexeme in {lexeme for _start, _end, lexeme in spans})


def _cut(text: str, spans: Spans) -> tuple[str, Spans]:
    """A part of a long sentence around its first marked word, with dots where it was cut."""
    start = max(spans[0][0] - _BEFORE, 0)
    end = min(start + LONGEST, len(text))
    lead, tail = ("… " if start else ""), (" …" if end < len(text) else "")
    moved = [
        (first - start + len(lead), last - start + len(lead), lexeme)
        for first, last, lexeme in spans
        if first >= start and last <= end
    ]
    return f"{lead}{text[start:end]}{tail}", moved


def spans_of(text: str, lexemes: Iterable[str], stems: Mapping[str, str]) -> Spans:
    """Where the lexemes of a query stand in a text, in order; spans may overlap."""
    known = set(lexemes)
    plain = _same_length(text)
    found: Spans = []
    for match in _WORD.finditer(plain):
        stem = stems.get(match[0].lower(), "")
        if stem in known:
            found.append((match.start(), match.end(), stem))
    for match in _TOKEN.finditer(plain):
        bare = re.sub(r"[^a-z0-9]", "", match[0].lower())
        if bare in known and len(bare) >= 4:
            found.append((match.start(), match.end(), bare))
    place = 0
    for run in chinese_runs(plain):
        start = plain.index(run, place)
        place = start + len(run)
        for length in (1, 2):
            for offset in range(len(run) - length + 1):
                gram = run[offset : offset + length]
                if gram in known:
                    found.append((start + offset, start + offset + length, gram))
    return sorted(found)


def _same_length(text: str) -> str:
    """A text folded character by character, so that places in it are places in the text."""
    if text.isascii():
        return text
    return "".join(one if one.isascii() else _folded(one) for one in text)


def _folded(character: str) -> str:
    plain = fold(character)
    if len(plain) != 1:
        return character
    base = unicodedata.normalize("NFKD", plain)[:1]
    return base if base.isascii() else plain


def marked(text: str, spans: Spans) -> SafeString:
    """The text escaped, the spans marked; spans that touch or overlap become one."""
    parts, place = [], 0
    for start, end in _joined(spans):
        parts += [escape(text[place:start]), "<mark>", escape(text[start:end]), "</mark>"]
        place = end
    parts.append(escape(text[place:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped


def _joined(spans: Spans) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end, _lexeme in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
