"""Renewing a listing from an e-mail: a signed link that works once."""

from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import User
from achievements.models import Listing
from achievements.permissions import may_edit_listing

_SALT = "achievements.renewal"


def renewal_token(listing: Listing, user: User) -> str:
    """What names a listing, its present date of expiry and the user it was sent to."""
    expires = int(listing.expires_at.timestamp()) if listing.expires_at else 0
    return signing.dumps([listing.pk, user.pk, expires], salt=_SALT)


def read_renewal_token(token: str) -> tuple[Listing, User]:
    """The listing and the user of a link.

    Raises LookupError, with a sentence for the user, when the link was not made here, the listing
    has been renewed or taken down since, or the user may no longer edit it.
    """
    try:
        listing_id, user_id, expires = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LookupError(_("This link is not valid.")) from error
    listing = Listing.objects.filter(pk=listing_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if listing is None or user is None or not may_edit_listing(user, listing):
        raise LookupError(_("This link is not valid any more."))
    if listing.expires_at is None or int(listing.expires_at.timestamp()) != expires:
        raise LookupError(_("This listing has already been renewed."))
    if listing.state not in (Listing.State.PUBLISHED, Listing.State.EXPIRED):
        raise LookupError(_("This listing has been taken down; it cannot be renewed."))
    return listing, user
