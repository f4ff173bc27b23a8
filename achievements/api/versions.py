"""The versions of a listing in the API."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from achievements.models import Listing
from achievements.permissions import may_read_versions
from achievements.serializers.versions import VersionDetailSerializer, VersionSerializer
from achievements.services.versions import restore_version, versions_of

_NUMBER = r"versions/(?P<number>[0-9]{1,9})"


class Versioned(Door):
    """Kinds whose versions are kept; that is all of them."""

    if TYPE_CHECKING:

        def _editable(self) -> Any:
            """The listing that the address names; refuses who may not edit it."""

        def _answer(self, listing: Listing) -> Response:
            """The listing as the user now sees it."""

        def get_object(self) -> Any:
            """The listing that the address names."""

    def _version(self, listing: Listing, number: str) -> Any:
        for version in versions_of(listing):
            if version.number == int(number):
                return version
        raise NotFound

    def _readable(self) -> Any:
        listing = self.get_object()
        self.require(may_read_versions(self.request.user, listing))
        return listing

    @extend_schema(responses=VersionSerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def versions(self, request: Request, pk: str | None = None) -> Response:
        """Who saved it when, the newest first (its organisation's editors and reviewers)."""
        return Response(VersionSerializer(versions_of(self._readable()), many=True).data)

    @extend_schema(responses=VersionDetailSerializer)
    @action(
        detail=True,
        url_path=_NUMBER,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def version(self, request: Request, number: str, pk: str | None = None) -> Response:
        """What one version says."""
        version = self._version(self._readable(), number)
        return Response(VersionDetailSerializer(version).data)

    @extend_schema(request=None)
    @action(
        detail=True,
        methods=["post"],
        url_path=f"{_NUMBER}/restore",
        permission_classes=[IsAuthenticated],
    )
    def restore_version(self, request: Request, number: str, pk: str | None = None) -> Response:
        """Make it the newest one. Who may see the listing stays as it is now."""
        listing = self._editable()
        self._version(listing, number)
        restore_version(listing, by=self.by, number=int(number))
        return self._answer(listing)
