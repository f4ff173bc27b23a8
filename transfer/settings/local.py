"""Settings of one machine: the demo and development, with the servers from the wheels."""

import os

from transfer.embedded.state import addresses
from transfer.settings import env

# Where no address is given, the servers that run on this data folder are used.
for _name, _value in addresses(env.data_dir()).items():
    os.environ.setdefault(_name, _value)

from transfer.settings.base import *  # noqa: E402, F403

DEMO = True
SECOND_FACTOR_REQUIRED = False
STORAGES = {
    "default": {"BACKEND": "accounts.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "transfer.static_files.GzippedStaticFilesStorage"},
}
# Until `make demo` has collected them, static files are served from where they lie.
WHITENOISE_USE_FINDERS = DEBUG or not STATIC_ROOT.exists()  # noqa: F405
EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"  # shown on /mailbox/
