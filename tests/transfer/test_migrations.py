"""Later migrations keep nobody waiting: what they may do to tables that have become large.

The tables may hold a million rows, of which people read and write meanwhile. What the first release
brings along is laid on empty tables and may do as it likes; ``FIRST`` names its last migrations.
"""

from collections.abc import Iterable, Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    NotInTransactionMixin,
)
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

FIRST = {"accounts": 6, "achievements": 22, "deals": 3, "matching": 24}
LARGE = {
    *("listing", "achievement", "demand", "expert", "evidencerow", "requirementrow", "attachment"),
    *("listingversion", "listingquality", "auditevent", "notification", "delivery", "user"),
    *("indexentry", "passages", "match", "decision", "exposure", "arrival", "lexeme"),
    *("listingfingerprint", "savedsearchhit", "importrefusal", "message", "ipright", "session"),
}


def flat(operations: Iterable[Operation]) -> Iterator[Operation]:
    """What reaches the database."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def fault_of(operation: Operation, *, atomic: bool, before: models.Field | None = None) -> str:
    """Why an operation may lock a large table for long; nothing when it does not.

    ``before`` is the column that an AlterField finds.
    """
    if isinstance(operation, migrations.RunPython | migrations.RunSQL):
        return "" if not atomic else "runs code in a transaction: say atomic = False, go by batches"
    model = str(getattr(operation, "model_name", "")).lower()
    if model not in LARGE or isinstance(operation, NotInTransactionMixin | AddConstraintNotValid):
        return ""
    if isinstance(operation, migrations.AddIndex):
        return "builds an index: AddIndexConcurrently"
    if isinstance(operation, migrations.AddConstraint):
        return "reads every row: AddConstraintNotValid, then ValidateConstraint in one of its own"
    if isinstance(operation, migrations.AlterField):
        if before is not None and _column(before) == _column(operation.field):
            return ""  # other words or choices, which the database does not know
        return "may write every row: add a column, fill it by batches, then drop the old one"
    if isinstance(operation, migrations.AddField) and not operation.field.many_to_many:
        return _fault_of_column(operation.field)
    return ""


def _column(field: models.Field) -> tuple[object, ...]:
    return field.db_type(connection), field.null, field.db_index, field.unique


def _fault_of_column(field: models.Field) -> str:
    if field.unique or field.db_index:
        return "builds an index: db_index=False, then AddIndexConcurrently"
    if field.generated or (field.has_default() and callable(field.default)):
        return "writes every row: let it be empty, and fill it by batches"
    return ""


def faults_after(first: dict[str, int]) -> list[str]:
    """What later migrations do to large tables that they should not."""
    loader, faults = MigrationLoader(None), []
    for (app, name), migration in loader.disk_migrations.items():
        if app not in first or int(name[:4]) <= first[app]:
            continue
        state = loader.project_state((app, name), at_end=False)
        for operation in flat(migration.operations):
            before = None
            if isinstance(operation, migrations.AlterField):
                model = state.models[app, operation.model_name_lower]
                before = model.fields.get(operation.name)
            fault = fault_of(operation, atomic=bool(migration.atomic), before=before)
            if fault:
                faults.append(f"{app}.{name}: {type(operation).__name__}: {fault}")
    return faults


def test_migrations_after_the_first_release_lock_no_large_table():
    assert faults_after(FIRST) == []


def test_names_of_large_tables_are_those_of_models():
    assert {model._meta.model_name for model in apps.get_models()} >= LARGE


def test_what_the_first_release_did_to_empty_tables_would_be_told():
    assert any("AddIndex: builds an index" in fault for fault in faults_after({"achievements": 1}))


INDEX = models.Index(fields=["title_en"], name="an_index")
CHECK = models.CheckConstraint(condition=models.Q(trl__gt=0), name="a_check")
ORGANISATION = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True)


@pytest.mark.parametrize(
    ("operation", "atomic", "word"),
    [
        (migrations.AddIndex("Listing", INDEX), True, "AddIndexConcurrently"),
        (AddIndexConcurrently("Listing", INDEX), False, ""),
        (migrations.AddIndex("SavedSearch", INDEX), True, ""),
        (migrations.AddConstraint("achievement", CHECK), True, "NotValid"),
        (AddConstraintNotValid("achievement", CHECK), True, ""),
        (migrations.AlterField("match", "score", models.FloatField()), True, "every row"),
        (migrations.AddField("match", "seen", models.BooleanField(default=False)), True, ""),
        (migrations.AddField("match", "seen", models.BooleanField(null=True)), True, ""),
        (migrations.AddField("match", "seen", models.UUIDField(default=uuid4)), True, "every row"),
        (migrations.AddField("match", "seen", models.SlugField()), True, "index"),
        (migrations.AddField("match", "whose", ORGANISATION), True, "index"),
        (migrations.RunSQL("UPDATE matching_match SET score = 0"), True, "batches"),
        (migrations.RunPython(migrations.RunPython.noop), False, ""),
    ],
)
def test_operation_that_locks_a_large_table_is_told(operation: Operation, atomic: bool, word: str):
    found = fault_of(operation, atomic=atomic)

    assert bool(found) == bool(word)
    assert word in found
