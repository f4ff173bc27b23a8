"""Import files and their reports that name a person who is to be erased."""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.redacting import Names
from accounts.storage import delete_after_commit
from achievements.importing.problems import in_every_language
from achievements.importing.readers import read_file
from achievements.models import ImportDuplicate, ImportRefusal, ImportRun

KEPT_FOR = timedelta(days=30)  # an uploaded file, after its import; the refused rows are read there
UPLOAD_AGAIN = _(
    "The file named a person who has been erased. Take the person out of it and upload it again."
)
_WAITING = {ImportRun.State.UPLOADED, ImportRun.State.CHECKED, ImportRun.State.CONFIRMED}


def forget_in_imports(names: Names) -> None:
    """Remove every uploaded file that names the person, and the name from what the runs report
    and keep of refused and doubtful rows.

    A run that still waits for its file says that it has to be uploaded again, without the person.
    A file that cannot be read is removed as well: nobody could say what is in it.
    """
    for run in ImportRun.objects.all().iterator():
        kept = {name: getattr(run, name) for name in ("name", "report", "corrections")}
        clean = {field: names.taken_out(value) for field, value in kept.items()}
        kept |= {"file": run.file, "state": run.state}
        if run.file and _is_named_in(run, names):
            delete_after_commit(run.file)
            clean["file"] = ""
            if run.state in _WAITING:
                texts = in_every_language(lambda: str(UPLOAD_AGAIN))
                clean |= {"state": ImportRun.State.FAILED, "report": {"error": texts}}
        changed = [field for field, value in clean.items() if value != kept[field]]
        if changed:
            for field in changed:
                setattr(run, field, clean[field])
            run.save(update_fields=changed)
    for row in ImportRefusal.objects.iterator():
        said = {"cells": row.cells, "problems": row.problems}
        if (clean := names.taken_out(said)) != said:
            ImportRefusal.objects.filter(pk=row.pk).update(**clean)
    for pair in ImportDuplicate.objects.iterator():
        said = {"title": pair.title, "content": pair.content}
        if (clean := names.taken_out(said)) != said:
            ImportDuplicate.objects.filter(pk=pair.pk).update(**clean)


def _is_named_in(run: ImportRun, names: Names) -> bool:
    try:
        with read_file(Path(run.file.path)) as source:
            return any(
                isinstance(row, ValidationError) or names.are_in(str(row))
                for _line, row in source.rows
            )
    except FileNotFoundError:
        return False
    except ValidationError:
        return True


@transaction.atomic
def drop_import_files(*, batch: int = 200) -> int:
    """Remove uploaded files 30 days after their import: what they said is in the listings by then.
    For the sweep. Returns how many were removed."""
    old = ImportRun.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).exclude(file="")
    runs = list(old.select_for_update(skip_locked=True, of=("self",))[:batch])
    for run in runs:
        delete_after_commit(run.file)
        run.file = ""
        run.save(update_fields=["file"])
    return len(runs)
