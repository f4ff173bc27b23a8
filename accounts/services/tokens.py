"""API tokens: made once, shown once, revoked for good."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from accounts.secrets import TOKEN_MARK, new_secret, secret_hash
from accounts.services.audit import record_audit

LONGEST_LIFE_DAYS = 365
USABLE_LIMIT = 20


@transaction.atomic
def create_token(*, by: User, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Make a key to the API; returns it and its secret, which cannot be read again.

    ``scope``: ``read``, or ``write`` (which includes reading). ``days``: 1 to 365 from now. Raises
    ValidationError for bad values and beyond twenty usable tokens.
    """
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise ValidationError(
            {"days": _("A token holds from 1 to %(most)s days.") % {"most": LONGEST_LIFE_DAYS}}
        )
    if ApiToken.objects.usable().filter(user=by).count() >= USABLE_LIMIT:
        raise ValidationError(_("You have too many tokens. Revoke one first."), code="too_many")
    secret = new_secret(TOKEN_MARK)
    scopes = [ApiToken.Scope.READ]
    if scope != ApiToken.Scope.READ:
        scopes.append(ApiToken.Scope(scope))
    token = ApiToken(
        user=by,
        name=name.strip(),
        prefix=secret[:10],
        token_hash=secret_hash(secret),
        scopes=scopes,
        expires_at=timezone.now() + timedelta(days=days),
    )
    token.full_clean()
    token.save()
    record_audit(by=by, verb="token.create", obj=token, name=token.name, scopes=scopes)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> ApiToken:
    """Make a token worthless at once and for good; doing so again changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record_audit(by=by, verb="token.revoke", obj=token, name=token.name)
    return token
