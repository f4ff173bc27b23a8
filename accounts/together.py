"""The rows of several questions with one statement."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DecimalField, QuerySet


def read_together(*questions: QuerySet) -> None:
    """Answer these QuerySets with one statement, as if each had been read; they keep their rows.

    For a page that shows a few rows of many tables: there the way to the database and back takes
    longer than finding them. Each question becomes a subquery whose rows come as JSON, in its own
    order; the SQL is what Django compiled. All are of one database. A question's prefetches are
    made afterwards, as ever.
    """
    asked, parts, params = [], [], []
    for rows in questions:
        compiler = rows.query.get_compiler(using=rows.db)
        try:
            sql, values = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            _answer(rows, compiler, [])
            continue
        columns = ", ".join(_column(compiler, one) for one in compiler.select)
        part = f"SELECT {columns} FROM ({sql}) AS found"  # noqa: S608
        parts.append(f"(SELECT json_agg(part)::text FROM ({part}) AS part)")  # noqa: S608
        params += values
        asked.append((rows, compiler))
    if not asked:
        return
    with connections[asked[0][0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        answers = cursor.fetchone()
    for (rows, compiler), answer in zip(asked, answers, strict=True):
        _answer(rows, compiler, [_values(compiler, one) for one in json.loads(answer or "[]")])


def _column(compiler: Any, selected: Any) -> str:
    """Its name; a decimal number as text, for JSON's numbers lose its digits."""
    expression, _sql, alias = selected
    name: str = compiler.connection.ops.quote_name(alias)
    return f"{name}::text" if isinstance(expression.output_field, DecimalField) else name


def _values(compiler: Any, found: dict[str, Any]) -> tuple[Any, ...]:
    """A row as the database would have given it, from JSON."""
    fields = [expression.output_field for expression, _sql, _alias in compiler.select]
    return tuple(
        None if value is None else field.to_python(value)
        for field, value in zip(fields, found.values(), strict=True)
    )


def _answer(rows: QuerySet, compiler: Any, found: Sequence[tuple[Any, ...]]) -> None:
    """Let a QuerySet make its objects of these rows, as it does of those of a statement."""
    compiler.execute_sql = lambda *_args, **_kwargs: None
    compiler.results_iter = lambda *_args, **_kwargs: found
    query: Any = rows.query
    query.get_compiler = lambda *_args, **_kwargs: compiler
    try:
        len(rows)
    finally:
        del query.get_compiler  # a clone of the QuerySet asks the database again
