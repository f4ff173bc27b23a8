"""Looking closer at an import: what columns mean, refused rows, taking it back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import signed_in
from achievements.importing.columns import label_of, targets_of
from achievements.models import ImportRefusal, ImportRun
from achievements.services.import_fixing import correct_cells, refused_rows_file
from achievements.services.import_runs import check_again, undo_import
from achievements.views.importing import is_untitled, run_of, said_problems

SHOWN = 20  # rows on one page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what each column means; the organisation's next file is read the same way."""
    run = run_of(request, pk)
    headers = [*run.report.get("columns", {}), *run.report.get("unknown_columns", {})]
    if request.method == "POST":
        sent = {
            header: request.POST.get(f"column-{number}", "")
            for number, header in enumerate(headers)
        }
        if _checked_again(request, run, mapping=sent):
            return redirect("achievements:import_detail", pk=pk)
    known = run.report.get("columns", {})
    choices = sorted(
        ((name, str(label_of(name, run.kind))) for name in targets_of(run.kind)),
        key=lambda choice: choice[1],
    )
    rows = [
        {"number": number, "header": header, "target": known.get(header, "")}
        for number, header in enumerate(headers)
    ]
    context = {"run": run, "rows": rows, "choices": choices, "open": _is_open(run)}
    return render(request, "achievements/import_columns.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Refused rows with the reason beside each cell, page by page. Corrected cells are checked at
    once, or with ``next`` kept until the last page is done."""
    run = run_of(request, pk)
    rows = ImportRefusal.objects.filter(run=run).order_by("line")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    if request.method == "POST":
        sent: dict[str, dict[str, str]] = {}
        for row in page.object_list:
            for number, (header, cell) in enumerate(row.cells):
                text = request.POST.get(f"cell-{row.line}-{number}")
                if text is not None and text.strip() != cell.strip():
                    sent.setdefault(str(row.line), {})[header] = text[:20_000]
        if "next" in request.POST:
            return _kept(request, run, sent, page)
        if _checked_again(request, run, corrections=sent):
            return redirect("achievements:import_detail", pk=pk)
    said = {row.pk: said_problems(row.problems, request.user) for row in page.object_list}
    context = {
        "run": run,
        "page_obj": page,
        "rows": [_shown(row, said[row.pk]) for row in page.object_list],
        "open": _is_open(run),
        "untitled": _is_open(run) and is_untitled(run.report.get("problems", [])),
        "bad": page.paginator.count,
    }
    return render(request, "achievements/import_fix.html", context)


def _kept(request: HttpRequest, run: ImportRun, sent: Any, page: Page) -> HttpResponse:
    """Keep what was corrected and go on to the next page."""
    number = page.number
    try:
        if sent:
            correct_cells(run, by=signed_in(request.user), corrections=sent)
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    else:
        number = min(number + 1, page.paginator.num_pages)
        if sent:
            messages.success(request, _("Kept. It is checked when you are through."))
    address = reverse("achievements:import_fix", args=[run.pk])
    return redirect(f"{address}?page={number}")


def _shown(row: ImportRefusal, problems: list[dict[str, Any]]) -> dict[str, Any]:
    """A row's cells that are wrong, each with its problems; ``rest``: those of the whole row."""
    reasons: dict[str, list[dict[str, Any]]] = {}
    for problem in problems:
        reasons.setdefault(problem["field"], []).append(problem)
    cells = [
        {"name": f"cell-{row.line}-{number}", "header": header, "value": cell, "errors": errors}
        for number, (header, cell) in enumerate(row.cells)
        if (errors := reasons.pop(header, None))
    ]
    whole = [
        each | {"text": f"{name}: {each['text']}" if name else each["text"]}
        for name, several in reasons.items()
        for each in several
    ]
    title = next((cell for _header, cell in row.cells if cell), "")
    return {"line": row.line, "title": title[:120], "cells": cells, "rest": whole}


def _checked_again(request: HttpRequest, run: ImportRun, **given: Any) -> bool:
    try:
        check_again(run, by=signed_in(request.user), **given)
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
        return False
    messages.success(request, _("The file is checked again."))
    return True


def _is_open(run: ImportRun) -> bool:
    return run.state == ImportRun.State.CHECKED


@login_required
@require_safe
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as a file, with the reasons."""
    run = run_of(request, pk)
    data = refused_rows_file(run, get_language() or "en")
    response = HttpResponse(data, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-rows-{run.pk}.csv"'
    return response


@login_required
@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the import back."""
    run = run_of(request, pk)
    try:
        undo_import(run, by=signed_in(request.user))
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    return redirect("achievements:import_detail", pk=pk)
