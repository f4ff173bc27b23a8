from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.utils import timezone

# Nobody's admission ends without the notice of 30 days, and some time to answer it.
LEAST = timedelta(days=60)


def end_admissions(apps, schema_editor):
    """Experts admitted before admissions had an end: ADMISSION_YEARS after their admission, in 60
    days at the earliest."""
    Expert = apps.get_model("achievements", "Expert")
    today = timezone.now().date()
    period = timedelta(days=round(settings.ADMISSION_YEARS * 365.25))
    rows = Expert.objects.filter(
        admitted_at__isnull=False, admitted_until__isnull=True, erased_at__isnull=True
    )
    batch = []
    for expert in rows.only("pk", "admitted_at").iterator():
        expert.admitted_until = max(expert.admitted_at.date() + period, today + LEAST)
        batch.append(expert)
        if len(batch) == 1000:
            Expert.objects.bulk_update(batch, ["admitted_until"])
            batch.clear()
    Expert.objects.bulk_update(batch, ["admitted_until"])


class Migration(migrations.Migration):
    dependencies = [("achievements", "0017_add_import_choices")]
    operations = [migrations.RunPython(end_admissions, migrations.RunPython.noop)]
