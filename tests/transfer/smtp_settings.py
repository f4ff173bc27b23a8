"""The settings of a local site that sends its e-mails to the server of EMAIL_URL."""

# ruff: noqa: F403 - settings are read as a whole
from transfer.settings.local import *

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
