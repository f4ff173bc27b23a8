"""Asking an achievement's owner for what no evidence says: both doors, both sides, no leak."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from matching.models import Match, Question
from matching.scoring.requirements import row_key
from matching.services.matching import match_listing
from matching.services.questions import MOST_A_DAY, AlreadyAskedError, answer_question, ask_owner
from tests import factories
from tests.matching.test_decisions import REASONS, Pair
from tests.matching.test_matching import OTHERS, _achievement, _demand, _ready
from tests.parity import ListParity

pytestmark = pytest.mark.django_db


def open_row(**changes):
    """A requirement that no evidence answers."""
    row = REASONS[0]["data"]["rows"][0]
    return {**row, "result": "unknown", "offered": "", "evidence_value": "", **changes}


@pytest.fixture
def pair():
    pair = Pair()
    pair.row = open_row()
    rows = [pair.row, open_row(quantity="mass", must=False), open_row(value="5", result="fail")]
    pair.match.reasons = [{"code": "requirements", "data": {"rows": rows}}]
    pair.match.save()
    pair.key = row_key(pair.row)
    return pair


@pytest.fixture
def question(pair):
    return ask_owner(match=pair.match, key=pair.key, by=pair.buyer)


def texts(notification, language):
    """Title and body as this recipient reads them."""
    with translation.override(language):
        words = render_notification(notification)
    return f"{words.title}\n{words.body}"


def test_ask_owner_tells_the_owner_in_either_language_and_names_no_anonymous_demand(pair, question):
    [told] = Notification.objects.all()

    assert (told.recipient, told.kind) == (pair.seller, "question_asked")
    english, chinese = texts(told, "en"), texts(told, "zh-hans")
    assert "What is “Energy density”, in Wh/kg?" in english
    assert "asks for ≥ 300 Wh/kg" in english
    assert "“能量密度”" in chinese
    for secret in ("Kestrel", "红隼", pair.demand.title_en or "-", pair.demand.title_zh or "-"):
        assert secret == "-" or secret not in english + chinese + str(told.data)
    assert "organisation" not in told.data


def test_ask_owner_of_a_named_demand_names_its_title(pair):
    pair.demand.disclosure = "named"
    pair.demand.save()

    ask_owner(match=pair.match, key=pair.key, by=pair.buyer)

    assert pair.demand.title in texts(Notification.objects.get(), "en")


def test_ask_owner_twice_says_when_and_tells_once(pair, question):
    with pytest.raises(AlreadyAskedError, match="This was asked on"):
        ask_owner(match=pair.match, key=pair.key, by=pair.buyer)

    assert Question.objects.count() == Notification.objects.count() == 1
    assert AuditEvent.objects.filter(verb="question.ask").count() == 1


@pytest.mark.parametrize("number", [1, 2])
def test_ask_owner_only_unknown_musts_can_be_asked(pair, number):
    rows = pair.match.reasons[0]["data"]["rows"]

    with pytest.raises(ValidationError) as refused:
        ask_owner(match=pair.match, key=row_key(rows[number]), by=pair.buyer)

    assert refused.value.code == "state"
    assert Question.objects.count() == 0


def test_ask_owner_a_changed_requirement_is_another_question(pair, question):
    changed = open_row(value="400")
    pair.match.reasons = [{"code": "requirements", "data": {"rows": [changed]}}]
    pair.match.save()

    ask_owner(match=pair.match, key=row_key(changed), by=pair.buyer)

    assert Question.objects.count() == 2


def test_ask_owner_after_too_many_in_a_day_is_refused(pair):
    for number in range(MOST_A_DAY):
        Question.objects.create(
            demand=pair.demand, achievement=pair.achievement, key=f"k{number}", row=pair.row
        )
    with pytest.raises(ValidationError) as refused:
        ask_owner(match=pair.match, key=pair.key, by=pair.buyer)
    assert refused.value.code == "rate"

    Question.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert ask_owner(match=pair.match, key=pair.key, by=pair.buyer).pk


def test_ask_owner_of_a_match_that_is_over_is_refused(pair):
    pair.achievement.state = "withdrawn"
    pair.achievement.save()

    with pytest.raises(ValidationError, match="no longer published"):
        ask_owner(match=pair.match, key=pair.key, by=pair.buyer)


# --- answering -----------------------------------------------------------------------------


def test_answer_with_a_value_adds_evidence_and_tells_the_side_that_asked(pair, question):
    factories.EvidenceRowFactory(achievement=pair.achievement, quantity="Mass", unit="kg")
    before = pair.achievement.updated_at

    answer_question(
        question=question, by=pair.seller, outcome="measured", value=Decimal("0.32"), unit="kWh/kg"
    )

    pair.achievement.refresh_from_db()
    rows = [(row.quantity, row.unit) for row in pair.achievement.evidence.all()]
    assert rows == [("Mass", "kg"), ("Energy density", "kWh/kg")]
    assert pair.achievement.updated_at > before
    told = Notification.objects.get(kind="question_answered")
    assert told.recipient == pair.buyer
    assert "Answered: “Energy density” is 0.32 kWh/kg" in texts(told, "en")
    assert "0.32 kWh/kg" in texts(told, "zh-hans")
    verbs = list(AuditEvent.objects.values_list("verb", flat=True))
    assert sorted(verbs) == ["listing.update", "question.answer", "question.ask"]


def test_answer_not_measured_leaves_the_achievement_and_passes_the_note_on(pair, question):
    before = pair.achievement.updated_at

    answer_question(question=question, by=pair.seller, outcome="not_measured", note="Next year.")

    pair.achievement.refresh_from_db()
    assert (pair.achievement.updated_at, pair.achievement.evidence.count()) == (before, 0)
    told = Notification.objects.get(kind="question_answered")
    assert texts(told, "en").splitlines()[-1] == "Next year."


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"value": None, "unit": "Wh/kg"}, "__all__"),
        ({"value": Decimal(3), "unit": "m"}, "unit"),
        ({"value": Decimal(3), "unit": "much"}, "unit"),
    ],
)
def test_answer_that_does_not_answer_is_refused_and_changes_nothing(pair, question, values, field):
    with pytest.raises(ValidationError) as refused:
        answer_question(question=question, by=pair.seller, outcome="measured", **values)

    assert list(refused.value.message_dict) == [field]
    assert pair.achievement.evidence.count() == 0
    assert Question.objects.get().outcome == ""


def test_answer_twice_is_refused(pair, question):
    answer_question(question=question, by=pair.seller, outcome="not_measured")

    with pytest.raises(ValidationError, match="answered already"):
        answer_question(
            question=question, by=pair.seller, outcome="measured", value=Decimal(1), unit="Wh/kg"
        )


def test_answer_scores_the_match_anew(django_capture_on_commit_callbacks):
    demand, achievement = _demand(), _achievement()
    for title in OTHERS:
        _achievement(title)
    factories.RequirementRowFactory(
        demand=demand, quantity="energy density", operator=">=", value=300, unit="Wh/kg"
    )
    buyer = factories.MemberFactory(organisation=demand.organisation).user
    seller = factories.MemberFactory(organisation=achievement.organisation).user
    _ready()
    match_listing(demand.pk)
    match = Match.objects.get(demand=demand, candidate=achievement)
    [row] = requirements_of(match)
    assert row["result"] == "unknown"

    asked = ask_owner(match=match, key=row_key(row), by=buyer)
    with django_capture_on_commit_callbacks(execute=True):
        answer_question(
            question=asked, by=seller, outcome="measured", value=Decimal("0.35"), unit="kWh/kg"
        )

    match.refresh_from_db()
    [row] = requirements_of(match)
    assert (row["result"], row["offered"]) == ("pass", "350")


def requirements_of(match):
    """The compared rows of a match."""
    return next(r["data"]["rows"] for r in match.reasons if r["code"] == "requirements")


# --- pages ---------------------------------------------------------------------------------


def test_page_one_click_asks_and_the_second_says_when(client, pair):
    client.force_login(pair.buyer)
    address = reverse("matching:match_ask", args=[pair.match.pk])
    shown = client.get(reverse("matching:match_detail", args=[pair.match.pk])).content.decode()
    assert shown.count(f'action="{address}"') == 1

    first = client.post(address, {"key": pair.key}, follow=True).content.decode()
    second = client.post(address, {"key": pair.key}, follow=True).content.decode()

    assert "Asked. You are told as soon as there is an answer." in first
    assert f'action="{address}"' not in first
    assert "This was asked on" in second
    assert Question.objects.count() == 1


def test_page_owner_answers_by_one_form(client, pair, question):
    client.force_login(pair.seller)
    page = client.get(reverse("matching:match_detail", args=[pair.match.pk])).content.decode()
    address = reverse("matching:question_detail", args=[question.pk])
    assert f'href="{address}"' in page
    form = client.get(address)
    assert form.context["form"]["unit"].value() == "Wh/kg"
    assert "Kestrel" not in form.content.decode()

    wrong = client.post(address, {"outcome": "measured", "value": "3", "unit": "m"})
    right = client.post(address, {"outcome": "measured", "value": "320", "unit": "Wh/kg"})

    assert wrong.status_code == 422
    assert "can be converted into it" in wrong.content.decode()
    assert right.status_code == 302
    assert pair.achievement.evidence.get().value == 320
    assert client.get(address).context["form"] is None


def test_page_side_that_asked_reads_the_answer_but_may_not_give_it(client, pair, question):
    client.force_login(pair.buyer)
    address = reverse("matching:question_detail", args=[question.pk])

    assert client.get(address).context["form"] is None
    refused = client.post(address, {"outcome": "not_measured"})

    assert refused.status_code == 403
    assert Question.objects.get().outcome == ""


@pytest.mark.parametrize("door", ["page", "api"])
def test_ask_is_for_the_demands_side_only(client, pair, door):
    address = {
        "page": reverse("matching:match_ask", args=[pair.match.pk]),
        "api": f"/api/v1/matches/{pair.match.pk}/ask/",
    }[door]
    codes = []
    for user in (pair.seller, factories.MemberFactory().user):
        client.force_login(user)
        codes.append(client.post(address, {"key": pair.key}).status_code)

    assert codes == [403, 404]
    assert Question.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_question_list_queries_do_not_grow_with_the_rows(client, pair, question, rows):
    for number in range(rows - 1):
        Question.objects.create(
            demand=pair.demand, achievement=pair.achievement, key=f"k{number}", row=pair.row
        )
    client.force_login(pair.seller)
    client.get("/questions/")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/questions/")

    assert len(page.context["rows"]) == rows
    assert len(queries) <= 12


class TestQuestionParity(ListParity):
    page = "/questions/"
    endpoint = "/api/v1/questions/"
    queries = ("", "state=open", "state=answered", "mine=true", "mine=false")

    @pytest.fixture
    def viewers(self, pair, question):
        Question.objects.create(
            demand=pair.demand,
            achievement=pair.achievement,
            key="other",
            row=pair.row,
            outcome="not_measured",
        )
        own = {"demand": pair.demand.pk, "achievement": pair.achievement.pk}
        self.queries = (*self.queries, *(f"{name}={pk}" for name, pk in own.items()))
        return [
            pair.buyer,
            pair.seller,
            factories.UserFactory(),
            factories.UserFactory(curator=True),
        ]


# --- the API -------------------------------------------------------------------------------


def test_api_ask_and_answer(api, pair):
    api.force_authenticate(pair.buyer)
    [first, *_] = api.get(f"/api/v1/matches/{pair.match.pk}/").json()["requirements"]
    assert (first["key"], first["asked"], first["result"]) == (pair.key, "≥ 300 Wh/kg", "unknown")

    address = f"/api/v1/matches/{pair.match.pk}/ask/"
    asked = api.post(address, {"key": pair.key}, format="json")
    again = api.post(address, {"key": pair.key}, format="json")
    assert (asked.status_code, again.status_code) == (201, 409)
    assert "This was asked on" in str(again.json())

    api.force_authenticate(pair.seller)
    number = asked.json()["id"]
    seen = api.get(f"/api/v1/questions/{number}/").json()
    assert (seen["for_me"], seen["asked"], seen["outcome"]) == (True, "≥ 300 Wh/kg", "")
    assert "Kestrel" not in str(seen)
    answer = {"outcome": "measured", "value": "320", "unit": "Wh/kg"}
    done = api.post(f"/api/v1/questions/{number}/answer/", answer, format="json")
    assert (done.status_code, done.json()["value"]) == (200, "320.000000")
    assert pair.achievement.evidence.count() == 1


def test_api_answer_is_for_the_owner_only(api, pair, question):
    codes = []
    for user in (pair.buyer, factories.MemberFactory().user):
        api.force_authenticate(user)
        answer = {"outcome": "not_measured"}
        address = f"/api/v1/questions/{question.pk}/answer/"
        codes.append(api.post(address, answer, format="json").status_code)

    assert codes == [403, 404]
    assert Question.objects.get().outcome == ""
