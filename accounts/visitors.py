"""Answers that are the same for everybody who is not signed in.

A view that knows its answer to be so says it here; the site then may give the answer again for a
few seconds, to whoever else asks for the same address in the same language.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

Answer = TypeVar("Answer", bound=HttpResponseBase)
EachTime = Callable[[HttpRequest], None]

_MARK = "same_for_visitors"
_AGE = "made_of_data_so_old"


def same_for_visitors(
    request: HttpRequest, response: Answer, *, each_time: EachTime | None = None
) -> Answer:
    """Mark an answer to somebody who is not signed in; any other answer stays as it is.

    ``each_time`` is called with every later request that gets the kept answer, for what is counted
    of each: the view counts the first itself. Such a request has no user and no session. May be
    said again, to add another. Returns the answer.
    """
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        calls = each_time_of(response) or ()
        setattr(response, _MARK, (*calls, *([each_time] if each_time else [])))
    return response


class SameForVisitors:
    """A page that is the same for everybody who is not signed in; nothing of it is counted."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page, marked."""
        return same_for_visitors(request, super().get(request, *args, **kwargs))  # type: ignore[misc]


def each_time_of(response: HttpResponseBase) -> tuple[EachTime, ...] | None:
    """What is called each time a marked answer is given again; None for one that is not marked."""
    calls: tuple[EachTime, ...] | None = getattr(response, _MARK, None)
    return calls


def made_before(response: HttpResponseBase, seconds: float) -> None:
    """Say that an answer was made of what the data was some seconds ago, on a replica."""
    setattr(response, _AGE, seconds)


def age_of(response: HttpResponseBase) -> float:
    """How many seconds old its data was when the answer was made."""
    seconds: float = getattr(response, _AGE, 0.0)
    return seconds
