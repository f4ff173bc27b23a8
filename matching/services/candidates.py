"""Whom a listing is compared with: the nearest in meaning and the nearest in words, of each kind.

Only live listings that both owners may see, of other organisations; experts who take requests. A
sealed demand is compared like a public one: its match is shown to its own side alone.
"""

from collections.abc import Hashable
from typing import ClassVar

from django.db.models import Q, QuerySet
from pgvector import SparseVector
from pgvector.django import MaxInnerProduct

from achievements.models import Expert, Listing
from matching.models import IndexEntry
from matching.scoring.profiles import AnyListing, Profile, telling_words
from matching.search.lexemes import Lexeme, has_words, telling
from matching.sql.reading import reading
from matching.text.tokens import SPARSE_DIMENSIONS, sparse_index
from matching.vectors.nearest import indexed_nearest, is_few, is_small
from matching.vectors.nearness import deviations
from matching.vectors.scales import scales
from matching.vectors.similarity import asking, collection_size, statistics_key

NEAREST = 120  # of each kind by meaning, and as many by words
_TELLING_WORDS = 24


def eligible(listing: AnyListing, kind: str) -> QuerySet[IndexEntry]:
    """Entries of live listings of a kind that may be matched with this one."""
    entries = IndexEntry.objects.live().filter(kind=kind).exclude(pk=listing.pk)
    if listing.visibility == Listing.Visibility.OWNER and not listing.is_sealed:
        return entries.none()
    organisation = listing.organisation
    open_to = Q(listing__visibility=Listing.Visibility.PUBLIC)
    open_to |= Q(listing__disclosure=Listing.Disclosure.SEALED)
    if organisation is not None:
        if organisation.is_verified:
            open_to |= Q(listing__visibility=Listing.Visibility.MEMBERS)
        entries = entries.exclude(listing__organisation=organisation).exclude(
            listing__expert__user__memberships__organisation=organisation
        )
    if listing.visibility == Listing.Visibility.MEMBERS:
        entries = entries.filter(listing__organisation__verified_at__isnull=False)
    if isinstance(listing, Expert) and listing.user is not None:
        own = listing.user.memberships.values("organisation")
        entries = entries.exclude(listing__organisation__in=own)
    if kind == Listing.Kind.EXPERT:
        entries = entries.exclude(listing__expert__availability=Expert.Availability.UNAVAILABLE)
    return entries.filter(open_to)


def candidates(listing: AnyListing, profile: Profile, kind: str) -> set[int]:
    """Ids of the listings of a kind that are worth comparing with this one."""
    verified = listing.organisation is not None and listing.organisation.is_verified
    return nearest(profile, eligible(listing, kind), kind, (listing.visibility, verified))


def nearest(
    profile: Profile, entries: QuerySet[IndexEntry], kind: str, asker: Hashable = None
) -> set[int]:
    """Ids of the nearest of these entries of a kind, in meaning and in words.

    ``asker``: what others have in common for whom about the same entries are eligible.
    """
    return _near(profile, entries, kind, asker) | _worded(profile, entries)


class _Many:
    """For whom so many of a kind were eligible that the vector index is asked.

    Counting them takes longer than all the rest, so it holds until the statistics are made anew;
    who has few is counted each time. Askers differ by what is their own, hardly in how many.
    """

    statistics: ClassVar[object] = None
    askers: ClassVar[set[Hashable]] = set()

    @classmethod
    def are_eligible(cls, entries: QuerySet[IndexEntry], kind: str, asker: Hashable) -> bool:
        """Whether there are, counted once for all askers alike."""
        if cls.statistics != statistics_key():
            cls.statistics, cls.askers = statistics_key(), set()
        known = not is_small() and (kind, asker) in cls.askers
        if known or is_few(entries, kind):
            return known
        if asker is not None:
            cls.askers.add((kind, asker))
        return True


def _near(profile: Profile, entries: QuerySet[IndexEntry], kind: str, asker: Hashable) -> set[int]:
    if profile.direction is None:
        return set()
    direction = asking(profile.direction)
    known = scales(direction)
    ordered = entries.filter(direction__isnull=False).order_by(
        (-deviations(direction, known)).asc(), "pk"
    )
    if _Many.are_eligible(entries, kind, asker):
        ordered = ordered.filter(pk__in=indexed_nearest(entries, kind, direction))
    return set(ordered.values_list("pk", flat=True)[:NEAREST])


def _worded(profile: Profile, entries: QuerySet[IndexEntry]) -> set[int]:
    words = telling_words(profile)
    query = dict(zip(words.places.tolist(), words.amounts.tolist(), strict=True))
    lexemes = _strongest_words(profile, query)
    if not lexemes:
        return set()
    product = MaxInnerProduct("lexical", SparseVector(query, SPARSE_DIMENSIONS))
    found = entries.filter(has_words(lexemes, "|")).order_by(product, "pk")
    return set(found.values_list("pk", flat=True)[:NEAREST])


def _strongest_words(profile: Profile, query: dict[int, float]) -> tuple[Lexeme, ...]:
    """The listing's most telling words that other listings have, too."""
    with reading().cursor() as cursor:
        cursor.execute(
            "SELECT lexeme, coalesce(documents, 0) FROM matching_indexentry,"
            " unnest(tsvector_to_array(vector)) AS word (lexeme)"
            " LEFT JOIN matching_lexeme USING (lexeme) WHERE listing_id = %s",
            [profile.listing_id],
        )
        rows = cursor.fetchall()
    words = [
        Lexeme(word, documents, query.get(sparse_index(word), 0.0))
        for word, documents in rows
        if documents != 1 or not collection_size()
    ]
    words.sort(key=lambda one: (-one.weight, one.text))
    return telling(tuple(words[:_TELLING_WORDS]))
