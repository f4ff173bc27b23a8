"""What programs send and get, as JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer


class ShallowJSONParser(JSONParser):
    """JSON; 400 for what is nested so deeply that Python would not read it to the end."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The values that were sent."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError(_("This is nested too deeply.")) from error


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
