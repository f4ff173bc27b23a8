"""The Django application of this package."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Introductions and what becomes of them."""

    name = "deals"

    def ready(self) -> None:
        """Answer questions of lower packages."""
        from deals import receivers  # noqa: F401 - importing connects it
