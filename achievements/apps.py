"""The Django application of this package."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AchievementsConfig(AppConfig):
    """The catalogue: achievements, demands, experts, vocabularies, files, import and export."""

    name = "achievements"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Answer questions of lower packages."""
        from achievements import receivers  # noqa: F401 - importing connects it
