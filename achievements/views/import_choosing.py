"""The possible duplicates of a file, each beside what it is like, and what becomes of them."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import signed_in
from achievements.models import ImportDuplicate, ImportRun
from achievements.presentation import part_names
from achievements.services.import_choosing import (
    Pair,
    beside_each_other,
    choose_duplicates,
    chosen_counts,
)
from achievements.views.importing import run_of

SHOWN = 10  # pairs on one page
_LINE = re.compile(r"[0-9]{1,9}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_duplicates(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at possible duplicates and choose: for all at once (``every``) or row by row."""
    run = run_of(request, pk)
    if request.method == "POST":
        return _chosen(request, run)
    found = ImportDuplicate.objects.filter(run=run).select_related("listing").order_by("line")
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    counts = chosen_counts(run)
    context = {
        "run": run,
        "page_obj": page,
        "pairs": [_shown(run, pair) for pair in beside_each_other(run, list(page.object_list))],
        "choices": [(*choice, counts[choice[0]]) for choice in ImportRun.Duplicates.choices],
        "open": run.state == ImportRun.State.CHECKED,
    }
    return render(request, "achievements/import_duplicates.html", context)


def _chosen(request: HttpRequest, run: ImportRun) -> HttpResponse:
    rows = {
        int(line): str(choice)
        for name, choice in request.POST.items()
        if name.startswith("line-") and _LINE.fullmatch(line := name.removeprefix("line-"))
    }
    every = request.POST.get("every", "")
    try:
        choose_duplicates(
            run, by=signed_in(request.user), every=every, rows=None if every else rows
        )
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    else:
        messages.success(request, _("Your choice is kept. Nothing is imported yet."))
    address = reverse("achievements:import_duplicates", args=[run.pk])
    page = request.GET.get("page", "")
    if "next" in request.POST and page.isdecimal() and len(page) < 9:
        page = str(int(page) + 1)
    elif "next" in request.POST:
        page = "2"
    return redirect(f"{address}?page={page}" if page.isdecimal() else address)


def _shown(run: ImportRun, pair: Pair) -> dict[str, Any]:
    row = pair.row
    return {
        "row": row,
        "gone": pair.other is None,
        "differences": pair.differences,
        "same": part_names(run.kind, pair.same),
        "choice": row.choice or run.duplicates,
    }
