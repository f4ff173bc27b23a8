"""The filters of the search that are ranges."""

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from matching.filtersets import SearchFilterSet

register = template.Library()

RANGES = (
    *("trl_min", "trl_max", "amount_min", "amount_max", "currency"),
    *("published_after", "deadline_before"),
)
_unset: dict[str | None, SafeString] = {}


@register.simple_tag
def search_ranges(search: SearchFilterSet) -> SafeString:
    """The fields of readiness, amount and dates, with what is set and what is wrong with it.

    Most searches set none. Then they look the same to everybody who reads the same language, and a
    process renders them once: seven fields take a tenth of the time of a page.
    """
    given = search.data or {}
    if settings.DEBUG or any(given.get(name) for name in RANGES):
        return _rendered(search)
    language = get_language()
    if language not in _unset:
        _unset[language] = _rendered(search)
    return _unset[language]


def _rendered(search: SearchFilterSet) -> SafeString:
    found = get_template("matching/_search_ranges.html")
    return mark_safe(found.render({"form": search.form}))  # noqa: S308 - of a template
