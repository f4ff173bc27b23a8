"""Making and removing load data."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet
from matching.embedding import embedder_name
from matching.models import IndexEntry, Match
from matching.seeding.catalogue import MARK, Catalogue, Plan, plans_of, write_organisations
from matching.seeding.copying import next_ids
from matching.seeding.vectors import Space
from matching.services.indexing import refresh_entries
from matching.services.statistics import refresh_statistics

_PORTION = 1000
Progress = Callable[[int], object]


def load_listings() -> ListingQuerySet:
    """The listings that are load data."""
    return Listing.objects.filter(organisation__slug__startswith=f"{MARK}-")


def seed_load(
    count: int, *, seed: int = 1, beside_others: bool = False, progress: Progress = lambda _n: None
) -> list[int]:
    """Make so many published listings, indexed, embedded and measured; returns their numbers.

    The text part of the index is made by the code that serves production; the embeddings are
    invented (:mod:`matching.seeding.vectors`), directions and statistics made from them as ever.
    The same count and seed make the same texts again. Nothing is matched yet. Without
    ``beside_others`` raises ValidationError where there are other listings. Afterwards the tables
    are cleaned up and analysed, so outside a transaction only.
    """
    if not beside_others and Listing.objects.exclude(pk__in=load_listings()).exists():
        raise ValidationError(
            _("There are listings here that are no load data: use an empty database, or --force.")
        )
    with transaction.atomic():
        if not Term.objects.fields().exists():
            call_command("load_vocabularies", verbosity=0)
        plans = plans_of(next_ids(Listing, count), seed)
        owners = write_organisations(count, seed)
        for _written in Catalogue(owners, seed).write(plans):
            pass
        _analyse()
        with _without_indexes():
            for start in range(0, count, _PORTION):
                part = plans[start : start + _PORTION]
                refresh_entries(plan.number for plan in part)
                progress(len(part))
            _embed(plans, Space(seed))
            refresh_statistics()
    _analyse(vacuum=not connection.in_atomic_block)
    return [plan.number for plan in plans]


def remove_load() -> int:
    """Remove all load data and measure the collection anew; returns how many listings there were.

    Raises ProtectedError where somebody has begun to deal with one of them.
    """
    with transaction.atomic():
        numbers = list(load_listings().values_list("pk", flat=True))
        Match.objects.filter(demand__in=numbers).delete()
        Match.objects.filter(candidate__in=numbers).delete()
        for start in range(0, len(numbers), _PORTION):
            Listing.objects.filter(pk__in=numbers[start : start + _PORTION]).delete()
        Organisation.objects.filter(slug__startswith=f"{MARK}-").delete()
        refresh_statistics()
    _analyse(vacuum=not connection.in_atomic_block)
    return len(numbers)


def _embed(plans: Sequence[Plan], space: Space) -> None:
    """Write invented embeddings as a worker writes real ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE load_vectors (listing_id bigint PRIMARY KEY,"
            " title halfvec(384), text halfvec(384)) ON COMMIT DROP"
        )
        for start in range(0, len(plans), _PORTION):
            part = plans[start : start + _PORTION]
            topics, languages = [one.topic for one in part], [one.languages for one in part]
            titles, texts = space.embeddings(topics, languages)
            lines = BytesIO(_binary([one.number for one in part], titles, texts))
            cursor.copy_expert("COPY load_vectors FROM STDIN (FORMAT binary)", lines)
        cursor.execute("ANALYZE load_vectors")
        cursor.execute(
            "UPDATE matching_indexentry AS entry SET title_embedding = load.title,"
            " text_embedding = load.text, embedder = %s,"
            " content_hash = encode(sha256(convert_to(%s || load.listing_id, 'UTF8')), 'hex'),"
            " embedded_source_at = entry.indexed_source_at"
            " FROM load_vectors AS load WHERE load.listing_id = entry.listing_id",
            [embedder_name(), f"{MARK} "],
        )
        cursor.execute("DROP TABLE load_vectors")


def _binary(numbers: Sequence[int], *columns: np.ndarray) -> bytes:
    """COPY's binary format of a number and vectors; reading figures as text takes minutes."""
    rows = len(numbers)
    layout: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [
        *(("fields", ">i2"), ("number_size", ">i4"), ("number", ">i8"))
    ]
    for place, column in enumerate(columns):
        width = column.shape[1]
        layout += [(f"size{place}", ">i4"), (f"head{place}", ">i2", (2,))]
        layout += [(f"values{place}", ">f2", (width,))]
    made = np.zeros(rows, dtype=layout)
    made["fields"], made["number_size"], made["number"] = 1 + len(columns), 8, numbers
    for place, column in enumerate(columns):
        made[f"size{place}"] = 4 + 2 * column.shape[1]
        made[f"head{place}"] = (column.shape[1], 0)
        made[f"values{place}"] = column
    return b"PGCOPY\n\xff\r\n\x00" + bytes(8) + made.tobytes() + b"\xff\xff"


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Make the indexes of entries once at the end: several times as fast as row by row."""
    indexes = IndexEntry._meta.indexes
    _settle()
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(IndexEntry, index)
    yield
    _settle()
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.add_index(IndexEntry, index)


def _settle() -> None:
    """Check foreign keys now, which nobody may wait for while indexes change; memory to sort in."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")


def _analyse(*, vacuum: bool = False) -> None:
    """Tell the planner what is in the tables."""
    tables = [
        *("matching_indexentry", "matching_lexeme", "achievements_listing"),
        *("achievements_listing_fields", "achievements_achievement", "achievements_demand"),
        *("achievements_expert", "achievements_ipright", "accounts_organisation"),
    ]
    known = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in tables:
            if table in known:
                cursor.execute(f"{'VACUUM ANALYZE' if vacuum else 'ANALYZE'} {table}")
