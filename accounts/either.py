"""Rows that belong to one of several questions, each of which an index answers by itself."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, QuerySet


def either(*parts: QuerySet) -> Func:
    """Whether a row is among those of one of these querysets of the same model, for ``filter``.

    Joined by “or”, PostgreSQL would read the whole table and ask each row; so it finds the few
    first, whatever else is asked of them, and reads no others.
    """
    keys = [rows.order_by().values("pk") for rows in parts]
    found = ArraySubquery(keys[0].union(*keys[1:], all=True))
    return Func(
        F("pk"),
        found,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
