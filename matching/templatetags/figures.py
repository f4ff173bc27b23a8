"""Figures for charts and tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

register = template.Library()


@register.filter
def with_values(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of a chart that have a bar: whose ``value`` is known and may be shown."""
    return [row for row in rows if row["value"] is not None]
