"""Uploaded files that no row names: their process was killed between writing and committing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.apps import apps
from django.core.files.storage import Storage
from django.db.models import FileField
from django.utils import timezone

OLD = timedelta(days=1)  # a younger file may belong to a transaction that is not over
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Orphan:
    """A file that no row names, when it was written, and how many bytes it has."""

    storage: Storage
    name: str
    written_at: datetime
    size: int

    def remove(self) -> None:
        """Delete it; one that is gone is no error."""
        self.storage.delete(self.name)


def orphaned_files(older_than: timedelta = OLD) -> Iterator[Orphan]:
    """Files in the folders of our file fields that no row of any model names, folder by folder.

    Only those written longer ago than ``older_than``. What lies in other folders is not ours.
    """
    before = timezone.now() - older_than
    for (storage, folder), fields in _folders().items():
        if not storage.exists(folder):
            continue
        names = [f"{folder}/{name}" for name in sorted(storage.listdir(folder)[1])]
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            named = {name for field in fields for name in _named(field, some)}
            for name in some:
                if name not in named and (found := _written_before(before, storage, name)):
                    yield found


def _folders() -> dict[tuple[Storage, str], list[FileField]]:
    """All file fields by where they put files."""
    found = defaultdict(list)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField):
                name = PurePosixPath(field.generate_filename(model(), "name.txt"))
                found[field.storage, str(name.parent)].append(field)
    return found


def _named(field: FileField, names: list[str]) -> Iterator[str]:
    rows = field.model._base_manager.filter(**{f"{field.name}__in": names})
    return rows.values_list(field.name, flat=True).iterator()


def _written_before(moment: datetime, storage: Storage, name: str) -> Orphan | None:
    try:
        written_at, size = storage.get_modified_time(name), storage.size(name)
    except FileNotFoundError:  # somebody removed it meanwhile
        return None
    return Orphan(storage, name, written_at, size) if written_at < moment else None
