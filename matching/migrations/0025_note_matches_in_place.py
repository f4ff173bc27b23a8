"""That a listing was matched is noted in its entry's own place, without touching an index.

A new version of a row goes into every index, the vector index too, unless no indexed column changed
and its page has room. So the weights it was matched by lose their index, which nothing asked, and
pages keep room for one more version. Pages that are full already get it as their rows move.
"""

import django.db.models.deletion
from django.db import migrations, models


_INDEX = "matching_indexentry_matched_weights_id_d891be5c"


class Migration(migrations.Migration):
    # Django would make the foreign key anew too, and read every row while nobody else may.
    atomic = False
    dependencies = [("matching", "0024_weigh_rare_characters")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {_INDEX}",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_INDEX}"
                    " ON matching_indexentry (matched_weights_id)",
                )
            ],
            state_operations=[
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
                )
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE matching_indexentry SET (fillfactor = 85)",
            "ALTER TABLE matching_indexentry RESET (fillfactor)",
        ),
    ]
