"""Indexes for the list of all matches and for those found of late, built beside readers and
writers."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("matching", "0026_keep_reasons")]
    operations = [
        AddIndexConcurrently(
            "match", models.Index(fields=["-score", "id"], name="match_best")
        ),
        AddIndexConcurrently("match", BrinIndex(fields=["created_at"], name="match_found")),
    ]
