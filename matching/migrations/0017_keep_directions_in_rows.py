from django.db import migrations

# What every search compares stays in the row; what is read of few rows lies beside the table, so
# that a scan reads a tenth of it. Holds for rows as they are written from now on.
INLINE = """
ALTER TABLE matching_indexentry
    ALTER COLUMN direction SET STORAGE PLAIN,
    ALTER COLUMN title_embedding SET STORAGE EXTERNAL,
    ALTER COLUMN text_embedding SET STORAGE EXTERNAL,
    SET (toast_tuple_target = 1024)
"""
BEFORE = """
ALTER TABLE matching_indexentry
    ALTER COLUMN direction SET STORAGE EXTERNAL,
    ALTER COLUMN title_embedding SET STORAGE EXTERNAL,
    ALTER COLUMN text_embedding SET STORAGE EXTERNAL,
    RESET (toast_tuple_target)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0016_add_soundings_and_duplicates'),
    ]

    operations = [migrations.RunSQL(INLINE, BEFORE)]
