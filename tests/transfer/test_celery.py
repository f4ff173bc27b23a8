"""Announcing work while the broker is away or hangs, and what keeps tasks from being lost."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from tests.mute import Mute
from transfer.celery import HurryingTask, app
from transfer.logs import request_id


@pytest.fixture(autouse=True)
def _no_memory_of_failures() -> Iterator[None]:
    HurryingTask._quiet_until = 0.0
    yield
    HurryingTask._quiet_until = 0.0


def _nothing() -> None:
    """The body of a task that nobody runs."""


def _announcer(broker: str) -> HurryingTask:
    """A task of an application with our settings on another broker."""
    other = Celery("other", broker=broker, task_cls=HurryingTask, set_as_current=False)
    other.conf.update(
        broker_transport_options=app.conf.broker_transport_options,
        task_publish_retry=app.conf.task_publish_retry,
        task_ignore_result=True,
    )
    return other.task(name="tests.nothing")(_nothing)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the module logs, however a test before this one has left the loggers."""
    logger = logging.getLogger("transfer.celery")
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    caplog.set_level(logging.WARNING, logger=logger.name)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_announcing_without_broker_is_noted_and_does_not_fail(log: Any):
    assert _announcer("redis://127.0.0.1:1/0").delay() is None

    assert "tests.nothing left to the sweep" in log.text


def test_announcing_to_a_hanging_broker_is_waited_for_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(HurryingTask, "QUIET_SECONDS", 60.0)
    with Mute() as broker:
        task = _announcer(f"{broker.address}/0")
        assert task.delay() is None
        assert broker.knocks() == 1

        assert [task.delay() for _ in range(20)] == [None] * 20

        assert broker.knocks() == 0


def test_announcing_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(HurryingTask, "QUIET_SECONDS", 0.0)
    calls = []
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *a, **_: calls.append(a))

    task = _announcer("redis://127.0.0.1:1/0")
    task.delay()
    task.delay()

    assert len(calls) == 2


def test_every_task_of_ours_may_be_announced_without_broker():
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]

    assert all(isinstance(task, HurryingTask) for task in ours)


def test_settings_keep_a_killed_workers_tasks():
    conf = app.conf

    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_ignore_result
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_publish_retry is False
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1


def test_log_lines_of_a_task_carry_its_id():
    seen = []

    def look() -> None:
        seen.append(request_id.get())

    task = app.task(name="tests.look")(look)
    result = task.apply(task_id="the-task-id")
    app.tasks.pop("tests.look")

    assert result.successful()
    assert (seen, request_id.get()) == (["the-task-id"], "-")
