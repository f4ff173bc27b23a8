"""The worker door of `matching`. Every task may be delivered twice, late or never."""

from celery import shared_task


@shared_task
def embed_and_match(listing_id: int) -> int:
    """Embed one listing and find its matches; returns how many stand. Safe to repeat.

    What cannot be done now (another process holds it, no embedder answers) stays outstanding, and
    the sweep finds it.
    """
    from matching.services.outstanding import embed_and_match_now

    return embed_and_match_now(listing_id)


@shared_task
def work_outstanding(seconds: int = 60) -> int:
    """Embed and match what is outstanding for about so long; returns how much was done."""
    from matching.services.outstanding import work_for

    return work_for(seconds)
