"""docs/security.md is true: every requirement is there, and every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# OWASP ASVS 5.0, the requirements of levels 1 and 2 that matter for such a site, by chapter.
REQUIREMENTS = (
    "1.2.1 1.2.2 1.2.3 1.2.4 1.2.9 1.3.1 1.3.4 1.3.5 1.3.6 1.3.11 1.5.1 2.2.2 2.3.1 2.3.3 2.3.4 "
    "2.4.1 3.2.1 3.3.3 3.4.3 3.4.6 3.5.1 3.5.3 3.7.2 4.1.3 5.2.1 5.2.2 5.2.3 5.3.2 5.4.2 5.4.3 "
    "6.2.4 6.3.1 6.3.3 6.4.3 6.5.1 7.2.4 7.3.2 7.4.2 7.5.1 8.2.1 8.2.2 8.2.3 8.4.1 13.4.5 14.3.2 "
    "15.3.3 16.3.2 16.5.3"
)
ROW = re.compile(r"^\| ([\d.]+) \| [^|]+ \| [^|]+ \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    """The number of each requirement on the page, and what is said to show it."""
    return ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8"))


def test_every_requirement_is_on_the_page_once() -> None:
    assert sorted(number for number, _shown in rows()) == sorted(REQUIREMENTS.split())
    assert len(REQUIREMENTS.split()) == 48


def test_every_requirement_names_tests_that_exist() -> None:
    for number, shown in rows():
        assert NAMED.search(shown), f"{number} names no test."
        for path, name in NAMED.findall(shown):
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in tests, f"{number}: {path} has no {name}."
