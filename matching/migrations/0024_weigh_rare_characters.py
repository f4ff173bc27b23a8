"""Rare Chinese characters weigh in the comparison of texts, and Chinese is read without spaces.

Entries are made anew; vectors of texts that are read as before are found again.
"""

from django.db import migrations


def make_stale(apps, schema_editor):
    entries = apps.get_model("matching", "IndexEntry").objects
    entries.update(indexed_source_at=None)
    entries.filter(languages__contains="zh").update(embedded_source_at=None)


class Migration(migrations.Migration):
    dependencies = [("matching", "0023_add_panel_tasks")]
    operations = [migrations.RunPython(make_stale, migrations.RunPython.noop)]
