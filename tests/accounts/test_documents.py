"""Documents for verification: who adds, who opens, the moderator's no and the way back."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Notification, Organisation, OrganisationDocument
from accounts.services import update_organisation
from accounts.services.documents import MOST, add_document, decline_verification
from tests.factories import MemberFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 licence"


def pdf(name="licence.exe", data=PDF):
    return SimpleUploadedFile(name, data)


@pytest.fixture
def owner():
    return MemberFactory(organisation=OrganisationFactory(verified=False)).user


def pages_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def organisation_of(user):
    return user.memberships.get().organisation


def test_document_is_what_its_content_says(owner):
    organisation = organisation_of(owner)
    document = add_document(organisation, by=owner, kind="licence", upload=pdf())
    assert (document.name, document.content_type) == ("licence.pdf", "application/pdf")
    picture = BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "PNG")
    shown = add_document(
        organisation, by=owner, kind="other", upload=pdf("a.pdf", picture.getvalue())
    )
    assert shown.name == "a.png"
    with pytest.raises(ValidationError):
        add_document(organisation, by=owner, kind="other", upload=pdf("a.pdf", b"<script>"))
    with pytest.raises(ValidationError):
        add_document(organisation, by=owner, kind="licence", upload=pdf())
    assert organisation.documents.count() == 2


def test_no_more_than_eight_documents(owner):
    organisation = organisation_of(owner)
    for number in range(MOST):
        add_document(
            organisation, by=owner, kind="other", upload=pdf(data=PDF + str(number).encode())
        )
    with pytest.raises(ValidationError):
        add_document(organisation, by=owner, kind="other", upload=pdf())


def test_only_owners_and_moderators_open_documents_and_it_is_written_down(owner):
    organisation = organisation_of(owner)
    page = reverse("accounts:document_add", args=[organisation.slug])
    pages_of(owner).post(page, {"kind": "licence", "upload": pdf()})
    document = OrganisationDocument.objects.get()
    address = reverse("accounts:document_download", args=[document.pk])
    viewer = MemberFactory(organisation=organisation, role="viewer").user
    for stranger in (viewer, UserFactory(), UserFactory(curator=True)):
        assert pages_of(stranger).get(address).status_code == 404
    moderator = UserFactory(moderator=True)
    answer = pages_of(moderator).get(address)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(verb="organisation.document_open", actor=moderator).exists()
    assert document.name in pages_of(moderator).get(reverse("accounts:organisation_queue")).text
    assert pages_of(viewer).post(page, {"kind": "other", "upload": pdf()}).status_code == 404
    remove = reverse("accounts:document_remove", args=[organisation.slug, document.pk])
    assert pages_of(moderator).post(remove).status_code == 404
    pages_of(owner).post(remove)
    assert not OrganisationDocument.objects.exists()


def test_api_hands_out_and_removes_documents_to_who_may(owner):
    organisation = organisation_of(owner)
    document = add_document(organisation, by=owner, kind="licence", upload=pdf())
    address = f"/api/v1/organisations/{organisation.slug}/documents/{document.pk}/"
    viewer = MemberFactory(organisation=organisation, role="viewer").user
    moderator = UserFactory(moderator=True)
    assert pages_of(viewer).get(f"{address}download/").status_code == 403
    assert pages_of(UserFactory()).get(f"{address}download/").status_code in (403, 404)
    answer = pages_of(moderator).get(f"{address}download/")
    assert b"".join(answer.streaming_content) == PDF
    assert AuditEvent.objects.filter(verb="organisation.document_open", actor=moderator).exists()
    assert pages_of(moderator).delete(address).status_code == 403
    assert pages_of(viewer).delete(address).status_code == 403
    assert organisation.documents.count() == 1

    assert pages_of(owner).delete(address).status_code == 204
    assert not organisation.documents.exists()
    assert pages_of(owner).get(f"{address}download/").status_code == 404


def test_declined_organisation_leaves_the_queue_until_it_adds_a_document(owner):
    organisation, moderator = organisation_of(owner), UserFactory(moderator=True)
    decline = reverse("accounts:organisation_decline", args=[organisation.slug])
    pages_of(moderator).post(decline, {"reason": ""})
    assert Organisation.objects.awaiting_verification().exists()
    pages_of(moderator).post(decline, {"reason": "The licence is missing."})
    assert not Organisation.objects.awaiting_verification().exists()
    told = Notification.objects.get(kind="organisation_declined")
    assert told.recipient == owner
    own_page = pages_of(owner).get(
        reverse("accounts:organisation_detail", args=[organisation.slug])
    )
    assert "The licence is missing." in own_page.text
    with pytest.raises(ValidationError):
        decline_verification(organisation, by=moderator, reason="Again.")
    add_document(organisation, by=owner, kind="licence", upload=pdf())
    assert Organisation.objects.awaiting_verification().get() == organisation
    assert Notification.objects.get(kind="organisation_waits_again").recipient == moderator


def test_api_lists_and_takes_documents_and_declines(owner):
    organisation, api = organisation_of(owner), APIClient()
    address = f"/api/v1/organisations/{organisation.slug}/"
    api.force_login(owner)
    given = {"kind": "licence", "upload": pdf()}
    assert api.post(f"{address}documents/", given, format="multipart").status_code == 201
    assert [row["name"] for row in api.get(f"{address}documents/").json()] == ["licence.pdf"]
    assert api.post(f"{address}decline/", {"reason": "x"}).status_code == 403
    moderator = UserFactory(moderator=True)
    api.force_login(moderator)
    assert api.post(f"{address}documents/", given, format="multipart").status_code == 403
    assert api.post(f"{address}decline/", {"reason": "Unreadable."}).status_code == 200
    organisation.refresh_from_db()
    assert organisation.declined_reason == "Unreadable."
    assert api.post(f"{address}verify/", {}).status_code == 200
    organisation.refresh_from_db()
    assert (organisation.is_verified, organisation.declined_at) == (True, None)


def test_declined_organisation_that_corrects_its_details_is_looked_at_again(owner):
    organisation = organisation_of(owner)
    decline_verification(organisation, by=UserFactory(moderator=True), reason="Which one?")
    update_organisation(organisation, by=owner, description_en="More words.")
    assert not Organisation.objects.awaiting_verification().exists()
    update_organisation(organisation, by=owner, name_en="The full name")
    assert Organisation.objects.awaiting_verification().get() == organisation
