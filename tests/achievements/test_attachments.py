"""What may be attached, and what becomes of it."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import AuditEvent
from achievements.files import examine
from achievements.models import Attachment, Demand, Listing
from achievements.services import (
    add_attachment,
    change_attachment,
    record_opening,
    remove_attachment,
    update_listing,
)
from tests.factories import (
    AchievementFactory,
    AttachmentFactory,
    DemandFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def picture(kind="PNG", size=(60, 40), mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, "red").save(buffer, kind, **options)
    return buffer.getvalue()


def archive(**entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in entries.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return buffer.getvalue()


DOCX = archive(**{"[Content_Types]_dot_xml": "<x/>", "word__document_dot_xml": "<w/>"})


def add(listing, name, data, layer="public", by=None, **kwargs):
    upload = SimpleUploadedFile(name, data)
    return add_attachment(listing, by=by or UserFactory(), upload=upload, layer=layer, **kwargs)


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("a.pdf", b"%PDF-1.7\n%x\n", "application/pdf"),
        (
            "a.docx",
            DOCX,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("a.csv", "测量,值\n".encode("gb18030"), "text/plain"),
        ("a.txt", b"<svg onload=alert(1)>", "text/plain"),
        ("A.PNG", picture(), "image/png"),
        ("a.jpeg", picture("JPEG"), "image/jpeg"),
    ],
)
def test_file_of_an_allowed_kind_is_kept_with_its_real_type(name, data, content_type):
    assert examine(name, data).content_type == content_type


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
        ("a.html", b"<html></html>"),
        ("a.exe", b"MZ\x90\x00"),
        ("a", b"nothing"),
        ("a.pdf", b"MZ\x90\x00 %PDF-1.7"),
        ("a.pdf", b""),
        ("a.docx", archive(xl__workbook_dot_xml="<x/>")),
        (
            "a.docx",
            archive(word__document_dot_xml="<w/>", word__vbaProject_dot_bin="x"),
        ),
        ("a.docx", DOCX[:40]),
        ("a.txt", b"\x00\x01\x02"),
        ("a.gif", picture("GIF")),
        ("a.png", picture()[:50]),
    ],
)
def test_file_that_is_not_allowed_or_not_what_it_says_is_refused(name, data):
    with pytest.raises(ValidationError):
        examine(name, data)


def test_image_with_too_many_pixels_is_refused():
    with pytest.raises(ValidationError):
        examine("a.png", picture(size=(8000, 6000), mode="1"))


def test_image_loses_its_metadata_and_its_excess_size():
    exif = Image.Exif()
    exif[0x013B] = "Secret Author"
    kept = examine("a.jpg", picture("JPEG", (4000, 100), exif=exif))
    assert b"Secret Author" not in kept.data
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.size == (2400, 60)


def test_add_attachment_keeps_content_and_tells_the_audit():
    listing = AchievementFactory()
    before = listing.updated_at
    user = UserFactory()
    name = "../../etc/报告\x00.PDF"
    attachment = add(listing, name, b"%PDF-1.7\n%x\n", "members", user, title=" Report ")
    assert attachment.name == "报告.pdf"
    assert attachment.title == "Report"
    assert attachment.file.read() == b"%PDF-1.7\n%x\n"
    assert "报告" not in attachment.file.name
    assert Listing.objects.get(pk=listing.pk).updated_at > before
    event = AuditEvent.objects.get(verb="attachment.add")
    assert (event.actor, event.object_id, event.data["layer"]) == (user, listing.pk, "members")


def test_add_attachment_twice_is_refused():
    listing = AchievementFactory()
    add(listing, "a.txt", b"same")
    with pytest.raises(ValidationError):
        add(listing, "b.txt", b"same")
    assert listing.attachments.count() == 1


def test_add_attachment_over_the_limits_is_refused(settings, monkeypatch):
    listing = AchievementFactory()
    settings.MAX_UPLOAD_BYTES = 3
    with pytest.raises(ValidationError):
        add(listing, "a.txt", b"four")
    add(listing, "a.txt", b"ok")
    monkeypatch.setattr("achievements.services.attachments.MAX_FILES", 1)
    with pytest.raises(ValidationError):
        add(listing, "b.txt", b"no")
    assert listing.attachments.count() == 1


def test_change_attachment_moves_it_to_another_layer():
    attachment = AttachmentFactory()
    change_attachment(attachment, by=UserFactory(), layer="owner", title="New")
    assert Attachment.objects.get().layer == "owner"
    event = AuditEvent.objects.get(verb="attachment.update")
    assert (event.data["before"], event.data["after"]) == ("public", "owner")
    with pytest.raises(ValidationError):
        change_attachment(attachment, by=UserFactory(), layer="everyone", title="New")
    assert Attachment.objects.get().layer == "owner"


def test_remove_attachment_removes_the_file_after_the_commit(django_capture_on_commit_callbacks):
    attachment = AttachmentFactory()
    storage, name = attachment.file.storage, attachment.file.name
    with django_capture_on_commit_callbacks() as callbacks:
        remove_attachment(attachment, by=UserFactory())
    assert storage.exists(name)
    for callback in callbacks:
        callback()
    assert not storage.exists(name)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(("layer", "count"), [("public", 0), ("members", 1), ("owner", 1)])
def test_record_opening_notes_what_is_not_public(layer, count):
    record_opening(AttachmentFactory(layer=layer), by=UserFactory())
    assert AuditEvent.objects.filter(verb="attachment.open").count() == count


@pytest.mark.parametrize(
    ("layer", "anonymous", "member", "own"),
    [("public", 1, 1, 1), ("members", 0, 1, 1), ("owner", 0, 0, 1)],
)
def test_attachments_visible_to_asks_the_layer_of_the_file(layer, anonymous, member, own):
    from django.contrib.auth.models import AnonymousUser

    attachment = AttachmentFactory(layer=layer)
    owner = MemberFactory(organisation=attachment.listing.organisation).user
    other = MemberFactory().user
    users = (AnonymousUser(), other, owner)
    counts = [Attachment.objects.visible_to(user).count() for user in users]
    assert counts == [anonymous, member, own]


def test_attachments_of_a_listing_not_visible_are_not_visible():
    AttachmentFactory(listing__state="draft")
    assert not Attachment.objects.visible_to(MemberFactory().user).exists()


def test_add_attachment_to_a_broken_disk_is_refused_and_leaves_nothing(monkeypatch):
    from django.core.files.storage import FileSystemStorage

    def broken(self, name, content):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "_save", broken)
    listing = AchievementFactory()
    with pytest.raises(ValidationError):
        add(listing, "a.txt", b"text")
    assert not Attachment.objects.exists()
    assert not AuditEvent.objects.filter(verb="attachment.add").exists()


# --- anonymous demands ----------------------------------------------------------------------


@pytest.fixture
def hidden():
    organisation = OrganisationFactory(name_en="Hidden Works", name_zh="隐名电机公司")
    return DemandFactory(anonymous=True, organisation=organisation)


def pdf(properties):
    return b"%PDF-1.7\n1 0 obj << /Author " + properties + b" >> endobj\n"


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("HIDDEN-works spec.txt", b"text", ""),
        ("规格_隐名电机公司.txt", b"text", ""),
        ("2026HiddenWorks.v2.txt", b"text", ""),
        ("hidden.works.txt", b"text", ""),
        ("a.txt", b"text", "Specification of ｈｉｄｄｅｎ Works"),
        ("a.txt", "隐名电机公司的规格".encode("gb18030"), ""),
        ("a.pdf", pdf(b"(Hidden Works)"), ""),
        ("a.pdf", pdf(b"(\xfe\xff" + "隐名电机公司".encode("utf-16-be") + b")"), ""),
        (
            "a.docx",
            archive(
                word__document_dot_xml="<w/>",
                docProps__app_dot_xml="<Company>Hidden Works</Company>",
            ),
            "",
        ),
    ],
)
def test_file_that_names_the_organisation_of_an_anonymous_demand_is_refused(
    hidden, name, data, title
):
    with pytest.raises(ValidationError) as caught:
        add(hidden, name, data, title=title)
    assert {error.code for error in caught.value.error_list} == {"names_organisation"}
    assert not Attachment.objects.exists()
    named = DemandFactory(organisation=hidden.organisation)
    add(named, name, data, title=title)
    assert Attachment.objects.count() == 1


def test_title_that_names_the_organisation_of_an_anonymous_demand_is_refused_later_too(hidden):
    attachment = AttachmentFactory(listing=hidden, title="Spec")
    owner = MemberFactory(organisation=hidden.organisation).user
    client = Client()
    client.force_login(owner)
    address = reverse("achievements:attachment_update", args=[attachment.pk])
    sent = {"title": "Spec of Hidden Works", "layer": "public"}
    assert client.post(address, sent).status_code == 422
    answer = client.patch(
        f"/api/v1/attachments/{attachment.pk}/", sent, content_type="application/json"
    )
    assert answer.status_code == 400
    attachment.refresh_from_db()
    assert attachment.title == "Spec"


def test_demand_whose_file_names_the_organisation_does_not_become_anonymous(hidden):
    named = DemandFactory(organisation=hidden.organisation)
    add(named, "Hidden Works.txt", b"text")
    with pytest.raises(ValidationError) as caught:
        update_listing(named, by=UserFactory(), values={"disclosure": "anonymous"})
    assert set(caught.value.error_dict) == {"disclosure"}
    assert Demand.objects.get(pk=named.pk).disclosure == "named"


def test_demand_whose_file_says_the_organisation_within_does_not_become_anonymous(hidden):
    named = DemandFactory(organisation=hidden.organisation)
    add(named, "a.txt", b"written at Hidden Works")
    with pytest.raises(ValidationError) as caught:
        update_listing(named, by=UserFactory(), values={"disclosure": "anonymous"})
    assert set(caught.value.error_dict) == {"disclosure"}
    assert Demand.objects.get(pk=named.pk).disclosure == "named"


def test_anonymous_demand_whose_file_is_lost_can_still_be_changed(hidden):
    named = DemandFactory(organisation=hidden.organisation)
    attachment = add(named, "a.txt", b"text")
    attachment.file.storage.delete(attachment.file.name)
    update_listing(named, by=UserFactory(), values={"disclosure": "anonymous"})
    assert Demand.objects.get(pk=named.pk).disclosure == "anonymous"


# --- odd input ------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["docProps__core_dot_xml", "mimetype"])
def test_document_with_damaged_entries_is_read_as_far_as_it_goes(hidden, broken):
    buffer = io.BytesIO()
    ending = "odt" if broken == "mimetype" else "docx"
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        entry = broken.replace("__", "/").replace("_dot_", ".")
        file.writestr(entry, "<c>abcdefghijklmnopqrstuvwxyz</c>" * 9)
        for name in ("[Content_Types].xml", "word/document.xml", "content.xml"):
            file.writestr(name, "<x/>")
        start = file.infolist()[0].header_offset + 30 + len(entry)
    data = bytearray(buffer.getvalue())
    data[start : start + 6] = b"\xff" * 6  # no block of this kind exists
    if ending == "odt":
        with pytest.raises(ValidationError):
            add(hidden, f"a.{ending}", bytes(data))
    else:
        assert add(hidden, f"a.{ending}", bytes(data)).size == len(data)


@pytest.fixture
def editor():
    attachment = AttachmentFactory(title="Spec")
    client = Client()
    client.force_login(MemberFactory(organisation=attachment.listing.organisation).user)
    return client, attachment


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"layer": "everyone"},
        {"layer": "public", "title": "T" * 201},
        {"layer": "public", "title": "a\x00b"},
        # Two hundred characters that become four hundred in the form in which text is kept.
        {"layer": "public", "title": "\u0958" * 200},
    ],
)
def test_attachment_update_with_odd_values_is_refused(editor, sent):
    client, attachment = editor
    answer = client.post(reverse("achievements:attachment_update", args=[attachment.pk]), sent)
    assert answer.status_code == 422
    attachment.refresh_from_db()
    assert (attachment.title, attachment.layer) == ("Spec", "public")


def test_attachment_update_of_wrong_foreign_or_removed_files(editor):
    client, attachment = editor
    sent = {"layer": "owner", "title": "Mine"}
    foreign = AttachmentFactory()
    hidden = AttachmentFactory(layer="owner")
    answers = [
        client.post(reverse("achievements:attachment_update", args=[pk]), sent).status_code
        for pk in (10**15, foreign.pk, hidden.pk)
    ]
    assert answers == [404, 403, 404]
    assert set(Attachment.objects.values_list("title", flat=True)) == {"Spec", ""}
    # A colleague removes the file while this form is being sent.
    stale = Attachment.objects.get(pk=attachment.pk)
    Attachment.objects.filter(pk=attachment.pk).delete()
    with pytest.raises(ValidationError) as caught:
        change_attachment(stale, by=UserFactory(), layer="owner", title="Mine")
    assert caught.value.code == "state"


@pytest.mark.parametrize(
    "upload",
    [
        None,
        "text",
        ("a.txt", b""),
        (".txt", b"x"),
        ("\u202e.txt", b"x"),
        ("...", b"x"),
    ],
)
def test_attachment_create_with_odd_files_is_refused(editor, upload):
    client, attachment = editor
    sent = {"layer": "public", "title": ""}
    if isinstance(upload, tuple):
        sent["upload"] = SimpleUploadedFile(*upload)
    elif upload is not None:
        sent["upload"] = upload
    address = reverse("achievements:attachment_create", args=[attachment.listing_id])
    assert client.post(address, sent).status_code == 422
    assert Attachment.objects.count() == 1


def test_api_hands_out_and_removes_files_to_who_may():
    listing = AchievementFactory()
    editor = MemberFactory(organisation=listing.organisation, role="editor").user
    attachment = add(listing, "plan.txt", b"inside", layer="owner", by=editor)
    address = f"/api/v1/attachments/{attachment.pk}/"
    own, visitor = Client(), Client()
    own.force_login(editor)
    assert visitor.get(f"{address}download/").status_code == 404
    answer = own.get(f"{address}download/")
    assert b"".join(answer.streaming_content) == b"inside"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert AuditEvent.objects.filter(verb="attachment.open", actor=editor).exists()

    open_to_all = add(listing, "open.txt", b"outside", by=editor)
    address = f"/api/v1/attachments/{open_to_all.pk}/"
    assert visitor.get(f"{address}download/").status_code == 200
    assert visitor.delete(address).status_code in (401, 403)
    assert Attachment.objects.count() == 2
    assert own.delete(address).status_code == 204
    assert Attachment.objects.get() == attachment
