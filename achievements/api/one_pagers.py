"""One-pagers in the API."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from accounts.services.letters import site_address
from achievements.serializers.one_pagers import OnePagerInputSerializer, OnePagerSerializer
from achievements.services.one_pagers import want_one_pager


class Printable(Door):
    """Kinds that have a one-pager; that is all of them."""

    if TYPE_CHECKING:

        def get_object(self) -> Any:
            """The listing that the address names."""

    @extend_schema(request=OnePagerInputSerializer, responses=OnePagerSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="one-pager",
        permission_classes=[AllowAny],
        pagination_class=None,
        filterset_class=None,
    )
    def one_pager(self, request: Request, pk: str | None = None) -> Response:
        """Have the PDF of a public listing made; ask again until it is ready, then open `url`."""
        listing = self.get_object()
        pager = want_one_pager(listing, **self.given(OnePagerInputSerializer))
        pager.refresh_from_db()
        address = reverse("achievements:one_pager_pdf", args=[listing.pk])
        answer = {
            "language": pager.language,
            "ready": pager.is_ready,
            "url": site_address(f"{address}?language={pager.language}"),
        }
        return Response(OnePagerSerializer(answer).data)
