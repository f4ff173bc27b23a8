"""The audit trail in words: every verb of the code has some."""

import ast
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from accounts.audit_wording import AREAS, CHOICES, KEYS, _choices, detail_rows, kind_words
from achievements.services.lifecycle import TRANSITIONS
from matching.models import Decision

ROOT = Path(__file__).resolve().parents[2]


def verbs_of_the_code() -> list[str]:
    """What is given to ``record_audit`` as a plain word, and two families put together."""
    found = {f"listing.{verb}" for verb in TRANSITIONS}
    found |= {f"match.{verdict}" for verdict in Decision.Verdict.values}
    for package in ("accounts", "achievements", "matching", "deals"):
        for path in (ROOT / package).rglob("*.py"):
            found.update(re.findall(r'\bverb="([a-z_]+\.[a-z_]+)"', path.read_text()))
    return sorted(found)


@pytest.mark.parametrize("verb", verbs_of_the_code())
def test_verb_of_the_code_is_worded(verb):
    assert verb not in render_to_string("audit/verb.html", {"verb": verb})


def test_verbs_of_the_code_have_an_area_to_narrow_the_list_to():
    assert {verb.partition(".")[0] for verb in verbs_of_the_code()} == set(AREAS)


def test_verb_nobody_worded_is_shown_as_it_is():
    assert render_to_string("audit/verb.html", {"verb": "x.y"}).strip() == "<code>x.y</code>"


def keys_of_the_code() -> list[str]:
    """What is given to ``record_audit`` beside who, what and whose; put together ones by hand."""
    found = {"merged", "merged_into", "parted", "parted_from", "retired"}
    for package in ("accounts", "achievements", "matching", "deals"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "record_audit":
                    found.update(one.arg for one in node.keywords if one.arg)
    return sorted(found - {"by", "verb", "obj", "organisation"})


def test_details_of_the_code_are_worded_in_both_languages():
    assert set(keys_of_the_code()) - set(KEYS) == set()
    assert [path for paths in CHOICES.values() for path in paths if not _choices(path)] == []
    with override("zh-hans"):
        assert [
            key for key, label in KEYS.items() if not re.search("[\u4e00-\u9fff]", str(label))
        ] == []


def test_details_coded_values_are_told_in_words():
    data = {"before": "in_review", "after": "published", "sample": True, "to": None}

    assert detail_rows(data, "achievements.listing") == [
        ("Before", "In review"),
        ("After", "Published"),
        ("Sample data", "yes"),
    ]


def test_details_changed_fields_and_rows_are_called_as_in_the_forms():
    data = {"changed": ["title_en", "requirements", "nobody_knows"]}

    with override("zh-hans"):
        said = detail_rows(data, "achievements.listing")[0].value

    assert said.split("、")[2] == "nobody_knows"
    assert not re.search("title|requirement", said)
    assert (kind_words("achievements.listing"), kind_words("gone.model")) == (
        "Listing",
        "gone.model",
    )


def test_details_long_lists_are_cut_and_counted():
    (detail,) = detail_rows({"created": list(range(1, 65))}, "achievements.importrun")

    assert detail.value == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 … (64 in all)"
