"""Signing in to the API with a token."""

from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.memberships import keep_memberships
from accounts.models import ApiToken, User
from accounts.permissions import needs_second_factor
from accounts.secrets import secret_hash

USE_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``.

    Tokens that are unknown, revoked, past their date or of a suspended user are refused alike with
    401. A token for reading may not change anything, whatever the endpoint: 403.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The user and the token; None when no token is given."""
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.keyword.lower():
            return None
        usable = ApiToken.objects.usable().select_related("user")
        token = usable.filter(token_hash=secret_hash(secret.strip())).first()
        if token is None:
            raise AuthenticationFailed(_("This token is not valid."))
        if needs_second_factor(token.user) and not is_mfa_enabled(token.user):
            raise PermissionDenied(
                _("Administrators need a second factor. Set one up to go on."), "second_factor"
            )
        needed = ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.WRITE
        if needed not in token.scopes:
            raise PermissionDenied(_("This token may not do that."), "scope")
        _note_use(token)
        if request.method in SAFE_METHODS:
            keep_memberships(token.user)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says in WWW-Authenticate."""
        return self.keyword


def _note_use(token: ApiToken) -> None:
    """Remember that the token is in use, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
