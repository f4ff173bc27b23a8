"""Uploads and the virus scanner: nothing gets through unseen, and nothing is forgotten."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from rest_framework.test import APIClient

from accounts.antivirus import NotScannedError, ScannerUnavailableError, scan
from accounts.models import AuditEvent, Notification, OrganisationDocument
from accounts.services import update_organisation
from accounts.services.checking import check_documents
from accounts.services.documents import add_document
from achievements.models import Achievement, Attachment, ImportRun
from achievements.services import add_attachment
from achievements.services.checking import check_attachments
from achievements.services.import_runs import (
    run_import,
    run_outstanding_imports,
    upload_import,
)
from matching.services.outstanding import report
from tests.clamd_server import EICAR, Clamd, running
from tests.factories import AchievementFactory, MemberFactory, OrganisationFactory
from transfer.embedded.ports import free_port


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    """A scanner that uploads are sent to."""
    with running() as server:
        settings.CLAMD_URL = server.url
        yield server


@pytest.fixture
def nowhere(settings: Any) -> str:
    """A scanner is set, and nobody answers."""
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    return settings.CLAMD_URL


# --- The dialogue -----------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"measured", bytes(300_000), b"x" * 64 * 1024])
def test_scan_sends_the_whole_file_and_finds_nothing_in_a_clean_one(clamd: Clamd, content: bytes):
    assert scan(io.BytesIO(content)) == ""
    assert clamd.seen == [content]


def test_scan_names_what_is_found_also_through_a_socket_file(
    clamd: Clamd, settings: Any, tmp_path: Path
):
    assert scan(io.BytesIO(b"a" * 70_000 + EICAR)) == "Eicar-Test-Signature"
    with running(str(tmp_path / "clamd.ctl")) as local:
        settings.CLAMD_URL = local.url
        assert scan(io.BytesIO(EICAR)) == "Eicar-Test-Signature"


@pytest.mark.parametrize("mode", ["slow", "dying", "half", "odd"])
def test_scan_takes_no_other_answer_for_a_clean_one(clamd: Clamd, mode: str):
    clamd.mode = mode

    with pytest.raises(ScannerUnavailableError):
        scan(io.BytesIO(bytes(3_000_000)), seconds=0.5)


def test_scan_tells_away_from_too_long(clamd: Clamd, settings: Any):
    clamd.mode = "full"
    with pytest.raises(NotScannedError, match="size limit"):
        scan(io.BytesIO(b"short"))
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ScannerUnavailableError):
        scan(io.BytesIO(b"short"))


# --- Files of listings ------------------------------------------------------------------------


def attach(listing, by, content: bytes = b"measured", name: str = "a.txt") -> Attachment:
    return add_attachment(listing, by=by, upload=SimpleUploadedFile(name, content), layer="public")


def statuses(attachment: Attachment, *clients: Client) -> list[int]:
    """What page and API answer to each who asks for the file."""
    page = reverse("achievements:attachment_download", args=[attachment.pk])
    door = reverse("api:attachment-download", args=[attachment.pk])
    return [client.get(path).status_code for client in clients for path in (page, door)]


@pytest.fixture
def owner(db: None, settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    return MemberFactory(organisation=OrganisationFactory(), role="owner")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_without_a_scanner_files_are_open_at_once(owner):
    attachment = attach(AchievementFactory(organisation=owner.organisation), owner.user)

    assert attachment.virus_check == "none"
    assert statuses(attachment, Client()) == [200, 200]
    assert check_attachments() == 0


def test_file_is_held_while_the_scanner_is_away_and_released_when_it_is_back(
    owner,
    nowhere: str,
    settings: Any,
    api: APIClient,
    django_capture_on_commit_callbacks: Any,
):
    listing = AchievementFactory(organisation=owner.organisation)
    with django_capture_on_commit_callbacks(execute=True):
        attachment = attach(listing, owner.user)
    own, page = signed_in(owner.user), listing.get_absolute_url()
    api.force_authenticate(owner.user)

    assert check_attachments() == 0
    assert statuses(attachment, Client(), own) == [404, 404, 404, 404]
    assert "Being checked for viruses" in own.get(page).content.decode()
    assert "a.txt" not in Client().get(page).content.decode()
    shown = api.get(reverse("api:attachment-detail", args=[attachment.pk])).json()
    assert shown["virus_check"] == "waiting"
    assert report()["unchecked"]["count"] == 1
    assert not AuditEvent.objects.filter(verb="attachment.open").exists()

    with running() as server:
        settings.CLAMD_URL = server.url
        assert check_attachments() == 1
        assert check_attachments() == 0
    assert statuses(attachment, Client(), own) == [200, 200, 200, 200]
    assert "Being checked" not in own.get(page).content.decode()
    assert report()["unchecked"] == {"count": 0, "oldest_seconds": None}


def test_file_with_malware_is_removed_and_its_uploader_told(
    owner, clamd: Clamd, django_capture_on_commit_callbacks: Any
):
    listing = AchievementFactory(organisation=owner.organisation)
    kept = attach(listing, owner.user)

    with django_capture_on_commit_callbacks(execute=True):
        infected = attach(listing, owner.user, EICAR, "bad.txt")
        path = Path(infected.file.path)
        assert path.exists()

    assert not path.exists()
    assert list(listing.attachments.all()) == [kept]
    event = AuditEvent.objects.get(verb="attachment.infected")
    assert (event.actor, event.organisation) == (None, owner.organisation)
    assert event.data["finding"] == "Eicar-Test-Signature"
    told = Notification.objects.get(kind="file_infected")
    assert told.recipient == owner.user
    page = signed_in(owner.user).get(reverse("accounts:notification_list")).content.decode()
    assert "The virus scanner found Eicar-Test-Signature in the file “bad.txt”." in page


def test_file_too_long_for_the_scanner_stays_held_and_keeps_no_other_waiting(owner, clamd: Clamd):
    listing = AchievementFactory(organisation=owner.organisation)
    first, second = attach(listing, owner.user), attach(listing, owner.user, b"other")

    clamd.mode = "full"
    assert check_attachments(batch=1) == 0
    clamd.mode = "ok"
    assert check_attachments(batch=1) == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.virus_check, second.virus_check) == ("waiting", "clean")


# --- Documents of organisations ---------------------------------------------------------------


def test_documents_of_organisations_are_held_released_and_removed_alike(
    owner,
    nowhere: str,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
):
    def document(content: bytes) -> OrganisationDocument:
        upload = SimpleUploadedFile("licence.pdf", b"%PDF-1.7\n" + content)
        return add_document(owner.organisation, by=owner.user, kind="licence", upload=upload)

    clean, infected = document(b"fine"), document(EICAR)
    path, client = Path(infected.file.path), signed_in(owner.user)
    page_url = reverse("accounts:organisation_detail", args=[owner.organisation.slug])
    url = reverse("accounts:document_download", args=[clean.pk])

    assert check_documents() == 0
    assert client.get(url).status_code == 404
    page = client.get(page_url).content.decode()
    assert page.count("Being checked for viruses") == 2
    with running() as server, django_capture_on_commit_callbacks(execute=True):
        settings.CLAMD_URL = server.url
        assert check_documents() == 2

    assert client.get(url).status_code == 200
    assert list(owner.organisation.documents.all()) == [clean]
    assert not path.exists()
    assert Notification.objects.get(kind="document_infected").recipient == owner.user
    assert AuditEvent.objects.filter(verb="organisation.document_infected").count() == 1


# --- Logos and files to import ----------------------------------------------------------------


def test_logo_is_looked_at_before_it_is_read_as_a_picture(owner, clamd: Clamd, settings: Any):
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    clean, infected = (
        SimpleUploadedFile("a.png", buffer.getvalue() + more) for more in (b"", EICAR)
    )
    organisation = update_organisation(owner.organisation, by=owner.user, logo=clean)
    kept = organisation.logo.name
    assert clamd.seen == [buffer.getvalue()]

    with pytest.raises(ValidationError, match="Eicar-Test-Signature"):
        update_organisation(organisation, by=owner.user, logo=infected)
    for mode in ("full", "half"):
        clamd.mode = mode
        with pytest.raises(ValidationError, match="could not be checked"):
            update_organisation(organisation, by=owner.user, logo=clean)
    organisation.refresh_from_db()
    assert organisation.logo.name == kept


def imported(owner, content: bytes) -> ImportRun:
    """A file that was uploaded to be imported without a further question."""
    run = upload_import(
        by=owner.user,
        kind="achievement",
        organisation=owner.organisation,
        file=SimpleUploadedFile("a.csv", content),
        confirm=True,
    )
    run_import(run.pk)
    run.refresh_from_db()
    return run


def test_file_to_import_waits_for_the_scanner_and_is_read_when_it_is_back(
    owner, nowhere: str, settings: Any, django_capture_on_commit_callbacks: Any
):
    with django_capture_on_commit_callbacks(execute=True):
        run = imported(owner, b"title\nA cell\n")
    assert (run.state, run.report) == ("confirmed", {})
    assert not Achievement.objects.exists()

    with running() as server:
        settings.CLAMD_URL = server.url
        assert run_outstanding_imports() == 1
        assert server.seen == [b"title\nA cell\n"]
    assert Achievement.objects.get().title_en == "A cell"


@pytest.mark.parametrize(
    ("mode", "words"), [("ok", "Eicar-Test-Signature"), ("full", "too large for the virus scanner")]
)
def test_file_to_import_with_malware_or_unscanned_is_never_read(
    owner, clamd: Clamd, mode: str, words: str
):
    clamd.mode = mode
    run = imported(owner, b"title\nA cell\n" + EICAR)

    assert (run.state, run.file.name) == ("failed", "")
    assert words in run.report["error"]["en"]
    assert not Achievement.objects.exists()
    page = signed_in(owner.user).get(reverse("achievements:import_detail", args=[run.pk]))
    assert words in page.content.decode()
    found = AuditEvent.objects.filter(verb="import.infected").values_list(
        "data__finding", flat=True
    )
    assert list(found) == (["Eicar-Test-Signature"] if mode == "ok" else [])
