"""Scripts in every text of every object, written past all checks."""

import re
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from achievements.models import (
    DisclosureEntry,
    DisclosureInventor,
    ImportDuplicate,
    ImportMapping,
    ImportRefusal,
    ImportRun,
    ListingVersion,
    OfficeNote,
)
from achievements.services.snapshots import snapshot
from matching.models import (
    AnsweredQuery,
    Curation,
    Decision,
    Match,
    PanelPlace,
    Question,
    Sounding,
    UnansweredQuery,
)
from tests import factories as make
from tests.security.payloads import ALL, some
from tests.security.world import ROW, World

OWN = ("accounts", "achievements", "matching", "deals")
# What is written by nobody, or read by machines only.
NAMES = re.compile(
    r"(^|_)(slug|email|password|language|time_zone|currency|code|hash|token|prefix|sha256|type|key"
    r"|kind|verb|path|query|unit|file|logo|orcid|html|address|version|ip|secret|id)$"
)
WITHOUT = {  # models with texts that no page shows, or that are made of what others hold
    "accounts.Delivery",
    "accounts.KeptAnswer",
    "matching.CollectionStatistics",
    "matching.IndexEntry",
    "matching.Passages",
    "matching.QueryStatistics",
}


def _poisonable(field: Any) -> bool:
    inner = field.base_field if isinstance(field, ArrayField) else field
    harmless = (MaxLengthValidator, ProhibitNullCharactersValidator)
    return (
        isinstance(inner, (models.CharField, models.TextField))
        and not isinstance(inner, (models.SlugField, models.EmailField, models.URLField))
        and not isinstance(inner, models.FileField)
        and not inner.choices
        and not inner.primary_key
        and all(isinstance(each, harmless) for each in inner.validators)
        and not NAMES.search(field.name)
    )


def poison(world: World) -> list[str]:
    """Scripts into every text of every object, and into the details kept as JSON.

    Returns the names of the fields. A model with texts of which there is no object fails.
    """
    _one_of_the_rest(world)
    filled, missing = [], []
    for model in [model for name in OWN for model in apps.get_app_config(name).get_models()]:
        fields = list(filter(_poisonable, model._meta.local_concrete_fields))
        if fields and not model._base_manager.exists():
            missing.append(model._meta.label)
        for field in fields:
            if _filled(model, field, 7 * len(filled)):
                filled.append(f"{model._meta.label}.{field.name}")
    assert set(missing) <= WITHOUT, f"Nothing of {set(missing) - WITHOUT} can be shown."
    _details(world)
    return filled


def _filled(model: Any, field: Any, start: int) -> bool:
    """Whether every row could be written: a constraint may say what it has to be."""
    many = isinstance(field, ArrayField)
    most = (field.base_field if many else field).max_length or len(ALL)
    for turn, pk in enumerate(model._base_manager.values_list("pk", flat=True)):
        text: Any = ALL if most >= len(ALL) else some(start + 7 * turn, most)
        value = [some(start, most), some(start + 9, most)] if many else text
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=pk).update(**{field.name: value})
        except DatabaseError:
            return False
    return True


def _one_of_the_rest(world: World) -> None:
    """Rows that nobody needs to be asked about: parts of objects, answers, what was counted."""
    objects, today = world.objects, timezone.localdate()
    achievement, demand = objects["achievement"], objects["demand"]
    make.EvidenceRowFactory(achievement=achievement)
    make.IPRightFactory(achievement=achievement)
    make.InventorFactory(achievement=achievement)
    make.RequirementRowFactory(demand=demand)
    OfficeNote.objects.create(listing=achievement, assignee=world.users["owner"], tags=["Tag"])
    disclosure = objects["disclosure"]
    DisclosureInventor.objects.create(disclosure=disclosure, name="One", share=100)
    DisclosureEntry.objects.create(disclosure=disclosure, kind="question", text="Why?")
    ImportMapping.objects.create(
        organisation=objects["home"], kind="achievement", header="Header", target="title_en"
    )
    ImportDuplicate.objects.create(
        run=objects["import"], line=3, reason="text", listing=achievement
    )
    match = objects["match"]
    Decision.objects.create(match=match, side="demand", verdict="dismissed", reason="other")
    Curation.objects.create(match=match, reason="They fit.", by=world.users["curator"])
    PanelPlace.objects.create(
        panel=objects["panel"], expert=objects["expert"], position=1, fit="0.5", load=0
    )
    Sounding.objects.create(kind=Sounding.Kind.values[0], ref=1, text="Words")
    UnansweredQuery.objects.create(text="words", count=9, last_day=today)
    AnsweredQuery.objects.create(text="words", shown=99, opened=1, last_day=today)


def _details(world: World) -> None:
    """What is kept as JSON of texts that people wrote."""
    objects = world.objects
    text = f"<script>xss()</script> {some(5, 700)}"
    for version in ListingVersion.objects.select_related("listing"):
        content = snapshot(version.listing)
        ListingVersion.objects.filter(pk=version.pk).update(content=content)
        older = {
            name: f"{value} before" if name[-3:] in ("_en", "_zh") else value
            for name, value in content["values"].items()
        }
        ListingVersion.objects.create(
            listing=version.listing, number=2, content=content | {"values": older}
        )
    told = ("title", "name", "reason", "note", "by", "organisation", "email", "tags", "changed")
    told += ("before", "after", "user", "to", "kind", "quantity", "finding", "task", "document")
    make.AuditEventFactory(organisation=objects["home"], data=dict.fromkeys(told, text))
    Match.objects.update(
        reasons=[
            {"code": "terms", "data": {"terms": [text, "<xss>"]}},
            {"code": "translations", "data": {"pairs": [[text, text]]}},
            {"code": "requirements", "data": {"rows": [_row(text)]}},
            {
                "code": "passages",
                "data": {
                    "demand": text,
                    "demand_language": "en",
                    "candidate": text,
                    "candidate_language": "en",
                    "strength": 0.9,
                },
            },
        ]
    )
    Question.objects.update(row=_row(text))
    said = {"en": text, "zh-hans": text}
    problem = {"line": 2, "field": text, "code": "invalid", "message": said}
    ImportRun.objects.update(
        state=ImportRun.State.CHECKED,
        report={
            "rows": 1,
            "bad": 1,
            "problem_count": 1,
            "problems": [problem],
            "unknown_columns": {text: 1},
        },
    )
    run = objects["import"]
    ImportRefusal.objects.create(run=run, line=2, cells=[[text, text]], problems=[problem])
    said_by_row = snapshot(objects["achievement"]) | {"terms": []}
    ImportDuplicate.objects.update(content=said_by_row)


def _row(text: str) -> dict[str, Any]:
    return {**ROW, "label_en": text, "label_zh": text, "unit": text, "evidence_unit": text}
