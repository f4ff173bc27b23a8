"""The worker door: `celery --app transfer.celery worker`. Packages declare `shared_task`s."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")

app = Celery("transfer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
