"""Content kept in English and Chinese columns side by side (``title_en``, ``title_zh``)."""

from collections.abc import Iterable
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


def reader_first(names: Iterable[str]) -> list[str]:
    """``names`` with the two of each pair (``x_en``, ``x_zh``) exchanged for a Chinese reader.

    A name whose pair is not there keeps its place.
    """
    order = list(names)
    if reader_language() == "en":
        return order
    pairs = {f"{name[:-3]}_zh": name for name in order if name.endswith("_en")}
    pairs = {zh: en for zh, en in pairs.items() if zh in order}
    other = pairs | {en: zh for zh, en in pairs.items()}
    return [other.get(name, name) for name in order]


def content_language(obj: Any, field: str) -> str:
    """The language :func:`localized` answers in (``en`` or ``zh``), empty when both are empty."""
    wanted = reader_language()
    other = "en" if wanted == "zh" else "zh"
    for language in (wanted, other):
        if getattr(obj, f"{field}_{language}"):
            return language
    return ""
