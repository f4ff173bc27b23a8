"""Pages about oneself: preferences and API tokens."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.generic import FormView, UpdateView

from accounts.cookies import remember_language
from accounts.forms import PreferencesForm, TokenForm
from accounts.models import ApiToken, User
from accounts.permissions import signed_in
from accounts.services import create_token, revoke_token, update_preferences
from accounts.views.base import ServiceFormMixin, VerbView


class Preferences(ServiceFormMixin, UpdateView):
    """Name, language, time zone and rhythm of e-mails."""

    form_class = PreferencesForm
    template_name = "accounts/preferences.html"
    success_url = reverse_lazy("accounts:preferences")

    def get_object(self, queryset: Any = None) -> User:
        """A copy of oneself, so that an invalid form does not change the page's header."""
        return User.objects.get(pk=signed_in(self.request.user).pk)

    def call_service(self, form: PreferencesForm) -> User:  # type: ignore[override]
        """Save."""
        return update_preferences(by=signed_in(self.request.user), **form.cleaned_data)

    def form_valid(self, form: PreferencesForm) -> HttpResponse:  # type: ignore[override]
        """Save, and show this browser's pages in the chosen language from now on."""
        response = super().form_valid(form)
        if isinstance(response, HttpResponseRedirect):
            language = form.cleaned_data["language"]
            with override(language):
                messages.success(self.request, _("Your preferences are saved."))
            remember_language(response, language)
        return response


@method_decorator(reauthentication_required, name="dispatch")
class TokenList(ServiceFormMixin, FormView):
    """One's API tokens, and making one. The secret is shown in the answer and never again.

    Asks for the password again when the sign-in is not recent.
    """

    form_class = TokenForm
    template_name = "accounts/token_list.html"
    success_url = reverse_lazy("accounts:token_list")

    def form_valid(self, form: TokenForm) -> HttpResponse:  # type: ignore[override]
        """Make the token and show its secret; nothing keeps it, so there is no redirect."""
        response = super().form_valid(form)
        if isinstance(response, HttpResponseRedirect):
            token, secret = self.object
            context = self.get_context_data(form=TokenForm(), token=token, secret=secret)
            response = self.render_to_response(context)
        return response

    def call_service(self, form: TokenForm) -> tuple[ApiToken, str]:  # type: ignore[override]
        """Make it."""
        return create_token(by=signed_in(self.request.user), **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The tokens that still hold."""
        tokens = ApiToken.objects.usable().filter(user=signed_in(self.request.user))
        return super().get_context_data(tokens=tokens, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The page, which no cache may keep."""
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class TokenRevoke(VerbView):
    """Revoke one of one's tokens."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Revoke it."""
        rows = ApiToken.objects.filter(user=signed_in(request.user))
        revoke_token(get_object_or_404(rows, pk=kwargs["pk"]), by=signed_in(request.user))
        return _("The token is revoked."), self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list of tokens."""
        return reverse("accounts:token_list")
