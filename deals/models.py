"""How two sides come to talk: introductions and their messages."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LineField
from accounts.models import Organisation, User
from achievements.models import Listing
from deals.querysets import IntroductionQuerySet, MessageQuerySet, PortfolioViewQuerySet
from matching.models import Match

SUBJECT_LENGTH = 200
BODY_LENGTH = 10000


class Introduction(models.Model):
    """One side writes to the other about a listing or an accepted match.

    Who is who is fixed when it begins. The side of an anonymous demand (``sender_anonymous``,
    ``recipient_anonymous``) stays anonymous in the thread even if the demand is named later. The
    other side is an organisation, the person of an expert profile, or the platform's curators for
    an expert whom neither stands for. Without ``sender_organisation`` a person wrote.
    An organisation that takes part cannot be removed: the thread is the other side's as well.
    """

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="introductions", verbose_name=_("listing")
    )
    match = models.ForeignKey(
        Match,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="introductions",
        verbose_name=_("match"),
    )
    subject = LineField(_("subject"), max_length=SUBJECT_LENGTH)
    sender = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("from")
    )
    sender_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="introductions_sent",
        verbose_name=_("from organisation"),
    )
    recipient_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="introductions_received",
        verbose_name=_("to organisation"),
    )
    recipient = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to"),
        help_text=_(
            "The expert who claimed the profile; empty where an organisation is addressed."
        ),
    )
    to_curators = models.BooleanField(_("to the curators"), default=False)
    sender_anonymous = models.BooleanField(_("begun anonymously"), default=False)
    recipient_anonymous = models.BooleanField(_("to an anonymous side"), default=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_message_at", "-pk"]
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipient_organisation__isnull=True)
                | models.Q(recipient__isnull=True, to_curators=False),
                name="introduction_to_one_side",
            ),
            models.CheckConstraint(
                condition=models.Q(to_curators=False) | models.Q(recipient__isnull=True),
                name="introduction_to_curators_or_a_person",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(sender_anonymous=False) | models.Q(sender_organisation__isnull=False)
                )
                & (
                    models.Q(recipient_anonymous=False)
                    | models.Q(recipient_organisation__isnull=False)
                ),
                name="introduction_only_organisations_are_anonymous",
            ),
        ]

    def __str__(self) -> str:
        """Its number. The subject is the two sides' own and is not put into logs and admin."""
        return str(_("Conversation %(number)s") % {"number": self.pk})

    def get_absolute_url(self) -> str:
        """The page of the thread."""
        return reverse("deals:introduction_detail", args=[self.pk])


class Message(models.Model):
    """One message of an introduction's thread. Plain text.

    ``token`` names the form it was sent with, so that a form sent twice makes one message.
    """

    introduction = models.ForeignKey(
        Introduction,
        models.CASCADE,
        related_name="messages",
        verbose_name=_("introduction"),
    )
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    from_sender = models.BooleanField(_("written by the side that began"))
    body = models.TextField(
        _("message"), max_length=BODY_LENGTH, validators=[MaxLengthValidator(BODY_LENGTH)]
    )
    token = models.UUIDField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["author", "token"], name="message_once_per_form")
        ]
        indexes = [models.Index(fields=["author", "sent_at"], name="message_by_author")]

    def __str__(self) -> str:
        """When it was sent."""
        return f"{self.sent_at:%Y-%m-%d %H:%M}"


class PortfolioView(models.Model):
    """A portfolio as somebody likes to see it: the query of its address, under a name.

    Its maker's own, or shared with everybody in the organisation.
    """

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="portfolio_views",
        verbose_name=_("organisation"),
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="portfolio_views", verbose_name=_("made by")
    )
    name = LineField(_("name"), max_length=100)
    query = models.CharField(_("filters, columns and order"), max_length=2000, blank=True)
    shared = models.BooleanField(_("shared with the organisation"), default=False)
    created_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = PortfolioViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved view of a portfolio")
        verbose_name_plural = _("saved views of portfolios")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "name"], name="portfolio_view_name_once"
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name

    def get_absolute_url(self) -> str:
        """The portfolio, seen so."""
        address = reverse("deals:portfolio")
        return f"{address}?{self.query}" if self.query else address
