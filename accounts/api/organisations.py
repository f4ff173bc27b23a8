"""Organisations, their members and invitations."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from accounts.downloads import download
from accounts.filtersets import MemberFilterSet, OrganisationFilterSet
from accounts.models import Invitation, Member, Organisation
from accounts.permissions import (
    may_change_member,
    may_manage_organisation,
    may_open_documents,
    may_remove_member,
    may_verify_organisation,
)
from accounts.querysets import InvitationQuerySet, MemberQuerySet, OrganisationQuerySet
from accounts.secrets import secret_hash
from accounts.serializers import (
    DirectPublishingSerializer,
    DocumentSerializer,
    InvitationSerializer,
    LogoSerializer,
    MemberSerializer,
    OrganisationSerializer,
    ReasonSerializer,
    SecretSerializer,
    VerifySerializer,
)
from accounts.services import (
    accept_invitation,
    change_role,
    create_organisation,
    invite_member,
    remove_member,
    set_direct_publishing,
    switch_organisation,
    unverify_organisation,
    update_organisation,
    verify_organisation,
    withdraw_invitation,
)
from accounts.services.documents import (
    CONTENT_TYPES,
    add_document,
    decline_verification,
    record_document_opening,
    remove_document,
)


class OrganisationViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    GenericViewSet,
):
    """Organisations: verified ones for everybody, others for their members and administrators."""

    queryset = Organisation.objects.none()
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationFilterSet
    lookup_field = "slug"

    def get_queryset(self) -> OrganisationQuerySet:
        """What the user may see, by name."""
        rows = Organisation.objects.visible_to(self.request.user)
        return rows.select_related("region").by_name()

    def perform_create(self, serializer: BaseSerializer) -> None:
        """Register one; the user becomes its owner."""
        serializer.instance = create_organisation(by=self.by, **serializer.validated_data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an organisation (owners). Names, kind and numbers end its verification."""
        self.require(may_manage_organisation(request.user, self.get_object()))
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self._answer(
            update_organisation(self.get_object(), by=self.by, **serializer.validated_data)
        )

    def _verified_by(self) -> Organisation:
        organisation = self.get_object()
        self.require(may_verify_organisation(self.request.user, organisation))
        return organisation

    def _answer(self, organisation: Organisation) -> Response:
        return Response(OrganisationSerializer(organisation).data)

    @extend_schema(request=VerifySerializer, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def verify(self, request: Request, slug: str) -> Response:
        """Verify an organisation (moderators). 409 when it already is."""
        organisation = self._verified_by()
        given = self.given(VerifySerializer)
        return self._answer(verify_organisation(organisation, by=self.by, **given))

    @extend_schema(request=ReasonSerializer, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def unverify(self, request: Request, slug: str) -> Response:
        """Take the verification away (moderators); the owners read the reason."""
        organisation = self._verified_by()
        given = self.given(ReasonSerializer)
        return self._answer(unverify_organisation(organisation, by=self.by, **given))

    @extend_schema(request=ReasonSerializer, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def decline(self, request: Request, slug: str) -> Response:
        """Decline for now (moderators); it comes back to the queue with a new document."""
        organisation = self._verified_by()
        given = self.given(ReasonSerializer)
        return self._answer(decline_verification(organisation, by=self.by, **given))

    @extend_schema(methods=["GET"], responses=DocumentSerializer(many=True))
    @extend_schema(
        methods=["POST"], request=DocumentSerializer, responses={201: DocumentSerializer}
    )
    @action(
        detail=True,
        methods=["get", "post"],
        parser_classes=[MultiPartParser],
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def documents(self, request: Request, slug: str) -> Response:
        """Documents for verification: for owners, who add them, and moderators."""
        organisation = self.get_object()
        self.require(may_open_documents(request.user, organisation))
        if request.method == "POST":
            self.require(may_manage_organisation(request.user, organisation))
            given = self.given(DocumentSerializer)
            made = add_document(organisation, by=self.by, **given)
            return Response(DocumentSerializer(made).data, status=status.HTTP_201_CREATED)
        return Response(DocumentSerializer(organisation.documents.all(), many=True).data)

    @extend_schema(request=None, responses={204: None})
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"documents/(?P<document>[0-9]{1,18})",
        permission_classes=[IsAuthenticated],
    )
    def remove_document(self, request: Request, slug: str, document: str) -> Response:
        """Remove a document (owners). The audit keeps its checksum."""
        organisation = self.get_object()
        self.require(may_manage_organisation(request.user, organisation))
        found = get_object_or_404(organisation.documents.all(), pk=int(document))
        remove_document(found, by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in CONTENT_TYPES})
    @action(
        detail=True,
        url_path=r"documents/(?P<document>[0-9]{1,18})/download",
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def download_document(self, request: Request, slug: str, document: str) -> FileResponse:
        """The file of a document (owners and moderators); who opens it is written down."""
        organisation = self.get_object()
        self.require(may_open_documents(request.user, organisation))
        found = get_object_or_404(organisation.documents.all(), pk=int(document))
        response = download(found.file, name=found.name, content_type=found.content_type)
        record_document_opening(found, by=self.by)
        return response

    @extend_schema(request=DirectPublishingSerializer, responses=OrganisationSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="direct-publishing",
        permission_classes=[IsAuthenticated],
    )
    def direct_publishing(self, request: Request, slug: str) -> Response:
        """Trust an organisation to publish without review, or no longer (moderators)."""
        organisation = self._verified_by()
        given = self.given(DirectPublishingSerializer)
        return self._answer(set_direct_publishing(organisation, by=self.by, **given))

    @extend_schema(request=None, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def switch(self, request: Request, slug: str) -> Response:
        """Act for this organisation from now on (members)."""
        organisation = self.get_object()
        switch_organisation(by=self.by, organisation=organisation)
        return self._answer(organisation)

    @extend_schema(request=LogoSerializer, responses=OrganisationSerializer, methods=["PUT"])
    @extend_schema(request=None, responses={200: OrganisationSerializer}, methods=["DELETE"])
    @action(
        detail=True,
        methods=["put", "delete"],
        parser_classes=[MultiPartParser],
        permission_classes=[IsAuthenticated],
        filterset_class=None,
    )
    def logo(self, request: Request, slug: str) -> Response:
        """Set the logo (multipart), or remove it (owners)."""
        organisation = self.get_object()
        self.require(may_manage_organisation(request.user, organisation))
        logo: Any = False
        if request.method == "PUT":
            serializer = LogoSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            logo = serializer.validated_file()
        return self._answer(update_organisation(organisation, by=self.by, logo=logo))


class MemberViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,
):
    """Members of one's organisations. Owners change and remove them; everybody may leave."""

    queryset = Member.objects.none()
    serializer_class = MemberSerializer
    filterset_class = MemberFilterSet
    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head", "options", "patch", "delete"]

    def get_queryset(self) -> MemberQuerySet:
        """Those of one's organisations."""
        rows = Member.objects.visible_to(self.request.user)
        return rows.select_related("organisation", "user").order_by("organisation__slug", "pk")

    def perform_update(self, serializer: BaseSerializer) -> None:
        """Change the role, as an owner."""
        member: Member = serializer.instance  # type: ignore[assignment]
        self.require(may_change_member(self.request.user, member))
        role = serializer.validated_data.get("role", member.role)
        serializer.instance = change_role(self.get_object(), by=self.by, role=role)

    def perform_destroy(self, instance: Member) -> None:
        """Remove, as an owner, or leave."""
        self.require(may_remove_member(self.request.user, instance))
        remove_member(instance, by=self.by)


class InvitationViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,
):
    """Open invitations of the organisations one owns."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> InvitationQuerySet:
        """Those one may withdraw."""
        rows = Invitation.objects.open().manageable_by(self.request.user)
        return rows.select_related("organisation", "invited_by").order_by("-created_at", "-pk")

    def perform_create(self, serializer: BaseSerializer) -> None:
        """Invite, as an owner."""
        values = serializer.validated_data
        organisation: Organisation = values["organisation"]
        self.require(may_manage_organisation(self.request.user, organisation))
        serializer.instance = invite_member(
            organisation, by=self.by, email=values["email"], role=values["role"]
        )

    def perform_destroy(self, instance: Invitation) -> None:
        """Withdraw it."""
        withdraw_invitation(instance, by=self.by)

    @extend_schema(request=SecretSerializer, responses={201: MemberSerializer})
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        """Join with the secret of an invitation's link."""
        given = self.given(SecretSerializer)
        hashed = secret_hash(given["secret"])
        invitation = get_object_or_404(Invitation.objects.open(), token_hash=hashed)
        member = accept_invitation(invitation, by=self.by)
        return Response(MemberSerializer(member).data, status=status.HTTP_201_CREATED)
