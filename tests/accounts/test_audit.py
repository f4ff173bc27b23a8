"""The audit trail in words: every verb of the code has some."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

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


def test_verb_nobody_worded_is_shown_as_it_is():
    assert render_to_string("audit/verb.html", {"verb": "x.y"}).strip() == "<code>x.y</code>"
