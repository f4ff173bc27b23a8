"""Settings of one machine: the demo and development, with the servers from the wheels."""

import os

from transfer.embedded.state import addresses
from transfer.settings import env

# Where no address is given, the servers that run on this data folder are used.
for _name, _value in addresses(env.data_dir()).items():
    os.environ.setdefault(_name, _value)

from transfer.settings.base import *  # noqa: E402, F403

DEMO = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")  # noqa: F405
