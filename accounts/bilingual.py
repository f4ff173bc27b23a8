"""Content kept in English and Chinese columns side by side (``title_en``, ``title_zh``)."""

from typing import Any

from django.utils.translation import get_language

LANGUAGES = ("en", "zh")


def reader_language() -> str:
    """``zh`` when the active language is Chinese, else ``en``."""
    return "zh" if (get_language() or "en").lower().startswith("zh") else "en"


def localized(obj: Any, field: str) -> Any:
    """The reader's language of ``field``, or the other one where it is empty."""
    wanted = reader_language()
    other = "en" if wanted == "zh" else "zh"
    return getattr(obj, f"{field}_{wanted}") or getattr(obj, f"{field}_{other}")


def content_language(obj: Any, field: str) -> str:
    """The language :func:`localized` answers in (``en`` or ``zh``), empty when both are empty."""
    wanted = reader_language()
    other = "en" if wanted == "zh" else "zh"
    for language in (wanted, other):
        if getattr(obj, f"{field}_{language}"):
            return language
    return ""
