"""Message catalogues compiled without gettext."""

import gettext
import os
from pathlib import Path

from transfer.messages import compile_messages

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Demand"
msgstr "需求"

#, fuzzy
msgid "Expert"
msgstr "猜测"
"""


def test_catalogue_compiled_once_without_fuzzy_entries(tmp_path: Path):
    source = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, "utf-8")

    written = compile_messages([tmp_path])
    again = compile_messages([tmp_path])

    assert written == [source.with_suffix(".mo")]
    assert again == []
    with written[0].open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("Demand") == "需求"
    assert catalogue.gettext("Expert") == "Expert"


def test_catalogue_changed_is_compiled_again(tmp_path: Path):
    source = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, "utf-8")
    (target,) = compile_messages([tmp_path])
    later = target.stat().st_mtime + 5
    os.utime(source, (later, later))

    assert compile_messages([tmp_path]) == [target]
