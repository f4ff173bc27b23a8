"""What every endpoint of the API shares: pages and the error shape.

Settings name these classes; viewsets need not.
"""

from django.core.exceptions import SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ParseError, Throttled, ValidationError
from rest_framework.pagination import PageNumberPagination

from transfer.errors import is_gone, is_outage, is_taken, quicker

STATE_CODE = "state"
RATE_CODE = "rate"


class Pages(PageNumberPagination):
    """Pages of ``count``, ``next``, ``previous`` and ``results``; ``page_size`` up to 100."""

    page_size_query_param = "page_size"
    max_page_size = 100


class Conflict(APIException):
    """409: the object is in a state that does not allow this; somebody may have been quicker."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This is not possible in the present state.")
    default_code = STATE_CODE


class ErrorHandler(ExceptionHandler):
    """Turns what services raise into the one error shape.

    A ValidationError becomes 400 with the name of each field, 409 when its code is ``state``, or
    429 when it is ``rate``. Who was overtaken by another request gets 404 or 409, and what is
    more than is read 400.
    """

    def should_not_handle(self, exc: Exception) -> bool:
        """A lost database or a full disk is no error of this request: the middleware answers."""
        return is_outage(exc) or bool(super().should_not_handle(exc))

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Read Django's exceptions as those of the API."""
        if isinstance(exc, DjangoValidationError):
            if getattr(exc, "code", None) == STATE_CODE:
                return Conflict(" ".join(exc.messages))
            if getattr(exc, "code", None) == RATE_CODE:
                return Throttled(detail=" ".join(exc.messages))
            detail = serializers.as_serializer_error(exc)
            # Services say "__all__" as Django does; the API has a name of its own for it.
            return ValidationError(
                {name.replace("__all__", "non_field_errors"): why for name, why in detail.items()}
            )
        if is_gone(exc, getattr(self.context["request"], "method", None)):
            return NotFound()
        if is_taken(exc):
            return Conflict(quicker())
        if isinstance(exc, SuspiciousOperation):
            # More fields or bytes than are read; pages answer the same.
            return ParseError(_("This request could not be understood."))
        converted: Exception = super().convert_known_exceptions(exc)
        return converted
