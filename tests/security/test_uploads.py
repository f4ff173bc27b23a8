"""What may be uploaded, through every door, and how it is handed out again.

The table is held against the services, which both doors share; some of it, with UPLOADS=full all of
it, is sent through pages and API as well.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from accounts.downloads import SANDBOX
from accounts.models import Member
from accounts.services import update_organisation
from accounts.services.documents import add_document
from achievements.models import ImportRun
from achievements.services import add_attachment
from achievements.services.import_runs import run_import, upload_import
from tests import factories as make
from tests.security.uploads import DOORS, FILE, LOGO, MARK, PAPER, TABLES, UPLOADS, Upload

pytestmark = pytest.mark.django_db

SOME = ("png-html", "pdf-js", "svg-as-png", "long-chinese", "zip-traversal", "reversed", "docx")
EVERY = [label for label in UPLOADS if label not in ("newline", "quotes")]  # these end a header
SENT = EVERY if os.environ.get("UPLOADS") == "full" else SOME
HANDED_OUT = {
    "application/pdf": {".pdf"},
    "application/vnd.oasis.opendocument.text": {".odt"},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {".xlsx"},
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
    "image/jpeg": {".jpg"},
    "image/png": {".png"},
    "image/webp": {".webp"},
    "text/plain": {".csv", ".txt"},
}
_NAMED = re.compile(r"attachment; filename(?:=\"((?:[^\"\\]|\\.)+)\"|\*=utf-8''([\w%.~!$&+^`|-]+))")


@pytest.fixture
def owner(db: None, settings: Any, tmp_path: Path) -> Member:
    """Who may upload everything; what they upload is kept in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return make.MemberFactory(organisation=make.OrganisationFactory(), role="owner")


class Doors:
    """All ways for a file to come in and to go out, for an owner of an organisation."""

    def __init__(self, owner: Member) -> None:
        self.own, self.user = owner.organisation, owner.user
        self.listing = make.AchievementFactory(organisation=owner.organisation)
        self.client = Client()
        self.client.force_login(owner.user)

    def service(self, door: str, upload: Any) -> None:
        """Give it to what both doors call; whatever is refused is refused with an error."""
        own, user = self.own, self.user
        if door == FILE:
            add_attachment(self.listing, by=user, upload=upload, layer="public")
        elif door == LOGO:
            update_organisation(own, by=user, logo=upload)
        elif door == PAPER:
            add_document(own, by=user, kind="licence", upload=upload)
        else:
            run = upload_import(by=user, kind="achievement", organisation=own, file=upload)
            run_import(run.pk)

    def api(self, door: str, upload: Any) -> Any:
        """Send it to the API."""
        slug = self.own.slug
        if door == LOGO:
            coded = encode_multipart(BOUNDARY, {"logo": upload})
            address = reverse("api:organisation-logo", args=[slug])
            return self.client.put(address, coded, content_type=MULTIPART_CONTENT)
        name, data = {
            FILE: ("attachment-list", {"listing": self.listing.pk, "upload": upload}),
            PAPER: ("organisation-documents", {"kind": "licence", "upload": upload}),
            TABLES: (
                "import-list",
                {"kind": "achievement", "organisation": slug, "file": upload},
            ),
        }[door]
        return self.client.post(reverse(f"api:{name}", args=[slug] if door == PAPER else []), data)

    def page(self, door: str, upload: Any) -> Any:
        """Send it with the form of the page."""
        own = self.own
        about = {"kind": own.kind, "name_en": own.name_en, "name_zh": own.name_zh}
        table = {"organisation": own.pk, "publication": "draft", "mode": "skip_bad"}
        name, args, data = {
            FILE: (
                "achievements:attachment_create",
                [self.listing.pk],
                {"upload": upload, "layer": "public"},
            ),
            LOGO: (
                "accounts:organisation_update",
                [own.slug],
                about | {"logo": upload, "ror_id": own.ror_id},
            ),
            PAPER: ("accounts:document_add", [own.slug], {"kind": "licence", "upload": upload}),
            TABLES: (
                "achievements:listing_import",
                [],
                table | {"kind": "achievement", "file": upload},
            ),
        }[door]
        return self.client.post(reverse(name, args=args), data)

    def kept(self, door: str) -> Any:
        """The row that now holds a file that was not refused, if any."""
        if door == LOGO:
            self.own.refresh_from_db()
            return self.own if self.own.logo else None
        if door == TABLES:
            return ImportRun.objects.filter(state=ImportRun.State.CHECKED).first()
        return (self.listing.attachments if door == FILE else self.own.documents).first()

    def served(self, door: str, row: Any) -> Iterator[Any]:
        """What page and API hand out of it."""
        pages = {
            LOGO: [("accounts:organisation_logo", [self.own.slug])],
            FILE: [
                ("achievements:attachment_download", [row.pk]),
                ("api:attachment-download", [row.pk]),
            ],
            PAPER: [
                ("accounts:document_download", [row.pk]),
                ("api:organisation-download-document", [self.own.slug, row.pk]),
            ],
            TABLES: [],  # nobody gets it back
        }
        for name, args in pages[door]:
            yield self.client.get(reverse(name, args=args))


def _wrong(response: Any, door: str) -> str:
    """What is wrong with the way in which a file is handed out; nothing where all is well."""
    found = _NAMED.fullmatch(response["Content-Disposition"])
    name = (unquote(found[2] or "") or found[1].replace("\\", "")) if found else ""
    kind = response["Content-Type"]
    body = b"".join(response.streaming_content)
    well = {
        "status": response.status_code == 200,
        "nosniff": response["X-Content-Type-Options"] == "nosniff",
        "sandbox": response["Content-Security-Policy"] == SANDBOX,
        "type": kind in HANDED_OUT,
        "attachment": found is not None,
        "ending": Path(name).suffix in HANDED_OUT.get(kind, ()),
        "name": name.isprintable() and not set("/\\") & set(name) and len(name) <= 255,
        # What is shown in pages was written anew; a document stays as it was given.
        "script": not (kind.startswith("image/") and MARK in body and door != PAPER),
    }
    return " ".join(name for name, good in well.items() if not good)


def _uploaded(upload: Upload) -> SimpleUploadedFile:
    """As a browser sends it, and with a name that Django has not looked at."""
    file = SimpleUploadedFile("a", upload.data, "text/html")
    file._name = upload.name
    return file


@pytest.mark.parametrize("door", DOORS)
def test_every_file_is_kept_or_refused_as_the_table_says(
    owner: Member, door: str, settings: Any, tmp_path: Path
):
    doors, wrong = Doors(owner), []
    for label, upload in UPLOADS.items():
        saved = transaction.savepoint()
        try:
            doors.service(door, _uploaded(upload))
        except ValidationError as error:
            assert error.messages  # noqa: PT017 - whether it is raised is in the table
        row = doors.kept(door)
        if (row is not None) != (door in upload.kept_by):
            wrong.append(f"{label}: {'kept' if row else 'refused'}")
        elif row is not None:
            file, name = (row.logo, "") if door == LOGO else (row.file, row.name)
            assert re.fullmatch(r"\w+/[0-9a-f]{32}(\.[a-z]{2,5})?", file.name), label
            assert name.isprintable(), label
            assert door == TABLES or not set("/\\") & set(name), label
        transaction.savepoint_rollback(saved)
    assert wrong == []
    written = {path.parent.parent for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {settings.MEDIA_ROOT}


@pytest.mark.parametrize("way", ["api", "page"])
def test_pages_and_api_refuse_the_same_and_hand_out_the_rest_to_save(
    owner: Member, way: str, django_capture_on_commit_callbacks: Any
):
    doors, wrong = Doors(owner), []
    for label in SENT:
        for door in DOORS:
            upload, saved = UPLOADS[label], transaction.savepoint()
            with django_capture_on_commit_callbacks(execute=door == TABLES):
                answer = getattr(doors, way)(door, _uploaded(upload))
            row = doors.kept(door)
            if answer.status_code >= 500 or (row is not None) != (door in upload.kept_by):
                wrong.append(f"{label} {door}: {answer.status_code} {'kept' if row else ''}")
            elif row is not None:
                said = [_wrong(response, door) for response in doors.served(door, row)]
                wrong += [f"{label} {door}: {words}" for words in said if words]
            transaction.savepoint_rollback(saved)
    assert wrong == []


def test_no_other_door_takes_files():
    found = {
        field.model._meta.label
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField)
    }
    assert found == {
        "accounts.Organisation",
        "accounts.OrganisationDocument",
        "achievements.Attachment",
        "achievements.ImportRun",
        "achievements.OnePager",  # which no one but us writes
    }
