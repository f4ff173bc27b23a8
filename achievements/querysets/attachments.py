"""Questions about images and files."""

from typing import TYPE_CHECKING, Self

from django.db.models import Q

from accounts.querysets import CheckedFileQuerySet

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


from achievements.querysets.listings import is_verified_member


class AttachmentQuerySet(CheckedFileQuerySet):
    """Questions about images and files."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Files of listings this user may see, by the file's own layer."""
        from achievements.models import Listing

        seen = Listing.objects.visible_to(user).values("pk")
        return self.in_layers_of(user).filter(listing__in=seen)

    def in_layers_of(self, user: "AnyUser") -> Self:
        """Files by their own layer, whoever may see the listing.

        What waits for the virus scanner is there for its own organisation and moderators alone.
        """
        if user.is_authenticated and user.moderates:
            return self.all()
        layers = Q(layer__in=["public", "members"] if is_verified_member(user) else ["public"])
        layers &= ~Q(virus_check="waiting")
        if user.is_authenticated:
            layers |= Q(listing__organisation__in=user.memberships.values("organisation"))
            layers |= Q(listing__expert__user=user)
        return self.filter(layers)

    def images(self) -> Self:
        """Images, in the order they were added."""
        return self.filter(is_image=True)
