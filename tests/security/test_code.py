"""What the code does nowhere, so that no test of every page has to look for it."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import MemberFactory
from transfer.logs import RequestIdFilter

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "achievements", "matching", "deals", "transfer")


def lines(suffix: str, *folders: str) -> Iterator[tuple[str, str]]:
    """The path of every file of ours below the folders, and each of its lines."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            if "migrations" not in path.parts:
                for line in path.read_text("utf-8").splitlines():
                    yield str(path.relative_to(ROOT)), line


def users_of(pattern: str, suffix: str, *folders: str) -> set[str]:
    """Files with a line that the pattern finds."""
    return {path for path, line in lines(suffix, *folders) if re.search(pattern, line)}


def test_text_of_people_is_marked_as_html_nowhere() -> None:
    """People write text, never HTML or Markdown, so everything is escaped where it is shown."""
    assert users_of(r"mark_safe\(", ".py", *PACKAGES) == {
        "accounts/templatetags/choices.py",  # boxes, each of escaped parts
        "accounts/templatetags/pure.py",  # what a template gave
        "achievements/onepager.py",  # a drawn code
        "achievements/structured.py",  # JSON-LD without < > &
        "matching/results/snippets.py",  # marks around escaped parts
        "matching/templatetags/search_ranges.py",  # what a template gave
    }
    marked = [
        re.sub(r'"[^"]*"\|safe|help_text\|safe', "", line)  # words of ours
        for _path, line in lines(".html", "templates")
    ]
    assert [line for line in marked if "|safe" in line or "autoescape off" in line] == []


def test_scripts_make_no_html_of_text() -> None:
    writing = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\("
    found = [line for _path, line in lines(".js", "static/js") if re.search(writing, line)]

    assert all(
        'querySelector("template").innerHTML' in line for line in found
    )  # of the page itself


def test_nothing_is_read_as_code_or_pickled() -> None:
    reading = r"\bpickle\.loads?\(|yaml\.load\(|\beval\(|\bexec\(|marshal\.loads?\(|shell=True"

    assert users_of(reading, ".py", *PACKAGES) == set()


def test_tables_are_written_at_one_place() -> None:
    """Which lets no cell begin a formula: another place would have to be tried as well."""
    writing = r"csv\.(writer|DictWriter)\(|\bWorkbook\(write_only|\bWorkbook\(\)"

    assert users_of(writing, ".py", *PACKAGES) == {"achievements/exporting.py"}


def test_template_is_never_made_of_text() -> None:
    assert users_of(r"\bTemplate\(|from_string\(", ".py", *PACKAGES) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "file:///etc"],
)
def test_website_with_another_scheme_is_refused(client: Client, address: str) -> None:
    member = MemberFactory(role="owner")
    client.force_login(member.user)
    path = f"/api/v1/organisations/{member.organisation.slug}/"

    answer = client.patch(path, {"website": address}, content_type="application/json")

    member.organisation.refresh_from_db()
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "website")
    assert member.organisation.website != address


@pytest.mark.django_db
def test_inside_is_not_shown_on_the_site(client: Client) -> None:
    """Metrics have a port of their own; nothing of the files of the code is served."""
    hidden = ("/metrics", "/metrics/", "/debug/", "/__debug__/", "/.git/config", "/.env", "/media/")
    for path in (*hidden, "/static/../manage.py", "/server-status", "/static/"):
        assert client.get(path).status_code == 404, path


def test_mistake_of_ours_shows_nothing_of_the_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the secret of the inside")

    monkeypatch.setattr("django.contrib.sitemaps.views.index", fail)
    monkeypatch.setattr("transfer.health.report", fail)
    client.raise_request_exception = False

    answer = client.get("/readyz")

    assert answer.status_code == 500
    assert "secret of the inside" not in answer.text
    assert settings.SECRET_KEY not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/organisations/queue/", "/api/v1/matches/proposable/?demand=1"])
def test_refusal_is_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", False)
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    client.force_login(MemberFactory().user)
    caplog.handler.addFilter(RequestIdFilter())

    answer = client.get(path, headers={"X-Request-ID": "the-id-of-a-refusal"})

    assert answer.status_code == 403
    [line] = [record for record in caplog.records if path.partition("?")[0] in record.getMessage()]
    assert (line.levelname, line.request_id) == ("WARNING", "the-id-of-a-refusal")  # type: ignore[attr-defined]
