"""The Django application of this package."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organisations, members, tokens, audit events and notifications."""

    name = "accounts"
