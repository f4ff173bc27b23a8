"""The header `Idempotency-Key`: a POST that is sent again is not done again."""

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as ServiceError
from django.http import HttpResponse, HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.services.idempotency import (
    REUSED,
    RUNNING,
    Answer,
    RequestIdentity,
    answer_once,
    fingerprint_of,
)

if TYPE_CHECKING:
    from rest_framework.views import APIView as Base
else:
    Base = object

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY = r"[!#-~]{8,128}"
_SENT = re.compile(rf'"({KEY})"|({KEY})')
_KEPT_HEADERS = ("Location", "Cache-Control")


class RequestRunning(APIException):
    """409: the same request is still being answered."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("The same request is still being answered.")
    default_code = "idempotency_key_running"
    wait = 1


class KeyReused(APIException):
    """422: the key came with another request before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = _("This key was sent with another request before.")
    default_code = "idempotency_key_reused"


class IdempotencyKeyMixin(Base):
    """Every POST takes an `Idempotency-Key`. Who may ask is decided anew each time."""

    key_header = HEADER
    key_pattern = KEY

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After permissions and limits were looked at, put the verb behind its key."""
        super().initial(request, *args, **kwargs)
        verb = getattr(self, "post", None)
        if request.method == "POST" and HEADER in request.headers and verb is not None:
            self.post = partial(self._once, verb)

    def _once(
        self, verb: Callable[..., HttpResponseBase], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        by = request.user if isinstance(request.user, User) else None
        key = _checked(request.headers[HEADER])
        identity = RequestIdentity(by, request.path, key, _fingerprint(request))
        try:
            result = answer_once(identity, lambda: verb(request, *args, **kwargs), _kept)
        except ServiceError as error:
            if getattr(error, "code", None) == RUNNING:
                raise RequestRunning from error
            if getattr(error, "code", None) == REUSED:
                raise KeyReused from error
            raise
        if not isinstance(result, Answer):
            return result
        kind = "application/json" if result.body else None
        again = HttpResponse(result.body, status=result.status, content_type=kind)
        for name, value in {**result.headers, REPLAYED: "true"}.items():
            again[name] = value
        return again


def _checked(sent: str) -> str:
    """The key without the quotes of a structured header; 400 where it is none."""
    found = _SENT.fullmatch(sent.strip())
    if found is None:
        why = _("A key has 8 to 128 letters, digits or signs without spaces, such as a UUID.")
        raise ValidationError({HEADER: [why]})
    return found[1] or found[2]


def _fingerprint(request: Request) -> str:
    """What was sent: the query and the body; of a form with files its fields."""
    query = request.META.get("QUERY_STRING", "")
    if (request.content_type or "").startswith("multipart/"):
        fields = request.data
        return fingerprint_of(query, fields if isinstance(fields, MultiValueDict) else str(fields))
    return fingerprint_of(query, request.content_type or "", request._request.body)


def _kept(response: HttpResponseBase) -> Answer | None:
    """What is kept of an answer: all of it if it is one of JSON and no refusal."""
    if not isinstance(response, Response) or response.status_code >= 400:
        return None
    body = "" if response.data is None else JSONRenderer().render(response.data).decode()
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    return Answer(response.status_code, body, headers)
