"""A disk that is full: uploads, exports, imports and PDFs say so, and leave nothing half done."""

import gc
import gzip
import io
import json
import logging
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from PIL import Image

from accounts.models import Member, Organisation, OrganisationDocument
from achievements.models import Attachment, ImportRun, Listing, OnePager
from achievements.services.import_runs import MAX_ATTEMPTS, run_import
from achievements.services.one_pagers import make_one_pager
from tests.factories import AchievementFactory, MemberFactory
from tests.faults.conftest import count

pytestmark = pytest.mark.django_db
KILOBYTE = 1024
NO_ROOM = "We have no room for this at the moment. Nothing was changed."
Response = Any


@pytest.fixture
def disk(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of one megabyte, on which uploads and temporary files lie."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(["/bin/mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("only root, and not in every container, may mount a small disk")
    settings.MEDIA_ROOT = disk / "media"
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    for folder in ("attachments", "verification", "imports", "logos", "one-pagers"):
        (disk / "media" / folder).mkdir(parents=True)
    yield disk
    subprocess.run(["/bin/umount", "--lazy", str(disk)], check=True)


@contextmanager
def full(disk: Path, left: int = 0) -> Iterator[None]:
    """Within, hardly any room is left; nothing may lie on the disk afterwards that did not.

    Nothing is logged, for the log of a test would keep the request and its uploaded file alive.
    """
    filler = disk / "filler"
    before = files_on(disk)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4 * KILOBYTE))
        except OSError:
            file.truncate(max(0, file.tell() - left))
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    filler.unlink()
    gc.collect()
    assert files_on(disk) == before


def files_on(disk: Path) -> list[Path]:
    """Every file."""
    return sorted(path for path in disk.rglob("*") if path.is_file())


@pytest.fixture
def owner() -> Member:
    """An owner of an organisation."""
    return MemberFactory()


@pytest.fixture
def visitor(owner: Member) -> Client:
    """Signed in as the owner; what goes wrong on our side is answered, as in production."""
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    client.force_login(owner.user)
    return client


def picture() -> SimpleUploadedFile:
    """A logo of some hundred kilobytes."""
    data = io.BytesIO()
    Image.effect_noise((400, 400), 90).save(data, "PNG")
    return SimpleUploadedFile("logo.png", data.getvalue(), "image/png")


def workbook() -> bytes:
    """One demand in a packed workbook, which has to be unpacked onto the disk."""
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in (["title_en"], ["Coating"]):
        book.active.append(row)
    book.save(data)
    return gzip.compress(data.getvalue())


def uploads(owner: Member) -> dict[str, Callable[[Client], Response]]:
    """What may be sent, through the pages and through the API, and is to be kept."""
    organisation = owner.organisation
    listing = AchievementFactory(organisation=organisation)
    attach = reverse("achievements:attachment_create", args=[listing.pk])
    document = reverse("accounts:document_add", args=[organisation.slug])
    text, table = b"measured " * 40 * KILOBYTE, b"title_en\n" + b"Coating\n" * 40 * KILOBYTE

    def post(path: str, name: str, data: bytes, **more: object) -> Callable[[Client], Response]:
        field = "file" if "import" in path else "upload"
        return lambda who: who.post(path, {field: SimpleUploadedFile(name, data), **more})

    def logo(who: Client) -> Response:
        body = encode_multipart(BOUNDARY, {"logo": picture()})
        path = f"/api/v1/organisations/{organisation.slug}/logo/"
        return who.put(path, body, content_type=MULTIPART_CONTENT)

    return {
        "file": post(attach, "a.txt", text, layer="public"),
        "file by API": post("/api/v1/attachments/", "a.txt", text, listing=listing.pk),
        "larger than memory takes": post(attach, "a.txt", text * 9, layer="public"),
        "document": post(document, "a.pdf", b"%PDF-1.7 " + bytes(300 * KILOBYTE), kind="licence"),
        "logo by API": logo,
        "table by API": post(
            *("/api/v1/imports/", "a.csv", table), kind="demand", organisation=organisation.slug
        ),
    }


def kept() -> list[int]:
    """How many rows there are of what is uploaded."""
    rows = [Attachment.objects, OrganisationDocument.objects, ImportRun.objects]
    return [*(each.count() for each in rows), Organisation.objects.exclude(logo="").count()]


def said(response: Response) -> tuple[int, str]:
    """An answer without its request, which keeps an uploaded file."""
    return response.status_code, response.text


def test_uploads_to_a_full_disk_are_refused_in_words_and_leave_nothing(
    disk: Path, owner: Member, visitor: Client, subtests: pytest.Subtests
):
    for name, send in uploads(owner).items():
        with subtests.test(name):
            with full(disk, left=40 * KILOBYTE):
                status, text = said(send(visitor))
                rows = kept()
            assert rows == [0, 0, 0, 0]
            assert (status, NO_ROOM in text) == (507, True), text[:500]
            if "API" in name:
                assert json.loads(text)["errors"][0]["code"] == "storage"


def test_uploads_are_taken_again_when_there_is_room(disk: Path, owner: Member, visitor: Client):
    send = uploads(owner)["file by API"]
    with full(disk, left=40 * KILOBYTE):
        send(visitor)

    assert send(visitor).status_code == 201
    [file] = files_on(disk)
    assert file.stat().st_size == Attachment.objects.get().size


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of openpyxl
@pytest.mark.parametrize("door", ["/portfolio/export/xlsx/", "/api/v1/portfolio/export/xlsx/"])
def test_export_with_a_full_disk_says_so_and_is_made_when_there_is_room(
    disk: Path, owner: Member, visitor: Client, door: str
):
    AchievementFactory(organisation=owner.organisation)
    with full(disk):
        refused = visitor.get(door)

    assert refused.status_code == 507
    assert NO_ROOM in refused.text
    assert visitor.get(door).content.startswith(b"PK")


def test_one_pager_on_a_full_disk_waits_and_is_made_when_there_is_room(disk: Path, owner: Member):
    listing = AchievementFactory(organisation=owner.organisation)
    pager = OnePager.objects.create(listing=listing, language="en")
    for _attempt in range(count("FAULT_DISK_ATTEMPTS", 1)):
        with full(disk, left=4 * KILOBYTE), suppress(OSError):
            make_one_pager(pager.pk)

    assert OnePager.objects.outstanding().get() == pager
    assert make_one_pager(pager.pk)
    [file] = files_on(disk)
    assert file.read_bytes().endswith(b"%%EOF\n")


def test_import_with_a_full_disk_waits_and_is_done_when_there_is_room(disk: Path, owner: Member):
    run = ImportRun(kind="demand", organisation=owner.organisation, created_by=owner.user)
    run.file, run.state = ContentFile(workbook(), name="a.xlsx.gz"), ImportRun.State.CONFIRMED
    run.save()
    for _attempt in range(MAX_ATTEMPTS + 1):
        with full(disk), suppress(OSError):
            run_import(run.pk)

    run.refresh_from_db()
    assert (run.state, Listing.objects.count()) == (ImportRun.State.CONFIRMED, 0)
    assert run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.report["created"]) == (ImportRun.State.DONE, 1)
    assert Listing.objects.get().title_en == "Coating"
