"""The API under /api/v1/: one router, its schema and its documentation page."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
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

Renderer = Callable[[], BaseRenderer]
_LANGUAGES = dict(settings.LANGUAGES)
_GENERATING = Lock()  # who asks meanwhile waits for the first instead of doing it again


class SchemaView(SpectacularAPIView):
    """The schema: the same for everybody, made once by a process for each language and format.

    Making one takes seconds, so nothing that a client could think of makes another: an unknown
    language is answered in the usual one, and there is but one version.
    """

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer, media_type = self.perform_content_negotiation(request, force=True)
        if renderer.charset:
            media_type = f"{media_type}; charset={renderer.charset}"
        language = get_language()
        known = language if language in _LANGUAGES else settings.LANGUAGE_CODE
        with _GENERATING:
            schema = _schema(known, cast("Renderer", type(renderer)))
        name = self._get_filename(request, None)
        return HttpResponse(
            schema, media_type, headers={"Content-Disposition": f'inline; filename="{name}"'}
        )


@lru_cache
def _schema(language: str, renderer: Renderer) -> bytes:
    with override(language):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        rendered: Any = renderer().render(schema, renderer_context={})
    return bytes(rendered)


app_name = "api"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("", include(router.urls)),
]
