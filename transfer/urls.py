"""Every route of the site: the packages' pages, sign-in, the API, the admin."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from django.views.i18n import set_language

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = format_lazy(
    _("Administration of {site}"), site=settings.SITE_NAME
)
admin.site.enable_nav_sidebar = False  # the lists need its width
admin.site.unregister(Group)  # nothing asks for groups

urlpatterns = [
    path("", include("matching.urls")),
    path("", include("achievements.urls")),
    path("", include("accounts.urls")),
    path("", include("deals.urls")),
    path("accounts/", include("allauth.urls")),
    # A page without a form token can be kept for everybody, and another site could only change
    # the language of a browser that is not signed in: it sends no session along.
    path("i18n/setlang/", csrf_exempt(set_language), name="set_language"),
    path("api/v1/", include("transfer.api")),
    path("api/docs/", RedirectView.as_view(pattern_name="api:docs")),
    path("admin/", admin.site.urls),
]

handler400 = "transfer.errors.bad_request"
handler403 = "transfer.errors.permission_denied"
handler404 = "transfer.errors.not_found"
handler500 = "transfer.errors.server_error"
