"""The guides call pages and buttons what the site calls them, in both languages alike."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guide"
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def labels(name: str) -> list[str]:
    """What a guide prints in bold, in alphabetical order."""
    return sorted(re.findall(r"\*\*(.+?)\*\*", (GUIDES / name).read_text("utf-8")))


@pytest.mark.parametrize("guide", ["transfer-office", "enterprise", "curator"])
def test_guide_names_what_is_on_the_site_in_both_languages(guide: str):
    words: dict[str, str] = {}
    for entry in polib.pofile(str(CATALOGUE)):
        if not entry.obsolete:
            words.setdefault(entry.msgid, entry.msgstr)
    english = labels(f"{guide}.md")

    assert [label for label in english if label not in words] == []
    assert labels(f"{guide}.zh.md") == sorted(words[label] for label in english)
    assert len(english) > 5
