"""The Django application of this package."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Index entries, search, embedding, scoring, matches, decisions and saved searches."""

    name = "matching"
    verbose_name = _("Matching")

    def ready(self) -> None:
        """Listen to the catalogue."""
        from matching import receivers  # noqa: F401 - importing connects it
