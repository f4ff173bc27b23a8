"""Long lists of numbers between the database and arrays, without an object for each."""

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.expressions import Combinable, RawSQL
from numpy.typing import NDArray

from matching.sql.reading import reading

Numbers = NDArray[np.int64]

HEADER = 19  # bytes in front of the rows in COPY's binary format, two behind them
_COUNT, _SIZE = struct.Struct(">h"), struct.Struct(">i")  # of a row's columns, of a column
_SIZES = {"i8": 8, "f8": 8, "f4": 4}


def read_columns(rows: QuerySet, kinds: Sequence[str]) -> list[NDArray[Any]]:
    """The columns of a ``values_list`` as arrays, never null.

    ``kinds``: ``i8`` for bigint and for moments (microseconds since 2000), ``f8`` for double
    precision. COPY's binary format is read as it comes: 100,000 rows take milliseconds.
    """
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return [np.empty(0, kind) for kind in kinds]
    return copied(sql, params, kinds)


def copied(sql: str, params: Sequence[Any], kinds: Sequence[str]) -> list[NDArray[Any]]:
    """The same of a statement with its parameters."""
    dtype = np.dtype(
        [("fields", ">i2")]
        + [
            pair
            for n, kind in enumerate(kinds)
            for pair in ((f"s{n}", ">i4"), (f"c{n}", f">{kind}"))
        ]
    )
    data = sent(sql, params)
    count, left = divmod(len(data) - HEADER - 2, dtype.itemsize)
    if left:
        raise ValueError("a row with null or of other columns")
    found = np.frombuffer(data, dtype, count, HEADER)
    return [found[f"c{n}"].astype(kind) for n, kind in enumerate(kinds)]


def read_rows(rows: QuerySet) -> Iterator[list[memoryview]]:
    """The rows of a ``values_list``, each column as it is sent, nothing where it is null."""
    try:
        data = sent(*rows.query.sql_with_params())
    except EmptyResultSet:
        return
    place = HEADER
    while True:
        (columns,) = _COUNT.unpack_from(data, place)
        if columns < 0:
            return
        place += _COUNT.size
        row = []
        for _column in range(columns):
            (size,) = _SIZE.unpack_from(data, place)
            place += _SIZE.size
            end = place + max(size, 0)  # below 0 where it is null
            row.append(data[place:end])
            place = end
        yield row


def half_precision(data: memoryview) -> NDArray[np.float32]:
    """A ``halfvec`` as the server sends it."""
    return np.frombuffer(data, ">f2", offset=4).astype(np.float32)


def sent(sql: str, params: Sequence[Any]) -> memoryview:
    """What a statement gives, in COPY's binary format: rows begin after ``HEADER`` bytes."""
    buffer = BytesIO()
    connection = reading()
    # Django reads a lost connection as its own error only where it knows the cursor's method.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        statement = cursor.cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", buffer)
    return buffer.getbuffer()


def read_ids(rows: QuerySet) -> Numbers:
    """The numbers of rows, ascending."""
    (found,) = read_columns(rows.order_by().values_list("pk"), ["i8"])
    return np.sort(found)


def among(numbers: Sequence[int] | Numbers, column: str = "pk") -> Func:
    """Whether a column is one of these numbers; one parameter, however many there are."""
    return is_one_of(RawSQL("%s::bigint[]", [as_text(numbers)]), column)


def as_text(numbers: Sequence[int] | Numbers) -> str:
    """Numbers as PostgreSQL reads an array."""
    return "{" + ",".join(map(str, np.asarray(numbers, dtype=np.int64).tolist())) + "}"


def is_one_of(numbers: Combinable, column: str = "pk") -> Func:
    """Whether a column is one of an array's numbers."""
    return Func(
        F(column),
        numbers,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
