"""Pages about who belongs to an organisation."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from accounts.forms import InviteForm, RoleForm
from accounts.models import Invitation, Member, Organisation
from accounts.permissions import (
    belongs_to,
    may_change_member,
    may_manage_organisation,
    may_remove_member,
    signed_in,
)
from accounts.secrets import secret_hash
from accounts.services import (
    accept_invitation,
    change_role,
    invite_member,
    remove_member,
    withdraw_invitation,
)
from accounts.views.base import ServiceFormMixin, VerbView


def _organisation(request: HttpRequest, slug: str) -> Organisation:
    """The organisation, for its members and administrators; 404 for others."""
    rows = Organisation.objects.visible_to(request.user)
    organisation = get_object_or_404(rows, slug=slug)
    user = request.user
    if not (belongs_to(user, organisation) or (user.is_authenticated and user.is_administrator)):
        raise PermissionDenied
    return organisation


class MemberList(ServiceFormMixin, FormView):
    """The members of an organisation; its owners invite here."""

    form_class = InviteForm
    template_name = "accounts/member_list.html"
    success_message = gettext_lazy("The invitation is on its way.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the organisation once somebody is signed in."""
        if request.user.is_authenticated:
            self.organisation = _organisation(request, kwargs["slug"])
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for owners, whatever was sent."""
        if not may_manage_organisation(request.user, self.organisation):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def call_service(self, form: InviteForm) -> Invitation:  # type: ignore[override]
        """Invite, as an owner."""
        return invite_member(
            self.organisation, by=signed_in(self.request.user), **form.cleaned_data
        )

    def get_success_url(self) -> str:
        """This page."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Members, open invitations, and what this visitor may do."""
        may_manage = may_manage_organisation(self.request.user, self.organisation)
        invitations = self.organisation.invitations.open().select_related("invited_by")
        return super().get_context_data(
            organisation=self.organisation,
            members=self.organisation.members.select_related("user"),
            invitations=invitations if may_manage else [],
            may_manage=may_manage,
            roles=Member.Role.choices,
            **kwargs,
        )


class _MemberVerb(VerbView):
    """A verb about one member whom the visitor may see."""

    def get_member(self, slug: str, pk: int) -> Member:
        """The member, or 404."""
        rows = Member.objects.visible_to(self.request.user).select_related("organisation", "user")
        return get_object_or_404(rows, organisation__slug=slug, pk=pk)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list of members."""
        return reverse("accounts:member_list", args=[kwargs["slug"]])


class MemberRole(_MemberVerb):
    """Give a member another role."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Change it, as an owner."""
        member = self.get_member(**kwargs)
        if not may_change_member(request.user, member):
            raise PermissionDenied
        form = RoleForm(request.POST)
        if not form.is_valid():
            raise ValidationError(_("Choose a role from the list."))
        change_role(member, by=signed_in(request.user), **form.cleaned_data)
        return _("The role is changed."), self.back(request, **kwargs)


class MemberRemove(_MemberVerb):
    """Remove a member, or leave."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Remove, as an owner or as the member."""
        member = self.get_member(**kwargs)
        if not may_remove_member(request.user, member):
            raise PermissionDenied
        remove_member(member, by=signed_in(request.user))
        if member.user_id == request.user.pk:
            return _("You have left the organisation."), "/"
        return _("The member is removed."), self.back(request, **kwargs)


class InvitationWithdraw(VerbView):
    """Withdraw an open invitation."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Withdraw it, as an owner."""
        rows = Invitation.objects.open().manageable_by(request.user)
        invitation = get_object_or_404(rows, organisation__slug=kwargs["slug"], pk=kwargs["pk"])
        withdraw_invitation(invitation, by=signed_in(request.user))
        return _("The invitation is withdrawn."), self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list of members."""
        return reverse("accounts:member_list", args=[kwargs["slug"]])


@login_required
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Open invitations to addresses that the visitor has proved to own."""
    rows = Invitation.objects.open().addressed_to(request.user)
    context = {"invitations": rows.select_related("organisation", "invited_by")}
    return render(request, "accounts/invitation_list.html", context)


class InvitationAcceptOwn(VerbView):
    """Accept an invitation to an address that the visitor has proved to own."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Join."""
        rows = Invitation.objects.addressed_to(request.user)
        member = accept_invitation(
            get_object_or_404(rows, pk=kwargs["pk"]), by=signed_in(request.user)
        )
        return _joined(member)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The open invitations."""
        return reverse("accounts:invitation_list")


class InvitationAccept(VerbView):
    """The page behind the link of an invitation: look at it, then accept it.

    Who holds the link may accept it with any account: it was sent to the invited address alone.
    """

    http_method_names = ["get", "head", "post", "options"]

    def get_invitation(self, secret: str) -> Invitation | None:
        """The open invitation of this link."""
        rows = Invitation.objects.open().select_related("organisation", "invited_by")
        return rows.filter(token_hash=secret_hash(secret)).first()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Looking needs no account; accepting does."""
        if request.method in ("GET", "HEAD"):
            return self.get(request, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Show who invites to what."""
        invitation = self.get_invitation(secret)
        context = {"invitation": invitation, "path": request.path}
        response = render(
            request,
            "accounts/invitation_accept.html",
            context,
            status=200 if invitation else 404,
        )
        response["Cache-Control"] = "no-store"
        return response

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Join."""
        invitation = self.get_invitation(kwargs["secret"])
        if invitation is None:
            raise ValidationError(_("This invitation no longer holds. Ask for a new one."))
        return _joined(accept_invitation(invitation, by=signed_in(request.user)))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page itself."""
        return request.path


def _joined(member: Member) -> tuple[str, str]:
    message = _("You now belong to %(organisation)s.") % {"organisation": member.organisation}
    return message, reverse("accounts:organisation_detail", args=[member.organisation.slug])
