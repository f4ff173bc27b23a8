"""Columns that keep what they are given in one shape, whichever door it came through."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import Combinable

from accounts.text import clean_line

if TYPE_CHECKING:
    Line = models.CharField[str | int | Combinable, str]
else:
    Line = models.CharField


class LineField(Line):
    """One line of text, such as a name: `full_clean()` leaves it in NFC, without line breaks and
    invisible characters, so that the same name is not kept in two shapes. To the database and to
    migrations it is a CharField.
    """

    def to_python(self, value: Any) -> Any:
        """The cleaned line."""
        found = super().to_python(value)
        return clean_line(found) if isinstance(found, str) else found

    def deconstruct(self) -> Any:
        """As a CharField: the shape of the text is no matter of the table."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
