"""Compiles message catalogues without gettext, which not every machine has."""

from pathlib import Path

import polib
from django.conf import settings


def compile_messages() -> list[Path]:
    """Write the .mo file beside each .po file that is newer; return what was written.

    Fuzzy and obsolete entries are left out, as gettext does. Raises OSError or ValueError for a
    file that cannot be read.
    """
    written = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            polib.pofile(str(source)).save_as_mofile(str(target))
            written.append(target)
    return written
