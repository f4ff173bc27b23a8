"""That a listing was matched is noted in its entry's own place, without touching an index.

A new version of a row goes into every index, the vector index too, unless no indexed column changed
and its page has room. So the weights it was matched by lose their index, which nothing asked, and
pages keep room for one more version. Pages that are full already get it as their rows move.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0024_weigh_rare_characters")]
    operations = [
        migrations.AlterField(
            model_name="indexentry",
            name="matched_weights",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="matching.scoringweights",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE matching_indexentry SET (fillfactor = 85)",
            "ALTER TABLE matching_indexentry RESET (fillfactor)",
        ),
    ]
