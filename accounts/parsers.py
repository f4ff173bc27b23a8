"""How the API reads what programs send."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class ShallowJSONParser(JSONParser):
    """JSON; 400 for what is nested so deeply that Python would not read it to the end."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The values that were sent."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError(_("This is nested too deeply.")) from error
