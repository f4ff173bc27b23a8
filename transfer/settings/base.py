"""Settings shared by every way to run Transfer. Values come from the environment through `env`."""

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from transfer.settings import env
from transfer.settings.api import *  # noqa: F403
from transfer.settings.background import *  # noqa: F403
from transfer.settings.background import REDIS

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()

# --- Who we are -----------------------------------------------------------------------------

INSECURE_SECRET_KEY = "not-secret-for-local-use-only-0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - refused in production
SECRET_KEY = env.text("SECRET_KEY", INSECURE_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = env.flag("DEBUG", default=False)
SITE_NAME = env.text("SITE_NAME", "Transfer")
SITE_URL = env.origin("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DEMO = False

# --- Applications ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "transfer.apps.TransferConfig",
    "deals",
    "matching",
    "achievements",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "transfer.apps.CollectedStaticFilesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "heroicons",
    "rest_framework",
]

MIDDLEWARE = [
    "transfer.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "transfer.middleware.HealthMiddleware",
    "transfer.middleware.UnavailableMiddleware",
    "transfer.middleware.OvertakenMiddleware",
    "transfer.visitors.VisitorPagesMiddleware",
    "transfer.middleware.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "transfer.middleware.ConditionalApiMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "matching.middleware.OpenedResultMiddleware",
    "accounts.middleware.FormOnceMiddleware",
]

ROOT_URLCONF = "transfer.urls"
WSGI_APPLICATION = "transfer.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "transfer.context.site",
                "accounts.context_processors.site",
            ],
            "builtins": ["django_cotton.templatetags.cotton", "accounts.templatetags.pure"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")  # its templates, for the renderer above

# --- Data -----------------------------------------------------------------------------------

_NO_DATABASE = "postgresql://transfer@127.0.0.1:1/transfer"  # nothing listens there

DATABASES = {"default": env.database("DATABASE_URL", _NO_DATABASE)}
DATABASES["default"] |= {
    "CONN_MAX_AGE": None,  # each thread keeps its connection ...
    "CONN_HEALTH_CHECKS": True,  # ... and notices when the server was restarted
}

# A copy that PostgreSQL keeps up to date, for searches, lists and details; empty: none. The role
# that reads there may be the same; whatever wants to write is refused.
# What a process keeps of listings is asked for changes of the last half minute: no more than that.
DATABASE_REPLICA_LAG_SECONDS = env.number("DATABASE_REPLICA_LAG_SECONDS", 10, least=1, most=20)
if _replica := env.optional_database("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = DATABASES["default"] | _replica
    DATABASES["replica"]["OPTIONS"] = {
        "connect_timeout": 2,
        # A machine that is gone says nothing at all: milliseconds, and seconds.
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "options": "-c default_transaction_read_only=on",
        **_replica["OPTIONS"],
    }
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
    DATABASE_ROUTERS = ["transfer.replica.ReplicaRouter"]
    MIDDLEWARE.insert(-1, "transfer.replica.ReplicaMiddleware")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "transfer.cache.FailOpenRedisCache",
        "LOCATION": env.redis_database(REDIS, 1),
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }
}
VISITOR_PAGES_SECONDS = env.number("VISITOR_PAGES_SECONDS", 10, most=3600)
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static")
MEDIA_ROOT = env.folder("MEDIA_ROOT", DATA_DIR / "media")
MEDIA_URL = "/media/"  # never served as such: files go through views that ask for permission
FILE_UPLOAD_PERMISSIONS = 0o640
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_MB", 20, least=1, most=1024) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# clamd, as tcp://host:3310 or unix:///path; empty: files are not looked at.
CLAMD_URL = env.optional_url("CLAMD_URL", ("tcp", "unix"))
BACKUP_KEY = env.secret("BACKUP_KEY", least=32)  # with one, `manage.py backup` encrypts

# --- Languages and time ---------------------------------------------------------------------

LANGUAGE_CODE = "en"
FILTERS_EMPTY_CHOICE_LABEL = _("All")
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "transfer.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")

# --- Sign-in --------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or factor is told by e-mail
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
}
USERSESSIONS_TRACK_ACTIVITY = False
SECOND_FACTOR_REQUIRED = True  # of administrators
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0, most=10)
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- E-mail ---------------------------------------------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
for _name, _value in env.email("EMAIL_URL", "smtp://localhost:25").items():
    globals()[_name] = _value
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Transfer <transfer@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Embeddings -----------------------------------------------------------------------------

# An OpenAI-compatible endpoint; empty: the model in the wheel.
EMBEDDINGS_URL = env.optional_url("EMBEDDINGS_URL", ("http", "https"))
EMBEDDINGS_MODEL = env.text("EMBEDDINGS_MODEL")
EMBEDDINGS_API_KEY = env.text("EMBEDDINGS_API_KEY")

# --- Security -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- Logs -----------------------------------------------------------------------------------

LOG_FORMAT = env.choice("LOG_FORMAT", "text", ("text", "json"))
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "transfer.logs.RequestIdFilter"}},
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "transfer.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
