"""A web server beside ours: the newest rows as they are stored, without anything around them."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.core.serializers.json import DjangoJSONEncoder

django.setup()

from achievements.models import Listing  # noqa: E402 - needs what was set up
from tests.bench.cases import PAGE  # noqa: E402

_COLUMNS = ("pk", "kind", "title_en", "title_zh", "organisation__name_en", "published_at")


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """The rows of a list's first page as JSON, to whatever is asked."""
    rows = Listing.objects.published().filter(kind="achievement", visibility="public")
    rows = rows.order_by("-published_at", "-pk").values(*_COLUMNS)[:PAGE]
    body = json.dumps({"results": list(rows)}, cls=DjangoJSONEncoder).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
