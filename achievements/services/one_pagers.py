"""One-pagers as PDF: asked for by anybody, made by a worker, made again when the listing or the
name, region or logo of who posts it changes."""

import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.storage import delete_after_commit
from achievements.models import Listing, OnePager
from achievements.onepager import full_listing, may_be_shown, render_pdf
from achievements.tasks import make_one_pager as make_one_pager_task

logger = logging.getLogger(__name__)


@transaction.atomic
def want_one_pager(listing: Listing, *, language: str) -> OnePager:
    """Have the PDF of a public listing made, unless it is there; returns its row.

    A worker is asked after the commit; the sweep finds what no message announced. Not audited: the
    page shows what everybody may read. Raises ValidationError for any other listing or language.
    """
    if not may_be_shown(listing) or language not in OnePager.Language.values:
        raise ValidationError(_("There is a one-pager of published, public listings only."))
    OnePager.objects.get_or_create(listing_id=listing.pk, language=language)
    rows = OnePager.objects.select_for_update(of=("self",)).select_related("listing__organisation")
    pager = rows.get(listing_id=listing.pk, language=language)
    waiting = pager.made_at is None or pager.made_at < pager.wanted_at
    if not pager.is_ready:
        if not waiting or pager.attempts:
            pager.wanted_at, pager.attempts = timezone.now(), 0
            pager.save(update_fields=["wanted_at", "attempts"])
        transaction.on_commit(lambda: make_one_pager_task.delay(pager.pk), robust=True)
    return pager


@transaction.atomic
def make_one_pager(pk: int) -> bool:
    """Make the file of an outstanding row. Safe to repeat and to run twice at once. Returns whether
    it was made; one that cannot be is logged and tried three times."""
    rows = OnePager.objects.outstanding().select_for_update(skip_locked=True, of=("self",))
    pager = rows.filter(pk=pk).first()
    if pager is None:
        return False
    started = timezone.now()
    listing = full_listing(pager.listing_id)
    if listing is None or not may_be_shown(listing):
        _remove(pager)
        return False
    try:
        with override(pager.language):
            data = render_pdf(listing, site_name=settings.SITE_NAME)
    except Exception:
        logger.exception("one-pager of listing %s not made", listing.pk)
        pager.attempts += 1
        pager.save(update_fields=["attempts"])
        return False
    delete_after_commit(pager.file)
    pager.file.save("page.pdf", ContentFile(data), save=False)
    pager.made_at, pager.source_at, pager.attempts = started, listing.updated_at, 0
    if pager.made_at < pager.wanted_at:
        pager.made_at = pager.wanted_at
    pager.save()
    return True


def _remove(pager: OnePager) -> None:
    pager.delete()
    delete_after_commit(pager.file)


def make_outstanding_one_pagers(*, batch: int = 20) -> int:
    """Make what is wanted and not made; for the sweep. Returns how many were made."""
    keys = list(OnePager.objects.outstanding().values_list("pk", flat=True)[:batch])
    return sum(make_one_pager(key) for key in keys)
