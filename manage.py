#!/usr/bin/env python
"""Run Django's command line for Transfer."""

import os
import sys


def main() -> None:
    """Hand the arguments to Django, with the local settings unless told otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "Connection refused" not in str(error):
            raise
        sys.exit(
            "transfer: no PostgreSQL answers. Start `make demo`, set DATABASE_URL, or let "
            "`python -m transfer.embedded run` start one for this command."
        )


if __name__ == "__main__":
    main()
