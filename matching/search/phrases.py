"""Phrases in the text vector: words next to each other, in both scripts."""

import re

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from matching.models import IndexEntry
from matching.text.tokens import chinese_runs, fold, grams_of, identifiers, plain_latin


def containing(text: str, *, meaningless: bool = True) -> QuerySet[IndexEntry]:
    """Entries whose text contains the words of ``text`` one after the other.

    Chinese characters must follow each other, Latin words as the English configuration counts
    them. The positions of the two scripts are counted apart, so of a phrase in both each run is
    looked for by itself. A number or identifier is found in any notation. ``meaningless`` is the
    answer for Latin words that the index does not keep, such as “the”.
    """
    folded = fold(text)
    runs = chinese_runs(folded)
    conditions: list[str] = []
    values: list[str | bool] = []
    for run in runs:
        mark = ":*" if len(run) == 1 else ""
        conditions.append("vector @@ %s::tsquery")
        values.append(" <-> ".join(f"'{gram}'{mark}" for gram in grams_of(run)))
    # A hyphen makes one more word of the compound, which the phrase without it does not have.
    latin = " ".join(plain_latin(folded).replace("-", " ").split())
    if latin:
        phrase = "phraseto_tsquery('english', %s)"
        conditions.append(f"(vector @@ {phrase} OR (%s AND numnode({phrase}) = 0))")
        values += [latin, meaningless or bool(runs), latin]
    sql = " AND ".join(conditions) or ("true" if meaningless else "false")
    number = re.sub(r"[^a-z0-9]", "", folded.lower())
    if latin and not runs and number in identifiers(folded):
        sql = f"{sql} OR vector @@ %s::tsquery"
        values.append(f"'{number}'")
    contains = RawSQL(f"({sql})", values, output_field=BooleanField())  # noqa: S611 - only constants
    return IndexEntry.objects.filter(contains)
