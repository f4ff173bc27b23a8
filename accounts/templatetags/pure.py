"""Small parts of pages that show nothing but the values they are given.

A scale of nine bars or a badge stands on every card of a list. Rendered anew each time, such parts
took a quarter of the time of a search page. They are templates of ``templates/pure/``, which see
their values and the reader's language and nothing else: no user, no request, no time zone. So what
one looks like depends on those alone, and it is rendered once for each of them.
"""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

Value = str | int | None
MOST = 2_000  # renderings that a process keeps; some hundred bytes each


@register.simple_tag
def pure(part: str, **values: Value) -> SafeString:
    """The template ``pure/<part>.html`` with these values.

    They are escaped as everywhere, and what is marked as safe is kept apart from the same text that
    is not. A value that could change after it was shown (an object, a list) is a TypeError.
    """
    for value in values.values():
        if not isinstance(value, Value):
            raise TypeError(f"{part} takes words and numbers, not {type(value).__name__}")
    render = _render.__wrapped__ if settings.DEBUG else _render  # edited templates show at once
    return render(part, get_language(), tuple(values), *values.values())


@lru_cache(MOST, typed=True)
def _render(part: str, _language: str | None, names: tuple[str, ...], *values: Value) -> SafeString:
    found = get_template(f"pure/{part}.html")
    return mark_safe(found.render(dict(zip(names, values, strict=True))).strip())  # noqa: S308 - of a template
