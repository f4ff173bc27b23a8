"""The API under /api/v1/: one router, its schema and its documentation page."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

import accounts.api
import achievements.api
import deals.api
import matching.api

router = DefaultRouter()
# Each package lists its viewsets in `<package>/api/__init__.py`: (prefix, viewset, basename).
for prefix, viewset, basename in (
    *accounts.api.routes,
    *achievements.api.routes,
    *matching.api.routes,
    *deals.api.routes,
):
    router.register(prefix, viewset, basename=basename)

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("", include(router.urls)),
]
