"""The index by date holds all states, so that lists of members come from it; built and dropped
beside readers and writers."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("achievements", "0022_check_files")]
    operations = [
        AddIndexConcurrently(
            "listing", models.Index(fields=["-published_at", "-id"], name="listing_by_date")
        ),
        RemoveIndexConcurrently("listing", "listing_latest"),
    ]
