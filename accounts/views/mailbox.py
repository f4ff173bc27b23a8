"""The demo's mailbox: what users would have got by e-mail. Elsewhere it does not exist."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.models import MailboxMessage

_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def demo_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """A 404 unless this is a demo."""

    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> Any:
        if not settings.DEMO:
            raise Http404
        return view(request, **kwargs)

    return wrapper


@demo_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """All e-mails, newest first; ``to`` narrows them to one address."""
    rows = MailboxMessage.objects.defer("html", "headers")
    to = request.GET.get("to", "").strip().lower()
    if to:
        rows = rows.filter(recipients__contains=[to])
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    return render(request, "accounts/mailbox.html", {"page": page, "to": to})


@demo_only
def mailbox_message(request: HttpRequest, pk: int) -> HttpResponse:
    """One e-mail: its headers, its text, and its HTML in a frame of its own."""
    message = get_object_or_404(MailboxMessage, pk=pk)
    return render(request, "accounts/mailbox_message.html", {"message": message})


@demo_only
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]  # its stub forgets the view's own arguments
    {
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        # Mail programs know only styles inside elements; in this sandbox they can do no harm.
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def mailbox_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of an e-mail, sandboxed: no scripts, no requests, links open outside."""
    message = get_object_or_404(MailboxMessage, pk=pk)
    base = r'\g<0><base target="_blank">'
    return HttpResponse(_HEAD.sub(base, message.html, count=1))
