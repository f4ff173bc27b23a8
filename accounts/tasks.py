"""The worker door of `accounts`."""

from celery import shared_task


@shared_task
def deliver(limit: int = 500) -> int:
    """Send at most ``limit`` e-mails that are due; returns how many went out. Safe to repeat."""
    from accounts.services.delivery import deliver_due

    return deliver_due(limit=limit)


@shared_task
def check_document(pk: int) -> int:
    """Have one document of an organisation looked at by the virus scanner. Safe to repeat."""
    from accounts.services.checking import check_documents

    return check_documents(only=pk)
