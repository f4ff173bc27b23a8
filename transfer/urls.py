"""Every route of the site: the packages' pages, sign-in, the API, the admin."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("matching.urls")),
    path("", include("achievements.urls")),
    path("", include("accounts.urls")),
    path("", include("deals.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("transfer.api")),
    path("api/docs/", RedirectView.as_view(pattern_name="api:docs")),
    path("admin/", admin.site.urls),
]

handler400 = "transfer.errors.bad_request"
handler403 = "transfer.errors.permission_denied"
handler404 = "transfer.errors.not_found"
handler500 = "transfer.errors.server_error"
