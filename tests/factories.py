"""One factory per model. They make valid rows; a test names only what it is about."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import factory
from django.db.models import Model
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
from achievements.models import (
    Achievement,
    Attachment,
    Demand,
    EvidenceRow,
    Expert,
    Inventor,
    IPRight,
    Listing,
    Report,
    RequirementRow,
    Review,
    Scheme,
    Term,
)
from deals.models import Introduction, Message

PASSWORD = "correct horse battery staple"


T = TypeVar("T", bound=Model)


class ModelFactory(DjangoModelFactory, Generic[T]):
    """Tells the type checker that calling a factory makes a row."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> T:  # type: ignore[misc]
            ...


class RegionFactory(ModelFactory[Region]):
    """A country; give ``parent`` for a region of one."""

    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"X{n:03d}")
    name_en = factory.LazyAttribute(lambda o: f"Region {o.code}")
    name_zh = factory.LazyAttribute(lambda o: f"地区{o.code}")


class UserFactory(ModelFactory[User]):
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
    def _create(cls, model_class: type[User], *_args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", PASSWORD)
        return model_class.objects.create_user(password=password, **kwargs)

    @factory.post_generation
    def email_verified(self: User, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """``email_verified=False`` leaves the address unconfirmed."""
        if create:
            self.emailaddress_set.create(  # type: ignore[attr-defined]
                email=self.email, primary=True, verified=extracted is not False
            )


class OrganisationFactory(ModelFactory[Organisation]):
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


class MemberFactory(ModelFactory[Member]):
    """An owner of an organisation; ``role`` for another part."""

    class Meta:
        model = Member

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    role = Member.Role.OWNER


class InvitationFactory(ModelFactory[Invitation]):
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


class ApiTokenFactory(ModelFactory[ApiToken]):
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


class AuditEventFactory(ModelFactory[AuditEvent]):
    """A change of an organisation by a user."""

    class Meta:
        model = AuditEvent

    actor = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    verb = "organisation.update"
    object_type = "accounts.organisation"
    object_id = factory.SelfAttribute("organisation.pk")


class DeliveryFactory(ModelFactory[Delivery]):
    """An e-mail that is due."""

    class Meta:
        model = Delivery

    recipient = factory.SubFactory(UserFactory)


class NotificationFactory(ModelFactory[Notification]):
    """An unread notification that awaits its e-mail."""

    class Meta:
        model = Notification

    recipient = factory.SubFactory(UserFactory)
    kind = "organisation_verified"
    key = factory.Sequence(lambda n: f"organisation.verified:{n}")
    data = factory.LazyFunction(lambda: {"name_en": "Example University", "name_zh": "示例大学"})
    path = "/"


class MailboxMessageFactory(ModelFactory[MailboxMessage]):
    """An e-mail in the demo's mailbox."""

    class Meta:
        model = MailboxMessage

    message_id = factory.Sequence(lambda n: f"<{n}@example.org>")
    sender = "Transfer <transfer@example.org>"
    recipients = factory.LazyFunction(lambda: ["someone@example.org"])
    subject = factory.Sequence(lambda n: f"Subject {n}")
    text = "Text"


class SchemeFactory(ModelFactory[Scheme]):
    """The version in use of a classification."""

    class Meta:
        model = Scheme
        django_get_or_create = ("code", "version")

    code = "hightech"
    version = "2016"
    name_en = factory.LazyAttribute(lambda o: f"Scheme {o.code}")
    name_zh = factory.LazyAttribute(lambda o: f"分类{o.code}")


class TermFactory(ModelFactory[Term]):
    """A class of a scheme; ``parent`` puts it below another."""

    class Meta:
        model = Term

    scheme = factory.SubFactory(SchemeFactory)
    code = factory.Sequence(lambda n: f"t{n}")
    label_en = factory.Sequence(lambda n: f"Term {n}")
    label_zh = factory.Sequence(lambda n: f"术语{n}")


class ListingFactory(ModelFactory):
    """What the three kinds share: published and open to everyone unless ``state`` says else."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    state = Listing.State.PUBLISHED
    summary_en = "What it is, in one sentence."
    summary_zh = "一句话说明。"
    published_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.state in ("published", "expired", "closed") else None
    )
    expires_at = factory.LazyAttribute(
        lambda o: o.published_at + timedelta(days=365) if o.published_at else None
    )
    submitted_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.state == "in_review" else None
    )

    @factory.post_generation
    def fields(self: Listing, create: bool, extracted: list[Term] | None, **kwargs: Any) -> None:
        """``fields=[term, …]`` classifies it."""
        if create and extracted:
            self.fields.set(extracted)


class AchievementFactory(ListingFactory):
    """A published achievement with a text in both languages."""

    class Meta:
        model = Achievement

    title_en = factory.Sequence(lambda n: f"Achievement {n}")
    title_zh = factory.Sequence(lambda n: f"成果{n}")
    solution_en = "How it works."
    solution_zh = "工作原理。"
    trl = 5


class DemandFactory(ListingFactory):
    """A published demand that names who asks; ``anonymous=True`` for one that does not."""

    class Meta:
        model = Demand

    class Params:
        anonymous = factory.Trait(disclosure=Listing.Disclosure.ANONYMOUS)

    organisation = factory.SubFactory(OrganisationFactory, kind=Organisation.Kind.ENTERPRISE)
    title_en = factory.Sequence(lambda n: f"Demand {n}")
    title_zh = factory.Sequence(lambda n: f"需求{n}")
    body_en = "What we need."
    body_zh = "我们需要什么。"


class ExpertFactory(ListingFactory):
    """An admitted expert whom nobody has claimed."""

    class Meta:
        model = Expert

    title_en = factory.Sequence(lambda n: f"Expert Name{n}")
    title_zh = factory.Sequence(lambda n: f"专家{n}")
    expertise_en = "What this person knows."
    expertise_zh = "专长。"
    admitted_at = factory.LazyAttribute(lambda o: o.published_at)


class EvidenceRowFactory(ModelFactory[EvidenceRow]):
    """A measured fact."""

    class Meta:
        model = EvidenceRow

    achievement = factory.SubFactory(AchievementFactory)
    quantity = "energy density"
    value = 300
    unit = "Wh/kg"


class RequirementRowFactory(ModelFactory[RequirementRow]):
    """Something a demand must have."""

    class Meta:
        model = RequirementRow

    demand = factory.SubFactory(DemandFactory)
    quantity = "energy density"
    operator = RequirementRow.Operator.AT_LEAST
    value = 280
    unit = "Wh/kg"
    priority = RequirementRow.Priority.MUST


class IPRightFactory(ModelFactory[IPRight]):
    """A granted Chinese patent."""

    class Meta:
        model = IPRight

    achievement = factory.SubFactory(AchievementFactory)
    kind = IPRight.Kind.PATENT
    status = IPRight.Status.GRANTED
    number = factory.Sequence(lambda n: f"CN{110000000 + n}B")
    office = "CN"


class InventorFactory(ModelFactory[Inventor]):
    """A person who made an achievement, not in the pool unless ``expert`` is given."""

    class Meta:
        model = Inventor

    achievement = factory.SubFactory(AchievementFactory)
    name_en = factory.Sequence(lambda n: f"Inventor {n}")


class AttachmentFactory(ModelFactory[Attachment]):
    """A small public text file."""

    class Meta:
        model = Attachment

    listing = factory.SubFactory(AchievementFactory)
    name = factory.Sequence(lambda n: f"measurements-{n}.txt")
    file = factory.django.FileField(filename="measurements.txt", data=b"measured")
    content_type = "text/plain"
    size = 8
    sha256 = factory.Sequence(lambda n: f"{n:064x}")


class ReviewFactory(ModelFactory[Review]):
    """A moderator's rejection."""

    class Meta:
        model = Review

    listing = factory.SubFactory(AchievementFactory)
    verdict = Review.Verdict.REJECTED
    reason = Review.Reason.UNCLEAR
    by = factory.SubFactory(UserFactory)


class ReportFactory(ModelFactory[Report]):
    """A visitor's open report of an achievement."""

    class Meta:
        model = Report

    listing = factory.SubFactory(AchievementFactory)
    reason = Report.Reason.MISLEADING
    note = "It is wrong."
    due_on = factory.LazyFunction(lambda: timezone.now().date() + timedelta(days=7))


class IntroductionFactory(DjangoModelFactory[Introduction]):
    """A university writes to the enterprise of a demand; without a message yet."""

    class Meta:
        model = Introduction

    listing = factory.SubFactory(DemandFactory)
    subject = factory.Sequence(lambda n: f"Subject {n}")
    sender = factory.SubFactory(UserFactory)
    sender_organisation = factory.SubFactory(OrganisationFactory)
    recipient_organisation = factory.SelfAttribute("listing.organisation")
    recipient_anonymous = factory.SelfAttribute("listing.is_anonymous")


class MessageFactory(DjangoModelFactory[Message]):
    """A message of the side that began."""

    class Meta:
        model = Message

    introduction = factory.SubFactory(IntroductionFactory)
    author = factory.SelfAttribute("introduction.sender")
    from_sender = True
    body = factory.Sequence(lambda n: f"Message {n}")
