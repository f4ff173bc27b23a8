"""The check boxes of a filter.

A search page has a hundred. They are written here and not in a template, which took a tenth of the
page's time to look up what each of them shows.
"""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.choices import Choice

register = template.Library()

_NAMED = '"><input type="checkbox" id="facet-{}-{}" name="{}" value="{}"'
_LABEL = '><span class="check__label">{}</span>'
_COUNT = '<span class="check__count">{}</span>'
_MORE = (
    '<details class="disclosure" data-facet="{}-more"><summary>{}</summary><div>{}</div></details>'
)
MOST = 5_000  # values of filters, in both languages


@register.simple_tag
def facet_choices(name: str, choices: Sequence[Choice], limit: str | int) -> SafeString:
    """A check box for each choice of the parameter ``name``; those after ``limit`` are folded."""
    boxes = [_box(name, choice) for choice in choices]
    first, rest = _joined(boxes[: int(limit)]), _joined(boxes[int(limit) :])
    return format_html("{}{}", first, format_html(_MORE, name, _("More"), rest) if rest else "")


def _joined(boxes: Sequence[str]) -> SafeString:
    return mark_safe("".join(boxes))  # noqa: S308 - each is safe


def _box(name: str, choice: Choice) -> str:
    named, label = _words(name, choice.value, str(choice.label))
    empty = "" if choice.count or choice.selected else " check--empty"
    checked = " checked" if choice.selected else ""
    count = "" if choice.count is None else format_html(_COUNT, localize(choice.count))
    return f'<label class="check{empty}{named}{checked}{label}{count}</label>'


@lru_cache(MOST, typed=True)
def _words(name: str, value: str, label: str) -> tuple[SafeString, SafeString]:
    """What a box says of its value, escaped: the same for every search."""
    return format_html(_NAMED, name, value, name, value), format_html(_LABEL, label)
