"""The Django application of this package."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Index entries, search, embedding, scoring, matches, decisions and saved searches."""

    name = "matching"

    def ready(self) -> None:
        """Listen to the catalogue."""
        from matching import receivers  # noqa: F401 - importing connects it
