"""Compiles message catalogues without gettext, which not every machine has.

`python -m transfer.messages` does it for this project.
"""

from collections.abc import Iterable
from pathlib import Path

import polib

from transfer.settings.env import BASE_DIR


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
    for path in compile_messages():
        print(f"compiled {path.relative_to(BASE_DIR)}")
