"""Uploads that nothing in the database names are found, and removed where that is asked."""

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from achievements.models import Attachment
from tests.factories import AttachmentFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
FOLDERS = ("attachments", "imports", "logos", "one-pagers", "verification")


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    """A folder for uploads of its own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def old(path: Path, hours: float = 25) -> Path:
    """The file, as if it had been written so many hours ago."""
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))
    return path


def said(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    out = StringIO()
    call_command("orphaned_files", *arguments, stdout=out)
    return out.getvalue().splitlines()


def lost(media: Path, folder: str, name: str = "lost.pdf") -> Path:
    """A file of yesterday in a folder of ours that no row names."""
    default_storage.save(f"{folder}/{name}", ContentFile(b"12345"))
    return old(media / folder / name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_that_no_row_names_are_found_and_stay(media: Path, folder: str):
    path = lost(media, folder)

    lines = said()

    assert lines[0].startswith(f"{folder}/lost.pdf  ")
    assert lines[-1] == "1 orphaned files found, 5\xa0bytes"
    assert path.exists()


def test_asked_to_delete_it_removes_those_and_nothing_else(media: Path):
    kept = old(Path(AttachmentFactory().file.path))
    organisation = OrganisationFactory()
    organisation.logo.save("logo.png", ContentFile(b"png"))
    logo = old(Path(organisation.logo.path))
    foreign = media / "of the administrator" / "notes.txt"
    foreign.parent.mkdir()
    foreign.write_text("not an upload")
    part = lost(media, "attachments", "half.pdf.part")
    paths = [lost(media, folder) for folder in FOLDERS]

    lines = said("--delete")

    assert lines[-1].startswith("6 orphaned files removed")
    assert not any(path.exists() for path in (part, *paths))
    assert kept.exists()
    assert logo.exists()
    assert old(foreign).exists()
    assert said() == ["0 orphaned files found, 0\xa0bytes"]


def test_file_of_a_transaction_that_may_not_be_over_is_left_alone(media: Path):
    path = old(lost(media, "imports"), hours=2)

    assert said("--delete") == ["0 orphaned files removed, 0\xa0bytes"]
    assert path.exists()
    assert said("--delete", "--hours", "1")[-1].startswith("1 orphaned files removed")


def test_file_whose_row_is_gone_becomes_one(media: Path):
    attachment = AttachmentFactory()
    old(Path(attachment.file.path))
    assert said()[-1].startswith("0 ")

    Attachment.objects.filter(pk=attachment.pk).delete()

    assert said()[0].startswith(attachment.file.name)
