"""What a process has compared before, kept while it holds."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, ClassVar

from matching.models import IndexEntry
from matching.scoring.bulk_sides import sides_of
from matching.scoring.profiles import Compared, load_profiles
from matching.scoring.score import Side
from matching.sql.columns import among
from matching.vectors.similarity import statistics_key


class _Kept:
    """What a process compared before, as long as neither listing nor statistics change.

    Figures only, a few kilobytes each and as much for every two works; the longest unused go first.
    """

    MOST = 10_000
    size: ClassVar[int] = 0
    lock: ClassVar[Lock] = Lock()
    statistics: ClassVar[object] = None
    rows: ClassVar[OrderedDict[int, tuple[object, Compared]]] = OrderedDict()


def compared_of(listing_ids: Iterable[int]) -> dict[int, Compared]:
    """What is compared of these listings, by id; one short statement for what is known already."""
    entries = IndexEntry.objects.filter(among(list(listing_ids)))
    stamps = {
        pk: tuple(stamp)
        for pk, *stamp in entries.values_list(
            *("pk", "kind", "listing__updated_at"),
            *("indexed_source_at", "embedded_source_at", "embedder"),
        )
    }
    found = {}
    with _Kept.lock:
        if _Kept.statistics != statistics_key():
            _Kept.rows.clear()
            _Kept.size, _Kept.statistics = 0, statistics_key()
        for pk in stamps:
            kept = _Kept.rows.get(pk)
            if kept is not None and kept[0] == stamps[pk]:
                found[pk] = kept[1]
                _Kept.rows.move_to_end(pk)
    missing = {pk: stamp for pk, stamp in stamps.items() if pk not in found}
    new = _read(missing) if missing else {}
    with _Kept.lock:
        for pk, compared in new.items():
            _keep(pk, stamps[pk], compared)
        while _Kept.size > _Kept.MOST:
            _pk, (_stamp, oldest) = _Kept.rows.popitem(last=False)
            _Kept.size -= _weight(oldest)
    return found | new


def _read(wanted: Mapping[int, tuple[Any, ...]]) -> dict[int, Compared]:
    """What is compared of listings, with their stamps: kind, when it was changed, and more.

    Read after their stamps: what changes in between is newer than its stamp, which no longer holds.
    """
    profiles = load_profiles(list(wanted))
    sides: dict[int, Side] = {}
    for kind in {stamp[0] for stamp in wanted.values()}:
        sides |= sides_of(kind, [pk for pk, stamp in wanted.items() if stamp[0] == kind])
    return {
        pk: Compared(profiles[pk], sides[pk], stamp[1], tuple(map(str, stamp)))
        for pk, stamp in wanted.items()
        if pk in profiles and pk in sides
    }


def _keep(pk: int, stamp: object, compared: Compared) -> None:
    if pk in _Kept.rows:
        _Kept.size -= _weight(_Kept.rows.pop(pk)[1])
    _Kept.rows[pk] = stamp, compared
    _Kept.size += _weight(compared)


def _weight(compared: Compared) -> int:
    return 1 + len(compared.profile.works) // 2
