"""What facets count, read as numbers: the same as a walk through the listings one by one."""

from collections.abc import Callable

import numpy as np
import pytest

from achievements.models import Listing, Term
from matching.facets.reading import read_places
from tests import factories

pytestmark = pytest.mark.django_db


def walked(listing: Listing) -> set[tuple[str, object]]:
    """The values of one listing, by its own attributes."""
    own = getattr(listing, listing.kind)
    anonymous = listing.disclosure == "anonymous"
    values: set[tuple[str, object]] = {
        ("kind", listing.kind),
        ("anonymous" if anonymous else "organisation", listing.organisation_id),
        ("region", listing.region_id),
        ("trl", getattr(own, "trl", None) or getattr(own, "trl_min", None)),
        ("result_kind", getattr(own, "result_kind", None)),
        ("availability", getattr(own, "availability", None)),
    }
    for name, field in (
        ("transfer_mode", "transfer_modes"),
        ("cooperation_mode", "cooperation_modes"),
        ("service", "services"),
        ("language", "languages"),
    ):
        values |= {(name, one) for one in getattr(own, field, ())}
    for right in own.ip_rights.all() if listing.kind == "achievement" else ():
        values |= {("ip_status", right.status), ("ip_kind", right.kind)}
    for term in listing.fields.all():
        step: Term | None = term
        while step is not None:
            values.add(("term", step.pk))
            step = step.parent
    return {(name, value) for name, value in values if value}


def numbered() -> tuple[dict[tuple[str, object], int], Callable[[tuple[str, object]], int]]:
    known: dict[tuple[str, object], int] = {}
    return known, lambda value: known.setdefault(value, len(known))


def test_values_read_at_once_are_those_of_each_listing():
    top = factories.TermFactory()
    term = factories.TermFactory(scheme=top.scheme, parent=top)
    pump = factories.AchievementFactory(transfer_modes=["licence", "sale"], trl=None)
    pump.fields.set([term, top])
    factories.IPRightFactory(achievement=pump)
    factories.IPRightFactory(achievement=pump)
    factories.AchievementFactory(transfer_modes=[], region=None)
    factories.DemandFactory(disclosure="anonymous", trl_min=4)
    expert = factories.ExpertFactory(organisation=None, languages=["zh", "en", "zho"])
    expert.fields.set([term])
    listings = list(Listing.objects.order_by("pk"))
    known, place_of = numbered()

    rows, places = read_places(np.array([one.pk for one in listings]), place_of)

    words = {place: value for value, place in known.items()}
    found: list[set[tuple[str, object]]] = [set() for _listing in listings]
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        assert words[place] not in found[row]
        found[row].add(words[place])
    assert found == [walked(one) for one in listings]


def test_values_of_nothing_are_none():
    _known, place_of = numbered()

    rows, places = read_places(np.empty(0, np.int64), place_of)

    assert (len(rows), len(places)) == (0, 0)
