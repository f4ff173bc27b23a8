"""The Django application of this package."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, organisations, members, tokens, audit events and notifications."""

    name = "accounts"
    verbose_name = _("People and organisations")
