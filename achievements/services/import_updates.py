"""Saving the listings of a batch that differ: in few statements, whatever their number."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.models import User
from achievements.models import ImportRun
from achievements.services.import_objects import TABLES, parent_field, through
from achievements.services.import_outcome import Written, blame, write_tables, write_terms
from achievements.services.snapshots import keep_first_versions, keep_versions


def update_all(batch: Sequence[Written], *, by: User | None, run: ImportRun | None) -> None:
    """Save what differs of listings of one kind, each with its versions; rows within are replaced
    as a whole. Call it inside a transaction that holds their rows, each once in the batch.

    Where the database refuses, halves are tried, until it is known which row is to blame; its
    reasons go into ``draft.problems``.
    """
    if not batch:
        return
    try:
        with transaction.atomic():
            _update_all(batch, by, run)
    except IntegrityError as error:
        if len(batch) == 1:
            blame(batch[0], error)
            return
        middle = len(batch) // 2
        update_all(batch[:middle], by=by, run=run)
        update_all(batch[middle:], by=by, run=run)


def _update_all(batch: Sequence[Written], by: User | None, run: ImportRun | None) -> None:
    kind, keys = batch[0].obj.kind, [written.key for written in batch]
    keep_first_versions(kind, keys)
    for written in batch:
        written.obj.save(update_fields=[*written.changed, "updated_at"])
    classified = [written.key for written in batch if written.terms]
    if classified:
        through().objects.filter(listing_id__in=classified).delete()
    write_terms(batch)
    for name, model in TABLES.items():
        touched = [written for written in batch if name in written.tables]
        if touched:
            parent = parent_field(model())
            keys_of = [written.key for written in touched]
            model._default_manager.filter(**{f"{parent}__in": keys_of}).delete()
    write_tables(batch)
    keep_versions(kind, keys, by=by, import_run=run)
