"""Importing a file through the API."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from accounts.models import Organisation
from accounts.parsers import ShallowJSONParser
from achievements.downloads import example_download
from achievements.exporting import FORMATS
from achievements.filtersets.importing import ImportFilterSet
from achievements.models import Expert, ImportDuplicate, ImportRefusal, ImportRun, Listing
from achievements.permissions import may_import, may_import_published
from achievements.querysets import ImportRunQuerySet
from achievements.serializers import DuplicateSerializer
from achievements.serializers.importing import (
    CheckAgainSerializer,
    ChooseDuplicatesSerializer,
    ImportDuplicateSerializer,
    ImportRefusalSerializer,
    ImportSerializer,
)
from achievements.services.import_choosing import beside_each_other, choose_duplicates
from achievements.services.import_runs import (
    cancel_import,
    check_again,
    confirm_import,
    undo_import,
    upload_import,
)

_EXAMPLE = [
    OpenApiParameter(
        "kind",
        OpenApiTypes.STR,
        OpenApiParameter.PATH,
        enum=Listing.Kind.values,
        description="What the rows are.",
    ),
    OpenApiParameter(
        "form",
        OpenApiTypes.STR,
        OpenApiParameter.PATH,
        enum=list(FORMATS),
        description="Kind of file.",
    ),
]


class ImportViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    GenericViewSet,
):
    """Imports of files of listings: upload, look at the report, confirm.

    A new import is checked first; its ``report`` says what would be new, changed or refused. With
    ``confirm`` it goes in without a further question. Ask again while ``state`` is ``uploaded`` or
    ``confirmed``.
    """

    queryset = ImportRun.objects.none()
    serializer_class = ImportSerializer
    filterset_class = ImportFilterSet
    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> ImportRunQuerySet:
        """What the user may see, the latest first."""
        runs = ImportRun.objects.visible_to(self.request.user)
        return runs.select_related("organisation").order_by("-created_at", "-pk")

    def perform_create(self, serializer: BaseSerializer) -> None:
        """Keep the file and have it checked."""
        values: dict[str, Any] = dict(serializer.validated_data)
        organisation: Organisation | None = values.get("organisation")
        self.require(may_import(self.request.user, organisation, values["kind"]))
        if values.get("publication") == ImportRun.Publication.PUBLISH:
            self.require(may_import_published(self.request.user, values["kind"]))
        run = upload_import(by=self.by, **values | {"organisation": organisation})
        serializer.instance = ImportRun.objects.get(pk=run.pk)

    @extend_schema(
        parameters=_EXAMPLE,
        responses={(200, kind): OpenApiTypes.BINARY for kind in FORMATS.values()},
    )
    @action(
        detail=False,
        url_path=f"example/(?P<kind>{'|'.join(Listing.Kind.values)})/(?P<form>{'|'.join(FORMATS)})",
        pagination_class=None,
        filterset_class=None,
    )
    def example(self, request: Request, kind: str, form: str) -> HttpResponse:
        """A table to begin with, in the language of the request: the columns most files have, and
        a row that shows how to write each. It can be imported as it is."""
        return example_download(kind, form)

    def _run(self) -> ImportRun:
        run = self.get_object()
        self.require(may_import(self.request.user, run.organisation, run.kind))
        return run

    def _answer(self, run: ImportRun) -> Response:
        return Response(self.get_serializer(ImportRun.objects.get(pk=run.pk)).data)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def confirm(self, request: Request, pk: str) -> Response:
        """Import what was checked. 409 in any other state."""
        return self._answer(confirm_import(self._run(), by=self.by))

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Give up what was checked, and remove the file. 409 in any other state."""
        return self._answer(cancel_import(self._run(), by=self.by))

    @extend_schema(request=CheckAgainSerializer, responses=ImportSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="check-again",
        filterset_class=None,
        parser_classes=[ShallowJSONParser],
    )
    def check_again(self, request: Request, pk: str) -> Response:
        """Check it again with columns chosen by hand or cells corrected. 409 unless checked."""
        run = self._run()
        return self._answer(check_again(run, by=self.by, **self.given(CheckAgainSerializer)))

    @extend_schema(responses=ImportRefusalSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def refused(self, request: Request, pk: str) -> Response:
        """All refused rows with their cells and reasons, page by page."""
        rows = ImportRefusal.objects.filter(run=self._run()).order_by("line")
        page = self.paginate_queryset(rows)
        serializer = ImportRefusalSerializer(page, many=True)
        return self.get_paginated_response(serializer.data)

    @extend_schema(responses=ImportDuplicateSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def duplicates(self, request: Request, pk: str) -> Response:
        """Rows that are like a listing or an earlier row, page by page; `choose` says what becomes
        of them."""
        run = self._run()
        found = ImportDuplicate.objects.filter(run=run).select_related("listing").order_by("line")
        page = self.paginate_queryset(found)
        pairs = beside_each_other(run, page or [])
        serializer = ImportDuplicateSerializer(pairs, many=True, context={"run": run})
        return self.get_paginated_response(serializer.data)

    @extend_schema(responses=DuplicateSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def namesakes(self, request: Request, pk: str) -> Response:
        """People that an import of experts made who may be in the pool already, page by page
        (curators). `GET /experts/{id}/duplicates/` says whom each is like."""
        run = self._run()
        self.require(self.by.curates)
        people = Expert.objects.visible_to(self.by).with_possible_duplicates().imported_by(run)
        rows = people.select_related("organisation").order_by("title_en", "title_zh", "pk")
        return self.get_paginated_response(
            DuplicateSerializer(self.paginate_queryset(rows), many=True).data
        )

    @extend_schema(request=ChooseDuplicatesSerializer, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None, parser_classes=[ShallowJSONParser])
    def choose(self, request: Request, pk: str) -> Response:
        """Say what becomes of possible duplicates: of `every` one, which forgets what was chosen
        row by row, then of single `rows`. 409 unless checked."""
        run = self._run()
        return self._answer(
            choose_duplicates(run, by=self.by, **self.given(ChooseDuplicatesSerializer))
        )

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"], filterset_class=None)
    def undo(self, request: Request, pk: str) -> Response:
        """Take it back, for a day. 409 later, or in any other state."""
        return self._answer(undo_import(self._run(), by=self.by))
