"""Settings of a public site. They refuse to start with a default secret, DEBUG or no servers."""

import os

from transfer.settings.base import *  # noqa: F403
from transfer.settings.base import DEBUG, INSECURE_SECRET_KEY, SECRET_KEY, SITE_URL
from transfer.settings.env import ConfigurationError

if DEBUG:
    raise ConfigurationError("DEBUG is on: a public site would show its inside. Unset DEBUG.")
if SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
    raise ConfigurationError(
        "SECRET_KEY is missing, short or a default: set it to at least 50 random characters."
    )
for _name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "ALLOWED_HOSTS"):
    if not os.environ.get(_name, "").strip():
        raise ConfigurationError(f"{_name} is not set: production needs it.")
if not SITE_URL.startswith("https://"):
    raise ConfigurationError("SITE_URL must begin with https:// in production.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]  # asked by the container itself, over http
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
LANGUAGE_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "accounts.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
