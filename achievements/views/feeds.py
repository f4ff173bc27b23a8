"""What search engines read."""

from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from achievements.models import Listing


class ListingSitemap(Sitemap):
    """Every listing that is open to everyone."""

    limit = 5000

    def items(self) -> Any:
        """Public, published, in the order they were written."""
        live = Listing.objects.published().filter(visibility=Listing.Visibility.PUBLIC)
        return live.only("pk", "kind", "updated_at").order_by("pk")

    def lastmod(self, item: Listing) -> Any:
        """When it changed."""
        return item.updated_at


@require_safe
@cache_control(max_age=3600, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages may be indexed; what needs an account, and endless filters, may not."""
    lines = [
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /admin/",
        "Disallow: /api/",
        "Disallow: /files/",
        "Disallow: /listings/",
        "Disallow: /*/edit/",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
