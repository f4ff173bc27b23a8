"""The sample catalogue: invented organisations, people and listings, marked as sample."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation, Region, User
from accounts.services import record_audit
from achievements.importing.drafts import Draft
from achievements.importing.problems import Report as Problems
from achievements.importing.readers import Row
from achievements.models import Expert, ImportRun, Listing, Report
from achievements.services.experts import accept_invitation, invitation_token
from achievements.services.import_options import ImportOptions
from achievements.services.importing import import_rows
from achievements.services.reports import report_listing

FILES = {
    Listing.Kind.EXPERT: "experts.jsonl",
    Listing.Kind.ACHIEVEMENT: "achievements.jsonl",
    Listing.Kind.DEMAND: "demands.jsonl",
}
# What waits for a decision, where there is somebody to take it.
WAITING = {
    Listing.Kind.EXPERT: "waiting_experts.jsonl",
    Listing.Kind.ACHIEVEMENT: "waiting_achievements.jsonl",
}
REPORTED = "S-A-303"
REPORT = "Their own page says that it was licensed to somebody else in May."
# New listings count as published somewhere in the days before.
SPREAD = timedelta(days=90)
NOTICE = timedelta(days=30)
# Organisations that publish without review, so that a demo shows both ways.
DIRECT = {"hengzhou-nev"}
DOMAIN = "transfer.example"


@dataclass(frozen=True)
class Person:
    """A user of the demo: what it is for, where it belongs, what it may do."""

    address: str
    name: str
    what: str
    language: str = User.Language.ENGLISH
    roles: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()
    expert: str = ""

    @property
    def email(self) -> str:
        """An address that belongs to nobody."""
        return f"{self.address}@{DOMAIN}"


PEOPLE = (
    Person("office", "Shen Yue", "transfer office", roles=(("linjiang-ut", "owner"),)),
    Person(
        "enterprise",
        "陆承安",
        "enterprise",
        language=User.Language.CHINESE,
        roles=(("hengzhou-nev", "owner"),),
    ),
    Person(
        "editor",
        "Ruth Adler",
        "editor at two universities",
        roles=(("tu-werrafeld", "editor"), ("hanbei-university", "editor")),
    ),
    Person("viewer", "乔以宁", "reader", roles=(("hengzhou-nev", "viewer"),)),
    Person(
        "expert",
        "Luo Jingxuan",
        "inventor, expert with an own profile",
        roles=(("hanbei-university", "viewer"),),  # whose disclosures the editor decides
        expert="S-E-101",
    ),
    Person("curator", "Mei Tan", "curator", flags=("is_curator",)),
    Person("moderator", "Jonas Weber", "moderator", flags=("is_moderator",)),
    Person("admin", "Site Admin", "superuser", flags=("is_superuser", "is_staff")),
)


@dataclass
class Sample:
    """What loading did: organisations changed, one report for each kind, the users there are."""

    organisations: int = 0
    reports: dict[str, Problems] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)


@transaction.atomic
def load_sample(*, password: str | None = None, folder: Path | None = None) -> Sample:
    """Load organisations, experts, achievements and demands through the importer, all published.

    With ``password`` the users of the demo are created with it, addresses verified; those that
    exist stay as they are, and curators and moderators find something that waits for them. Loading
    again changes nothing. Needs the vocabularies. Raises ValidationError when a row is bad; then
    nothing is changed.
    """
    folder = folder or Path(apps.get_app_config("achievements").path) / "sample"
    if not Region.objects.exists():
        raise ValidationError(_("Run load_vocabularies first."))
    sample = Sample()
    for _line, record in read_records(folder / "organisations.jsonl"):
        sample.organisations += _write_organisation(record)
    for kind, name in FILES.items():
        sample.reports[kind] = _import(kind, folder / name)
    if password is not None:
        for person in PEOPLE:
            _write_person(person, password)
            sample.people.append(person)
        for kind, name in WAITING.items():
            _import(kind, folder / name, ImportRun.Publication.SUBMIT)
        _report()
    return sample


def read_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of ours, with their lines."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, json.loads(line)


def _write_organisation(record: dict[str, Any]) -> bool:
    """Create or bring up to date; whether anything changed."""
    record = dict(record)
    region = record.pop("region", None)
    verified = record.pop("verified", False)
    values: dict[str, Any] = {
        **record,
        "region": Region.objects.get(code=region) if region else None,
        "is_sample": True,
    }
    known = Organisation.objects.filter(slug=record["slug"]).first()
    organisation = known or Organisation()
    if known is not None and all(getattr(known, name) == values[name] for name in values):
        return False
    for name, value in values.items():
        setattr(organisation, name, value)
    if known is None and verified:
        organisation.verified_at = timezone.now()
        organisation.may_publish_directly = organisation.slug in DIRECT
    organisation.full_clean()
    organisation.save()
    record_audit(
        by=None,
        verb="organisation.create" if known is None else "organisation.update",
        obj=organisation,
        organisation=organisation,
        sample=True,
    )
    return True


def _import(kind: str, path: Path, publication: str = ImportRun.Publication.PUBLISH) -> Problems:
    rows: Iterator[Row] = ((line, _in_future(record)) for line, record in read_records(path))
    report = import_rows(
        rows,
        ImportOptions(
            kind=kind,
            organisation=None,
            mode=ImportRun.Mode.ALL_OR_NOTHING,
            publication=publication,
            any_organisation=True,
            is_sample=True,
            published_at=_published_at if publication == "publish" else None,
        ),
    )
    if report.bad:
        raise ValidationError(
            [f"{path.name}:{each.line}: {each.field}: {each.text}" for each in report.problems]
        )
    return report


def _report() -> None:
    """A visitor says once that one of the listings is out of date."""
    listing = Listing.objects.filter(external_id=REPORTED, is_sample=True).first()
    if listing is not None and listing.is_live and not listing.reports.exists():
        report_listing(listing, by=None, reason=Report.Reason.OUTDATED, note=REPORT)


def _in_future(record: dict[str, Any]) -> dict[str, Any]:
    """A deadline that is past or near moves on by whole years, so that a demo never looks stale."""
    if "deadline" not in record:
        return record
    deadline = date.fromisoformat(record["deadline"])
    while deadline < timezone.localdate() + NOTICE:
        deadline = deadline.replace(year=deadline.year + 1, day=min(deadline.day, 28))
    return record | {"deadline": deadline.isoformat()}


def _published_at(draft: Draft) -> datetime:
    """A moment within SPREAD before now, always the same share of it for the same listing."""
    share = zlib.crc32(draft.external_id.encode()) / 2**32
    return timezone.now() - SPREAD * share


def _write_person(person: Person, password: str) -> None:
    """Create a user of the demo where there is none."""
    if User.objects.filter(email=person.email).exists():
        return
    user = User.objects.create_user(
        person.email,
        password,
        name=person.name,
        language=person.language,
        **dict.fromkeys(person.flags, True),
    )
    user.emailaddress_set.create(email=user.email, primary=True, verified=True)  # type: ignore[attr-defined]
    for slug, role in person.roles:
        organisation = Organisation.objects.get(slug=slug)
        Member.objects.create(organisation=organisation, user=user, role=role)
        if user.active_organisation is None:
            user.active_organisation = organisation
            user.save(update_fields=["active_organisation"])
    record_audit(by=None, verb="user.create", obj=user, sample=True)
    expert = Expert.objects.filter(
        external_id=person.expert or "-", is_sample=True, user__isnull=True
    ).first()
    if expert is not None:
        accept_invitation(invitation_token(expert), by=user)
