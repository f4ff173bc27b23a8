"""Pages about what one has been told."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django_filters.views import FilterView

from accounts.filtersets import NotificationFilterSet
from accounts.models import Notification, User
from accounts.permissions import signed_in
from accounts.querysets import NotificationQuerySet
from accounts.services import mark_all_read, mark_read, unsubscribe
from accounts.services.composing import unsubscribed_user
from accounts.services.rendering import told_together
from accounts.text import row_number
from accounts.views.base import VerbView, own_address, safe_next


class NotificationList(LoginRequiredMixin, FilterView):
    """What one has been told, newest first."""

    filterset_class = NotificationFilterSet
    template_name = "accounts/notification_list.html"
    paginate_by = 20
    strict = False

    def get_queryset(self) -> NotificationQuerySet:
        """One's own."""
        return Notification.objects.for_user(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows with their words, those together that say the same."""
        context = super().get_context_data(**kwargs)
        rows = list(context["page_obj"])
        context["groups"] = [
            {"told": group, "unread": [row.pk for row, _words in group if row.read_at is None]}
            for group in told_together(rows)
        ]
        only_unread = self.request.GET.get("unread") == "true"
        path = self.request.path
        context["only_unread"] = only_unread
        context["tabs"] = [
            {"label": _("All"), "url": path, "current": not only_unread},
            {"label": _("Unread"), "url": f"{path}?unread=true", "current": only_unread},
        ]
        return context


@login_required
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that one's notification is read and go where it leads. Nothing else changes."""
    notification = get_object_or_404(Notification.objects.for_user(request.user), pk=pk)
    mark_read(notification, by=signed_in(request.user))
    path = own_address(request, notification.path)
    return HttpResponseRedirect(path or reverse("accounts:notification_list"))


class NotificationRead(VerbView):
    """Note that one notification is read, without following it."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Mark it."""
        rows = Notification.objects.for_user(request.user)
        mark_read(get_object_or_404(rows, pk=kwargs["pk"]), by=signed_in(request.user))
        return "", self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where one was."""
        return safe_next(request, reverse("accounts:notification_list"))


class NotificationReadAll(NotificationRead):
    """Note that all are read, or those that stand together (``only``: their numbers)."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Mark them."""
        only = [row_number(text) for text in request.POST.getlist("only")]
        together = only if "only" in request.POST else None
        count = mark_all_read(by=signed_in(request.user), only=together)
        message = ngettext(
            "%(count)s notification is marked as read.",
            "%(count)s notifications are marked as read.",
            count,
        ) % {"count": count}
        return message if count else "", self.back(request, **kwargs)


@method_decorator(csrf_exempt, name="dispatch")
class Unsubscribe(View):
    """The signed link at the end of a notification e-mail; works without signing in.

    GET asks, because mail programs open links by themselves; POST does it, from the page or from
    the mail program's own button (RFC 8058). The signature stands in for the CSRF token.
    """

    def get_user(self, token: str) -> User:
        """Whose link it is; a link that is not ours is a 404."""
        user = unsubscribed_user(token)
        if user is None:
            raise Http404
        return user

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask."""
        user = self.get_user(token)
        done = user.email_rhythm == User.Rhythm.NEVER
        return render(request, "accounts/unsubscribe.html", {"done": done})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Do it; again is harmless."""
        unsubscribe(self.get_user(token))
        return render(request, "accounts/unsubscribe.html", {"done": True})
