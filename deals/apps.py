"""The Django application of this package."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Introductions and what becomes of them."""

    name = "deals"
