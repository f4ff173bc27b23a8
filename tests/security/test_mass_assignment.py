"""Values that nobody asked for: what the API does not let one write stays as it was."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.forms import ModelForm
from django.urls import get_resolver, resolve
from rest_framework import serializers
from rest_framework.test import APIClient

from achievements.serializers import AttachmentChangeSerializer
from achievements.serializers.pool import PoolRecordSerializer
from matching.serializers.shortlist import ShortlistNoteSerializer
from tests.security.asking import Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import TOKEN, make_world

pytestmark = pytest.mark.django_db

PACKAGES = ("accounts", "achievements", "matching", "deals")
PROTECTED = {
    "id",
    "pk",
    "kind",
    "state",
    "user",
    "organisation",
    "created_by",
    "published_at",
    "expires_at",
    "admitted_at",
    "admitted_by",
    "trl_verified_at",
    "trl_verified_by",
    "verified_at",
    "verified_by",
    "may_publish_directly",
    "is_active",
    "is_staff",
    "is_superuser",
    "is_curator",
    "is_moderator",
    "is_sample",
    "password",
    "email",
    "token_hash",
    "scopes",
    "decided_by",
    "decided_at",
    "score",
    "weights",
    "active",
}
MEANT = {  # written by who may, asked for by the door; see the rules of who may do what
    "AttachmentChangeSerializer": set(),
    "ConflictSerializer": {"organisation"},
    "DisclosureSerializer": {"organisation"},
    "DocumentSerializer": {"kind"},
    "ImportSerializer": {"organisation", "kind"},
    "InvitationSerializer": {"organisation", "email"},
    "OrganisationForm": {"kind"},
    "OrganisationSerializer": {"kind"},
    "PanelSerializer": {"organisation"},
    "PortfolioViewSerializer": {"organisation"},
    "AchievementSerializer": {"organisation"},
    "DemandSerializer": {"organisation"},
    "ExpertSerializer": {"organisation"},
    "IPRightSerializer": {"kind"},
    "ReportMadeSerializer": {"email"},
}
CHANGES: dict[
    str, type[serializers.Serializer]
] = {  # taken by a change, where it is not the view's
    "api:attachment-detail": AttachmentChangeSerializer,
    "api:expert-pool-record": PoolRecordSerializer,
    "api:shortlist-detail": ShortlistNoteSerializer,
}
SHOWN = {"MatchSerializer", "PreviewedMatchSerializer", "WeightsSerializer"}  # answers only
MOVING = {"updated_at", "edited_at"}  # the time of a change, which follows from it
HOSTILE: dict[type[models.Field], Any] = {
    models.DateTimeField: "2001-02-03T04:05:06Z",
    models.DateField: "2001-02-03",
    models.DecimalField: "0.01",
    models.FloatField: 0.01,
    models.ForeignKey: 1,
    models.IntegerField: 7,
    models.JSONField: {"hostile": True},
    models.CharField: "hostile",
    models.TextField: "hostile",
}


def writers(base: type[Any]) -> list[type[Any]]:
    """The project's classes below a serializer's or a form's base."""
    get_resolver().url_patterns  # noqa: B018 - imports every door
    found, waiting = [], list(base.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.split(".")[0] in PACKAGES and ".admin" not in one.__module__:
            found.append(one)
    return found


def test_no_serializer_takes_a_protected_field() -> None:
    open_fields = {}
    for one in writers(serializers.ModelSerializer):
        shared = not hasattr(getattr(one, "Meta", None), "model")
        if shared or one.__name__ in SHOWN:
            continue
        writable = {
            (field.source or name).split(".")[0]
            for name, field in one().fields.items()
            if not field.read_only
        }
        open_fields[one.__name__] = writable & PROTECTED - MEANT.get(one.__name__, set())

    assert {name: found for name, found in open_fields.items() if found} == {}
    assert len(open_fields) > 20


def test_no_form_takes_a_protected_field() -> None:
    for one in writers(ModelForm):
        assert set(one.base_fields) & PROTECTED <= MEANT.get(one.__name__, set()), one.__name__


def hostile_values(obj: models.Model, asked_for: set[str]) -> dict[str, Any]:
    """For every column that a change does not ask for: something else than it holds."""
    values: dict[str, Any] = {}
    for field in obj._meta.concrete_fields:
        if field.name in asked_for:
            continue
        if isinstance(field, models.BooleanField):
            values[field.name] = not getattr(obj, field.attname)
        elif field.choices:
            held = getattr(obj, field.attname)
            values[field.name] = next((key for key, _label in field.choices if key != held), held)
        else:
            kinds = (value for kind, value in HOSTILE.items() if isinstance(field, kind))
            values[field.name] = next(kinds, "hostile")
        values[field.attname] = values[field.name]
    return values


def row_of(obj: models.Model) -> dict[str, Any]:
    """What the table holds of it now."""
    fresh = type(obj)._base_manager.get(pk=obj.pk)
    columns = fresh._meta.concrete_fields
    return {field.attname: getattr(fresh, field.attname) for field in columns}


def test_every_change_leaves_what_it_does_not_ask_for() -> None:
    asker = Asker(make_world())
    changed, asked = [], 0
    for route in all_routes():
        verb = "patch" if "patch" in route.verbs else ""
        if not route.is_api or not verb:
            continue
        listed = rules_by_route().get(f"{route.name}/{verb}") or rules_by_route()[route.name]
        who, key = listed[0]
        obj = asker.world.objects[key] if key else asker.world.users["owner"]
        role = next(role for role in ("owner", "superuser", "expert") if role in who)
        client = APIClient(headers={"Authorization": f"Bearer {TOKEN.format(role=role)}"})
        [(address, _gone)] = asker.addresses(route, key)
        asked_for = _writable(route, address)
        before = row_of(obj)
        saved = transaction.savepoint()
        response = client.patch(address, hostile_values(obj, asked_for))
        after = row_of(obj)
        transaction.savepoint_rollback(saved)
        asked += response.status_code == 200
        different = {name for name in before if before[name] != after[name]} - MOVING
        if different:
            changed.append(f"{address}: {response.status_code} {sorted(different)}")

    assert changed == []
    assert asked >= 8


def _writable(route: Route, address: str) -> set[str]:
    """The names that a change at this address asks for."""
    view: Any = resolve(address).func
    taken = CHANGES.get(route.name) or view.cls.serializer_class
    return {name for name, field in taken().fields.items() if not field.read_only}


def test_new_things_belong_to_who_made_them() -> None:
    world = make_world()
    client = APIClient(headers={"Authorization": f"Bearer {TOKEN.format(role='editor')}"})
    other = world.users["other"]
    stolen = {
        "user": other.pk,
        "created_by": other.pk,
        "submitted_by": other.pk,
        "by": other.pk,
        "state": "published",
        "published_at": "2001-02-03T04:05:06Z",
        "is_sample": True,
        "verified_at": "2001-02-03T04:05:06Z",
        "may_publish_directly": True,
    }
    bodies = {
        "achievements/": {"title_en": "A title"},
        "saved-searches/": {"name": "A name", "query": "q=x"},
        "portfolio-views/": {"name": "A name"},
        "disclosures/": {
            "title": "A title",
            "what": "What it is",
            "inventors": [{"name": "One", "share": 100}],
        },
        "organisations/": {"kind": "university", "name_en": "A new university"},
    }
    made = {}
    for path, body in bodies.items():
        response = client.post(f"/api/v1/{path}", {**stolen, **body})
        assert response.status_code == 201, f"{path}: {response.status_code} {response.text}"
        made[path] = response.json()

    editor = world.users["editor"]
    achievement = apps.get_model("achievements.Achievement").objects.latest("pk")
    assert (achievement.state, achievement.created_by) == ("draft", editor)
    assert (achievement.published_at, achievement.is_sample) == (None, False)
    assert apps.get_model("matching.SavedSearch").objects.latest("pk").user == editor
    assert apps.get_model("deals.PortfolioView").objects.latest("pk").user == editor
    assert apps.get_model("achievements.Disclosure").objects.latest("pk").submitted_by == editor
    organisation = apps.get_model("accounts.Organisation").objects.latest("pk")
    assert (organisation.verified_at, organisation.may_publish_directly) == (None, False)
    assert [member.user for member in organisation.members.all()] == [editor]
