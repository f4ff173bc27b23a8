"""What a process has compared before, kept while it holds."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import ClassVar

from matching.models import IndexEntry
from matching.profiles import Compared, subjects_of
from matching.similarity import statistics_key


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
    stamps = {
        pk: tuple(stamp)
        for pk, *stamp in IndexEntry.objects.filter(pk__in=list(listing_ids)).values_list(
            "pk", "listing__updated_at", "indexed_source_at", "embedded_source_at", "embedder"
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
    missing = [pk for pk in stamps if pk not in found]
    new = {pk: subject.compared for pk, subject in subjects_of(missing).items()}
    with _Kept.lock:
        for pk, compared in new.items():
            if compared.updated_at == stamps[pk][0]:  # not changed since the stamp was read
                _keep(pk, stamps[pk], compared)
        while _Kept.size > _Kept.MOST:
            _pk, (_stamp, oldest) = _Kept.rows.popitem(last=False)
            _Kept.size -= _weight(oldest)
    return found | new


def _keep(pk: int, stamp: object, compared: Compared) -> None:
    if pk in _Kept.rows:
        _Kept.size -= _weight(_Kept.rows.pop(pk)[1])
    _Kept.rows[pk] = stamp, compared
    _Kept.size += _weight(compared)


def _weight(compared: Compared) -> int:
    return 1 + len(compared.profile.works) // 2
