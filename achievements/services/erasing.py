"""Erasing a person of the pool, wherever the platform has kept something of them."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.redacting import Names
from accounts.services import erase_user, forget_told, notify, record_audit
from accounts.storage import delete_after_commit
from achievements.models import (
    Appeal,
    Expert,
    ExpertMerge,
    Inventor,
    Listing,
    ListingVersion,
    OnePager,
    OwnerAsk,
)
from achievements.services.content import parent_of
from achievements.services.erasing_files import forget_in_imports
from achievements.services.notices import about, owners_of
from achievements.services.text import clean_text
from achievements.signals import listings_changed, person_erased

ERASED_EN, ERASED_ZH = "Erased profile", "已删除的档案"
NAMELESS_EN, NAMELESS_ZH = "Name erased", "姓名已删除"
# Of what is not content, what is about the person.
_PERSONAL = ("admission_evidence",)


@transaction.atomic
def erase_expert(expert: Expert, *, by: User, note: str, account: bool = False) -> Expert:
    """Erase a person on request, for good; with ``account``, the account that claimed it as well.

    Gone are: the content, files, versions, claims, invitations, conflicts, mergers and one-pagers
    of the profile and of those merged into it; the name in the inventors' rows that were linked to
    it, in the older versions and one-pagers of those achievements (their owners are told); files
    and reports of imports that hold it; what was told of it; its index entry, the passages quoted
    in matches, notes on it. What stays: the number of the profile, and in the audit who did what
    to that number when, without content; what others wrote in their own words (conversations,
    texts of their listings, disclosures to an employer).
    ``note`` says how the request came and is kept in the audit without the name. Raises
    ValidationError without one, or for a profile that is erased already.
    """
    note = clean_text(note)
    if not note:
        raise ValidationError({"note": [_("Say how and when the person asked for it.")]})
    asked = Expert.objects.get(pk=expert.pk)
    locked = Expert.objects.select_for_update(of=("self",)).get(pk=asked.merged_into_id or asked.pk)
    if locked.erased_at is not None:
        raise ValidationError(_("This profile has been erased already."), code="state")
    user = locked.user if account else None
    profiles = [locked, *Expert.objects.filter(merged_into=locked)]
    names, addresses = _names_of(profiles)
    pks = [one.pk for one in profiles]
    inventions = _unname_inventions(pks, names, by=by)
    _forget_mergers(pks)
    for profile in profiles:
        _empty(profile)
    forget_in_imports(names)
    forget_told(names=names, listing_ids=pks, addresses=addresses)
    if user is not None:
        erase_user(user, by=by)
    said = names.taken_out(note)
    record_audit(by=by, verb="expert.erase", obj=parent_of(locked), note=said)
    changed = [*pks, *inventions]
    person_erased.send(Listing, listing_ids=changed, profiles=pks, names=names)
    listings_changed.send(Listing, listing_ids=changed)
    return locked


def _names_of(profiles: Iterable[Expert]) -> tuple[Names, set[str]]:
    """How the person was called anywhere, now and before; and the addresses they were invited at.

    The names of inventors' rows count too: the row may spell the name otherwise.
    """
    names, marks, addresses = set(), set(), set()
    for one in profiles:
        contents = [one.__dict__]
        versions = ListingVersion.objects.filter(listing=one.pk)
        contents += [
            content.get("values", {}) for content in versions.values_list("content", flat=True)
        ]
        for values in contents:
            names |= {str(values.get(key) or "") for key in ("title_en", "title_zh")}
            marks.add(str(values.get("orcid") or ""))
        for row in one.inventions.all():
            names |= {row.name_en, row.name_zh}
        addresses |= set(one.invitations.values_list("email", flat=True))
    return Names(names, marks | addresses), addresses


def _unname_inventions(pks: list[int], names: Names, *, by: User) -> list[int]:
    """Take the name out of the inventors' rows linked to the profiles, now and in older versions;
    returns the achievements that say something else now."""
    rows = Inventor.objects.filter(expert__in=pks)
    changed = sorted(set(rows.values_list("achievement", flat=True)))
    rows.update(expert=None, name_en=NAMELESS_EN, name_zh=NAMELESS_ZH)
    linked = Q(listing__in=changed)
    for pk in pks:
        linked |= Q(content__rows__inventors__contains=[{"expert": pk}])
    for version in ListingVersion.objects.filter(linked):
        inventors = version.content.get("rows", {}).get("inventors", [])
        for row in inventors:
            spelt = (row.get("name_en") or "", row.get("name_zh") or "")
            if row.get("expert") in pks or any(names.are_in(name) for name in spelt):
                row |= {"expert": None, "name_en": NAMELESS_EN, "name_zh": NAMELESS_ZH}
        ListingVersion.objects.filter(pk=version.pk).update(content=version.content)
    Listing.objects.filter(pk__in=changed).update(updated_at=timezone.now())
    _forget_one_pagers(changed)
    for listing in Listing.objects.filter(pk__in=changed).select_related("organisation"):
        record_audit(
            by=by,
            verb="listing.inventor_erased",
            obj=listing,
            organisation=listing.organisation,
        )
        notify(
            recipients=owners_of(listing),
            kind="inventor_erased",
            key=f"inventor.erased:{listing.pk}:{timezone.now():%Y%m%d%H%M%S}",
            path=listing.get_absolute_url(),
            data=about(listing),
        )
    return changed


def _forget_one_pagers(pks: Iterable[int]) -> None:
    for pager in OnePager.objects.filter(listing__in=pks):
        delete_after_commit(pager.file)
        pager.delete()


def _forget_mergers(pks: list[int]) -> None:
    """What was kept of mergers, also of those undone: between merger and parting the other profile
    may have said what this one says, so its versions of that time go, too."""
    for record in ExpertMerge.objects.filter(Q(keep__in=pks) | Q(other__in=pks)):
        if record.undone_at is not None:
            other = record.keep_id if record.keep_id not in pks else record.other_id
            between = Q(at__gte=record.at, at__lt=record.undone_at)
            ListingVersion.objects.filter(between, listing=other).delete()
        record.delete()


def _empty(expert: Expert) -> None:
    now = timezone.now()
    for field in Expert._meta.concrete_fields:
        if (field.editable or field.name in _PERSONAL) and field.has_default():
            setattr(expert, field.name, field.get_default())
        elif field.editable and field.null:
            setattr(expert, field.name, None)
        elif (field.editable or field.name in _PERSONAL) and field.empty_strings_allowed:
            setattr(expert, field.name, "")
    expert.title_en, expert.title_zh = ERASED_EN, ERASED_ZH
    expert.kind, expert.visibility = Listing.Kind.EXPERT, Listing.Visibility.OWNER
    expert.user = expert.organisation = expert.created_by = None
    expert.pool_tags, expert.ignored_figures = [], []
    expert.admitted_until = None
    expert.state, expert.ended_at, expert.updated_at = Listing.State.WITHDRAWN, now, now
    expert.erased_at, expert.edited_at = now, None
    expert.save()
    expert.fields.clear()
    for attachment in expert.attachments.all():
        delete_after_commit(attachment.file)
        attachment.delete()
    _forget_one_pagers([expert.pk])
    listing: Any = parent_of(expert)
    for relation in (expert.claims, expert.invitations, expert.conflicts):
        relation.all().delete()
    ListingVersion.objects.filter(listing=expert.pk).delete()
    listing.reviews.update(note="")
    listing.reports.update(note="", answer="", email="")
    Appeal.objects.filter(review__listing=expert.pk).update(statement="", answer="")
    OwnerAsk.objects.filter(listing=expert.pk).delete()
    for name in ("quality", "office_note"):
        row = getattr(listing, name, None)
        if row is not None:
            row.delete()
