"""The words a form begins with, in the writer's language. They never name the writer's side."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from achievements.models import Listing

TITLE_LENGTH = 140


def _title(listing: Listing) -> str:
    return Truncator(listing.title).chars(TITLE_LENGTH)


def opening_subject(listing: Listing) -> str:
    """A subject of at most 200 characters."""
    match listing.kind:
        case Listing.Kind.ACHIEVEMENT:
            text = _("Interest in “%(title)s”")
        case Listing.Kind.DEMAND:
            text = _("An offer for “%(title)s”")
        case _kind:
            text = _("A request to %(title)s")
    return text % {"title": _title(listing)}


def opening_body(listing: Listing, own: Listing | None = None) -> str:
    """A first paragraph about the listing; ``own`` is the writer's listing of a match."""
    words = {"title": _title(listing)}
    if own is not None:
        words["own"] = _title(own)
        match listing.kind:
            case Listing.Kind.ACHIEVEMENT:
                text = _(
                    "Hello,\n\nyour achievement “%(title)s” fits our demand “%(own)s”. "
                    "We would like to learn more about it and about the terms of a transfer."
                )
            case Listing.Kind.DEMAND:
                text = _(
                    "Hello,\n\nyour demand “%(title)s” fits what we can offer: “%(own)s”. "
                    "We would like to learn more about what you need."
                )
            case _kind:
                text = _(
                    "Hello,\n\nyour expertise fits our demand “%(own)s”. "
                    "We would like to know whether you could support us."
                )
        return text % words
    match listing.kind:
        case Listing.Kind.ACHIEVEMENT:
            text = _(
                "Hello,\n\nwe are interested in your achievement “%(title)s” and would like "
                "to learn more about it and about the terms of a transfer."
            )
        case Listing.Kind.DEMAND:
            text = _(
                "Hello,\n\nwe may have a solution for your demand “%(title)s” and would like "
                "to learn more about what you need."
            )
        case _kind:
            text = _(
                "Hello,\n\nwe are looking for advice in your field and would like to know "
                "whether you could support us."
            )
    return text % words
