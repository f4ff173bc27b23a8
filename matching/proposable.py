"""What a curator may mean when looking for the other side of a demand, for both doors."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from accounts.models import User
from achievements.models import Demand, Listing
from achievements.querysets import ListingQuerySet
from matching.filtersets import SearchFilterSet
from matching.models import Match
from matching.results.pages import Results
from matching.services.candidates import eligible

_EACH, _BY_WORDS = 10, 20  # shown at most
_NUMBER = re.compile(r"(?:^|/(?:achievements|experts)/)[#＃]?(\d{1,18})/?(?:[?#].*)?$")
KINDS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT)


@dataclass(frozen=True)
class Proposable:
    """A listing found; ``match`` is the match there is already, ``may``: whether the two may be
    matched at all."""

    listing: Listing
    match: int | None
    may: bool


def find_proposable(demand: Demand, text: str, *, user: User) -> list[Proposable]:
    """Published achievements and experts that this user may see and may mean by ``text``.

    First what it names outright: a listing's number, address or own number, an IP right's number,
    an ORCID iD; then what has it in its title, then what belongs to an organisation of that name,
    the newest first; then what the search finds, in its order, phrases and typed filters included.
    At most some forty; a fixed number of queries.
    """
    text = " ".join(text.replace("\x00", " ").split())[:2000]
    if not text:
        return []
    rows = Listing.objects.visible_to(user).published().filter(kind__in=KINDS)
    ways = (_named, _titled, _of_organisation, _worded)
    found = [one for way in ways for one in way(rows, text)]
    listings = {one.pk: one for one in found}
    known = dict(
        Match.objects.filter(
            Q(is_current=True) | Q(curation__isnull=False), demand=demand, candidate__in=listings
        ).values_list("candidate", "pk")
    )
    free = {
        pk
        for kind in KINDS
        for pk in eligible(demand, kind).filter(pk__in=listings).values_list("pk", flat=True)
    }
    return [Proposable(one, known.get(pk), pk in free) for pk, one in listings.items()]


def _named(rows: ListingQuerySet, text: str) -> list[Listing]:
    number = _NUMBER.search(text)
    named = Q(external_id__iexact=text) | Q(achievement__ip_rights__number__iexact=text)
    named |= Q(expert__orcid=text.removeprefix("https://orcid.org/"))
    named |= Q(pk=int(number[1])) if number else Q(pk__in=[])
    return _cards(rows.filter(named).distinct().order_by("pk")[:_BY_WORDS])


def _titled(rows: ListingQuerySet, text: str) -> list[Listing]:
    if len(text) < 2:
        return []
    titled = Q(title_en__icontains=text) | Q(title_zh__icontains=text)
    return _cards(rows.filter(titled).order_by("-published_at", "-pk")[:_EACH])


def _of_organisation(rows: ListingQuerySet, text: str) -> list[Listing]:
    if len(text) < 2:
        return []
    home = Q(organisation__name_en__icontains=text) | Q(organisation__name_zh__icontains=text)
    home |= Q(organisation__slug=text.lower())
    return _cards(rows.filter(home).order_by("-published_at", "-pk")[:_EACH])


def _worded(rows: ListingQuerySet, text: str) -> list[Listing]:
    asked = QueryDict(mutable=True)
    asked["q"] = text
    search = SearchFilterSet(asked, rows)
    return Results(search)[:_BY_WORDS] if search.is_valid() else []


def _cards(rows: Any) -> list[Listing]:
    return list(rows.select_related("organisation"))
