"""Browsers as their users call them."""

import pytest
from django.utils.translation import override

from accounts.templatetags.browsers import browser_words

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME}", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/131.0", "Edge on Windows"),
        (
            f"Mozilla/5.0 (Linux; Android 14; ALN-AL00) {CHROME} MicroMessenger/8.0",
            "WeChat on Android",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
    ],
)
def test_browser_known_is_called_by_its_name(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words


def test_browser_in_chinese_names_the_system_first() -> None:
    with override("zh-hans"):
        assert (
            browser_words("Mozilla/5.0 (Windows NT 10.0) Firefox/133.0") == "Windows 上的 Firefox"
        )
