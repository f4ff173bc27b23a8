"""Single Chinese characters no longer weigh in the comparison of texts: entries are made anew."""

from django.db import migrations


def make_stale(apps, schema_editor):
    apps.get_model("matching", "IndexEntry").objects.update(indexed_source_at=None)


class Migration(migrations.Migration):
    dependencies = [("matching", "0006_works_and_crowds")]
    operations = [migrations.RunPython(make_stale, migrations.RunPython.noop)]
