"""The one-pager of a public listing: to print, and as PDF."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from accounts.bilingual import reader_language
from achievements.models import Listing, OnePager
from achievements.onepager import full_listing, may_be_shown, sheet_of
from achievements.services.one_pagers import want_one_pager


def _public(pk: int) -> Listing:
    listing = full_listing(pk)
    if listing is None or not may_be_shown(listing):
        raise Http404
    return listing


def _language(given: str) -> str:
    """The language asked for, else the reader's."""
    if given in OnePager.Language.values:
        return given
    if given:
        raise Http404
    return "zh-hans" if reader_language() == "zh" else "en"


@require_safe
def one_pager(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as a page that prints on one side of A4, in either language."""
    listing = _public(pk)
    language = _language(request.GET.get("language", ""))
    with override(language):
        sheet = sheet_of(listing)
    context = {
        **sheet,
        "language": language,
        "languages": OnePager.Language.choices,
        "site_name": settings.SITE_NAME,
        "tag": "zh-Hans" if language == "zh-hans" else "en",
    }
    return render(request, "achievements/one_pager.html", context)


@require_POST
def one_pager_make(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the PDF made; leads to it."""
    listing = _public(pk)
    language = _language(request.POST.get("language", ""))
    try:
        want_one_pager(listing, language=language)
    except ValidationError as error:
        raise Http404 from error
    address = reverse("achievements:one_pager_pdf", args=[pk])
    return redirect(f"{address}?language={language}")


@require_safe
def one_pager_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file as soon as it is there; until then a page that asks again by itself."""
    listing = _public(pk)
    language = _language(request.GET.get("language", ""))
    rows = OnePager.objects.filter(listing=pk, language=language)
    pager = rows.select_related("listing__organisation").first()
    if pager is None or not pager.is_ready:
        waiting = OnePager.objects.outstanding().filter(listing=pk, language=language).exists()
        context = {"listing": listing, "language": language, "waiting": waiting}
        response = render(request, "achievements/one_pager_waiting.html", context)
        if waiting:
            response["Refresh"] = "2"
        return response
    name = slugify(listing.title_en)[:60] or f"listing-{listing.pk}"
    return FileResponse(
        pager.file.open("rb"),
        content_type="application/pdf",
        filename=f"{name}-{language}.pdf",
    )
