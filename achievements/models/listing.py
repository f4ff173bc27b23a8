"""What achievements, demands and experts share: one lifecycle, one visibility rule."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import content_language, localized
from accounts.fields import LineField
from accounts.models import Organisation, Region, User
from achievements.models.vocabulary import Term
from achievements.querysets import ListingQuerySet


class Listing(models.Model):
    """An achievement, a demand or an expert. Each kind is a table of its own with the same id.

    ``updated_at`` moves with every change of content (rows of requirements, evidence and fields
    included), so whatever was derived from a listing can tell whether it is older than its source.
    ``edited_at`` is when its owner first changed what a reviewer was asked about or had approved;
    it is empty again once a reviewer has looked.
    """

    class Kind(models.TextChoices):
        """The three nouns of the catalogue."""

        ACHIEVEMENT = "achievement", _("Achievement")
        DEMAND = "demand", _("Demand")
        EXPERT = "expert", _("Expert")

    class State(models.TextChoices):
        """draft → in review → published → expired, withdrawn, closed. Rejected: draft again."""

        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CLOSED = "closed", _("Closed")

    class Visibility(models.TextChoices):
        """Who may see a published listing."""

        PUBLIC = "public", _("Everyone")
        MEMBERS = "members", _("Members of verified organisations")
        OWNER = "owner", _("Only the own organisation")

    class Disclosure(models.TextChoices):
        """Whether a demand names who asks, or is read by the matcher alone."""

        NAMED = "named", _("With our name")
        ANONYMOUS = "anonymous", _("Anonymously")
        SEALED = "sealed", _("Sealed")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="listings",
        verbose_name=_("organisation"),
    )
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    visibility = models.CharField(
        _("who may see it"), max_length=8, choices=Visibility, default=Visibility.PUBLIC
    )
    disclosure = models.CharField(
        _("how it is published"),
        max_length=10,
        choices=Disclosure,
        default=Disclosure.NAMED,
    )
    title_en = LineField(_("title (English)"), max_length=300, blank=True)
    title_zh = LineField(_("title (Chinese)"), max_length=300, blank=True)
    summary_en = models.TextField(_("summary (English)"), max_length=1000, blank=True)
    summary_zh = models.TextField(_("summary (Chinese)"), max_length=1000, blank=True)
    keywords_en = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        verbose_name=_("keywords (English)"),
    )
    keywords_zh = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        verbose_name=_("keywords (Chinese)"),
    )
    fields = models.ManyToManyField(
        Term, blank=True, related_name="listings", verbose_name=_("fields")
    )
    ignored_figures = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        editable=False,
        help_text=_("Figures of the text that are not to be proposed as rows again."),
        verbose_name=_("figures set aside"),
    )
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="listings",
        verbose_name=_("region"),
    )
    external_id = models.CharField(_("own number"), max_length=100, blank=True)
    is_sample = models.BooleanField(_("sample"), default=False, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, editable=False)
    expiry_reminder = models.PositiveSmallIntegerField(
        _("reminded, days before expiry"), null=True, blank=True, editable=False
    )
    ended_at = models.DateTimeField(_("withdrawn or closed"), null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(
        _("holds changes no reviewer has seen, since"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(title_en="", title_zh=""),
                name="listing_has_a_title",
                violation_error_message=_("Give a title in English, in Chinese or in both."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="demand") | models.Q(disclosure="named"),
                name="listing_only_demands_are_anonymous",
                violation_error_message=_("Only a demand can be published anonymously."),
            ),
            models.CheckConstraint(
                condition=~models.Q(disclosure="sealed") | models.Q(visibility="owner"),
                name="listing_sealed_is_in_no_layer",
                violation_error_message=_("A sealed demand is open to your organisation only."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="expert") | models.Q(organisation__isnull=False),
                name="listing_has_an_organisation",
                violation_error_message=_("Choose the organisation that posts this."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(published_at__isnull=False),
                name="listing_published_has_a_date",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "external_id"],
                condition=~models.Q(external_id=""),
                name="listing_external_id_once",
                violation_error_message=_(
                    "Your organisation already has a listing with this number."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "-published_at"], name="listing_newest"),
            # What lists and counts read of live listings, without the texts beside it.
            models.Index(
                fields=["visibility", "expires_at"],
                include=[
                    *("id", "updated_at", "kind", "region", "organisation"),
                    *("disclosure", "published_at"),
                ],
                condition=models.Q(state="published"),
                name="listing_live",
            ),
            # Of all states, for members see drafts of their own among what everybody sees.
            models.Index(fields=["-published_at", "-id"], name="listing_by_date"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="published"),
                name="listing_expiring",
            ),
            models.Index(fields=["updated_at"], name="listing_changed"),
            models.Index(
                fields=["edited_at"],
                condition=models.Q(edited_at__isnull=False),
                name="listing_edited",
            ),
        ]

    def __str__(self) -> str:
        """The title in the reader's language."""
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the listing."""
        return reverse(f"achievements:{self.kind}_detail", args=[self.pk])

    @property
    def title(self) -> str:
        """The title (an expert's name) in the reader's language, or in the other one."""
        return localized(self, "title")

    @property
    def summary(self) -> str:
        """The summary in the reader's language, or in the other one."""
        return localized(self, "summary")

    @property
    def keywords(self) -> list[str]:
        """The keywords in the reader's language, or in the other one."""
        return localized(self, "keywords")

    @property
    def shown_language(self) -> str:
        """The language its title is shown in: ``en`` or ``zh``."""
        return content_language(self, "title")

    @property
    def version(self) -> str:
        """Names the content that somebody has seen; changes with every change of it."""
        return self.updated_at.isoformat()

    @property
    def is_anonymous(self) -> bool:
        """Whether its organisation must be shown to nobody but its members and administrators."""
        return self.disclosure == self.Disclosure.ANONYMOUS

    @property
    def is_sealed(self) -> bool:
        """Whether only its organisation reads it, the matcher, and whom it was revealed to."""
        return self.disclosure == self.Disclosure.SEALED

    @property
    def is_live(self) -> bool:
        """Published and not past its date."""
        return self.state == self.State.PUBLISHED and (
            self.expires_at is None or self.expires_at > timezone.now()
        )
