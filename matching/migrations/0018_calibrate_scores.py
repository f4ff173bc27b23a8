"""Scores are fitted to judged sets: a new version of the weights begins."""

from django.db import migrations


def begin_anew(apps, schema_editor):
    apps.get_model("matching", "ScoringWeights").objects.update(active=False)


class Migration(migrations.Migration):
    dependencies = [("matching", "0017_keep_directions_in_rows")]
    operations = [migrations.RunPython(begin_anew, migrations.RunPython.noop)]
