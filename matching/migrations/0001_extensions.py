"""pgvector, which index entries need."""

from django.db import migrations
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    """Create the extension where the server does not have it yet."""

    initial = True
    dependencies = []
    operations = [VectorExtension()]
