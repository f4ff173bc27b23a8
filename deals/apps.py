"""The Django application of this package."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    """Introductions and what becomes of them."""

    name = "deals"
    verbose_name = _("Introductions")

    def ready(self) -> None:
        """Answer questions of lower packages."""
        from deals import receivers  # noqa: F401 - importing connects it
