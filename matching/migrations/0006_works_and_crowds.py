"""People are embedded work by work, and scores know among how many a candidate was found."""

from django.db import migrations


def begin_anew(apps, schema_editor):
    apps.get_model("matching", "ScoringWeights").objects.update(active=False)
    apps.get_model("matching", "IndexEntry").objects.filter(kind="expert").update(
        embedded_source_at=None, content_hash=""
    )


class Migration(migrations.Migration):
    dependencies = [("matching", "0005_add_directions")]
    operations = [migrations.RunPython(begin_anew, migrations.RunPython.noop)]
