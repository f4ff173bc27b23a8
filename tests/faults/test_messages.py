"""Messages that are delivered again and again, in any order, to several workers at once."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent, Member, Notification, OrganisationDocument
from accounts.services.documents import add_document
from accounts.tasks import check_document
from achievements.models import Attachment, OnePager
from achievements.services import add_attachment
from achievements.tasks import check_attachment, make_one_pager, run_imports
from matching.embedding import current
from matching.tasks import work_outstanding
from tests.clamd_server import EICAR, Clamd, running
from tests.factories import AchievementFactory
from tests.faults.calling import twice_at_once
from tests.faults.conftest import count
from tests.faults.jobs import Jobs
from tests.matching.conftest import WordEmbedder
from transfer.celery import app

WORKERS = 4
Message = tuple[Any, tuple[Any, ...]]


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    """A scanner that uploads are sent to."""
    with running() as server:
        settings.CLAMD_URL = server.url
        yield server


def one_of_each(member: Member, jobs: Jobs) -> list[Message]:
    """A message of every kind of task, with something to do for it."""
    files = {
        name: add_attachment(
            AchievementFactory(organisation=member.organisation),
            by=member.user,
            upload=SimpleUploadedFile(name, content),
            layer="public",
        )
        for name, content in (("good.txt", b"measured"), ("bad.txt", EICAR))
    }
    licence = SimpleUploadedFile("licence.pdf", b"%PDF-1.7" + EICAR)
    document = add_document(member.organisation, by=member.user, kind="licence", upload=licence)
    messages = jobs.ask(8)
    pager = OnePager.objects.create(listing_id=jobs.listings[-1], language="en")
    jobs.pages.append(pager.pk)
    return [
        *messages,
        *[(check_attachment, (file.pk,)) for file in files.values()],
        (check_document, (document.pk,)),
        (make_one_pager, (pager.pk,)),
        (work_outstanding, ()),
        (run_imports, ()),
    ]


def test_messages_delivered_a_hundred_times_in_any_order_have_one_effect(
    member: Member, jobs: Jobs, clamd: Clamd, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(current, "_local", WordEmbedder)
    monkeypatch.setattr(current, "LOCAL_NAME", WordEmbedder.name)
    messages = one_of_each(member, jobs)
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert {task.name for task, _arguments in messages} == ours
    again = messages * count("FAULT_DELIVERIES", 10)
    random.Random(7).shuffle(again)
    waiting = iter(again)

    def work() -> None:
        for task, arguments in waiting:
            task(*arguments)

    twice_at_once(work, WORKERS)

    assert jobs.outstanding() == {}
    assert jobs.wrong() == []
    assert jobs.again == 0
    assert list(Attachment.objects.values_list("name", "virus_check")) == [("good.txt", "clean")]
    assert not OrganisationDocument.objects.exists()
    for verb in ("attachment.infected", "organisation.document_infected"):
        assert AuditEvent.objects.filter(verb=verb).count() == 1
    for kind in ("file_infected", "document_infected"):
        assert Notification.objects.filter(kind=kind).count() == 1
