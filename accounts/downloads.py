"""Files that people uploaded, handed out so that no browser runs them."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from accounts.models import CheckedFile

# Should a browser show the file after all: nothing in it runs, loads or is shown in a frame.
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


def download(file: FieldFile, *, name: str, content_type: str) -> FileResponse:
    """The file, always to save, never kept by caches.

    404 where it is gone from the disk, and while it waits for the virus scanner.
    """
    row = file.instance
    if isinstance(row, CheckedFile) and row.is_held:
        raise Http404
    try:
        content = file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


def added_words(*, held: bool) -> str:
    """What its uploader reads of a new file; ``held``: it waits for the virus scanner."""
    if held:
        return _("The file has been added. It can be opened once no virus was found in it.")
    return _("The file has been added.")
