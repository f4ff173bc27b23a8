"""The pages of introductions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, ListView

from accounts.models import Organisation
from accounts.permissions import signed_in
from accounts.text import row_number
from accounts.views.base import add_service_errors
from achievements.models import Demand, Listing
from deals.drafts import drop_draft, keep_draft, kept_draft
from deals.filtersets import IntroductionFilterSet
from deals.forms import IntroductionForm, ReplyForm, TokenForm
from deals.models import Introduction
from deals.permissions import (
    may_begin_introduction,
    may_reply,
    other_side,
    writing_organisations,
)
from deals.services import (
    begin_introduction,
    mark_introduction_read,
    reply,
    sender_of_match,
)
from deals.sides import Party, Reader, party
from deals.wording import opening_body, opening_subject
from matching.models import Decision, Match


class TokenFormView(FormView):
    """A form that is sent with a token; once the token is spent it gets a new one."""

    def refuse(self, form: TokenForm, error: ValidationError) -> HttpResponse:
        """Show the form again with what a service refused."""
        if getattr(error, "code", None) == "token":
            form.renew_token()
        add_service_errors(form, error)
        return self.form_invalid(form)


class IntroductionListView(LoginRequiredMixin, ListView):
    """The user's conversations: all, received, sent, unread, about one listing."""

    template_name = "deals/introduction_list.html"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Introduction]:
        """Those of the user's sides that the filters leave; none when a filter is nonsense."""
        user = signed_in(self.request.user)
        rows = Introduction.objects.visible_to(user).with_parties(user).with_unread(user)
        self.filterset = IntroductionFilterSet(self.request.GET, rows, request=self.request)
        return self.filterset.qs if self.filterset.is_valid() else rows.none()

    def _tabs(self) -> list[dict[str, Any]]:
        """The choices of the list; each keeps the listing."""
        tabs = []
        for label, change in (
            (_("All"), {}),
            (_("Received"), {"direction": "received"}),
            (_("Sent"), {"direction": "sent"}),
            (_("Unread"), {"unread": "true"}),
        ):
            query = self.request.GET.copy()
            current = {name: query.get(name) for name in ("direction", "unread") if query.get(name)}
            for name in ("direction", "unread", "page"):
                query.pop(name, None)
            query.update(change)
            url = f"{self.request.path}?{query.urlencode()}" if query else self.request.path
            tabs.append({"label": label, "url": url, "current": current == change})
        return tabs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One row for each introduction, with the other side as the user may know it."""
        context = super().get_context_data(**kwargs)
        reader = Reader(signed_in(self.request.user))
        rows = []
        for introduction in context["page_obj"]:
            seat = reader.seat(introduction)
            sent = seat is not None and seat.began
            other = reader.party(introduction, began=not sent)
            rows.append({"introduction": introduction, "other": other, "sent": sent})
        filtered = any(self.request.GET.get(name) for name in IntroductionFilterSet.base_filters)
        context |= {"rows": rows, "tabs": self._tabs(), "filtered": filtered}
        return context


class IntroductionCreateView(TokenFormView):
    """Write to the side of a listing; a visitor signs in before it is sent."""

    template_name = "deals/introduction_create.html"
    form_class = IntroductionForm
    refusal = ""

    @cached_property
    def listing(self) -> Listing:
        """The listing, if the user may see it."""
        rows = Listing.objects.visible_to(self.request.user).select_related("organisation")
        return get_object_or_404(rows, pk=self.kwargs["listing_pk"])

    @cached_property
    def match(self) -> Match | None:
        """The match the user comes from, named in the address."""
        number = self.request.GET.get("match", "")
        if not number:
            return None
        rows = Match.objects.visible_to(self.request.user).select_related(
            "demand__organisation", "candidate__organisation"
        )
        match = get_object_or_404(rows.filter(pk=row_number(number)))
        if self.listing.pk not in (match.demand_id, match.candidate_id):
            raise PermissionDenied
        return match

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say why nothing can be sent, before anything is written."""
        signed_in = request.user.is_authenticated
        if not signed_in and request.GET.get("match"):
            return redirect_to_login(request.get_full_path())
        if signed_in and not may_begin_introduction(request.user, self.listing, self.match):
            self.refusal = "denied"
        elif not self.listing.is_live:
            self.refusal = "closed"
        if self.refusal:
            return self.render_to_response(self.get_context_data(), status=403)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """What was written before signing in, else words about the listing."""
        own = other_side(self.match, self.listing) if self.match else None
        words = {
            "subject": opening_subject(self.listing),
            "body": opening_body(self.listing, own),
        }
        return {**super().get_initial(), **words, **kept_draft(self.request, self.listing.pk)}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who writes decides which fields there are."""
        user = self.request.user if self.request.user.is_authenticated else None
        return {**super().get_form_kwargs(), "user": user, "from_match": self.match is not None}

    def form_valid(self, form: TokenForm) -> HttpResponse:
        """Send it; a visitor's text waits in the session while they sign in."""
        values = form.cleaned_data
        if not self.request.user.is_authenticated:
            draft = {name: values[name] for name in ("subject", "body")}
            keep_draft(self.request, self.listing.pk, draft)
            messages.info(self.request, _("Sign in to send your message. Your text is kept."))
            return redirect_to_login(self.request.get_full_path())
        try:
            introduction = begin_introduction(
                by=self.request.user, listing=self.listing, match=self.match, **values
            )
        except ValidationError as error:
            return self.refuse(form, error)
        drop_draft(self.request, self.listing.pk)
        messages.success(self.request, _("Your message has been sent."))
        return HttpResponseRedirect(introduction.get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whom the user writes to and as whom; earlier conversations about the listing."""
        if self.refusal:
            return {"listing": self.listing, "refusal": self.refusal, "view": self}
        context = super().get_context_data(**kwargs)
        own = other_side(self.match, self.listing) if self.match else None
        earlier = Introduction.objects.filter(listing=self.listing.pk)
        addressed = Introduction(
            recipient_organisation=self.listing.organisation,
            recipient_anonymous=self.listing.is_anonymous,
        )
        context |= {
            "listing": self.listing,
            "own": own,
            "discreet": self._discreet_match() if own is None else None,
            "to": self._addressee(addressed),
            "writes_for": self._writes_for(own),
            "anonymous": own is not None and own.is_anonymous,
            "earlier": earlier.sent_by(self.request.user)[:3],
        }
        return context

    def _writes_for(self, own: Listing | None) -> Organisation | None:
        """The organisation whose name the other side will see, where there is no choice."""
        if not self.request.user.is_authenticated:
            return None
        if own is not None:
            return sender_of_match(self.request.user, own)
        return writing_organisations(self.request.user).first()

    def _discreet_match(self) -> Match | None:
        """An accepted match by which the user would write anonymously instead of with a name."""
        mine = Demand.objects.owned_by(self.request.user).filter(disclosure="anonymous")
        pairs = Match.objects.live().filter(candidate=self.listing.pk, demand__in=mine.values("pk"))
        accepted = pairs.filter(decisions__verdict=Decision.Verdict.ACCEPTED)
        return accepted.select_related("demand").first()

    def _addressee(self, addressed: Introduction) -> Party:
        """The side written to, as the writer may know it; an expert by name."""
        if self.listing.kind == Listing.Kind.EXPERT:
            return Party(self.listing.title)
        return party(addressed, began=False, seen_from_own_side=False)


class IntroductionDetailView(LoginRequiredMixin, TokenFormView):
    """One thread, with a form to answer in it."""

    template_name = "deals/introduction_detail.html"
    form_class = ReplyForm

    @cached_property
    def introduction(self) -> Introduction:
        """The introduction, if it is one of the user's sides'."""
        user = signed_in(self.request.user)
        rows = Introduction.objects.visible_to(user).with_parties(user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def reader(self) -> Reader:
        """Who looks."""
        return Reader(signed_in(self.request.user))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the thread; what the user was told of it counts as read."""
        mark_introduction_read(self.introduction, by=self.reader.user)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for those who may write in it, whatever was sent."""
        if not may_reply(self.reader.user, self.introduction):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: TokenForm) -> HttpResponse:
        """Send the answer."""
        try:
            message = reply(self.introduction, by=self.reader.user, **form.cleaned_data)
        except ValidationError as error:
            return self.refuse(form, error)
        messages.success(self.request, _("Your message has been sent."))
        url = reverse("deals:introduction_detail", args=[self.introduction.pk])
        return HttpResponseRedirect(f"{url}#message-{message.pk}")

    def _thread(self) -> list[dict[str, Any]]:
        """The messages, oldest first, with their authors as the reader may know them."""
        introduction, reader = self.introduction, self.reader
        thread = []
        for message in introduction.messages.select_related("author"):
            author = reader.author_name(introduction, message)
            side = reader.party(introduction, began=message.from_sender).name
            thread.append(
                {
                    "message": message,
                    "author": author,
                    "side": "" if side == author else side,
                    "own": reader.wrote(introduction, message),
                }
            )
        return thread

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The thread and both sides as the reader may know them."""
        introduction, reader = self.introduction, self.reader
        seat = reader.seat(introduction)
        began = seat is not None and seat.began
        context = super().get_context_data(**kwargs)
        context |= {
            "introduction": introduction,
            "thread": self._thread(),
            "other": reader.party(introduction, began=not began),
            "ours": reader.party(introduction, began=began),
            "anonymous": (
                introduction.sender_anonymous if began else introduction.recipient_anonymous
            ),
            "may_reply": seat is not None and seat.may_write,
        }
        return context
