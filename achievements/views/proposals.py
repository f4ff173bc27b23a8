"""Rows proposed from the text of a form: what the forms do with them, and live while writing."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from achievements.forms import (
    FORMSETS,
    AchievementForm,
    DemandForm,
    FormSets,
    ListingForm,
    proposals_in,
    shown_proposals,
)
from achievements.models import Listing
from achievements.services import proposals_of
from achievements.services.proposals import RELATION, row_from

_FORMS = {"achievement": AchievementForm, "demand": DemandForm}


class ProposalsMixin:
    """What the form of a listing does with the figures of its text."""

    if TYPE_CHECKING:
        request: HttpRequest
        model: type[Listing]
        listing: Listing | None

        def with_one_more_row(
            self, data: QueryDict, relation: str, row: dict[str, Any] | None = None
        ) -> tuple[ListingForm, FormSets]:
            """See ``ListingEditView``."""

    def with_proposal(self, data: QueryDict) -> tuple[ListingForm, FormSets]:
        """The forms as typed; a proposal that was taken is one more filled row."""
        relation = RELATION.get(self.kind, "")
        shown = self.with_one_more_row(data, "")
        for figure in proposals_in(*shown, kind=self.kind):
            if figure.key == data.get("take"):
                row = row_from(figure, self.kind)
                return self.with_one_more_row(data, relation, row)
        return shown

    def ignored(self) -> list[str]:
        """The proposals that were set aside, before or in this form."""
        sent = self.request.POST
        before = self.listing.ignored_figures if self.listing is not None else []
        return [*before, *sent.getlist("ignored"), *sent.getlist("ignore")]

    def tell_of_proposals(self, listing: Listing) -> None:
        """Say after saving that the text has figures which could be rows, and where."""
        count = len(proposals_of(listing))
        if count:
            text = ngettext(
                "%(count)d figure in your text could become a row that is compared.",
                "%(count)d figures in your text could become rows that are compared.",
                count,
            ) % {"count": count}
            address = reverse(f"achievements:{listing.kind}_update", args=[listing.pk])
            link = format_html('<a href="{}#proposals">{}</a>', address, _("Look at them"))
            messages.info(self.request, format_html("{} {}", text, link))

    def proposal_context(self, form: ListingForm, sets: FormSets) -> dict[str, Any]:
        """What the part of the page with the proposals shows."""
        if self.kind not in RELATION:
            return {}
        return shown_proposals(form, sets, kind=self.kind, ignored=self.ignored())

    @property
    def kind(self) -> str:
        """The kind of listing that is edited."""
        return str(self.model._meta.model_name)


@login_required
@require_POST
def proposal_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The figures in what was typed so far. Reads only what is sent and keeps nothing."""
    if kind not in _FORMS:
        raise Http404
    sets = {name: each(request.POST, user=request.user) for name, each in FORMSETS[kind].items()}
    passed = [*request.POST.getlist("ignored"), *request.POST.getlist("ignore")]
    context = shown_proposals(_FORMS[kind](request.POST), sets, kind=kind, ignored=passed)
    return render(request, "achievements/_proposals.html", context)
