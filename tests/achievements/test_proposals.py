"""Rows proposed from a listing's own text: on the forms, live, after saving, and in the API."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from achievements.models import Demand
from achievements.services.proposals import ignore_proposals, proposals_of, propose_rows
from tests.achievements.test_editing import filled
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    RequirementRowFactory,
    SchemeFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TEXT = "We need cells. The energy density must be at least 350 Wh/kg, the cost of use is open."


@pytest.fixture
def energy_density():
    return TermFactory(
        scheme=SchemeFactory(code="quantity"),
        code="energy_density",
        label_en="Energy density by mass",
        label_zh="质量能量密度",
        synonyms=["energy density", "能量密度"],
        unit="watt_hour/kilogram",
    )


@pytest.fixture
def member():
    return MemberFactory(role="editor")


@pytest.fixture
def client(member):
    client = Client(headers={"accept-language": "en"})
    client.force_login(member.user)
    return client


def keys(texts, **more):
    return [figure.key for figure in propose_rows(texts, **more)]


def test_propose_rows_same_statement_in_two_languages_is_proposed_once(energy_density):
    found = propose_rows([TEXT, "能量密度不低于350 Wh/kg。"])

    assert [(f.term, f.operator, f.value, f.unit) for f in found] == [
        (energy_density.pk, ">=", Decimal(350), "Wh/kg")
    ]


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ({"quantity": "能量密度", "value": "0.35", "unit": "kWh/kg"}, 0),
        ({"quantity": "specific heat", "value": "350", "unit": "Wh/kg"}, 1),
        ({"quantity": "energy density", "value": "300", "unit": "Wh/kg"}, 1),
        ({"quantity": "energy density", "value": "", "unit": ""}, 1),
        ({"quantity": "energy density", "value": "many", "unit": "?"}, 1),
    ],
)
def test_propose_rows_covered_by_a_row_are_not_proposed(energy_density, row, left):
    assert len(propose_rows([TEXT], rows=[row])) == left


def test_propose_rows_unknown_quantity_is_covered_whatever_the_person_calls_it(energy_density):
    text = "断裂伸长保留率≥80%"

    assert len(propose_rows([text])) == 1
    assert propose_rows([text], rows=[{"quantity": "伸长", "value": "80", "unit": "%"}]) == []


def test_propose_rows_with_a_synonym_added_by_an_administrator_knows_it(energy_density):
    assert propose_rows(["The juice per weight is ≥ 350 Wh/kg"])[0].term is None
    energy_density.synonyms = [*energy_density.synonyms, "juice per weight"]
    energy_density.save()

    assert propose_rows(["The juice per weight is ≥ 350 Wh/kg"])[0].term == energy_density.pk


def test_ignore_proposals_keeps_the_content_and_writes_it_down_once(energy_density, member):
    demand = DemandFactory(organisation=member.organisation, body_en=TEXT)
    [figure] = proposals_of(demand)
    before = demand.updated_at

    ignore_proposals(demand, by=member.user, keys=[figure.key, "not a key!"])
    ignore_proposals(demand, by=member.user, keys=[figure.key])

    demand.refresh_from_db()
    assert (demand.ignored_figures, demand.updated_at) == ([figure.key], before)
    assert proposals_of(demand) == []
    assert AuditEvent.objects.filter(verb="listing.ignore_proposals").count() == 1


def test_proposals_of_an_achievement_do_not_read_the_problem(energy_density):
    achievement = AchievementFactory(
        problem_en="Cells have an energy density of 200 Wh/kg.",
        advantages_en="Ours has an energy density of 360 Wh/kg.",
    )

    assert [figure.value for figure in proposals_of(achievement)] == [Decimal(360)]
    assert proposals_of(ExpertFactory(expertise_en=TEXT)) == []


# --- the forms, without JavaScript ---------------------------------------------------------


def test_form_take_proposal_becomes_a_filled_row_and_is_proposed_no_more(client, energy_density):
    address = reverse("achievements:demand_create")
    data = filled(client.get(address), title_en="Cells", body_en=TEXT)
    [proposal] = client.post(address, {**data, "look": "1"}).context["proposals"]

    taken = client.post(address, {**data, "take": proposal["key"]})

    [row] = taken.context["sets"]["requirements"].forms
    names = ("quantity", "operator", "value", "unit", "priority")
    values = [str(row[name].value()) for name in names]
    assert values == ["energy density", ">=", "350", "Wh/kg", "must"]
    assert taken.context["proposals"] == []
    assert taken.context["form"]["title_en"].value() == "Cells"
    assert Demand.objects.count() == 0
    client.post(address, filled(taken, action="draft"))
    saved = Demand.objects.get().requirements.get()
    assert (saved.term, saved.value, saved.unit) == (energy_density, Decimal(350), "Wh/kg")


def test_form_ignored_proposal_stays_away_after_saving(client, energy_density):
    address = reverse("achievements:demand_create")
    data = filled(client.get(address), title_en="Cells", body_en=TEXT)
    [key] = keys([TEXT])

    shown = client.post(address, {**data, "ignore": key})
    assert (shown.context["proposals"], shown.context["ignored"]) == ([], [key])
    saved = client.post(address, filled(shown, action="draft", ignored=[key]), follow=True)

    demand = Demand.objects.get()
    assert demand.ignored_figures == [key]
    assert "could become" not in saved.content.decode()
    again = client.get(reverse("achievements:demand_update", args=[demand.pk]))
    assert again.context["proposals"] == []


def test_form_saved_with_open_proposals_takes_none_and_says_where_they_are(client, energy_density):
    address = reverse("achievements:demand_create")
    data = filled(client.get(address), title_en="Cells", body_en=TEXT, action="draft")

    saved = client.post(address, data, follow=True)

    demand = Demand.objects.get()
    assert demand.requirements.count() == 0
    link = reverse("achievements:demand_update", args=[demand.pk])
    assert f'1 figure in your text could become a row that is compared. <a href="{link}#pro' in (
        saved.content.decode()
    )


def test_form_of_an_achievement_takes_a_bound_with_what_was_written(client, energy_density):
    address = reverse("achievements:achievement_create")
    text = "The energy density is above 350 Wh/kg."
    data = filled(client.get(address), title_en="Cells", solution_en=text)

    taken = client.post(address, {**data, "take": keys([text])[0]})

    [row] = taken.context["sets"]["evidence"].forms
    values = [str(row[name].value()) for name in ("quantity", "value", "unit", "conditions")]
    assert values == ["energy density", "350", "Wh/kg", "≥ 350 Wh/kg"]


def test_form_in_chinese_shows_proposals(client, energy_density):
    address = reverse("achievements:demand_create")
    data = filled(client.get(address), body_zh="能量密度不低于350 Wh/kg。", look="1")

    page = client.post(address, data, headers={"accept-language": "zh-hans"}).content.decode()

    assert "≥ 350 Wh/kg" in page
    assert "生成一行" in page


# --- live, and the API ---------------------------------------------------------------------


def test_live_proposals_read_what_is_typed_and_keep_nothing(client, energy_density):
    data = filled(client.get(reverse("achievements:demand_create")), body_en=TEXT)
    address = reverse("achievements:proposal_list", args=["demand"])

    shown = client.post(address, data)
    passed = client.post(address, {**data, "ignore": keys([TEXT])[0]})

    assert [row["asked"] for row in shown.context["proposals"]] == ["≥ 350 Wh/kg"]
    assert passed.context["proposals"] == []
    assert keys([TEXT])[0] in passed.content.decode()
    assert Demand.objects.count() == 0


@pytest.mark.parametrize(("kind", "code"), [("expert", 404), ("demand", 302)])
def test_live_proposals_are_for_those_who_write(kind, code):
    client = Client()
    if kind == "expert":
        client.force_login(UserFactory())

    assert client.post(reverse("achievements:proposal_list", args=[kind])).status_code == code


def test_api_propose_answers_rows_for_a_text(api, member, energy_density):
    api.force_authenticate(member.user)

    answer = api.post("/api/v1/demands/propose/", {"text": TEXT}, format="json")

    assert answer.status_code == 200
    [row] = answer.json()
    assert row.pop("key") == keys([TEXT])[0]
    assert row == {
        "quantity": "energy density",
        "known": True,
        "operator": ">=",
        "value": "350.000000",
        "value_max": None,
        "unit": "Wh/kg",
        "sentence": "The energy density must be at least 350 Wh/kg, the cost of use is open.",
    }


def test_api_proposals_of_ones_own_listing_can_be_set_aside(api, member, energy_density):
    demand = DemandFactory(organisation=member.organisation, body_en=TEXT)
    RequirementRowFactory(demand=demand, quantity="Mass", value=Decimal(3), unit="kg")
    api.force_authenticate(member.user)
    address = f"/api/v1/demands/{demand.pk}/proposals/"

    [row] = api.get(address).json()
    assert api.post(address, {"ignore": [row["key"]]}, format="json").json() == []
    assert api.get(address).json() == []


def test_api_proposals_of_others_are_refused_and_nothing_changes(api, energy_density):
    demand = DemandFactory(body_en=TEXT, state="published")
    api.force_authenticate(MemberFactory(role="editor").user)
    address = f"/api/v1/demands/{demand.pk}/proposals/"

    codes = [
        api.get(address).status_code,
        api.post(address, {"ignore": [keys([TEXT])[0]]}, format="json").status_code,
    ]

    demand.refresh_from_db()
    assert codes == [403, 403]
    assert demand.ignored_figures == []


def test_api_propose_asks_to_sign_in(api):
    assert api.post("/api/v1/demands/propose/", {"text": TEXT}, format="json").status_code == 401
