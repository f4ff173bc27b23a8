"""Experts and the claims on their profiles."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from accounts.services.letters import site_address
from achievements.api.listings import ListingDoor
from achievements.filtersets import ExpertFilterSet
from achievements.models import Claim, Expert
from achievements.permissions import may_decide_claim, may_declare_conflicts, may_edit_listing
from achievements.serializers import (
    ClaimDecisionSerializer,
    ClaimSerializer,
    DuplicateSerializer,
    ExpertInvitationSerializer,
    ExpertInviteSerializer,
    ExpertSerializer,
    InvitationLinkSerializer,
    MergeSerializer,
    TokenSerializer,
)
from achievements.serializers.pool import (
    AdmitSerializer,
    ConflictSerializer,
    EraseSerializer,
    PoolRecordSerializer,
)
from achievements.services import (
    accept_invitation,
    admit_expert,
    apply_as_expert,
    claim_expert,
    decide_claim,
    declare_conflict,
    erase_expert,
    invitation_token,
    invite_expert,
    keep_pool_record,
    merge_experts,
    remind_invited_expert,
    unmerge_experts,
    withdraw_conflict,
)


class ExpertViewSet(ListingDoor):
    """Experts: the people of the pool."""

    model = Expert
    queryset = Expert.objects.none()
    serializer_class = ExpertSerializer
    filterset_class = ExpertFilterSet

    def write_new(self, serializer: Any) -> Expert:
        """Everybody may describe themselves; others are proposed by organisations and curators."""
        about_me = serializer.validated_data.get("is_me")
        organisation = None
        if not about_me or serializer.validated_data.get("organisation") is not None:
            organisation = self.poster(serializer)
        values, _rows, _seen = serializer.split()
        if about_me:
            return apply_as_expert(by=self.by, organisation=organisation, values=values)
        self.require(organisation is not None or self.by.curates)
        return super().write_new(serializer)  # type: ignore[return-value]

    def _curated(self) -> Expert:
        expert: Expert = self.get_object()
        self.require(self.by.curates)
        return expert

    @extend_schema(request=AdmitSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def admit(self, request: Request, pk: str | None = None) -> Response:
        """Take a person into the pool (curators)."""
        expert = self._reviewable()
        given = self.given(AdmitSerializer)
        admit_expert(expert, by=self.by, **given)
        return self._answer(expert)

    @extend_schema(responses=DuplicateSerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def duplicates(self, request: Request, pk: str | None = None) -> Response:
        """Who may be the same person (curators)."""
        found = Expert.objects.visible_to(request.user).duplicates_of(self._curated())
        rows = found.select_related("organisation")
        return Response(DuplicateSerializer(rows, many=True).data)

    @extend_schema(request=MergeSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def merge(self, request: Request, pk: str | None = None) -> Response:
        """Merge another profile of the same person into this one (curators)."""
        keep = self._curated()
        given = MergeSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        other = given.validated_data["other"]
        values = {name: getattr(other, name) for name in given.validated_data["take"]}
        return self._answer(merge_experts(keep, other, by=self.by, values=values))

    @extend_schema(request=PoolRecordSerializer, responses=PoolRecordSerializer)
    @action(
        detail=True,
        methods=["get", "patch"],
        url_path="pool-record",
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def pool_record(self, request: Request, pk: str | None = None) -> Response:
        """Evidence, tags and end of an admission, and mergers (curators)."""
        expert = self._curated()
        if request.method == "PATCH":
            given = PoolRecordSerializer(data=request.data, partial=True)
            given.is_valid(raise_exception=True)
            expert = keep_pool_record(expert, by=self.by, **given.validated_data)
        return Response(PoolRecordSerializer(expert).data)

    @extend_schema(
        request=None,
        responses=ExpertSerializer,
        parameters=[OpenApiParameter("merger", int, OpenApiParameter.PATH)],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"mergers/(?P<merger>[0-9]{1,18})/undo",
        permission_classes=[IsAuthenticated],
    )
    def unmerge(self, request: Request, pk: str | None = None, merger: str = "") -> Response:
        """Part a merged profile from this one again; answers with the one that comes back."""
        record = get_object_or_404(self._curated().merges.all(), pk=int(merger))
        return self._answer(unmerge_experts(record, by=self.by))

    @extend_schema(request=EraseSerializer, responses={204: None})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def erase(self, request: Request, pk: str | None = None) -> Response:
        """Erase the person on request, for good (curators)."""
        expert = self._curated()
        given = self.given(EraseSerializer)
        erase_expert(expert, by=self.by, **given)
        return Response(status=204)

    @extend_schema(request=ConflictSerializer, responses={201: ConflictSerializer})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def conflict(self, request: Request, pk: str | None = None) -> Response:
        """Declare that the expert must not judge for or of an organisation (also the person)."""
        expert = self.get_object()
        self.require(may_declare_conflicts(request.user, expert))
        given = ConflictSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        made = declare_conflict(expert, by=self.by, **given.validated_data)
        return Response(ConflictSerializer(made).data, status=201)

    @extend_schema(responses=ConflictSerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def conflicts(self, request: Request, pk: str | None = None) -> Response:
        """The declared conflicts, for curators and the person."""
        expert = self.get_object()
        self.require(may_declare_conflicts(request.user, expert))
        rows = expert.conflicts.select_related("organisation").order_by("pk")
        return Response(ConflictSerializer(rows, many=True).data)

    @extend_schema(request=None, responses={204: None})
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"conflicts/(?P<conflict>[0-9]{1,18})",
        permission_classes=[IsAuthenticated],
    )
    def withdraw_conflict(
        self, request: Request, pk: str | None = None, conflict: str = ""
    ) -> Response:
        """Say that a declared conflict is over (curators, the person)."""
        expert = self.get_object()
        self.require(may_declare_conflicts(request.user, expert))
        withdraw_conflict(get_object_or_404(expert.conflicts.all(), pk=int(conflict)), by=self.by)
        return Response(status=204)

    def _unclaimed(self) -> Expert:
        expert: Expert = self.get_object()
        self.require(may_edit_listing(self.request.user, expert) and expert.user_id is None)
        return expert

    @extend_schema(request=ExpertInviteSerializer, responses=InvitationLinkSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def invite(self, request: Request, pk: str | None = None) -> Response:
        """A link with which the person can take the profile over; it holds for 30 days.

        With an address it is also sent there, once; see ``invitations`` for sending it again.
        """
        expert = self._unclaimed()
        given = self.given(ExpertInviteSerializer)
        if "email" in given:
            language = given.get("language") or get_language() or "en"
            email = given["email"]
            invite_expert(expert, by=self.by, email=email, language=language)
        token = invitation_token(expert)
        link = site_address(reverse("achievements:expert_accept", args=[token]))
        return Response({"link": link, "token": token})

    @extend_schema(responses=ExpertInvitationSerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def invitations(self, request: Request, pk: str | None = None) -> Response:
        """The letters sent so far, for those who may edit the profile."""
        rows = self._unclaimed().invitations.select_related("invited_by")
        return Response(ExpertInvitationSerializer(rows, many=True).data)

    @extend_schema(
        request=None,
        responses=ExpertInvitationSerializer,
        parameters=[OpenApiParameter("invitation", int, OpenApiParameter.PATH)],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"invitations/(?P<invitation>[0-9]{1,18})/resend",
        permission_classes=[IsAuthenticated],
    )
    def invite_again(
        self, request: Request, pk: str | None = None, invitation: str = ""
    ) -> Response:
        """Send a letter once more, with a fresh link; not within an hour of the last one."""
        found = get_object_or_404(self._unclaimed().invitations.all(), pk=int(invitation))
        sent = remind_invited_expert(found, by=self.by)
        return Response(ExpertInvitationSerializer(sent).data)

    @extend_schema(request=TokenSerializer)
    @action(detail=False, methods=["post"], permission_classes=[IsAuthenticated])
    def accept(self, request: Request) -> Response:
        """Take a profile over with the token of an invitation."""
        given = self.given(TokenSerializer)
        try:
            expert = accept_invitation(given["token"], by=self.by)
        except LookupError as error:
            raise Http404(str(error)) from error
        return self._answer(expert)

    @extend_schema(request=ClaimSerializer, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def claim(self, request: Request, pk: str | None = None) -> Response:
        """“This is me”: ask the curators for the profile."""
        expert = self.get_object()
        given = self.given(ClaimSerializer)
        claim = claim_expert(expert, by=self.by, **given)
        return Response(ClaimSerializer(claim).data, status=201)


class ClaimViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Claims on profiles: one's own; the open ones of everybody for curators."""

    queryset = Claim.objects.none()
    serializer_class = ClaimSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The oldest first."""
        rows = Claim.objects.select_related("expert", "user").order_by("made_at", "pk")
        user = self.request.user
        if user.is_authenticated and user.curates:
            return rows
        return rows.filter(user=user.pk)

    @extend_schema(request=ClaimDecisionSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Hand the profile over, or decline (curators)."""
        claim = self.get_object()
        self.require(may_decide_claim(self.by, claim))
        given = self.given(ClaimDecisionSerializer)
        decided = decide_claim(claim, by=self.by, **given)
        return Response(ClaimSerializer(decided).data)
