"""The worker door: `celery --app transfer.celery worker`. Packages declare `shared_task`s."""

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import celeryd_init, task_postrun, task_prerun
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from transfer.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")

logger = logging.getLogger(__name__)


class HurryingTask(DjangoTask):
    """A task whose message may be lost: the sweep finds in the database what is to be done.

    So whoever announces work never fails, and hardly waits, because the broker is away: after one
    attempt in vain the next ones are left out for some seconds.
    """

    abstract = True
    QUIET_SECONDS = 5.0
    _quiet_until = 0.0

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the message; None, and a line in the log, when the broker cannot be reached."""
        if self.app.conf.task_always_eager:
            return super().apply_async(*args, **kwargs)
        if time.monotonic() < HurryingTask._quiet_until:
            return None
        try:
            return super().apply_async(*args, **kwargs)
        except (OperationalError, RedisError, OSError) as error:
            HurryingTask._quiet_until = time.monotonic() + self.QUIET_SECONDS
            logger.warning("%s left to the sweep: %s", self.name, type(error).__name__)
            return None


app = Celery("transfer", task_cls=HurryingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def name_task(task_id: str = "-", **kwargs: Any) -> None:
    """Lines logged by a task carry its id where those of a request carry the request's."""
    request_id.set(task_id)


@task_postrun.connect
def forget_task(**kwargs: Any) -> None:
    """The task is over."""
    request_id.set("-")


@celeryd_init.connect
def be_patient(conf: Any = None, **kwargs: Any) -> None:
    """A worker waits longer for a slow broker than a request may."""
    hasty = {"connect_retries_timeout", "max_retries", "interval_start"}
    options = {k: v for k, v in conf.broker_transport_options.items() if k not in hasty}
    conf.broker_transport_options = {**options, "socket_timeout": 5, "socket_connect_timeout": 2}
