"""Renewing from an e-mail: the link shows what will happen, the button does it. No sign-in."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from achievements.services import read_renewal_token, renew_listing


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then renew. A mail program that only opens the link changes nothing."""
    template = "achievements/listing_renew.html"
    try:
        listing, user = read_renewal_token(token)
        if request.method == "POST":
            renew_listing(listing, by=user)
            return render(request, template, {"listing": listing, "done": True})
    except LookupError as error:
        return render(request, template, {"problem": str(error)}, status=410)
    except ValidationError as error:
        return render(request, template, {"problem": " ".join(error.messages)}, status=409)
    return render(request, template, {"listing": listing})
