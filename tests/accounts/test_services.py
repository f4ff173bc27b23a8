"""Verbs about organisations, members, tokens and preferences."""

import re
from io import BytesIO
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from accounts.models import (
    ApiToken,
    AuditEvent,
    Delivery,
    Invitation,
    Member,
    Notification,
    Organisation,
)
from accounts.secrets import secret_hash
from accounts.services import (
    accept_invitation,
    change_role,
    create_organisation,
    create_token,
    erase_user,
    invite_member,
    remove_member,
    revoke_token,
    set_direct_publishing,
    suspend_user,
    switch_organisation,
    unverify_organisation,
    update_organisation,
    update_preferences,
    verify_organisation,
    withdraw_invitation,
)
from tests.factories import (
    InvitationFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def image(kind: str = "PNG", size: tuple[int, int] = (900, 300), **more) -> SimpleUploadedFile:
    buffer = BytesIO()
    Image.new("RGB", size, "navy").save(buffer, kind, **more)
    return SimpleUploadedFile(f"logo.{kind.lower()}", buffer.getvalue())


def audited() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


# --- organisations ---


def test_create_organisation_makes_its_author_the_owner_who_acts_for_it():
    user = UserFactory()

    organisation = create_organisation(by=user, kind="university", name_zh="湖大学")

    assert organisation.members.get().user == user
    assert organisation.members.get().role == Member.Role.OWNER
    assert user.active_organisation == organisation
    assert not organisation.is_verified
    assert audited() == ["organisation.create"]


@pytest.mark.parametrize("name", ["New", "switch", "Lake University"])
def test_create_organisation_taken_or_reserved_address_gets_another(name):
    OrganisationFactory(slug="lake-university")

    organisation = create_organisation(by=UserFactory(), kind="university", name_en=name)

    assert re.fullmatch(r"(new|switch|lake-university)-[0-9a-f]{6}", organisation.slug)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "university"},
        {"kind": "nonsense", "name_en": "X"},
        {"kind": "university", "name_en": "X", "ror_id": "https://ror.org/03vek6s53"},
        {"kind": "enterprise", "name_en": "X", "credit_code": "91110000600037341M"},
        {"kind": "enterprise", "name_en": "X", "website": "javascript:alert(1)"},
    ],
)
def test_create_organisation_bad_content_is_refused(fields):
    with pytest.raises(ValidationError):
        create_organisation(by=UserFactory(), **fields)

    assert not Organisation.objects.exists()
    assert audited() == []


def test_create_organisation_a_sixth_unverified_one_is_refused():
    user = UserFactory()
    for number in range(5):
        create_organisation(by=user, kind="alliance", name_en=f"Alliance {number}")

    with pytest.raises(ValidationError, match="await verification"):
        create_organisation(by=user, kind="alliance", name_en="Alliance 6")


def test_create_organisation_what_is_not_editable_cannot_be_passed():
    with pytest.raises(TypeError):
        create_organisation(by=UserFactory(), kind="alliance", name_en="X", verified_at="now")


def test_update_organisation_identity_ends_the_verification():
    member = MemberFactory(organisation__may_publish_directly=True)

    update_organisation(member.organisation, by=member.user, name_en="Another University")

    organisation = Organisation.objects.get()
    assert (organisation.is_verified, organisation.may_publish_directly) == (False, False)


@pytest.mark.parametrize("moderator", [True, False])
def test_update_organisation_description_or_by_a_moderator_keeps_it(moderator):
    member = MemberFactory()
    by = UserFactory(moderator=True) if moderator else member.user
    change = {"name_en": "Another"} if moderator else {"description_en": "Text"}

    update_organisation(member.organisation, by=by, **change)

    assert Organisation.objects.get().is_verified


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_update_organisation_logo_is_written_anew(kind, django_capture_on_commit_callbacks):
    member = MemberFactory()

    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            update_organisation(member.organisation, by=member.user, logo=image(kind))

    organisation = Organisation.objects.get()
    assert re.fullmatch(r"logos/[0-9a-f]{32}\.png", organisation.logo.name)
    with Image.open(organisation.logo) as logo:
        assert (logo.format, logo.size) == ("PNG", (512, 171))
    folder = organisation.logo.storage.listdir("logos")[1]
    assert folder.count(organisation.logo.name.removeprefix("logos/")) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"0" * 100,
        b"%PDF-1.4",
        b"x" * (2 * 1024 * 1024 + 1),
    ],
)
def test_update_organisation_logo_that_is_no_small_image_is_refused(content):
    member = MemberFactory()

    with pytest.raises(ValidationError):
        update_organisation(
            member.organisation, by=member.user, logo=SimpleUploadedFile("a.png", content)
        )

    assert not Organisation.objects.get().logo


def test_update_organisation_logo_of_too_many_pixels_is_refused():
    member = MemberFactory()

    with pytest.raises(ValidationError, match="megapixels"):
        update_organisation(member.organisation, by=member.user, logo=image(size=(4001, 4000)))


def test_switch_organisation_to_a_foreign_one_is_refused():
    user = UserFactory()

    with pytest.raises(PermissionDenied):
        switch_organisation(by=user, organisation=OrganisationFactory())

    user.refresh_from_db()
    assert user.active_organisation is None


# --- verification ---


def test_verify_organisation_tells_owners_and_editors_once():
    organisation = OrganisationFactory(verified=False)
    for role in Member.Role.values:
        MemberFactory(organisation=organisation, role=role)
    moderator = UserFactory(moderator=True)

    verify_organisation(organisation, by=moderator, may_publish_directly=True)

    organisation.refresh_from_db()
    assert organisation.verified_by == moderator
    assert organisation.may_publish_directly
    told = Notification.objects.values_list("recipient__memberships__role", flat=True)
    assert sorted(told) == ["editor", "owner"]
    with pytest.raises(ValidationError):
        verify_organisation(organisation, by=moderator)


def test_unverify_organisation_needs_a_reason_and_ends_direct_publishing():
    organisation = OrganisationFactory(may_publish_directly=True)
    moderator = UserFactory(moderator=True)

    with pytest.raises(ValidationError):
        unverify_organisation(organisation, by=moderator, reason="  ")
    assert Organisation.objects.get().is_verified
    unverify_organisation(organisation, by=moderator, reason="It has closed.")

    organisation.refresh_from_db()
    assert (organisation.is_verified, organisation.may_publish_directly) == (False, False)


def test_direct_publishing_of_an_unverified_organisation_is_refused():
    organisation = OrganisationFactory(verified=False)

    with pytest.raises(ValidationError, match="Only a verified organisation"):
        set_direct_publishing(organisation, by=UserFactory(moderator=True), allowed=True)

    assert not Organisation.objects.get().may_publish_directly


# --- members ---


def secret_in(letter: Delivery) -> str:
    found = re.search(r"/invitations/by-link/([^/\s]+)/", letter.text)
    assert found is not None
    return found[1]


def test_invite_member_writes_a_letter_whose_secret_is_kept_only_as_a_hash():
    owner = MemberFactory()

    invitation = invite_member(
        owner.organisation, by=owner.user, email=" New@Example.org ", role="editor"
    )

    letter = Delivery.objects.get()
    assert (invitation.email, letter.address) == ("new@example.org", "new@example.org")
    assert secret_hash(secret_in(letter)) == invitation.token_hash
    assert secret_in(letter) in letter.html


def test_invite_member_with_an_account_writes_in_their_language_and_tells_on_the_page():
    owner = MemberFactory()
    user = UserFactory(chinese=True)

    invite_member(owner.organisation, by=owner.user, email=user.email, role="viewer")

    assert owner.organisation.name_zh in Delivery.objects.get().subject
    told = Notification.objects.get(recipient=user)
    assert (told.kind, told.email_wanted) == ("invitation", False)


def test_invite_member_again_replaces_the_open_invitation():
    owner = MemberFactory()
    for role in ("viewer", "editor"):
        invite_member(owner.organisation, by=owner.user, email="a@example.org", role=role)

    assert Invitation.objects.get().role == "editor"


@pytest.mark.parametrize(("email", "role"), [("nonsense", "editor"), ("a@example.org", "king")])
def test_invite_member_bad_input_is_refused_and_nothing_sent(email, role):
    owner = MemberFactory()

    with pytest.raises(ValidationError):
        invite_member(owner.organisation, by=owner.user, email=email, role=role)

    assert (Invitation.objects.count(), Delivery.objects.count()) == (0, 0)


def test_invite_member_who_belongs_already_is_refused():
    owner = MemberFactory()

    with pytest.raises(ValidationError, match="already belongs"):
        invite_member(owner.organisation, by=owner.user, email=owner.user.email, role="editor")


def test_accept_invitation_joins_once_and_acts_for_the_organisation():
    invitation = InvitationFactory(role="editor")
    user = UserFactory()

    member = accept_invitation(invitation, by=user)

    assert (member.user, member.role) == (user, "editor")
    assert user.active_organisation == invitation.organisation
    with pytest.raises(ValidationError, match="no longer holds"):
        accept_invitation(invitation, by=UserFactory())


def test_accept_invitation_too_old_is_refused():
    invitation = InvitationFactory(expires_at=timezone.now())

    with pytest.raises(ValidationError):
        accept_invitation(invitation, by=UserFactory())

    assert not Member.objects.exists()


@pytest.mark.parametrize(("role", "kept"), [("viewer", "owner"), ("owner", "owner")])
def test_accept_invitation_as_a_member_keeps_the_higher_role(role, kept):
    member = MemberFactory(role="owner")
    invitation = InvitationFactory(organisation=member.organisation, role=role)

    assert accept_invitation(invitation, by=member.user).role == kept


def test_withdraw_invitation_makes_its_link_worthless():
    invitation = InvitationFactory()

    withdraw_invitation(invitation, by=invitation.invited_by)

    assert not Invitation.objects.exists()
    assert audited() == ["invitation.withdraw"]


def test_withdraw_invitation_accepted_meanwhile_is_refused():
    shown = InvitationFactory()
    accept_invitation(Invitation.objects.get(pk=shown.pk), by=UserFactory())

    with pytest.raises(ValidationError, match="already been accepted"):
        withdraw_invitation(shown, by=shown.invited_by)

    assert Invitation.objects.get().accepted_at is not None
    assert audited() == ["invitation.accept"]


@pytest.mark.parametrize(
    "act",
    [
        lambda one: change_role(one, by=one.user, role="viewer"),
        lambda one: remove_member(one, by=one.user),
    ],
    ids=["demoted", "leaving"],
)
def test_last_owner_stays(act):
    owner = MemberFactory()
    MemberFactory(organisation=owner.organisation, user__is_active=False)

    with pytest.raises(ValidationError, match="needs an owner"):
        act(owner)

    owner.refresh_from_db()
    assert owner.role == Member.Role.OWNER


def test_remove_member_who_acts_for_the_organisation_acts_for_none():
    owner = MemberFactory()
    member = MemberFactory(organisation=owner.organisation, role="editor")
    switch_organisation(by=member.user, organisation=owner.organisation)

    remove_member(member, by=owner.user)

    member.user.refresh_from_db()
    assert member.user.active_organisation is None
    assert audited()[-1] == "member.remove"


@pytest.mark.django_db(transaction=True)
def test_two_owners_leaving_at_once_leave_one_owner():
    first = MemberFactory()
    second = MemberFactory(organisation=first.organisation)
    refused: list[ValidationError] = []

    def leave(member: Member) -> None:
        try:
            remove_member(member, by=member.user)
        except ValidationError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [Thread(target=leave, args=[member]) for member in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert first.organisation.members.count() == 1


@pytest.mark.django_db(transaction=True)
def test_owner_erased_while_the_other_leaves_stays():
    leaving = MemberFactory()
    staying = MemberFactory(organisation=leaving.organisation)
    administrator = UserFactory()
    refused: list[ValidationError] = []

    def erase() -> None:
        try:
            erase_user(staying.user, by=administrator)
        except ValidationError as error:
            refused.append(error)
        finally:
            connection.close()

    thread = Thread(target=erase)
    with transaction.atomic():
        remove_member(leaving, by=leaving.user)
        thread.start()
        thread.join(0.3)  # it waits for the end of this transaction
    thread.join()

    assert [error.code for error in refused] == ["last_owner"]
    assert list(leaving.organisation.members.all()) == [staying]


# --- tokens, preferences, suspending ---


def test_create_token_keeps_only_a_hash_of_its_secret():
    token, secret = create_token(by=UserFactory(), name="export", scope="read", days=30)

    assert secret.startswith("tr_")
    assert len(secret) > 40
    assert token.token_hash == secret_hash(secret)
    assert token.scopes == ["read"]
    assert secret not in str(AuditEvent.objects.get().data)


@pytest.mark.parametrize("days", [0, 366, -1])
def test_create_token_without_a_sensible_end_is_refused(days):
    with pytest.raises(ValidationError):
        create_token(by=UserFactory(), name="export", scope="read", days=days)

    assert not ApiToken.objects.exists()


def test_revoke_token_twice_is_remembered_once():
    user = UserFactory()
    token, _secret = create_token(by=user, name="export", scope="write", days=30)

    for _twice in range(2):
        revoke_token(token, by=user)

    assert not ApiToken.objects.usable().exists()
    assert audited() == ["token.create", "token.revoke"]


@pytest.mark.parametrize(
    "change", [{"time_zone": "Mars/Olympus"}, {"language": "fr"}, {"email_rhythm": "hourly"}]
)
def test_update_preferences_nonsense_is_refused(change):
    user = UserFactory()
    before = {name: getattr(user, name) for name in change}

    with pytest.raises(ValidationError):
        update_preferences(by=user, **change)

    user.refresh_from_db()
    assert {name: getattr(user, name) for name in change} == before


def test_update_preferences_roles_cannot_be_passed():
    user = UserFactory()

    with pytest.raises(TypeError):
        update_preferences(by=user, is_superuser=True)

    user.refresh_from_db()
    assert not user.is_superuser


def test_suspend_user_oneself_is_refused():
    superuser = UserFactory(superuser=True)

    with pytest.raises(PermissionDenied):
        suspend_user(superuser, by=superuser)

    superuser.refresh_from_db()
    assert superuser.is_active


def test_update_organisation_identity_by_a_moderator_of_its_own_ends_the_verification():
    own = MemberFactory(user__moderator=True)

    update_organisation(own.organisation, by=own.user, name_en="Another University")

    own.organisation.refresh_from_db()
    assert own.organisation.verified_at is None
