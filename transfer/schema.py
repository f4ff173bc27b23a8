"""How the API describes itself in OpenAPI."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from drf_standardized_errors.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS


class ErrorSerializer(serializers.Serializer):
    """One thing that is wrong."""

    code = serializers.CharField(help_text="A short word for programs.")
    detail = serializers.CharField(help_text="A sentence in the language of Accept-Language.")
    attr = serializers.CharField(
        allow_null=True, help_text="The field it is about, if it is about one."
    )


class ErrorResponseSerializer(serializers.Serializer):
    """Every answer from 400 on."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Describes endpoints with the errors they may answer, all in one shape."""

    def _get_error_response_serializer(self, status_code: str) -> type[serializers.Serializer]:
        return ErrorResponseSerializer

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code == "403" and "403" not in responses:
            return True  # a token may be for reading only, its owner may lack the second factor
        if status_code == "409" and self.method in SAFE_METHODS:
            return False
        if status_code == "422" and not self._takes_key():
            return False
        added: bool = super()._should_add_error_response(responses, status_code)
        return added

    def _takes_key(self) -> bool:
        # Asked of the view, not of its class: views of the API are loaded after this module.
        return self.method == "POST" and hasattr(self.view, "key_header")

    def get_override_parameters(self) -> list[Any]:
        """The key under which a POST is done once."""
        parameters = list(super().get_override_parameters())
        if not self._takes_key():
            return parameters
        view: Any = self.view
        words = "A UUID of yours. Sent again with it, nothing is done twice: see docs/api.md."
        key = OpenApiParameter(
            view.key_header,
            {"type": "string", "pattern": f"^{view.key_pattern}$"},
            OpenApiParameter.HEADER,
            description=words,
        )
        return [*parameters, key]

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        """A choice that is only read may also be none: DRF leaves `allow_blank` out there."""
        model = getattr(getattr(field.parent, "Meta", None), "model", None)
        if isinstance(field, serializers.ChoiceField) and field.read_only and model is not None:
            column = {each.name: each for each in model._meta.fields}.get(field.source)
            field.allow_blank = column is not None and column.blank
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _get_error_response_examples(self) -> list[Any]:
        return []


class BearerScheme(OpenApiAuthenticationExtension):
    """How a token is sent."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The Authorization header with an API token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token made on /tokens/. A token for reading may only GET.",
        }
