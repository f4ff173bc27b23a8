"""Words alike are found by their trigrams: the extension, and an index on lexemes."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Adds an extension that comes with PostgreSQL, and an index."""

    dependencies = [("matching", "0007_leave_single_characters_out")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="lexeme",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["lexeme"], name="lexeme_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
