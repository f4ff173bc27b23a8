"""The portfolio: an organisation's listings as a table one works in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import ListView

from accounts.context_processors import Viewer
from accounts.models import User
from accounts.permissions import signed_in
from accounts.views.base import add_service_errors
from achievements.downloads import table_download
from achievements.exporting import FORMATS
from achievements.querysets import ListingQuerySet
from deals import portfolio
from deals.filtersets import PortfolioFilterSet
from deals.forms import BulkForm, PortfolioViewForm
from deals.models import PortfolioView
from deals.permissions import may_delete_view
from deals.services.portfolio import Outcome, act_on_listings, delete_view, save_view

_OUTCOME = "portfolio_outcome"
_SHOWN_FILTERS = ("kind", "state", "tag", "assignee", "expires_within", "title")


def filtered(request: HttpRequest) -> tuple[PortfolioFilterSet, ListingQuerySet]:
    """The rows that the address asks for, in its order; none when it asks for nonsense."""
    user = signed_in(request.user)
    rows = portfolio.portfolio_rows(user).order_by("-updated_at", "-pk")
    filterset = PortfolioFilterSet(request.GET or None, queryset=rows, request=request)
    return filterset, filterset.qs if filterset.is_valid() or not request.GET else rows.none()


class PortfolioListView(LoginRequiredMixin, ListView):
    """The table with its filters, saved views and what can be done to many at once."""

    template_name = "deals/portfolio.html"
    paginate_by = 50

    def get_queryset(self) -> ListingQuerySet:
        """What the filters leave."""
        self.filterset, rows = filtered(self.request)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Columns with their links, cells, saved views, the outcome of what was just done."""
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        user = signed_in(self.request.user)
        columns = portfolio.chosen_columns(self.request.GET.getlist("columns"))
        query = self.request.GET.copy()
        query.pop("page", None)
        own = portfolio.portfolio_rows(user)
        narrowed = any(query.get(name) for name in PortfolioFilterSet.base_filters)
        context |= {
            "rows": [
                {"listing": row, "cells": _cells(row, columns)} for row in context["page_obj"]
            ],
            "heads": [self._head(column) for column in columns],
            "columns": [
                {"column": column, "shown": column in columns}
                for column in portfolio.COLUMNS.values()
                if column.key != "title"
            ],
            "query": query.urlencode(),
            "narrowed": narrowed and set(query) - {"ordering", "columns"},
            "views": self._views(user),
            "bulk": BulkForm(rows=own),
            "view_form": PortfolioViewForm(initial={"query": query.urlencode()}),
            "outcome": _told(self.request, own),
            "tags": _tags(own),
        }
        return context

    def _head(self, column: portfolio.Column) -> dict[str, Any]:
        """A column's heading: its name, the address that sorts by it, how it sorts now."""
        now = self.request.GET.get("ordering", "")
        query = self.request.GET.copy()
        query.pop("page", None)
        down = now == column.key or (column.numeric and now.lstrip("-") != column.key)
        query["ordering"] = f"-{column.key}" if down else column.key
        sorts = {column.key: "ascending", f"-{column.key}": "descending"}.get(now, "")
        return {"column": column, "url": f"?{query.urlencode()}", "sorts": sorts}

    def _views(self, user: User) -> list[dict[str, Any]]:
        """The saved views, which of them is shown, and which the user may remove."""
        shown = self.request.GET.copy()
        shown.pop("page", None)
        rows = PortfolioView.objects.visible_to(user).select_related("user", "organisation")
        return [
            {
                "view": view,
                "current": view.query == shown.urlencode(),
                "own": view.user_id == user.pk,
                "may_delete": may_delete_view(user, view),
            }
            for view in rows
        ]


def _cells(row: Any, columns: list[portfolio.Column]) -> list[dict[str, Any]]:
    return [
        {"column": column, "value": column.value(row)}
        for column in columns
        if column.key != "title"
    ]


def _tags(rows: ListingQuerySet) -> list[str]:
    """The tags in use, for the list of suggestions."""
    found = rows.order_by().values_list("office_note__tags", flat=True)
    return sorted({tag for tags in found for tag in tags or []})


@login_required
@require_safe
def portfolio_export(request: HttpRequest, form: str) -> HttpResponse:
    """The table as a file: the same filters, columns and order, all pages."""
    if form not in FORMATS:
        raise Http404
    _filterset, rows = filtered(request)
    columns = portfolio.chosen_columns(request.GET.getlist("columns"))
    return table_download(*portfolio.table_of(rows, columns), form, name=portfolio.file_name())


@login_required
@require_POST
def portfolio_act(request: HttpRequest) -> HttpResponse:
    """Do one thing to the chosen listings; withdrawing is asked once more."""
    user = signed_in(request.user)
    if not Viewer(request).may_post:
        raise PermissionDenied
    _filterset, rows = filtered(request)
    form = BulkForm(request.POST, rows=rows)
    back = _back(request.GET)
    if form.is_valid():
        given = form.cleaned_data
        if given["verb"] == "withdraw" and not given["sure"]:
            context = {"chosen": given["listings"], "form": form, "back": back}
            return render(request, "deals/portfolio_confirm.html", context)
        try:
            outcomes = act_on_listings(
                given["listings"],
                by=user,
                verb=given["verb"],
                tag=given["tag"],
                assignee=given["assignee"],
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            _remember(request, outcomes)
            return redirect(back)
    for texts in form.errors.values():
        for text in texts:
            messages.error(request, str(text))
    return redirect(back)


def _back(query: QueryDict) -> str:
    return (
        f"{reverse('deals:portfolio')}?{query.urlencode()}" if query else reverse("deals:portfolio")
    )


def _remember(request: HttpRequest, outcomes: list[Outcome]) -> None:
    """Keep what became of each listing until the table is shown again."""
    done = sum(outcome.done for outcome in outcomes)
    if done:
        text = ngettext("%(count)d listing done.", "%(count)d listings done.", done)
        messages.success(request, text % {"count": done})
    request.session[_OUTCOME] = [
        [outcome.listing.pk, outcome.message] for outcome in outcomes if not outcome.done
    ]


def _told(request: HttpRequest, own: ListingQuerySet) -> list[dict[str, Any]]:
    """The listings that were left as they were, each with the reason; told once."""
    kept = request.session.pop(_OUTCOME, [])
    titles = {row.pk: row for row in own.filter(pk__in=[pk for pk, _text in kept])} if kept else {}
    return [{"listing": titles[pk], "text": text} for pk, text in kept if pk in titles]


@login_required
@require_POST
def view_create(request: HttpRequest) -> HttpResponse:
    """Keep the present filters, columns and order under a name."""
    organisation = Viewer(request).active_organisation
    if organisation is None:
        raise PermissionDenied
    form = PortfolioViewForm(request.POST)
    query = QueryDict(request.POST.get("query", "")[:2000])
    if form.is_valid():
        try:
            view = save_view(
                by=signed_in(request.user), organisation=organisation, **form.cleaned_data
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(request, _("The view is saved."))
            return redirect(view)
    for texts in form.errors.values():
        for text in texts:
            messages.error(request, str(text))
    return redirect(_back(query))


@login_required
@require_http_methods(["POST"])
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a saved view."""
    user = signed_in(request.user)
    view = get_object_or_404(PortfolioView.objects.visible_to(user), pk=pk)
    if not may_delete_view(user, view):
        raise PermissionDenied
    delete_view(view, by=user)
    messages.success(request, _("The view is removed."))
    return redirect("deals:portfolio")
