"""One factory per model. They make valid rows; a test names only what it is about."""

import hashlib
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import (
    ApiToken,
    AuditEvent,
    Delivery,
    Invitation,
    MailboxMessage,
    Member,
    Notification,
    Organisation,
    Region,
    User,
)

PASSWORD = "correct horse battery staple"


class RegionFactory(DjangoModelFactory[Region]):
    """A country; give ``parent`` for a region of one."""

    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"X{n:03d}")
    name_en = factory.LazyAttribute(lambda o: f"Region {o.code}")
    name_zh = factory.LazyAttribute(lambda o: f"地区{o.code}")


class UserFactory(DjangoModelFactory[User]):
    """An active user with the password ``PASSWORD`` and a verified address."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        curator = factory.Trait(is_curator=True)
        moderator = factory.Trait(is_moderator=True)
        superuser = factory.Trait(is_superuser=True, is_staff=True)
        chinese = factory.Trait(language=User.Language.CHINESE, name="王芳")

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    name = factory.Sequence(lambda n: f"User Name{n}")
    language = User.Language.ENGLISH
    time_zone = "Asia/Shanghai"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", PASSWORD)
        return model_class.objects.create_user(*args, password=password, **kwargs)

    @factory.post_generation
    def email_verified(self: User, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """``email_verified=False`` leaves the address unconfirmed."""
        if create:
            self.emailaddress_set.create(  # type: ignore[attr-defined]
                email=self.email, primary=True, verified=extracted is not False
            )


class OrganisationFactory(DjangoModelFactory[Organisation]):
    """A verified organisation; ``verified=False`` for one that waits."""

    class Meta:
        model = Organisation

    class Params:
        verified = True

    slug = factory.Sequence(lambda n: f"organisation-{n}")
    kind = Organisation.Kind.UNIVERSITY
    name_en = factory.Sequence(lambda n: f"Organisation {n}")
    name_zh = factory.Sequence(lambda n: f"机构{n}")
    verified_at = factory.LazyAttribute(lambda o: timezone.now() if o.verified else None)


class MemberFactory(DjangoModelFactory[Member]):
    """An owner of an organisation; ``role`` for another part."""

    class Meta:
        model = Member

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    role = Member.Role.OWNER


class InvitationFactory(DjangoModelFactory[Invitation]):
    """An open invitation whose token is ``secret``."""

    class Meta:
        model = Invitation

    class Params:
        secret = factory.Sequence(lambda n: f"invitation-secret-{n}")

    organisation = factory.SubFactory(OrganisationFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    role = Member.Role.EDITOR
    token_hash = factory.LazyAttribute(lambda o: hashlib.sha256(o.secret.encode()).hexdigest())
    invited_by = factory.SubFactory(UserFactory)


class ApiTokenFactory(DjangoModelFactory[ApiToken]):
    """A usable token whose secret is ``secret``; ``read_only=True`` for one that may not write."""

    class Meta:
        model = ApiToken

    class Params:
        secret = factory.Sequence(lambda n: f"tr_{n:040d}")
        read_only = factory.Trait(scopes=[ApiToken.Scope.READ])

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Token {n}")
    prefix = factory.LazyAttribute(lambda o: o.secret[:10])
    token_hash = factory.LazyAttribute(lambda o: hashlib.sha256(o.secret.encode()).hexdigest())
    scopes = factory.LazyFunction(lambda: [ApiToken.Scope.READ, ApiToken.Scope.WRITE])
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class AuditEventFactory(DjangoModelFactory[AuditEvent]):
    """A change of an organisation by a user."""

    class Meta:
        model = AuditEvent

    actor = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    verb = "organisation.update"
    object_type = "accounts.organisation"
    object_id = factory.SelfAttribute("organisation.pk")


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """An e-mail that is due."""

    class Meta:
        model = Delivery

    recipient = factory.SubFactory(UserFactory)


class NotificationFactory(DjangoModelFactory[Notification]):
    """An unread notification that awaits its e-mail."""

    class Meta:
        model = Notification

    recipient = factory.SubFactory(UserFactory)
    kind = "organisation_verified"
    key = factory.Sequence(lambda n: f"organisation.verified:{n}")
    data = factory.LazyFunction(lambda: {"name_en": "Example University", "name_zh": "示例大学"})
    path = "/"


class MailboxMessageFactory(DjangoModelFactory[MailboxMessage]):
    """An e-mail in the demo's mailbox."""

    class Meta:
        model = MailboxMessage

    message_id = factory.Sequence(lambda n: f"<{n}@example.org>")
    sender = "Transfer <transfer@example.org>"
    recipients = factory.LazyFunction(lambda: ["someone@example.org"])
    subject = factory.Sequence(lambda n: f"Subject {n}")
    text = "Text"
