"""Reasons are kept while what they were made of stays; those there are, are made once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0025_note_matches_in_place")]
    operations = [
        migrations.AddField(
            model_name="match",
            name="reasons_of",
            field=models.BigIntegerField(
                blank=True,
                editable=False,
                help_text="Tells what the reasons were made of.",
                null=True,
            ),
        ),
    ]
