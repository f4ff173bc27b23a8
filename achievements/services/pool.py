"""The curators' record of a person: evidence, tags, conflicts, expiry of admission."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import administrator_recipients, notify, record_audit
from achievements.models import DeclaredConflict, Expert
from achievements.services.content import parent_of
from achievements.services.lifecycle import move_listing
from achievements.services.notices import about, owners_of
from achievements.services.text import clean_text, clean_words
from achievements.working_days import site_today

NOTICE = timedelta(days=30)


@transaction.atomic
def keep_pool_record(
    expert: Expert,
    *,
    by: User,
    evidence: str | None = None,
    tags: Iterable[str] | None = None,
    admitted_until: date | None = None,
) -> Expert:
    """Write down on what evidence a person is in the pool, the curators' own tags, and until when
    the admission holds; what is None stays.

    None of it is content: nobody but curators reads it and nothing is matched anew. Raises
    ValidationError for a day that is past.
    """
    locked = Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)
    changed = []
    if evidence is not None and clean_text(evidence) != locked.admission_evidence:
        locked.admission_evidence = clean_text(evidence)
        changed.append("admission_evidence")
    if tags is not None and clean_words(tags) != locked.pool_tags:
        locked.pool_tags = clean_words(tags)
        changed.append("pool_tags")
    if admitted_until is not None and admitted_until != locked.admitted_until:
        if admitted_until < site_today():
            raise ValidationError({"admitted_until": [_("Choose a day that is not past.")]})
        locked.admitted_until, locked.lapse_notice_on = admitted_until, None
        changed += ["admitted_until", "lapse_notice_on"]
    if changed:
        locked.clean_fields(exclude=[f.name for f in Expert._meta.fields if f.name not in changed])
        locked.save(update_fields=changed)
        record_audit(
            by=by,
            verb="expert.pool_record",
            obj=parent_of(locked),
            changed=[name for name in changed if name != "lapse_notice_on"],
        )
    return locked


@transaction.atomic
def declare_conflict(
    expert: Expert, *, by: User, organisation: Organisation, note: str = ""
) -> DeclaredConflict:
    """The person, or a curator, says that the expert must not judge for or of an organisation.

    Raises ValidationError when it was declared before.
    """
    conflict = DeclaredConflict(
        expert=expert, organisation=organisation, note=clean_text(note), by=by
    )
    conflict.full_clean()
    conflict.save()
    record_audit(
        by=by, verb="expert.conflict", obj=parent_of(expert), conflict_with=organisation.pk
    )
    return conflict


@transaction.atomic
def withdraw_conflict(conflict: DeclaredConflict, *, by: User) -> None:
    """The conflict is over."""
    record_audit(
        by=by,
        verb="expert.conflict_over",
        obj=parent_of(conflict.expert),
        conflict_with=conflict.organisation_id,
    )
    conflict.delete()


def remind_of_lapse(*, batch: int = 200) -> int:
    """Tell curators and the person that an admission ends within 30 days; returns of how many."""
    told = 0
    due = Expert.objects.lapsing(site_today() + NOTICE).filter(lapse_notice_on__isnull=True)
    for pk in list(due.values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            rows = Expert.objects.filter(pk=pk, lapse_notice_on__isnull=True)
            expert = rows.select_for_update(skip_locked=True, of=("self",)).first()
            if expert is None or expert.admitted_until is None:
                continue
            Expert.objects.filter(pk=pk).update(lapse_notice_on=site_today())
            people = {user.pk: user for user in owners_of(expert)}
            people |= {user.pk: user for user in administrator_recipients("curator")}
            notify(
                recipients=list(people.values()),
                kind="admission_ending",
                key=f"admission.ending:{pk}:{expert.admitted_until}",
                path=reverse("achievements:expert_detail", args=[pk]),
                data=about(expert, ends_on=expert.admitted_until.isoformat()),
            )
            told += 1
    return told


def lapse_admissions(*, batch: int = 200) -> int:
    """Experts whose admission is over wait for the curators again, out of every door; returns how
    many. The person, and the curators, are told."""
    moved = 0
    due = Expert.objects.lapsing(site_today() - timedelta(days=1))
    for pk in list(due.values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            rows = Expert.objects.lapsing(site_today() - timedelta(days=1)).filter(pk=pk)
            expert = rows.select_for_update(skip_locked=True, of=("self",)).first()
            if expert is None:
                continue
            ended = expert.admitted_until
            move_listing(expert, "lapse", by=None, submitted_at=timezone.now())
            people = {user.pk: user for user in owners_of(expert)}
            people |= {user.pk: user for user in administrator_recipients("curator")}
            notify(
                recipients=list(people.values()),
                kind="admission_lapsed",
                key=f"admission.lapsed:{pk}:{ended}",
                path=reverse("achievements:expert_detail", args=[pk]),
                data=about(expert),
            )
            moved += 1
    return moved
