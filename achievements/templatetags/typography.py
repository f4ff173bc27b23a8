"""Filters for how texts are set."""

from collections.abc import Iterable

from django import template

from achievements.presentation import listed

register = template.Library()


@register.filter(name="listed")
def listed_filter(parts: Iterable[object]) -> str:
    """The parts as one line, with the comma of their script."""
    return listed(parts)
