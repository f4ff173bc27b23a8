"""Collects and compiles message catalogues.

`python -m transfer.messages` compiles, without gettext, which not every machine has.
`python -m transfer.messages collect` first brings the catalogue up to date with the sources; that
needs gettext. Both work on the project that the working directory is in.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import django
import polib
from django.core.management import call_command
from django.core.management.commands import makemessages

from transfer.settings.env import BASE_DIR

# Nothing in these speaks to people who use the site.
NOT_COLLECTED = ("docs", "media", "requirements*.txt", "screenshots", "staticfiles", "tests")


class CollectMessages(makemessages.Command):
    """Django's command without guesses: what is new stays empty until somebody translates it."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


def collect_messages() -> None:
    """Write every text of the sources into the catalogue and drop what no source has any more.

    The date of collecting is left out, so that nothing changes where nothing is new. Raises
    CommandError where gettext is missing.
    """
    call_command(
        CollectMessages(),
        locale=["zh_Hans"],
        add_location=False,
        no_location=True,
        no_obsolete=True,
        no_wrap=True,
        ignore_patterns=list(NOT_COLLECTED),
        verbosity=0,
    )
    for catalogue in (BASE_DIR / "locale").glob("*/LC_MESSAGES/*.po"):
        text = catalogue.read_text(encoding="utf-8")
        text = re.sub(r'^"(POT-Creation|PO-Revision)-Date:.*\n', "", text, flags=re.MULTILINE)
        catalogue.write_text(text, encoding="utf-8")


def compile_messages(folders: Iterable[Path] = (BASE_DIR / "locale",)) -> list[Path]:
    """Write the .mo file beside each .po file that is newer; return what was written.

    Fuzzy and obsolete entries are left out, as gettext does. Raises OSError or ValueError for a
    file that cannot be read.
    """
    written = []
    for folder in folders:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            polib.pofile(str(source)).save_as_mofile(str(target))
            written.append(target)
    return written


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
        django.setup()
        collect_messages()
    for path in compile_messages():
        print(f"compiled {path.relative_to(BASE_DIR)}")
