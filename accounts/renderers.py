"""How the API writes what programs get."""

from typing import Any

from rest_framework.renderers import JSONRenderer


class _EscapedRenderer(JSONRenderer):
    ensure_ascii = True


class AnyTextRenderer(JSONRenderer):
    """JSON in UTF-8. What a refusal quotes may have no UTF-8, such as half of a pair of surrogates;
    that answer is written in ASCII with escapes, as it came."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """The answer as bytes."""
        try:
            return super().render(data, *args, **kwargs)
        except UnicodeEncodeError:
            return _EscapedRenderer().render(data, *args, **kwargs)
