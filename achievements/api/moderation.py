"""Reports and appeals in the API: the pages' rows, filters, verbs and permissions."""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from achievements.filtersets.moderation import AppealFilterSet, ReportFilterSet, StaleFilterSet
from achievements.models import Appeal, Listing, Report
from achievements.permissions import may_decide_appeal, may_decide_report, may_see_reports
from achievements.querysets.stale import NOBODY
from achievements.serializers.moderation import (
    AppealDecisionSerializer,
    AppealSerializer,
    OwnerAskSerializer,
    ReportDismissalSerializer,
    ReportMadeSerializer,
    ReportSerializer,
    StaleListingSerializer,
    UpholdSerializer,
)
from achievements.services import (
    ask_owner,
    decide_appeal,
    dismiss_report,
    report_listing,
    stale_listings,
    uphold_report,
)
from achievements.throttles import ReportThrottle


@extend_schema_view(
    list=extend_schema(summary="Reports, the first due first (reviewers)"),
    retrieve=extend_schema(summary="One report (reviewers)"),
)
class ReportViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What people say to be wrong with listings."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    filterset_class = ReportFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The rows of the page; 403 for others than reviewers."""
        self.require(may_see_reports(self.request.user))
        return Report.objects.visible_to(self.request.user).with_details()

    def get_permissions(self) -> list[Any]:
        """Everybody may report."""
        return [AllowAny()] if self.action == "create" else [*super().get_permissions()]

    def get_throttles(self) -> list[Any]:
        """Reporting has a limit of its own besides."""
        more = [ReportThrottle()] if self.action == "create" else []
        return [*super().get_throttles(), *more]

    @extend_schema(
        summary="Report a listing; open to everybody",
        request=ReportMadeSerializer,
        responses={201: ReportMadeSerializer},
    )
    def create(self, request: Request) -> Response:
        """Tell the reviewers what is wrong; they decide within five working days."""
        given = ReportMadeSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = {"language": get_language() or "en", **given.validated_data}
        by = self.by if request.user.is_authenticated else None
        report = report_listing(values.pop("listing"), by=by, **values)
        return Response(ReportMadeSerializer(report).data, status=201)

    def _decidable(self) -> Report:
        report: Report = self.get_object()
        self.require(may_decide_report(self.request.user, report))
        return report

    @extend_schema(summary="The listing stays", request=ReportDismissalSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str | None = None) -> Response:
        """Dismiss the report, with an answer."""
        report = dismiss_report(
            self._decidable(), by=self.by, **self.given(ReportDismissalSerializer)
        )
        return Response(ReportSerializer(report).data)

    @extend_schema(summary="Take the listing down", request=UpholdSerializer)
    @action(detail=True, methods=["post"])
    def uphold(self, request: Request, pk: str | None = None) -> Response:
        """Take the listing down for a reason; all its open reports are answered."""
        report = uphold_report(self._decidable(), by=self.by, **self.given(UpholdSerializer))
        return Response(ReportSerializer(report).data)


@extend_schema_view(list=extend_schema(summary="Stale listings, the longest unchanged first"))
class StaleListingViewSet(Door, mixins.ListModelMixin, GenericViewSet):
    """For reviewers: price, figures or contact are old, or a conversation waits for a reply."""

    queryset = Listing.objects.none()
    serializer_class = StaleListingSerializer
    filterset_class = StaleFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The rows of the page; 403 for others than reviewers."""
        self.require(may_see_reports(self.request.user))
        wanted = self.request.query_params.get("part", "")
        part = "all" if self.action != "list" or wanted == NOBODY else ""
        return stale_listings(Listing.objects.reviewed_by(self.request.user), part)

    @extend_schema(summary="Ask its owners", request=None, responses=OwnerAskSerializer)
    @action(detail=True, methods=["post"], url_path="ask-owner")
    def ask_owner(self, request: Request, pk: str | None = None) -> Response:
        """They are asked whether it still holds; again after 30 days at the earliest."""
        ask = ask_owner(self.get_object(), by=self.by)
        return Response(OwnerAskSerializer(ask).data)


@extend_schema_view(
    list=extend_schema(summary="Appeals: those of your organisations, and those to decide"),
    retrieve=extend_schema(summary="One appeal"),
)
class AppealViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Objections to take-downs. They are made at the listing, by ``appeal``."""

    queryset = Appeal.objects.none()
    serializer_class = AppealSerializer
    filterset_class = AppealFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """What the user may see, the first due first."""
        return Appeal.objects.visible_to(self.request.user).with_details()

    @extend_schema(summary="Decide (another reviewer)", request=AppealDecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Publish the listing again, or let the decision stand."""
        appeal: Appeal = self.get_object()
        self.require(may_decide_appeal(self.request.user, appeal))
        decided = decide_appeal(appeal, by=self.by, **self.given(AppealDecisionSerializer))
        return Response(AppealSerializer(decided).data)
