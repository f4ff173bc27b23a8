"""Fields that name rows by their keys, and who reads."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from achievements.filtersets.inputs import TermsField, term_key
from achievements.models import Term
from achievements.permissions import Reader


class ReadByMixin:
    """Serializers whose answer depends on who reads; one reader for all rows of an answer."""

    context: dict[str, Any]

    @property
    def reader(self) -> Reader:
        """Whoever sent the request."""
        if "reader" not in self.context:
            self.context["reader"] = Reader(self.context["request"].user)
        reader: Reader = self.context["reader"]
        return reader


@extend_schema_field({"type": "array", "items": {"type": "string"}, "example": ["hightech:1.2"]})
class TermKeysField(serializers.Field):
    """Terms as `vocabulary:code`; one query for all of them."""

    def to_internal_value(self, data: Any) -> list[Term]:
        """The terms named; an unknown one is refused."""
        if not isinstance(data, list) or not all(isinstance(key, str | int) for key in data):
            raise serializers.ValidationError(
                TermsField.default_error_messages["invalid_list"], code="invalid_list"
            )
        return list(TermsField(queryset=Term.objects.fields(), required=False).clean(data))

    def to_representation(self, value: Any) -> list[str]:
        """The keys, in the order of the vocabularies."""
        return [term_key(term) for term in value.all()]


@extend_schema_field(OpenApiTypes.STR)
class TermKeyField(serializers.Field):
    """One term as `vocabulary:code`; read only."""

    def to_representation(self, value: Term) -> str:
        """The key."""
        return term_key(value)
