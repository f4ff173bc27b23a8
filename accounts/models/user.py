"""The person who signs in."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import LineField
from accounts.text import plain_address
from accounts.validators import validate_time_zone

if TYPE_CHECKING:
    from accounts.models import Member


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address; addresses are kept in lower case."""

    def _create(self, email: str, password: str | None, **fields: Any) -> "User":
        user = self.model(email=plain_address(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An ordinary user; without a password nobody can sign in until one is set."""
        return self._create(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator who may do everything, the Django admin included."""
        return self._create(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign-in ignores the case of the address."""
        return self.get(email=plain_address(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person, signing in by e-mail; acts for one organisation at a time."""

    class Language(models.TextChoices):
        """Languages of the interface and of e-mails."""

        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "简体中文"

    class Rhythm(models.TextChoices):
        """How often notifications go out by e-mail."""

        AT_ONCE = "at_once", _("At once")
        DAILY = "daily", _("Once a day")
        WEEKLY = "weekly", _("Once a week")
        NEVER = "never", _("Never")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = LineField(pgettext_lazy("person", "name"), max_length=100, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=Language, default=Language.ENGLISH
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Asia/Shanghai",
        validators=[validate_time_zone],
    )
    email_rhythm = models.CharField(
        _("notifications by e-mail"),
        max_length=10,
        choices=Rhythm,
        default=Rhythm.AT_ONCE,
    )
    active_organisation = models.ForeignKey(
        "accounts.Organisation",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acting for"),
    )
    is_curator = models.BooleanField(
        _("curator"),
        default=False,
        help_text=_("Curates experts, matches and vocabularies."),
    )
    is_moderator = models.BooleanField(
        _("moderator"), default=False, help_text=_("Reviews listings and reports.")
    )
    is_staff = models.BooleanField(
        _("may open the Django admin"),
        default=False,
        help_text=_("Meant for superusers only."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("A suspended user cannot sign in.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # For accounts.memberships: what a request that only reads has found out about its user.
    keeps_memberships = False
    kept_memberships: "list[Member] | None" = None

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_ignoring_case",
                violation_error_message=_("A user with this e-mail address already exists."),
            )
        ]

    def __str__(self) -> str:
        """The name people gave themselves; never the address, which other users must not see."""
        return self.name or str(_("User %(number)s") % {"number": self.pk})

    def clean(self) -> None:
        """Addresses are kept in lower case."""
        super().clean()
        self.email = plain_address(self.email)

    def get_full_name(self) -> str:
        """The name, for libraries that ask this way."""
        return str(self)

    @property
    def is_administrator(self) -> bool:
        """Curator, moderator or superuser."""
        return self.is_active and (self.is_curator or self.is_moderator or self.is_superuser)

    @property
    def curates(self) -> bool:
        """May curate experts, matches and vocabularies."""
        return self.is_active and (self.is_curator or self.is_superuser)

    @property
    def moderates(self) -> bool:
        """May review listings."""
        return self.is_active and (self.is_moderator or self.is_superuser)
