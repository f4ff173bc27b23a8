"""What curators keep of people in the pool: mergers that can be undone, declared conflicts."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models.expert import Expert


class ExpertMerge(models.Model):
    """Two profiles were made one. Holds what is needed to part them again.

    ``before``: of ``keep`` its content and user; of ``other`` its state, date of ending and user.
    ``written``: the content that the merger gave ``keep``. ``moved``: numbers of what went along.
    """

    keep = models.ForeignKey(
        Expert, models.CASCADE, related_name="merges", verbose_name=_("kept profile")
    )
    other = models.ForeignKey(
        Expert, models.CASCADE, related_name="+", verbose_name=_("merged profile")
    )
    before = models.JSONField(_("before"), default=dict)
    written = models.JSONField(_("written"), default=dict)
    moved = models.JSONField(_("moved"), default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    undone_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("merger of profiles")
        verbose_name_plural = _("mergers of profiles")

    def __str__(self) -> str:
        """Which went into which."""
        return f"{self.other_id} → {self.keep_id}"


class DeclaredConflict(models.Model):
    """An expert must not judge for, or of, an organisation. Declared by the person or a curator."""

    expert = models.ForeignKey(
        Expert, models.CASCADE, related_name="conflicts", verbose_name=_("expert")
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    note = models.CharField(_("why"), max_length=300, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["organisation__slug", "pk"]
        verbose_name = _("declared conflict")
        verbose_name_plural = _("declared conflicts")
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "organisation"],
                name="conflict_declared_once",
                violation_error_message=_("This conflict has been declared before."),
            )
        ]

    def __str__(self) -> str:
        """Who, with whom."""
        return f"{self.expert} ≠ {self.organisation}"
