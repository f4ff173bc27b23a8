"""Vocabularies and their terms."""

from typing import Any

from rest_framework import serializers

from achievements.filtersets.inputs import term_key
from achievements.models import Scheme, Term


class SchemeSerializer(serializers.ModelSerializer):
    """One version of a classification."""

    class Meta:
        model = Scheme
        fields = ["id", "code", "version", "name_en", "name_zh", "source", "current"]
        read_only_fields = fields


class TermSerializer(serializers.ModelSerializer):
    """A class of a classification; listings name it by ``key``."""

    key = serializers.SerializerMethodField()
    scheme: Any = serializers.SlugRelatedField("code", read_only=True)
    parent: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    label: Any = serializers.CharField(read_only=True)

    class Meta:
        model = Term
        fields = [
            *("id", "key", "scheme", "code", "parent", "label", "label_en", "label_zh"),
            *("synonyms", "own_synonyms", "unit", "retired"),
        ]
        read_only_fields = fields

    def get_key(self, term: Term) -> str:
        """`vocabulary:code`."""
        return term_key(term)
