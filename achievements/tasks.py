"""The worker door of `achievements`."""

from celery import shared_task


@shared_task(soft_time_limit=3540, time_limit=3600)
def run_import(pk: int) -> bool:
    """Check or import one uploaded file. Safe to repeat; what is done already stays.

    A large file takes longer than other tasks may, and longer than until the broker delivers the
    message again: the lock that a run holds turns that away at once. The service gives up by
    itself, with the remedy, before the limit.
    """
    from achievements.services.import_runs import run_import as run

    return run(pk)


@shared_task
def run_imports() -> int:
    """Do every outstanding import that no message announced; for the sweep. Returns how many."""
    from achievements.services.import_runs import run_outstanding_imports

    return run_outstanding_imports()


@shared_task
def make_one_pager(pk: int) -> bool:
    """Make one one-pager. Safe to repeat; one that is there already stays."""
    from achievements.services.one_pagers import make_one_pager as make

    return make(pk)


@shared_task
def check_attachment(pk: int) -> int:
    """Have one file of a listing looked at by the virus scanner. Safe to repeat."""
    from achievements.services.checking import check_attachments

    return check_attachments(only=pk)
