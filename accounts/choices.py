"""What a filter offers."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Choice:
    """One value of a filter, with the number of results it leaves where that is counted."""

    value: str
    label: str | Promise
    count: int | None = None
    selected: bool = False
