"""Search results and saved searches in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from achievements.models import Listing
from achievements.permissions import Reader
from achievements.serializers.listings import ListingSummarySerializer
from matching.models import SavedSearch


class ResultOrganisationSerializer(serializers.Serializer):
    """Who posted a result."""

    slug = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    is_verified = serializers.BooleanField()


class SearchResultSerializer(serializers.ModelSerializer):
    """A listing of any kind as search shows it; ``url`` is its page."""

    organisation = serializers.SerializerMethodField(
        help_text="Who posts it; null for an anonymous demand of others."
    )
    region: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    url: Any = serializers.SerializerMethodField(help_text="Address of the listing's page.")
    relevance = serializers.FloatField(
        read_only=True,
        default=None,
        allow_null=True,
        help_text="Higher is better, comparable within one search only; null without a text.",
    )

    snippet = serializers.SerializerMethodField(
        help_text="HTML of the sentence that answers a text, its words in <mark>; null without one."
    )

    class Meta:
        model = Listing
        fields = [
            "id",
            "kind",
            "title_en",
            "title_zh",
            "summary_en",
            "summary_zh",
            "organisation",
            "region",
            "published_at",
            "expires_at",
            "url",
            "relevance",
            "snippet",
        ]

    @extend_schema_field(ResultOrganisationSerializer(allow_null=True))
    def get_organisation(self, listing: Listing) -> dict[str, Any] | None:
        """Who posts it, as far as the reader may know."""
        reader: Reader = self.context["reader"]
        if listing.organisation is None or not reader.may_see_organisation(listing):
            return None
        return dict(ResultOrganisationSerializer(listing.organisation).data)

    def get_snippet(self, listing: Listing) -> str | None:
        """The quotation in the language of the request, or the other where there is only that."""
        snippet = self.context.get("snippets", {}).get(listing.pk)
        return str(snippet.text) if snippet is not None else None

    def get_url(self, listing: Listing) -> str:
        """The page's full address."""
        return str(self.context["request"].build_absolute_uri(listing.get_absolute_url()))


class SuggestionSerializer(serializers.Serializer):
    """One suggestion for what is being typed; ``url`` is the page it leads to."""

    kind = serializers.ChoiceField(["title", "field", "organisation"])
    text = serializers.CharField(help_text="In the language of the request.")
    url = serializers.CharField()


class FacetValueSerializer(serializers.Serializer):
    """One value of a filter and how many results choosing it leaves."""

    value = serializers.CharField()
    label: Any = serializers.CharField(help_text="In the language of the request.")
    count = serializers.IntegerField()
    selected = serializers.BooleanField()


class FacetSerializer(serializers.Serializer):
    """A filter with its values; ``name`` is the query parameter."""

    name = serializers.CharField()
    label: Any = serializers.CharField(help_text="In the language of the request.")
    values = FacetValueSerializer(many=True)


class SavedSearchSerializer(serializers.ModelSerializer):
    """A saved search; ``query`` is the query string of the search."""

    hit_count = serializers.IntegerField(
        read_only=True, default=0, help_text="Listings reported so far."
    )

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "query", "rhythm", "created_at", "checked_until", "hit_count"]
        read_only_fields = ["created_at", "checked_until"]
        extra_kwargs = {
            "query": {"help_text": "Query string of the search, such as q=battery&trl_min=6."},
            "rhythm": {"default": SavedSearch._meta.get_field("rhythm").default},
        }


class DigestPreviewSerializer(serializers.Serializer):
    """What a saved search would tell of now, and when it is looked through next."""

    due_at = serializers.DateTimeField(
        allow_null=True, help_text="Null where alerts are switched off."
    )
    count = serializers.IntegerField()
    listings = ListingSummarySerializer(many=True)
