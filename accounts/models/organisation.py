"""Organisations and who belongs to them."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import localized
from accounts.fields import LineField
from accounts.models.region import Region
from accounts.models.user import User
from accounts.querysets import InvitationQuerySet, MemberQuerySet, OrganisationQuerySet
from accounts.validators import validate_credit_code, validate_ror


def invitation_expiry() -> datetime:
    """Invitations hold for fourteen days."""
    return timezone.now() + timedelta(days=14)


class Organisation(models.Model):
    """A university, enterprise or other body that posts listings; verified by an administrator."""

    class Kind(models.TextChoices):
        """The kinds DESIGN names."""

        UNIVERSITY = "university", _("University")
        RESEARCH_INSTITUTE = "research_institute", _("Research institute")
        ENTERPRISE = "enterprise", _("Enterprise")
        SERVICE_INSTITUTION = "service_institution", _("Service institution")
        INVESTOR = "investor", _("Investor")
        GOVERNMENT = "government", _("Government body")
        ALLIANCE = "alliance", _("Alliance")

    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    name_en = LineField(_("name (English)"), max_length=200, blank=True)
    name_zh = LineField(_("name (Chinese)"), max_length=200, blank=True)
    description_en = models.TextField(_("description (English)"), max_length=5000, blank=True)
    description_zh = models.TextField(_("description (Chinese)"), max_length=5000, blank=True)
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("region"),
    )
    website = models.URLField(_("website"), blank=True)
    ror_id = models.CharField(_("ROR id"), max_length=40, blank=True, validators=[validate_ror])
    credit_code = models.CharField(
        _("unified social credit code"),
        max_length=18,
        blank=True,
        validators=[validate_credit_code],
    )
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)
    verified_at = models.DateTimeField(_("verified on"), null=True, blank=True)
    verified_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("verified by"),
    )
    may_publish_directly = models.BooleanField(
        _("publishes without review"),
        default=False,
        help_text=_(
            "A verified organisation may be trusted to publish without a moderator's review."
        ),
    )
    declined_at = models.DateTimeField(
        _("verification declined"), null=True, blank=True, editable=False
    )
    declined_reason = models.TextField(
        _("why it was declined"), max_length=1000, blank=True, editable=False
    )
    is_sample = models.BooleanField(_("sample"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name_en="", name_zh=""),
                name="organisation_has_a_name",
                violation_error_message=_("Give the name in English, in Chinese or in both."),
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~models.Q(credit_code=""),
                name="organisation_credit_code_unique",
                violation_error_message=_("An organisation with this credit code already exists."),
            ),
            models.UniqueConstraint(
                fields=["ror_id"],
                condition=~models.Q(ror_id=""),
                name="organisation_ror_id_unique",
                violation_error_message=_("An organisation with this ROR id already exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(may_publish_directly=False)
                | models.Q(verified_at__isnull=False),
                name="organisation_direct_publishing_needs_verification",
                violation_error_message=_(
                    "Only a verified organisation may publish without review."
                ),
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language, or in the other one."""
        return localized(self, "name")

    @property
    def description(self) -> str:
        """The description in the reader's language, or in the other one."""
        return localized(self, "description")

    @property
    def is_verified(self) -> bool:
        """Whether an administrator has verified it."""
        return self.verified_at is not None


class Member(models.Model):
    """A user's role in one organisation."""

    class Role(models.TextChoices):
        """Owners manage members and the organisation, editors its listings, viewers read."""

        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        VIEWER = "viewer", _("Viewer")

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="members",
        verbose_name=_("organisation"),
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "joined_at"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                name="member_once_per_organisation",
                violation_error_message=_("This user already belongs to the organisation."),
            )
        ]

    def __str__(self) -> str:
        """Who is what where."""
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"


class Invitation(models.Model):
    """An offer by e-mail to join an organisation; only a hash of its token is kept."""

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="invitations",
        verbose_name=_("organisation"),
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Member.Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"), auto_now_add=True)
    expires_at = models.DateTimeField(_("holds until"), default=invitation_expiry)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        """Whom, where."""
        return f"{self.email}, {self.organisation}"
