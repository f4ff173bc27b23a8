"""Settings of the tests: real PostgreSQL and Valkey, nothing from elsewhere, quick hashing."""

import os

from transfer.embedded import testing

testing.reserve()  # addresses for servers that tests/conftest.py starts, unless some are given
os.environ.setdefault("LOG_LEVEL", "WARNING")
# Playwright keeps an event loop in the thread of the test; the ORM is used there all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from transfer.settings.base import *  # noqa: E402, F403

DEMO = True
SECOND_FACTOR_REQUIRED = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = DATA_DIR / "media"  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "accounts.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ACCOUNT_RATE_LIMITS = False
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
VISITOR_PAGES_SECONDS = 0  # a test sees what it has just changed
CELERY_TASK_ALWAYS_EAGER = True  # tests with a real worker turn it off
CELERY_TASK_EAGER_PROPAGATES = True
