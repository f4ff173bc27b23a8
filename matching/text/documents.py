"""What of a listing is read by search and matching: one definition for index and embeddings.

Only what everyone who may see the listing may read. The organisation's name belongs to it for
listings published under that name, never for anonymous demands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Listing,
    RequirementRow,
    Term,
)
from matching.text.tokens import LANGUAGES, WeightedText, sentences

_BODY = {
    Listing.Kind.ACHIEVEMENT: (
        "problem",
        "solution",
        "advantages",
        "applications",
        "readiness_evidence",
    ),
    Listing.Kind.DEMAND: ("body",),
    Listing.Kind.EXPERT: ("expertise",),
}
_MORE = {
    Listing.Kind.ACHIEVEMENT: ("funding_source",),
    Listing.Kind.DEMAND: (),
    Listing.Kind.EXPERT: ("position",),
}
_MODELS: dict[str, type[Achievement] | type[Demand] | type[Expert]] = {
    Listing.Kind.ACHIEVEMENT: Achievement,
    Listing.Kind.DEMAND: Demand,
    Listing.Kind.EXPERT: Expert,
}

_FIELDS = Prefetch("fields", Term.objects.select_related("scheme", "parent__parent"))
_ROWS: dict[str, tuple[Prefetch | str, ...]] = {
    Listing.Kind.ACHIEVEMENT: (
        Prefetch("evidence", EvidenceRow.objects.select_related("term")),
        "ip_rights",
        "inventors",
    ),
    Listing.Kind.DEMAND: (Prefetch("requirements", RequirementRow.objects.select_related("term")),),
    Listing.Kind.EXPERT: (),
}


@dataclass(frozen=True)
class Document:
    """A listing as search and matching read it, as of ``updated_at``.

    ``titles`` and ``bodies`` are its own words, one per language it is written in, for embeddings
    and for quoting (an expert's title is a name, so what the person is about stands there);
    ``weighted`` is everything that is found by words. ``works`` are what a person has done, one
    piece each: a person with many subjects lies where they lie, which one text over all would blur.
    """

    listing_id: int
    kind: str
    updated_at: datetime
    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    weighted: WeightedText
    languages: str
    works: tuple[str, ...] = ()

    @property
    def title_text(self) -> str:
        """What the title's embedding reads."""
        return " / ".join(self.titles)

    @property
    def whole_text(self) -> str:
        """Title and body of each language in turn."""
        return "\n".join(
            f"{title}\n{body}".strip() for title, body in zip(self.titles, self.bodies, strict=True)
        )

    @property
    def readings(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is embedded: title and sentences of each language, or each work of a person.

        The title is the first sentence.
        """
        if self.works:
            return tuple((work, (work,)) for work in self.works)
        read = []
        for title, body in zip(self.titles, self.bodies, strict=True):
            parts = tuple(filter(None, (title, *sentences(body)))) or ("-",)
            read.append((title, parts))
        return tuple(read) or (("", ("-",)),)


def load_listings(listing_ids: Iterable[int]) -> list[Achievement | Demand | Expert]:
    """The listings as their own kinds, with all rows a document reads, in order of their ids.

    A fixed number of queries for any number of listings; ids that are gone are left out.
    """
    ids = list(listing_ids)
    found: list[Achievement | Demand | Expert] = []
    kinds = Listing.objects.order_by().filter(pk__in=ids).values_list("kind", flat=True)
    for kind in sorted(kinds.distinct()):
        found += (
            _MODELS[kind]
            .objects.filter(pk__in=ids)
            .select_related("organisation", "region__parent")
            .prefetch_related(_FIELDS, *_ROWS[kind])
        )
    return sorted(found, key=lambda listing: listing.pk)


def body_texts(listing: Listing, language: str) -> list[str]:
    """The pieces of running text in one language, summary first; each may be quoted."""
    names = ("summary", *_BODY[Listing.Kind(listing.kind)])
    texts = [getattr(listing, f"{name}_{language}") for name in names]
    return [text for text in texts if text]


def document_of(listing: Achievement | Demand | Expert) -> Document:
    """What is read of one listing that :func:`load_listings` has loaded."""
    bodies = {code: "\n".join(body_texts(listing, code)) for code in LANGUAGES}
    headings = {code: _worded(getattr(listing, f"title_{code}")) for code in LANGUAGES}
    titles = [headings[code] for code in LANGUAGES if headings[code]]
    pieces: tuple[str, ...] = ()
    if isinstance(listing, Expert):
        pieces = _pieces(bodies.values(), listing.works)
        headings = {code: _subject_of(listing, code) for code in LANGUAGES}
        works = "\n".join([*listing.works, *listing.certificates])
        code = "zh" if bodies["zh"] and not bodies["en"] else "en"
        bodies[code] = f"{bodies[code]}\n{works}".strip()
        headings[code] = headings[code] or works[:200] or "".join(titles[:1])
    written = [code for code in LANGUAGES if headings[code]]
    if not written:  # nothing but a text
        written = [code for code in LANGUAGES if bodies[code]]
    if len(written) == 1:  # a body without a title in its language still belongs to it
        bodies[written[0]] = "\n".join(text for text in bodies.values() if text)
    more = [
        getattr(listing, f"{name}_{code}")
        for name in _MORE[Listing.Kind(listing.kind)]
        for code in LANGUAGES
    ]
    return Document(
        listing_id=listing.pk,
        kind=listing.kind,
        updated_at=listing.updated_at,
        titles=tuple(headings[code] for code in written),
        bodies=tuple(bodies[code] for code in written),
        weighted=WeightedText.of(
            title=titles,
            keywords=[*listing.keywords_en, *listing.keywords_zh, *_field_labels(listing)],
            summary=[listing.summary_en, listing.summary_zh, *_names(listing)],
            body=[*(_without_summaries(listing)), *more, *_rows(listing)],
        ),
        languages="".join(written),
        works=pieces,
    )


def _pieces(bodies: Iterable[str], works: Iterable[str]) -> tuple[str, ...]:
    """The paragraphs of what an expert writes, and each work, once; the first sixty."""
    lines = [line.strip() for body in bodies for line in body.split("\n")]
    return tuple(dict.fromkeys(piece for piece in (*lines, *works) if _worded(piece)))[:60]


def _worded(title: str) -> str:
    """A title of nothing but signs says nothing; the text then stands for it."""
    return title if any(letter.isalnum() for letter in title) else ""


def _subject_of(expert: Expert, language: str) -> str:
    """What stands for an expert's title, which is a name and means nothing: what it is about."""
    keywords = getattr(expert, f"keywords_{language}")
    texts = body_texts(expert, language)
    return "; ".join(keywords) or (texts[0][:300] if texts else "")


def _without_summaries(listing: Listing) -> list[str]:
    names = _BODY[Listing.Kind(listing.kind)]
    return [getattr(listing, f"{name}_{code}") for name in names for code in LANGUAGES]


def _field_labels(listing: Listing) -> list[str]:
    return [
        text
        for term in listing.fields.all()
        for text in (term.label_en, term.label_zh, *term.other_names)
    ]


def _names(listing: Any) -> list[str]:
    """Names a reader sees beside the summary: organisation, inventors, affiliation."""
    names = []
    if listing.organisation is not None and not listing.is_anonymous:
        names += [listing.organisation.name_en, listing.organisation.name_zh]
    if isinstance(listing, Achievement):
        for inventor in listing.inventors.all():
            names += [inventor.name_en, inventor.name_zh]
    if isinstance(listing, Expert):
        names += [listing.affiliation_en, listing.affiliation_zh]
    return names


def _rows(listing: Achievement | Demand | Expert) -> list[str]:
    """Measured rows, rights and works, a line each."""
    if isinstance(listing, Achievement):
        measured = [
            " ".join((str(row.quantity), *_labels(row), f"{row.value.normalize():f}", row.unit))
            for row in listing.evidence.all()
        ]
        return measured + [f"{right.title} {right.number}" for right in listing.ip_rights.all()]
    if isinstance(listing, Demand):
        return [
            " ".join((str(row.quantity), *_labels(row), f"{row.value.normalize():f}", row.unit))
            for row in listing.requirements.all()
        ]
    return [*listing.works, *listing.certificates, listing.orcid]


def _labels(row: Any) -> list[str]:
    return [row.term.label_en, row.term.label_zh] if row.term is not None else []
