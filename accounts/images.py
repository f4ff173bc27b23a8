"""Logos: read as a real image, bounded, and written anew so that nothing else travels along."""

import logging
import struct
import uuid
from io import BytesIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from accounts.antivirus import NotScannedError, ScannerUnavailableError, scan

logger = logging.getLogger(__name__)
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16_000_000
MAX_SIDE = 512
SCAN_SECONDS = 5.0  # somebody waits for the answer
FORMATS = ("PNG", "JPEG", "WEBP")
# What opening, decoding or turning an image raises that is broken, or promises too many pixels.
BROKEN = (
    *(UnidentifiedImageError, OSError, EOFError, MemoryError, struct.error),
    *(ValueError, SyntaxError, TypeError, KeyError, IndexError),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)


def clean_logo(upload: File) -> ContentFile:
    """A PNG of at most 512 × 512 pixels made from an uploaded PNG, JPEG or WebP.

    Re-encoding drops metadata and anything hidden behind the image; the file gets a name of ours.
    Where a virus scanner is set, it looks at the file before it is decoded. Raises ValidationError
    for what is too large, not an image or of another format (SVG included), for malware, and while
    the scanner is away.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("The logo is larger than %(limit)s MB. Choose a smaller file.")
            % {"limit": MAX_BYTES // 1024 // 1024},
            code="logo_size",
        )
    _refuse_malware(upload)
    upload.seek(0)
    try:
        with Image.open(upload, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _not_an_image()
            image.load()
            picture = image.convert("RGBA")
    except BROKEN as error:
        raise _not_an_image() from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return ContentFile(buffer.getvalue(), name=f"{uuid.uuid4().hex}.png")


def _refuse_malware(upload: File) -> None:
    if not settings.CLAMD_URL:
        return
    upload.seek(0)
    try:
        finding = scan(upload, seconds=SCAN_SECONDS)
    except (ScannerUnavailableError, NotScannedError) as error:
        logger.warning("a logo is refused: %s", error)
        raise ValidationError(
            _("The logo could not be checked for viruses just now. Please try again later."),
            code="unchecked",
        ) from error
    if finding:
        raise ValidationError(
            _("The virus scanner found %(finding)s in this file.") % {"finding": finding},
            code="infected",
        )


def _not_an_image() -> ValidationError:
    return ValidationError(
        _("The logo must be a PNG, JPEG or WebP image of at most %(pixels)s megapixels.")
        % {"pixels": MAX_PIXELS // 1_000_000},
        code="logo",
    )
