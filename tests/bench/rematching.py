"""Everything matched anew by other weights, and what a listing waits that changes meanwhile."""

import time

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from achievements.models import Achievement
from achievements.services import update_listing
from matching.models import IndexEntry, Match
from matching.services.outstanding import unmatched
from matching.services.weights import activate_version, active_weights, add_version
from tests.bench.loading import LONGEST, WRITERS, Load, bench_owner, pids
from tests.bench.memory import Memory
from tests.bench.settled import count_as_matched
from tests.bench.timing import Times
from tests.factories import AchievementFactory
from tests.site import Site

_EVERY = 20.0  # seconds between two changes
_LOOK = 0.1


def measure_rematch(site: Site, *, seconds: float = LONGEST) -> Load:
    """Change the weights, and look on until every match is made anew by them, or for so long.

    Meanwhile one listing is changed every ``_EVERY`` seconds, and its waits are
    until it is embedded and matched. Memory is looked at once the processes are warm, after a
    tenth of the time or of the listings.
    """
    curator, _made = User.objects.get_or_create(email="bench-curator@example.org", is_curator=True)
    before = active_weights()
    count_as_matched()
    mine = AchievementFactory(organisation=bench_owner(WRITERS).organisation)
    weights = before.weights | {"strong": round(before.weights["strong"] + 0.0001, 6)}
    version = add_version(weights=weights, note="bench", by=curator)
    activate_version(version=version, by=curator)
    number, begun = unmatched().count(), time.monotonic()
    _look_on(mine, begun + seconds / 10, most=number * 9 // 10)
    with Memory(pids(site)) as memory:
        waits = _look_on(mine, begun + seconds)
    done, took = number - unmatched().count(), time.monotonic() - begun
    pairs = Match.objects.filter(is_current=True)
    notes = [
        f"{done} of {number} listings due, {number / max(done, 1) * took / 3600:.1f} h for all",
        f"{pairs.filter(weights=version).count()} matches by the new weights",
    ]
    times = Times.of(waits) if waits else None
    return Load("rematch", done, "listings", {"all": took}, memory.taken, times, notes)


def _look_on(listing: Achievement, until: float, *, most: int = 0) -> list[float]:
    """Change the listing again and again until not more than ``most`` are due, or the time is
    over; what each change waited."""
    waits: list[float] = []
    while time.monotonic() < until and unmatched().count() > most:
        begun = time.monotonic()
        words = f"Changed at {timezone.now().isoformat()}"
        update_listing(listing, by=None, values={"summary_en": words})
        while not _is_matched(listing.pk) and time.monotonic() < until:
            time.sleep(_LOOK)
        if _is_matched(listing.pk):
            waits.append(time.monotonic() - begun)
        time.sleep(max(0.0, min(begun + _EVERY, until) - time.monotonic()))
    return waits


def _is_matched(key: int) -> bool:
    entries = IndexEntry.objects.filter(pk=key, matched_source_at__gte=F("listing__updated_at"))
    return entries.exists()
