"""Tables as answers to be saved as files, alike for pages and the API."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from accounts.bilingual import reader_language
from achievements.exporting import FORMATS, write_table
from achievements.importing.example import example_table


def table_download(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], form: str, *, name: str
) -> HttpResponse:
    """A table as ``csv`` or ``xlsx`` that a browser saves as ``name`` with that ending."""
    return HttpResponse(
        write_table(headers, rows, form),
        content_type=FORMATS[form],
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def example_download(kind: str, form: str) -> HttpResponse:
    """The table to begin an import of a kind with, in the reader's language."""
    headers, row = example_table(kind, reader_language())
    return table_download(headers, [row], form, name=f"{kind}s")
