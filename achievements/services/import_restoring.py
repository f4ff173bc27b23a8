"""Putting back, many at once, what an import had changed of listings."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import Region, User
from accounts.services import record_audits
from achievements.importing.columns import MODELS
from achievements.models import Expert, ImportRun, Listing, ListingVersion, RequirementRow, Term
from achievements.services.content import check_editable
from achievements.services.edits import note_edit
from achievements.services.import_batches import RESOLVED
from achievements.services.import_objects import Kind, common_part, differs, parent_field, through
from achievements.services.quantities import recognise_quantities
from achievements.services.snapshots import snapshots
from achievements.services.versions import kept_names
from achievements.services.writing import ROWS, check_rules, row_fields, settle_readiness
from achievements.signals import listings_changed

_AT_ONCE = 100  # rows of an UPDATE; its text grows with rows times columns


@dataclass(frozen=True)
class _Known:
    """What kept contents name and is still there."""

    terms: dict[str, int]
    regions: set[int]
    experts: set[int]
    quantities: dict[str, int]


@dataclass
class _Restored:
    """A listing with its former content, not saved yet, and what of it differs."""

    obj: Kind
    version: ListingVersion
    changed: list[str] = field(default_factory=list)
    terms: list[int] | None = None
    tables: dict[str, list[models.Model]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """What the audit says to have changed."""
        names = {
            name.removesuffix("_id") if name != "external_id" else name for name in self.changed
        }
        return sorted({*names, *self.tables, *(["fields"] if self.terms is not None else [])})


def put_back_many(run: ImportRun, *, by: User, keys: Collection[int]) -> list[int]:
    """Give listings back the content they had before an import; returns those that got it.

    The same as :func:`achievements.services.versions.restore_version` with ``own_number``, in a
    number of statements that does not depend on how many there are. Left out, for whoever does it
    one by one, are those that somebody changed since, and those whose former content breaks a rule
    of today; where the database refuses one, all are. Their quality is rated by the sweep.
    """
    try:
        with transaction.atomic():
            locked = Listing.objects.select_for_update().filter(pk__in=keys).order_by("pk")
            versions, newest = _versions(run, list(locked.values_list("pk", flat=True)))
            restored = _restored(run, versions)
            if restored:
                _write(restored, newest, by=by)
            return [one.obj.pk for one in restored]
    except IntegrityError:
        return []


def _versions(run: ImportRun, keys: list[int]) -> tuple[dict[int, ListingVersion], dict[int, int]]:
    """Of listings whose newest version is this import's, the one before it, and the newest number;
    two queries."""
    made: dict[int, int] = {}
    newest: dict[int, tuple[int, int | None]] = {}
    rows = ListingVersion.objects.filter(listing__in=keys).order_by("listing", "number")
    numbered = {}
    for pk, listing, number, import_run in rows.values_list(
        "pk", "listing", "number", "import_run"
    ):
        numbered[listing, number] = pk
        newest[listing] = (number, import_run)
        if import_run == run.pk:
            made.setdefault(listing, number)
    wanted = [
        numbered[listing, number - 1]
        for listing, number in made.items()
        if newest[listing][1] == run.pk and (listing, number - 1) in numbered
    ]
    found = ListingVersion.objects.filter(pk__in=wanted)
    return {one.listing_id: one for one in found}, {pk: last for pk, (last, _) in newest.items()}


def _restored(run: ImportRun, versions: dict[int, ListingVersion]) -> list[_Restored]:
    """The listings with their former content; without those that may not have it."""
    tables = ROWS[run.kind]
    rows = MODELS[run.kind]._default_manager.filter(pk__in=versions).order_by("pk")
    rows = rows.select_related("organisation").prefetch_related("fields", *tables)
    known = _known(run.kind, versions.values())
    restored = []
    for obj in rows:
        one = _Restored(obj, versions[obj.pk])
        try:
            check_editable(obj)
            _set_content(one, known)
            _check(one)
        except ValidationError:
            continue
        if one.names:
            restored.append(one)
    return restored


def _known(kind: str, versions: Iterable[ListingVersion]) -> _Known:
    """Four queries at most."""
    contents = [version.content for version in versions]
    codes = {key.partition(":")[2] for content in contents for key in content["fields"]}
    terms = Term.objects.fields().filter(code__in=codes).values_list("scheme__code", "code", "pk")
    regions = {content["values"].get("region") for content in contents} - {None}
    rows = [row for content in contents for part in content["rows"].values() for row in part]
    experts = {row.get("expert") for row in rows} - {None}
    return _Known(
        {f"{scheme}:{code}": pk for scheme, code, pk in terms},
        set(Region.objects.filter(pk__in=regions).values_list("pk", flat=True)),
        set(Expert.objects.filter(pk__in=experts).values_list("pk", flat=True)),
        recognise_quantities([str(row["quantity"]) for row in rows if row.get("quantity")]),
    )


def _set_content(one: _Restored, known: _Known) -> None:
    obj, content = one.obj, one.version.content
    before = {}
    for name in kept_names(type(obj), content, own_number=True):
        kept: Any = obj._meta.get_field(name)
        value = content["values"][name]
        if isinstance(kept, models.ForeignKey):
            value = value if value in known.regions else None
        else:
            value = kept.to_python(value)
        before[kept.attname] = getattr(obj, kept.attname)
        setattr(obj, kept.attname, value)
    one.changed = [name for name, value in before.items() if getattr(obj, name) != value]
    terms = sorted({known.terms[key] for key in content["fields"] if key in known.terms})
    if terms != sorted(term.pk for term in obj.fields.all()):
        one.terms = terms
    for name, (model, _parent) in ROWS[obj.kind].items():
        rows = [
            _row(model, place, row, known)
            for place, row in enumerate(content["rows"].get(name, []))
        ]
        if differs(rows, obj, name):
            one.tables[name] = rows
    one.changed += settle_readiness(obj, one.changed)


def _row(model: type[models.Model], place: int, row: dict[str, Any], known: _Known) -> models.Model:
    made = model(position=place)
    for name in row_fields(model):
        if name not in row:
            continue
        kept: Any = model._meta.get_field(name)
        value = row[name]
        if isinstance(kept, models.ForeignKey):
            value = value if value in known.experts else None
        else:
            value = kept.to_python(value)
        setattr(made, kept.attname, value)
    if hasattr(made, "term_id"):
        made.term_id = known.quantities.get(str(row.get("quantity") or ""))
    if isinstance(made, RequirementRow) and made.operator != "between":
        made.value_max = None
    return made


def _check(one: _Restored) -> None:
    """Raise ValidationError where the content breaks a rule; constraints the database checks."""
    one.obj.full_clean(RESOLVED, validate_unique=False, validate_constraints=False)
    given = {
        name: [{f: getattr(row, f) for f in row_fields(type(row)) if f != "expert"} for row in rows]
        for name, rows in one.tables.items()
    }
    errors = check_rules(one.obj, given)
    if errors:
        raise ValidationError(errors)
    for rows in one.tables.values():
        for row in rows:
            excluded = RESOLVED | {parent_field(row)}
            row.full_clean(excluded, validate_unique=False, validate_constraints=False)


def _write(restored: list[_Restored], newest: dict[int, int], *, by: User) -> None:
    """Save them all, keep a version of each, and tell."""
    model, now = type(restored[0].obj), timezone.now()
    for one in restored:
        one.obj.updated_at = now
    _save(model, restored, {name for one in restored for name in one.changed} | {"updated_at"})
    for one in restored:
        note_edit(one.obj, by=by)
    _replace_terms([one for one in restored if one.terms is not None])
    for name, (row_model, parent) in ROWS[restored[0].obj.kind].items():
        _replace_rows([one for one in restored if name in one.tables], name, row_model, parent)
    keys = [one.obj.pk for one in restored]
    contents = snapshots(restored[0].obj.kind, keys)
    ListingVersion.objects.bulk_create(
        ListingVersion(
            listing_id=one.obj.pk,
            number=newest[one.obj.pk] + 1,
            content=contents[one.obj.pk],
            by=by,
            restored_from=one.version.number,
        )
        for one in restored
    )
    parents = [(_parent(one.obj), one) for one in restored]
    record_audits(
        by=by,
        verb="listing.update",
        of=[(parent, {"changed": one.names}) for parent, one in parents],
    )
    record_audits(
        by=by,
        verb="listing.revert",
        of=[(parent, {"version": one.version.number}) for parent, one in parents],
    )
    listings_changed.send(Listing, listing_ids=keys)


def _parent(obj: Kind) -> Listing:
    """The row of the common table, with its key."""
    parent = common_part(obj)
    parent.pk = obj.pk
    return parent


def _save(model: type[Listing], restored: list[_Restored], changed: set[str]) -> None:
    """Both tables of the kind, one after the other: ``bulk_update`` takes only one."""
    shared = {f.attname: f.name for f in Listing._meta.concrete_fields}
    own = {f.attname: f.name for f in model._meta.local_concrete_fields}
    parents = [_parent(one.obj) for one in restored]
    Listing.objects.bulk_update(
        parents, [shared[name] for name in changed if name in shared], batch_size=_AT_ONCE
    )
    mine = [own[name] for name in changed if name in own]
    if mine:
        model._default_manager.bulk_update([one.obj for one in restored], mine, batch_size=_AT_ONCE)


def _replace_terms(restored: list[_Restored]) -> None:
    row = through()
    row.objects.filter(listing_id__in=[one.obj.pk for one in restored]).delete()
    row.objects.bulk_create(
        row(listing_id=one.obj.pk, term_id=term) for one in restored for term in one.terms or ()
    )


def _replace_rows(
    restored: list[_Restored], name: str, model: type[models.Model], parent: str
) -> None:
    if not restored:
        return
    manager = model._default_manager
    manager.filter(**{f"{parent}__in": [one.obj.pk for one in restored]}).delete()
    rows = []
    for one in restored:
        for row in one.tables[name]:
            setattr(row, f"{parent}_id", one.obj.pk)
            rows.append(row)
    manager.bulk_create(rows)
