"""The guides call pages and buttons what the site calls them, in both languages alike."""

import re
from pathlib import Path

import polib
import pytest

from tests.guide_pictures import FOLDER, PICTURES

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guide"
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def labels(name: str) -> list[str]:
    """What a guide prints in bold, in alphabetical order."""
    return sorted(re.findall(r"\*\*(.+?)\*\*", (GUIDES / name).read_text("utf-8")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_guides_show_every_picture_once(language: str):
    """The pictures themselves are taken anew in the story of the demo, see `test_demo.py`."""
    suffix = ".zh.md" if language == "zh" else ".md"
    shown = [
        found
        for guide in ("transfer-office", "enterprise", "curator")
        for found in re.findall(
            r"^!\[.+\]\((.+)\)$", (GUIDES / f"{guide}{suffix}").read_text("utf-8"), re.MULTILINE
        )
    ]

    there = sorted(f"img/{path.parent.name}/{path.name}" for path in FOLDER.glob("*/*.png"))
    assert sorted(shown) == [one for one in there if one.startswith(f"img/{language}/")]
    assert sorted(shown) == sorted(f"img/{language}/{name}.png" for name in PICTURES)


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
