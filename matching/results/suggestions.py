"""Suggestions while typing: titles, fields and organisations that everyone may see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation
from achievements.filtersets.inputs import term_key
from achievements.models import Listing, Term
from achievements.querysets import TermQuerySet
from matching.models import IndexEntry, Sounding
from matching.text.pinyin import as_query, typed_sounds
from matching.text.tokens import chinese_runs, fold, grams_of, plain_latin

LEAST, MOST_TYPED = 2, 100  # characters; fewer or more suggest nothing
_EACH = {"title": 6, "field": 3, "organisation": 3}


@dataclass(frozen=True)
class Suggested:
    """One suggestion: what it is (title, field, organisation), its text and where it leads."""

    kind: str
    label: str
    text: str
    url: str


def suggestions_for(typed: str) -> list[Suggested]:
    """What the typed beginning may be meant for, whoever asks; at most six short statements.

    Chinese titles, fields and organisations are also found by their pinyin or its first letters.

    Of listings, live ones of the layer that everyone may read whose title has all the words, the
    last one begun. The same for everybody, so nothing else can show.
    """
    text = " ".join(fold(typed.replace("\x00", " ")).split())
    if not LEAST <= len(text) + bool(chinese_runs(text)) <= MOST_TYPED:
        return []
    kinds = (_titles(text), _fields(text), _organisations(text))
    found = [list(each) for each in kinds]
    sounds = typed_sounds(text)
    if sounds:
        for each, kind in zip(found, _EACH, strict=True):
            known = {one.url for one in each}
            more = [one for one in _by_sound(kind, sounds) if one.url not in known]
            each += more[: _EACH[kind] - len(each)]
    return [one for each in found for one in each]


def _by_sound(kind: str, sounds: list[str]) -> Iterator[Suggested]:
    """What is typed so in pinyin, with all its letters or the first ones."""
    typed = RawSQL("sounds @@ %s::tsquery", [as_query(sounds)], output_field=BooleanField())
    refs = Sounding.objects.filter(typed, kind=kind).values("ref")
    if kind == "title":
        live = Listing.objects.visible_to(AnonymousUser()).filter(pk__in=refs)
        yield from map(_title, live.order_by("-published_at", "-pk")[: _EACH[kind]])
    elif kind == "field":
        yield from map(_field, _known_fields().filter(pk__in=refs)[: _EACH[kind]])
    else:
        named = Organisation.objects.visible_to(AnonymousUser()).filter(pk__in=refs)
        yield from map(_organisation, named.by_name()[: _EACH[kind]])


def _titles(text: str) -> Iterator[Suggested]:
    conditions, values = [], []
    for run in chinese_runs(text):
        mark = ":*A" if len(run) == 1 else ":A"
        conditions.append("vector @@ %s::tsquery")
        values.append(" <-> ".join(f"'{gram}'{mark}" for gram in grams_of(run)))
    words = re.findall(r"[^\W_]+", plain_latin(text).lower())
    for word in words[:-1]:
        conditions.append("vector @@ to_tsquery('english', %s)")
        values.append(f"{word}:A")
    if words:  # as it stands and as its stem: neither has to begin with the other
        conditions.append("(vector @@ %s::tsquery OR vector @@ to_tsquery('english', %s))")
        values += [f"'{words[-1]}':*A", f"{words[-1]}:*A"]
    if not conditions:
        return
    sql = " AND ".join(conditions)
    titled = RawSQL(sql, values, output_field=BooleanField())  # noqa: S611 - only constants
    rows = Listing.objects.visible_to(AnonymousUser()).filter(
        pk__in=IndexEntry.objects.filter(titled).values("pk")
    )
    yield from map(_title, rows.order_by("-published_at", "-pk")[: _EACH["title"]])


def _fields(text: str) -> Iterator[Suggested]:
    named = Q(label_en__istartswith=text) | Q(label_en__icontains=f" {text}")
    named |= Q(label_zh__icontains=text)
    yield from map(_field, _known_fields().filter(named)[: _EACH["field"]])


def _organisations(text: str) -> Iterator[Suggested]:
    named = Q(name_en__istartswith=text) | Q(name_en__icontains=f" {text}")
    named |= Q(name_zh__icontains=text) | Q(slug__istartswith=text)
    rows = Organisation.objects.visible_to(AnonymousUser()).filter(named).by_name()
    yield from map(_organisation, rows[: _EACH["organisation"]])


def _known_fields() -> TermQuerySet:
    return Term.objects.fields().select_related("scheme")


def _title(row: Listing) -> Suggested:
    return Suggested("title", row.get_kind_display(), row.title, row.get_absolute_url())


def _field(row: Term) -> Suggested:
    return Suggested("field", _("Field"), row.label, _search(field=term_key(row)))


def _organisation(row: Organisation) -> Suggested:
    address = _search(organisation=row.slug)
    return Suggested("organisation", _("Organisation"), row.name, address)


def _search(**parameters: str) -> str:
    return f"{reverse('matching:search')}?{urlencode(parameters)}"
