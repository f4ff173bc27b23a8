"""What notifications say: every kind that the code uses has its words, in both languages."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.utils import translation

from accounts.services import notify
from accounts.services.rendering import localized_values, render_notification
from tests.factories import NotificationFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "templates" / "notifications"
PACKAGES = ("accounts", "achievements", "matching", "deals")
KINDS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def kinds_in_the_code() -> set[str]:
    """Words given as ``kind="…"`` within a call of ``notify`` or ``notify_of_new``."""
    found: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for call in re.findall(
                r"\bnotify(?:_of_new)?\((.*?)\n\s*\)", path.read_text(), re.DOTALL
            ):
                found.update(re.findall(r'\bkind="([a-z_]+)"', call))
    return found


def test_kinds_of_the_code_have_templates():
    assert kinds_in_the_code() <= set(KINDS)
    assert "invitation" in kinds_in_the_code()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.django_db
def test_kind_renders_one_line_and_a_body(kind, language):
    for part in ("title", "body"):
        get_template(f"notifications/{kind}/{part}.txt")

    row = NotificationFactory(kind=kind, data=dict.fromkeys(("days", "count", "score", "hits"), 3))
    with translation.override(language):
        told = render_notification(row)
        default = render_notification(NotificationFactory(kind="default", data={}))

    assert told.title
    assert (told == default) == (kind == "default")
    assert "\n" not in told.title


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["gone", "listing_expiring"])
def test_kind_without_templates_or_values_still_says_something(kind, caplog):
    told = render_notification(NotificationFactory(kind=kind, data={}))

    assert told.title == "There is news for you"
    assert kind in caplog.text


@pytest.mark.parametrize(
    ("language", "data", "expected"),
    [
        ("en", {"title_en": "A", "title_zh": "甲"}, "A"),
        ("zh-hans", {"title_en": "A", "title_zh": "甲"}, "甲"),
        ("zh-hans", {"title_en": "A", "title_zh": ""}, "A"),
        ("en", {"title_zh": "甲"}, "甲"),
    ],
)
def test_localized_values_prefers_the_readers_language(language, data, expected):
    with translation.override(language):
        assert localized_values(data)["title"] == expected


@pytest.mark.django_db
def test_notify_twice_tells_once():
    user = UserFactory()

    told = [
        notify(recipients=[user, user], kind="invitation", key="k", path="/", data={})
        for _twice in range(2)
    ]

    assert [len(rows) for rows in told] == [1, 0]
    assert user.notifications.count() == 1


@pytest.mark.django_db
def test_notify_who_wants_no_email_is_told_on_the_page_only():
    user = UserFactory(email_rhythm="never")

    [told] = notify(recipients=[user], kind="invitation", key="k", path="/", data={})

    assert not told.email_wanted
