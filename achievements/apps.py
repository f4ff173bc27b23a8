"""The Django application of this package."""

from django.apps import AppConfig


class AchievementsConfig(AppConfig):
    """The catalogue: achievements, demands, experts, vocabularies, files, import and export."""

    name = "achievements"

    def ready(self) -> None:
        """Answer questions of lower packages."""
        from achievements import receivers  # noqa: F401 - importing connects it
