"""From a free text to a demand in four steps: each saves, none loses what was typed."""

import pytest

from achievements.models import Demand, Listing
from achievements.services import submit_listing
from achievements.services.drafting import (
    first_sentence,
    proposed_title,
    with_alternative,
    without_alternative,
)
from tests import factories

pytestmark = pytest.mark.django_db
TEXT = (
    "We need a cell for buses. The energy density must be at least 300 Wh/kg. "
    "It has to work for 2000 cycles."
)
CHINESE = "我们需要公交车用电芯。能量密度不低于300 Wh/kg。"


@pytest.fixture
def writer(client):
    """An editor of an enterprise, signed in."""
    user = factories.MemberFactory(role="editor").user
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _quantity():
    """A quantity that the vocabulary knows, in both languages."""
    scheme = factories.SchemeFactory(code="quantity")
    factories.TermFactory(
        scheme=scheme,
        code="energy_density",
        label_en="Energy density",
        label_zh="能量密度",
        unit="Wh/kg",
    )


def _start(client, text=TEXT, language="en") -> Demand:
    answer = client.post("/demands/wizard/", {"text": text, "language": language, "go": "check"})
    assert answer.status_code == 302
    demand = Demand.objects.latest("pk")
    assert answer.url == f"/demands/{demand.pk}/wizard/check/"
    return demand


def test_text_is_kept_in_the_language_it_is_written_in_and_its_figures_are_ticked(writer, client):
    english, chinese = _start(client, TEXT, "zh"), _start(client, CHINESE, "en")
    assert (english.title_en, english.title_zh) == ("We need a cell for buses", "")
    assert (chinese.title_en, chinese.title_zh) == ("", "我们需要公交车用电芯")
    address = f"/demands/{english.pk}/wizard/requirements/"
    [row] = [row for row in client.get(address).context["proposed"] if row["known"]]
    ticked = f'value="{row["key"]}" checked'
    assert ticked in client.get(address).text
    client.post(address, {"take": [row["key"]], "go": "questions"})
    assert english.requirements.get().quantity


@pytest.mark.parametrize(
    ("language", "text", "title"),
    [("en", TEXT, "We need a cell for buses"), ("zh", CHINESE, "我们需要公交车用电芯")],
)
def test_wizard_from_text_to_a_submitted_demand(writer, client, language, text, title):
    demand = _start(client, text, language)
    assert (getattr(demand, f"title_{language}"), demand.state) == (title, "draft")
    base = f"/demands/{demand.pk}/wizard"

    proposed = client.get(f"{base}/requirements/").context["proposed"]
    [key] = [row["key"] for row in proposed if "300" in row["asked"]]
    answer = client.post(
        f"{base}/requirements/", {"take": [key], f"priority-{key}": "prefer", "go": "questions"}
    )
    assert answer.url == f"{base}/questions/"
    row = demand.requirements.get()
    assert (row.operator, row.value, row.unit, row.priority) == (">=", 300, "Wh/kg", "prefer")
    answers = {
        "alternative": "LFP cells; too heavy.",
        "budget_max": "500000",
        "currency": "CNY",
        "trl_min": "6",
        "cooperation_modes": ["licence"],
        "go": "check",
    }
    client.post(f"{base}/questions/", answers)
    page = client.get(f"{base}/check/")
    assert "LFP cells; too heavy." in page.text
    assert page.context["open"] == 3
    client.post(f"{base}/check/", {"disclosure": "sealed", "visibility": "public", "go": "submit"})

    demand.refresh_from_db()
    assert (demand.state, demand.disclosure, demand.trl_min) == ("published", "sealed", 6)


def test_wizard_steps_back_and_forth_lose_nothing(writer, client):
    demand = _start(client)
    base = f"/demands/{demand.pk}/wizard"
    client.post(f"{base}/questions/", {"alternative": "By hand.", "currency": "CNY", "go": "text"})

    first = client.get(f"{base}/text/").context["form"].initial
    assert first["text"] == TEXT
    again = {
        "text": f"{TEXT} And quiet.",
        "language": "en",
        "title": "Quiet cell",
        "go": "questions",
    }
    client.post(f"{base}/text/", again)

    kept = client.get(f"{base}/questions/").context["form"].initial
    assert kept["alternative"] == "By hand."
    demand.refresh_from_db()
    assert (demand.title_en, demand.body_en.count("By hand.")) == ("Quiet cell", 1)
    assert Demand.objects.count() == 1
    client.post(f"{base}/questions/", {"alternative": "", "currency": "CNY", "go": "leave"})
    demand.refresh_from_db()
    assert demand.body_en == f"{TEXT} And quiet."


def test_wizard_rows_that_are_not_ticked_are_no_requirements(writer, client):
    demand = _start(client)
    address = f"/demands/{demand.pk}/wizard/requirements/"
    keys = [row["key"] for row in client.get(address).context["proposed"]]
    client.post(address, {"take": keys, "go": "questions"})
    assert demand.requirements.count() == len(keys) > 0

    client.post(address, {"go": "questions"})

    assert not demand.requirements.exists()
    assert [row["key"] for row in client.get(address).context["proposed"]] == keys


def test_wizard_refused_input_comes_back_as_it_was_typed(writer, client):
    refused = client.post("/demands/wizard/", {"text": "", "title": "Kept", "language": "en"})
    assert (refused.status_code, Demand.objects.count()) == (422, 0)
    assert 'value="Kept"' in refused.text
    demand = _start(client)
    sent = {"budget_min": "9", "budget_max": "1", "currency": "CNY", "alternative": "Kept, too"}
    refused = client.post(f"/demands/{demand.pk}/wizard/questions/", {**sent, "go": "check"})

    assert refused.status_code == 422
    assert "Kept, too" in refused.text
    demand.refresh_from_db()
    assert demand.budget_max is None


def test_wizard_is_for_drafts_of_those_who_may_edit_them(writer, client):
    demand = _start(client)
    address = f"/demands/{demand.pk}/wizard/text/"
    client.force_login(factories.MemberFactory().user)
    assert client.get(address).status_code == 404
    client.force_login(factories.MemberFactory(role="viewer").user)
    assert client.get("/demands/wizard/").status_code == 403
    client.logout()
    assert client.get("/demands/wizard/").status_code == 302
    client.force_login(writer)
    submit_listing(demand, by=writer)
    assert Listing.objects.get(pk=demand.pk).state != "draft"
    assert client.get(address).url == f"/demands/{demand.pk}/edit/"


def test_alternative_is_one_paragraph_that_can_be_taken_out_again():
    for code, text in (("en", "A need."), ("zh", "一项需求。")):
        body = with_alternative(text, "Now: buckets", code)
        assert without_alternative(body) == (text, "Now: buckets")
    assert without_alternative("No such paragraph") == ("No such paragraph", "")
    assert first_sentence("One two three four", 12) == "One two…"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "冷链车需要保温板，导热系数不高于0.012 W/(m·K)，厚度30 mm以内，抗压强度不低于150 kPa。",
            "冷链车需要保温板，导热系数不高于0.012 W/(m·K)，厚度30 mm以内",
        ),
        ("需要导热系数不高于0.012的板。厚30 mm。", "需要导热系数不高于0.012的板"),
        ("We need 0.012 W/(m·K) at most. It is thin.", "We need 0.012 W/(m·K) at most"),
    ],
)
def test_title_proposed_ends_with_a_sentence_or_clause_never_in_a_figure(text, title):
    assert proposed_title(text) == title
