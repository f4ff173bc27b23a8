"""Whether an anonymous demand names its organisation, in its texts or in its files."""

import re
from contextlib import suppress
from html import unescape
from pathlib import PurePath

from achievements.files import TEXTS, document_properties
from achievements.models import Attachment, Listing
from achievements.services.text import fold

# In which encodings a PDF may hold the name of its author.
_ENCODINGS = ("utf-8", "utf-16-be", "utf-16-le", "gb18030")


def own_names(listing: Listing) -> list[str]:
    """The names that an anonymous demand must not say; none for any other listing."""
    if not listing.is_anonymous or listing.organisation is None:
        return []
    organisation = listing.organisation
    names = [fold(name) for name in (organisation.name_en, organisation.name_zh)]
    # A very short name is also an ordinary word; finding it says nothing.
    return [name for name in names if len(name) >= (4 if name.isascii() else 3)]


def says_any(text: str, names: list[str]) -> bool:
    """Whether the text holds one of the names, in whatever case, width or hyphenation."""
    folded = fold(text) if names else ""
    return any(name in folded for name in names)


def _name_says_any(name: str, names: list[str]) -> bool:
    """The same for the name of a file, in which words are often written as one."""
    joined = _joined(PurePath(name).stem)
    return any(own in joined for own in map(_joined, names) if own)


def _joined(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def attachment_says_any(attachment: Attachment, names: list[str], *, within: bool) -> bool:
    """Whether an attached file's name or title, or ``within`` also its content, holds a name.

    A file that is gone from the disk says nothing to anybody.
    """
    if _name_says_any(attachment.name, names) or says_any(attachment.title, names):
        return True
    if not within or attachment.is_image:
        return False
    with suppress(OSError), attachment.file.open("rb") as file:
        return file_says_any(attachment.name, file.read(), names)
    return False


def file_says_any(name: str, data: bytes, names: list[str]) -> bool:
    """Whether a file's name, its properties or its plain text hold one of the names.

    As far as can be read without a reader of the format: packed streams of a PDF and the pages of
    a document are not searched. Images are written anew without properties.
    """
    if not names:
        return False
    ending = PurePath(name).suffix.lower()
    if _name_says_any(name, names):
        return True
    if ending in TEXTS:
        texts = [data.decode(code, "replace") for code in ("utf-8-sig", "gb18030")]
        return any(says_any(text, names) for text in texts)
    if ending == ".pdf":
        lowered = data.lower()
        needles = [own.encode(code).lower() for own in names for code in _ENCODINGS]
        return any(needle in lowered for needle in needles)
    return says_any(unescape(document_properties(data)), names)
