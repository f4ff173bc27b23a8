"""Settings of the broker, of Celery and of the sweep; part of `base`."""

from transfer.settings import env

REDIS = env.redis("REDIS_URL", "redis://127.0.0.1:1/0")  # by default nothing listens there
REDIS_URL = env.redis_database(REDIS, 0)

CELERY_BROKER_URL = REDIS_URL
if REDIS.scheme == "unix":
    CELERY_BROKER_URL = CELERY_BROKER_URL.replace("unix://", "redis+socket://", 1).replace(
        "db=", "virtual_host=", 1
    )
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A killed worker's tasks come back after `visibility_timeout`; with kombu's own restore
    # rhythm they would wait up to 100 s more.
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "health_check_interval": 10,
    # Whoever announces work gives up soon; a worker is more patient (transfer/celery.py).
    "socket_connect_timeout": 0.3,
    "socket_timeout": 0.3,
    "connect_retries_timeout": 0.3,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600  # below the visibility timeout; of imports see their task
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_PUBLISH_RETRY = False  # the sweep finds what could not be announced
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.number("WORKER_CONCURRENCY", 2, least=1, most=256)
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = env.time_zone("TIME_ZONE", "UTC")
SWEEP_SECONDS = env.number("SWEEP_SECONDS", 10, least=1, most=3600)
# Where the sweep answers Prometheus; 0 for nowhere.
METRICS_PORT = env.number("METRICS_PORT", 0, least=0, most=65535)
METRICS_ADDRESS = env.text("METRICS_ADDRESS", "127.0.0.1")

# --- Conversations --------------------------------------------------------------------------

INTRODUCTIONS_PER_DAY = env.number("INTRODUCTIONS_PER_DAY", 20, least=1, most=10000)
MESSAGES_PER_DAY = env.number("MESSAGES_PER_DAY", 200, least=1, most=100000)

# --- Moderation -----------------------------------------------------------------------------

REVIEW_STEPS = env.number("REVIEW_STEPS", 1, least=1, most=2)  # reviewers who must agree
# A listing is stale when price and figures, or its contacts' last sign-in, are older than so many
# months, or a conversation waits for so many days.
STALE_MONTHS = env.number("STALE_MONTHS", 12, least=1, most=120)
STALE_REPLY_DAYS = env.number("STALE_REPLY_DAYS", 14, least=1, most=365)
ADMISSION_YEARS = env.number("ADMISSION_YEARS", 3, least=1, most=50)  # of experts to the pool
# Moderators' clock: days off, and weekends that are worked in exchange (2026-10-01,2026-10-02).
HOLIDAYS = env.days("HOLIDAYS")
WORKING_WEEKENDS = env.days("WORKING_WEEKENDS")

# --- Matching -------------------------------------------------------------------------------

# One place in the list of a listing's matches goes to one that is seldom seen.
FAIR_EXPOSURE = env.flag("FAIR_EXPOSURE", default=True)
