"""What the pages of this package share."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.generic.edit import FormMixin

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def add_service_errors(form: BaseForm, error: ValidationError) -> None:
    """Show what a service refused where it belongs: beside the field, else above the form."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for field, texts in by_field.items():
        known = field is not None and field != NON_FIELD_ERRORS and field in form.fields
        for text in texts:
            form.add_error(field if known else None, text)


def safe_next(request: HttpRequest, default: str) -> str:
    """Where ``next`` leads when it stays on this site, else ``default``."""
    return (
        own_address(request, request.POST.get("next") or request.GET.get("next") or "") or default
    )


def own_address(request: HttpRequest, wanted: str) -> str:
    """The address when it stays on this site, else nothing."""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed else ""


class Refusal(HttpResponseRedirect):
    """Back to where somebody came from: a service refused. Sent again, it is tried again."""


class ServiceFormMixin(LoginRequiredMixin, FormMixin):
    """A form whose valid input goes to one service; what that refuses is shown in the form."""

    success_message: "StrOrPromise" = ""

    def call_service(self, form: BaseForm) -> Any:
        """Do it with ``form.cleaned_data``; may raise ValidationError."""
        raise NotImplementedError

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Call the service and go on, or show the form again with the errors."""
        try:
            self.object = self.call_service(form)
        except ValidationError as error:
            add_service_errors(form, error)
            return self.form_invalid(form)
        if self.success_message:
            messages.success(self.request, self.success_message)  # type: ignore[attr-defined]
        return HttpResponseRedirect(self.get_success_url())


class VerbView(LoginRequiredMixin, View):
    """A button: one POST calls one service and returns to ``back``; refusals become messages."""

    http_method_names = ["post", "options"]

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Call the service; returns the message to show (may be empty) and where to go."""
        raise NotImplementedError

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where to go when the service refuses."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Act, say how it went, go on."""
        try:
            message, target = self.act(request, **kwargs)
        except ValidationError as error:
            for text in error.messages:
                messages.error(request, text)
            return Refusal(self.back(request, **kwargs))
        if message:
            messages.success(request, message)
        return HttpResponseRedirect(target)
