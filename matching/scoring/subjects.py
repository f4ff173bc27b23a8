"""Listings with everything the matcher compares and quotes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from matching.scoring.compared_cache import compared_of
from matching.scoring.profiles import AnyListing, Compared, Profile
from matching.scoring.score import Side
from matching.text.documents import Document, document_of, load_listings


@dataclass(frozen=True)
class Subject:
    """A listing with everything the matcher compares and quotes."""

    listing: AnyListing
    compared: Compared

    @property
    def profile(self) -> Profile:
        """What the index knows of its text."""
        return self.compared.profile

    @property
    def side(self) -> Side:
        """Its structured facts."""
        return self.compared.side

    @cached_property
    def document(self) -> Document:
        """What is read of it, and quoted."""
        return document_of(self.listing)


def subjects_of(listing_ids: Iterable[int]) -> dict[int, Subject]:
    """The listings of these that are indexed, by id."""
    known = compared_of(listing_ids)
    return {one.pk: Subject(one, known[one.pk]) for one in load_listings(known)}
