"""How the site runs, in the API."""

from rest_framework import serializers

_LATENCY = (
    "Seconds from the last change of either listing until a match of the last hour was found, for "
    "half of them at most; null without any."
)


class WorkSerializer(serializers.Serializer):
    """Work of one kind."""

    count = serializers.IntegerField(help_text="Rows that wait.")
    oldest_seconds = serializers.IntegerField(
        allow_null=True, help_text="How long the oldest has been waiting; null where none waits."
    )


class AllWorkSerializer(serializers.Serializer):
    """Work by kind."""

    stale = WorkSerializer(help_text="Listings whose text is not in the index as it stands.")
    unembedded = WorkSerializer(help_text="Live listings without fresh embeddings.")
    unmatched = WorkSerializer(help_text="Embedded listings not matched since they changed.")
    unchecked = WorkSerializer(help_text="Files that wait for the virus scanner.")
    undelivered = WorkSerializer(help_text="Notifications and e-mails that are due and not sent.")


class OperationSerializer(serializers.Serializer):
    """What waits, for how long, and how long matches take."""

    degraded = serializers.BooleanField(help_text="Whether anything needs a look.")
    late = serializers.ListField(
        child=serializers.CharField(),
        help_text="Kinds of work of which something waits for more than 15 minutes.",
    )
    work = AllWorkSerializer()
    queue = serializers.IntegerField(
        allow_null=True, help_text="Messages for workers; null while the broker does not answer."
    )
    replica = serializers.CharField(
        allow_null=True,
        help_text="The read replica: ok, late or unavailable; null where the site has none.",
    )
    matches = serializers.IntegerField(help_text="Matches found in the last hour.")
    latency_median = serializers.FloatField(allow_null=True, help_text=_LATENCY)
    latency_p95 = serializers.FloatField(
        allow_null=True, help_text="The same, of all but the slowest twentieth."
    )
    failed_mail = serializers.IntegerField(help_text="E-mails given up in the last hour.")
