"""Budgets and deadlines read in free text, and proposed: never taken by themselves."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from achievements.figures import find_budget, find_deadline
from tests.factories import DemandFactory, MemberFactory

TODAY = date(2026, 11, 22)
YEAR = timezone.now().year + 1
BUDGETS = [
    ("We have a budget of EUR 300,000.", (None, 300_000, "EUR")),
    ("We can pay up to USD 1.2 million for it.", (None, 1_200_000, "USD")),
    ("up to USD 1.2 million", (None, 1_200_000, "USD")),
    ("A EUR 300k budget", (None, 300_000, "EUR")),
    ("Budget (EUR): 300,000", (None, 300_000, "EUR")),
    ("Budget 300.000 €", (None, 300_000, "EUR")),
    ("Budget 300 000 EUR", (None, 300_000, "EUR")),
    ("We can spend about 1.5 million euros.", (None, 1_500_000, "EUR")),
    ("Up to 1.2m in length; budget EUR 1.2m", (None, 1_200_000, "EUR")),
    ("Our budget is between EUR 200,000 and 300,000.", (200_000, 300_000, "EUR")),
    ("Budget: €200k–€300k", (200_000, 300_000, "EUR")),
    ("Budget from 2 to 3 million yuan", (2_000_000, 3_000_000, "CNY")),
    ("A budget of $50,000 to $75,000 is set aside", (50_000, 75_000, "USD")),
    ("Turnover is EUR 30 million, and our budget is EUR 250,000.", (None, 250_000, "EUR")),
    ("项目预算50万元。", (None, 500_000, "CNY")),
    ("不超过200万元。", (None, 2_000_000, "CNY")),
    ("预算：50-80万元", (500_000, 800_000, "CNY")),
    ("预算：５０～８０万元", (500_000, 800_000, "CNY")),
    ("预算在人民币50万至80万之间", (500_000, 800_000, "CNY")),
    ("研发经费五十万元以内", (None, 500_000, "CNY")),
    ("拟投入资金两百万元", (None, 2_000_000, "CNY")),
    ("预算不低于100万元", (1_000_000, None, "CNY")),
    ("预算10万美元", (None, 100_000, "USD")),
    ("预算约30万", (None, 300_000, "CNY")),
    ("注册资本1000万元，预算100万元", (None, 1_000_000, "CNY")),
]
NO_BUDGETS = [
    "The cell needs 300 Wh/kg.",
    "An energy density of up to 300 Wh/kg within our budget",
    "A unit must cost no more than EUR 20,000.",
    "up to EUR 50,000 per machine",
    "We lose USD 2 million a year.",
    "no more than 80 EUR",
    "The budget is not fixed. 12 people, 2026.",
    "A budget for 300 units, up to 5 million cycles",
    "budget of 300,000",
    "at a temperature of at most 1,200 K",
    "年产值不超过5000万元",
    "成本不高于200元/台",
    "每台设备不超过20万元",
    "预算2026年公布",
]
DEADLINES = [
    ("We need it by June 2027.", "2027-06-30"),
    ("Delivery before June 2027.", "2027-05-31"),
    ("by 15 March 2027", "2027-03-15"),
    ("no later than March 15, 2027", "2027-03-15"),
    ("The deadline is 2027-03-15.", "2027-03-15"),
    ("Deadline: 15.03.2027", "2027-03-15"),
    ("by the end of June 2027", "2027-06-30"),
    ("by mid-2027", "2027-06-30"),
    ("by the end of next year", "2027-12-31"),
    ("by the second quarter of 2027", "2027-06-30"),
    ("A prototype within 12 months.", "2027-11-22"),
    ("within the next six months", "2027-05-22"),
    ("Please answer within 30 days.", "2026-12-22"),
    ("Prototype by December 2028. Offers by 1 March 2027.", "2027-03-01"),
    ("2027年6月底前完成", "2027-06-30"),
    ("2027年6月30日前", "2027-06-30"),
    ("2027年6月前交付", "2027-05-31"),
    ("截止日期：2027年6月30日", "2027-06-30"),
    ("2027年第二季度前", "2027-06-30"),
    ("明年6月底前完成", "2027-06-30"),
    ("年底前完成样机", "2026-12-31"),
    ("6个月内完成", "2027-05-22"),
    ("半年内", "2027-05-22"),
    ("两年以内", "2028-11-22"),
    ("90天内交付样机", "2027-02-20"),
    ("十二个月内", "2027-11-22"),
]
NO_DEADLINES = [
    "In 2027 we start a plant, by 2027.",
    "2027年建成",
    "by June 2025",
    "2025年6月底前完成",
    "since June 2021, until March 2026",
    "It pays back within 12 months.",
    "No failure within 24 months",
    "within 24 hours",
    "15天内降解90%",
    "回收期3年以内",
    "in the past 12 months",
    "the patent is valid until June 2030",
    "by 31 February 2027",
    "GB/T 2027年版",
]
TEXT = (
    f"A cell for buses of at least 300 Wh/kg. Our budget is EUR 300,000. We need it by June {YEAR}."
)


@pytest.mark.parametrize(("text", "said"), [*BUDGETS, *((text, None) for text in NO_BUDGETS)])
def test_budget_of_a_text_is_what_a_person_would_read(text, said):
    found = find_budget(text)

    assert (found and (found.low, found.high, found.currency)) == said


@pytest.mark.parametrize(("text", "day"), [*DEADLINES, *((text, None) for text in NO_DEADLINES)])
def test_deadline_of_a_text_is_what_a_person_would_read(text, day):
    found = find_deadline(text, today=TODAY)

    assert (found and found.day.isoformat()) == day


@pytest.mark.parametrize(
    "piece", ["1,000 ", "100,000,", "一", "EUR 999999999999 billion ", "2027年6月"]
)
def test_terms_of_endless_numbers_are_none_and_no_error(piece):
    text = f"budget {piece * (20_000 // len(piece))}"

    assert find_budget(text) is None
    assert find_deadline(text, today=TODAY) is None


def test_terms_say_which_words_they_were_read_from():
    budget, deadline = find_budget(TEXT), find_deadline(TEXT, today=TODAY)

    assert not deadline.about_answers
    assert find_deadline("报名截止2027年6月30日", today=TODAY).about_answers
    assert (budget.words, budget.sentence) == ("EUR 300,000", "Our budget is EUR 300,000.")
    assert (deadline.words, deadline.sentence) == (
        f"by June {YEAR}",
        f"We need it by June {YEAR}.",
    )


@pytest.mark.django_db
def test_wizard_shows_terms_of_the_text_and_takes_them_only_when_saved(client):
    member = MemberFactory(role="editor")
    client.force_login(member.user)
    demand = DemandFactory(
        organisation=member.organisation, body_en=TEXT, state="draft", deadline=None
    )
    base = f"/demands/{demand.pk}/wizard"

    page = client.get(f"{base}/questions/")

    assert 'value="300000.00"' in page.text
    assert f'value="{YEAR}-06-30"' in page.text
    assert "from “EUR 300,000”" in page.text
    assert [item["label"] for item in page.context["read"]] == ["Budget", "Answers until"]
    assert "you may need them earlier" in page.text
    demand.refresh_from_db()
    assert (demand.budget_max, demand.deadline) == (None, None)
    answers = {"budget_max": "250000", "currency": "EUR", "deadline": "", "go": "check"}
    assert client.post(f"{base}/questions/", answers).status_code == 302

    demand.refresh_from_db()
    assert (demand.budget_max, demand.currency, demand.deadline) == (Decimal(250000), "EUR", None)
    assert client.get(f"{base}/questions/").context["read"] == []  # what was cleared stays so


@pytest.mark.django_db
def test_api_terms_are_proposed_and_set_aside_like_figures(api):
    member = MemberFactory(role="editor")
    demand = DemandFactory(organisation=member.organisation, body_zh="预算50万元，6个月内完成。")
    api.force_authenticate(member.user)
    address = f"/api/v1/demands/{demand.pk}/proposed-terms/"

    found = api.get(address).json()
    said = api.post("/api/v1/demands/propose-terms/", {"text": TEXT}, format="json").json()

    assert (found["budget"]["budget_max"], found["budget"]["currency"]) == ("500000.00", "CNY")
    assert date.fromisoformat(found["deadline"]["deadline"]) > timezone.localdate()
    assert (said["budget"]["budget_min"], said["deadline"]["deadline"]) == (
        None,
        f"{YEAR}-06-30",
    )
    ignored = {"ignore": [found["budget"]["key"]]}
    api.post(f"/api/v1/demands/{demand.pk}/proposals/", ignored, format="json")
    assert api.get(address).json()["budget"] is None
    api.force_authenticate(MemberFactory(role="editor").user)
    assert api.get(address).status_code in (403, 404)
