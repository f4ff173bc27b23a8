"""Posting and editing on pages: without JavaScript, and nothing that was typed is lost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from achievements.models import Achievement, Demand, Expert, Listing
from achievements.services import update_listing
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    InventorFactory,
    MemberFactory,
    RegionFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(role="editor")


@pytest.fixture
def client(member):
    client = Client(headers={"accept-language": "en"})
    client.force_login(member.user)
    return client


def url(name, *args):
    return reverse(f"achievements:{name}", args=args)


def filled(response, **changes):
    """What a browser would send of the shown form, with some fields changed."""
    form, sets = response.context["form"], response.context["formsets"]
    data = {"form_key": response.context["form_key"].value}
    for bound in [form, *(row for formset in sets for row in formset.forms)]:
        for field in bound:
            value = field.value()
            if value not in (None, "", [], False):
                data[field.html_name] = value
    for formset in sets:
        for field in formset.management_form:
            data[field.html_name] = field.value()
    return {**data, **changes}


def error_summary(response):
    """The one summary of a page that says what is wrong; empty where nothing is."""
    found = re.findall(r'<div class="error-summary".*?</div>', response.content.decode(), re.S)
    assert len(found) < 2
    return "".join(found)


def errors(response):
    """Every message of the error summary, without its markup."""
    return re.sub(r"<[^>]+>", "", error_summary(response))


def test_post_achievement_as_a_draft_with_rows(client, member):
    TermFactory(code="1.2")
    region = RegionFactory(code="CN")
    expert = ExpertFactory()
    shown = client.get(url("achievement_create"))
    response = client.post(
        url("achievement_create"),
        filled(
            shown,
            action="draft",
            title_en="A cell",
            keywords_zh="电池，储能、钠",
            fields=["hightech:1.2"],
            region=region.pk,
            trl="6",
            transfer_modes=["equity"],
            **{
                "evidence-0-quantity": "mass",
                "evidence-0-value": "1.5",
                "evidence-0-unit": "kg",
                "inventors-0-name_en": "Ada",
                "inventors-0-expert": expert.get_absolute_url(),
            },
        ),
    )
    achievement = Achievement.objects.get()
    assert response.headers["Location"] == achievement.get_absolute_url()
    assert (achievement.state, achievement.organisation) == ("draft", member.organisation)
    assert achievement.keywords_zh == ["电池", "储能", "钠"]
    assert [term.code for term in achievement.fields.all()] == ["1.2"]
    assert (achievement.region, achievement.trl) == (region, 6)
    assert str(achievement.evidence.get()) == "mass 1.5 kg"
    assert achievement.inventors.get().expert == expert
    assert not achievement.ip_rights.exists()


def test_post_demand_and_submit_it(client):
    response = client.post(
        url("demand_create"),
        filled(
            client.get(url("demand_create")),
            action="submit",
            title_zh="需要电池",
            summary_zh="一句话",
            body_zh="详情",
            **{
                "requirements-0-quantity": "mass",
                "requirements-0-value": "2",
                "requirements-0-unit": "kg",
            },
        ),
    )
    assert response.status_code == 302, errors(response)
    demand = Demand.objects.get()
    assert demand.state == "in_review"
    assert demand.requirements.get().priority == "must"


@pytest.mark.parametrize(
    ("kind", "names", "words"),
    [
        ("achievement", ("title", "summary", "solution"), "a summary too, and the problem or"),
        ("demand", ("title", "summary", "body"), "a summary too, and what is needed"),
        ("expert", ("title", "expertise"), "the expertise too"),
    ],
)
def test_form_says_what_is_needed_and_no_more_is(client, kind, names, words):
    shown = client.get(url(f"{kind}_create"))
    assert f"To be submitted it needs {words}" in shown.text

    values = {f"{name}_zh": "电池" for name in names}
    client.post(url(f"{kind}_create"), filled(shown, action="submit", **values))
    listing = Listing.objects.get()
    assert listing.state == "in_review"
    assert "To be submitted" not in client.get(url(f"{kind}_update", listing.pk)).text

    less = dict.fromkeys(list(values)[-1:], "")
    answer = client.post(
        url(f"{kind}_create"),
        filled(shown, action="submit", **{**values, "title_zh": "另", **less}),
    )
    assert answer.status_code == 422
    assert Listing.objects.count() == 1


def test_submit_that_says_too_little_saves_nothing_and_keeps_the_input(client):
    shown = client.get(url("demand_create"))
    response = client.post(
        url("demand_create"), filled(shown, action="submit", title_en="Only a title")
    )
    assert response.status_code == 422
    assert not Listing.objects.exists()
    assert "Only a title" in response.content.decode()
    assert "Sum it up in one sentence" in errors(response)
    again = client.post(url("demand_create"), filled(response, action="draft"))
    assert again.status_code == 302
    assert Demand.objects.get().title_en == "Only a title"


def test_errors_of_rows_stand_at_their_row(client):
    shown = client.get(url("achievement_create"))
    rows = {
        "evidence-TOTAL_FORMS": "3",
        "evidence-0-quantity": "mass",
        "evidence-0-value": "1",
        "evidence-0-unit": "kg",
        "evidence-2-quantity": "mass",
        "evidence-2-value": "1",
        "evidence-2-unit": "blorps",
    }
    response = client.post(
        url("achievement_create"), filled(shown, action="draft", title_en="A", **rows)
    )
    assert response.status_code == 422
    formset = response.context["sets"]["evidence"]
    assert [list(row.errors) for row in formset.forms] == [[], [], ["unit"]]
    assert "blorps" in errors(response)
    assert not Listing.objects.exists()


def test_errors_across_fields_are_shown(client):
    shown = client.get(url("achievement_create"))
    data = filled(shown, action="draft", title_en="A", price_mode="fixed")
    response = client.post(url("achievement_create"), data)
    assert response.status_code == 422
    assert "Give the price" in errors(response)


@pytest.mark.parametrize("kind", ["evidence", "ip_rights", "inventors"])
def test_add_row_without_javascript_keeps_everything(client, kind):
    shown = client.get(url("achievement_create"))
    response = client.post(
        url("achievement_create"),
        filled(
            shown,
            add=kind,
            title_en="Typed",
            trl="4",
            **{"evidence-0-quantity": "mass", "evidence-0-value": "not yet a number"},
        ),
    )
    assert response.status_code == 200
    assert not Listing.objects.exists()
    form, sets = response.context["form"], response.context["sets"]
    assert form["title_en"].value() == "Typed"
    assert form["trl"].value() == "4"
    assert sets["evidence"].forms[0]["value"].value() == "not yet a number"
    expected = dict.fromkeys(sets, 1) | {kind: 2}
    assert {name: len(formset.forms) for name, formset in sets.items()} == expected
    assert "error-summary" not in response.content.decode()


def test_edit_shows_saves_and_removes_rows(client, member):
    achievement = AchievementFactory(organisation=member.organisation, keywords_en=["a", "b"])
    EvidenceRowFactory(achievement=achievement, quantity="mass", value="1.50", unit="kg")
    EvidenceRowFactory(achievement=achievement, quantity="length", position=1)
    InventorFactory(achievement=achievement, expert=ExpertFactory())
    page = url("achievement_update", achievement.pk)
    shown = client.get(page)
    assert shown.context["form"]["keywords_en"].value() == "a, b"
    assert shown.context["sets"]["evidence"].forms[0]["value"].value() == "1.5"
    data = filled(shown, action="save", title_en="New title", **{"evidence-0-DELETE": "on"})
    assert client.post(page, data).status_code == 302
    achievement.refresh_from_db()
    assert (achievement.title_en, achievement.state) == ("New title", "published")
    assert [row.quantity for row in achievement.evidence.all()] == ["length"]
    assert achievement.inventors.get().expert is not None


@pytest.mark.parametrize("kind", ["achievement", "demand", "expert"])
def test_edit_saved_as_shown_changes_nothing(client, member, kind):
    factory = {
        "achievement": AchievementFactory,
        "demand": DemandFactory,
        "expert": ExpertFactory,
    }[kind]
    listing = factory(organisation=member.organisation, fields=[TermFactory()])
    before = Listing.objects.get(pk=listing.pk).updated_at
    page = url(f"{kind}_update", listing.pk)
    response = client.post(page, filled(client.get(page), action="save"))
    assert response.status_code == 302, errors(response)
    assert Listing.objects.get(pk=listing.pk).updated_at == before


def test_edit_after_a_colleague_asks_first_and_loses_nothing(client, member):
    achievement = AchievementFactory(organisation=member.organisation, summary_en="Old")
    page = url("achievement_update", achievement.pk)
    shown = client.get(page)
    update_listing(achievement, by=UserFactory(), values={"summary_en": "Colleague's"})
    response = client.post(page, filled(shown, action="save", summary_en="Mine"))
    assert response.status_code == 409
    achievement.refresh_from_db()
    assert achievement.summary_en == "Colleague's"
    assert "Somebody else changed this listing" in errors(response)
    assert response.context["form"]["summary_en"].value() == "Mine"
    assert response.context["differing"] == ["Summary (English)"]
    again = client.post(page, filled(response, action="save"))
    assert again.status_code == 302
    achievement.refresh_from_db()
    assert achievement.summary_en == "Mine"


def test_the_same_form_sent_twice_makes_one_listing(client):
    data = filled(client.get(url("demand_create")), action="draft", title_en="Once")
    client.post(url("demand_create"), data)
    second = client.post(url("demand_create"), data)
    assert second.headers["Location"] == Demand.objects.get().get_absolute_url()


def test_edit_by_others_is_refused(client, member):
    foreign = AchievementFactory()
    hidden = AchievementFactory(state="draft")
    assert client.get(url("achievement_update", foreign.pk)).status_code == 403
    assert client.post(url("achievement_update", foreign.pk), {"title_en": "X"}).status_code == 403
    assert client.get(url("achievement_update", hidden.pk)).status_code == 404
    viewer = Client()
    viewer.force_login(MemberFactory(organisation=foreign.organisation, role="viewer").user)
    assert viewer.get(url("achievement_update", foreign.pk)).status_code == 403
    foreign.refresh_from_db()
    assert foreign.title_en != "X"


def test_post_without_an_organisation_says_what_to_do():
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory())
    content = client.get(url("achievement_create")).content.decode()
    assert "Choose an organisation first" in content
    viewer = Client()
    viewer.force_login(MemberFactory(role="viewer").user)
    assert viewer.get(url("demand_create")).status_code == 403


def test_anybody_describes_themselves_as_an_expert():
    user = UserFactory()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    shown = client.get(url("expert_create"), follow=True)
    data = filled(shown, about="me", action="draft", title_en="Ada", languages=["en", "zh"])
    response = client.post(url("expert_create"), data)
    expert = Expert.objects.get()
    assert response.headers["Location"] == expert.get_absolute_url()
    assert (expert.user, expert.languages) == (user, ["en", "zh"])
    again = client.get(url("expert_create") + "?me=1")
    assert again.headers["Location"] == url("expert_update", expert.pk)


def test_expert_with_anothers_orcid_is_told_whose_it_is_and_what_to_do(client, member, api):
    other = ExpertFactory(title_en="Ada Lovelace", orcid="0000-0002-1825-0097", organisation=None)
    values = {"title_en": "A. L.", "orcid": other.orcid}
    named = f"belongs to Ada Lovelace, profile {other.pk} of the pool"
    claim, record = url("expert_claim", other.pk), url("expert_record", other.pk)
    address = url("expert_create") + "?me=1"
    about_me = filled(client.get(address), about="me", action="draft", **values)
    page = client.post(address, about_me)
    api.force_authenticate(member.user)
    refused = api.post("/api/v1/experts/", {**values, "is_me": True}, format="json")

    assert (page.status_code, named in page.text, claim in page.text) == (422, True, True)
    assert record not in page.text
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["attr"], named in error["detail"]) == (400, "orcid", True)

    draft = ExpertFactory(title_en="A. L.", state="draft", organisation=None)
    client.force_login(UserFactory(curator=True))
    shown = client.get(url("expert_update", draft.pk))
    page = client.post(url("expert_update", draft.pk), filled(shown, orcid=other.orcid))
    assert (url("expert_merge", other.pk, draft.pk) in page.text, claim in page.text) == (
        True,
        False,
    )
    assert record in page.text

    Expert.objects.filter(pk=other.pk).update(state="in_review")
    client.force_login(member.user)
    page = client.post(address, about_me | {"form_key": ""})
    assert (page.status_code, page.context["holder"]) == (422, None)
    assert "profile of the pool that you may not see" in page.text
    assert "Ada Lovelace" not in page.text
    assert Expert.objects.filter(orcid=other.orcid).get() == other


def test_inventor_with_an_unknown_or_hidden_profile_is_refused(client):
    hidden = ExpertFactory(visibility="owner")
    for reference in (str(hidden.pk), "999999999", "nonsense", "9" * 30):
        shown = client.get(url("achievement_create"))
        data = filled(shown, action="draft", title_en="A", **{"inventors-0-name_en": "I"})
        response = client.post(url("achievement_create"), {**data, "inventors-0-expert": reference})
        assert response.status_code == 422
        assert "no such profile" in errors(response)
    assert not Achievement.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", ["achievement", "demand", "expert"])
def test_forms_open_in_both_languages(client, kind, language):
    TermFactory(scheme__code="quantity")
    headers = {"accept-language": language}
    assert client.get(url(f"{kind}_create"), headers=headers).status_code == 200


def test_error_in_a_row_names_the_row_and_leads_to_its_field():
    member = MemberFactory(role="editor")
    client = Client(headers={"accept-language": "en"})
    client.force_login(member.user)
    sent = {
        "title_en": "A demand",
        "visibility": "public",
        "disclosure": "named",
        "currency": "CNY",
        "requirements-TOTAL_FORMS": "2",
        "requirements-INITIAL_FORMS": "0",
    }
    row = {"quantity": "mass", "operator": "<=", "value": "3", "unit": "kg", "priority": "must"}
    sent |= {f"requirements-0-{name}": value for name, value in row.items()}
    sent |= {f"requirements-1-{name}": value for name, value in (row | {"value": "much"}).items()}
    answer = client.post(reverse("achievements:demand_create"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_requirements-1-value">Requirement 2, Value: Enter a number.</a>' in page
    assert 'id="id_requirements-1-value"' in page
    assert not Listing.objects.exists()
    # What only the service finds stands at its row as well.
    sent |= {"requirements-1-value": "3", "requirements-1-unit": "bananas"}
    page = client.post(reverse("achievements:demand_create"), sent).content.decode()
    assert '<a href="#id_requirements-1-unit">Requirement 2, Unit: ' in page


@pytest.mark.parametrize(
    ("language", "own", "said"),
    [
        ("en", "en", "Solution (English): Describe it, in English or in Chinese."),
        ("zh-hans", "zh", "技术方案（中文）: 请加以描述，英文或中文均可。"),
    ],
)
def test_draft_that_says_too_little_leads_to_the_field_that_is_missing(client, language, own, said):
    member = MemberFactory(role="editor")
    client.force_login(member.user)
    draft = AchievementFactory(
        organisation=member.organisation,
        state="draft",
        problem_en="",
        problem_zh="",
        solution_en="",
        solution_zh="",
    )
    answer = client.post(
        f"/listings/{draft.pk}/submit/", headers={"accept-language": language}, follow=True
    )
    assert answer.redirect_chain[0][0] == f"/achievements/{draft.pk}/edit/#id_solution_{own}"
    assert said in answer.text
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_title_missing_is_said_at_its_field_to_which_the_summary_leads(client):
    shown = client.get(url("achievement_create"))

    response = client.post(url("achievement_create"), {**filled(shown), "submit": "1"})

    assert response.status_code == 422
    assert 'href="#id_title_en"' in response.content.decode()
    assert errors(response).count("Give a title in English, in Chinese or in both.") == 1
    assert not Achievement.objects.exists()


def test_amounts_that_are_whole_stand_in_the_form_without_decimals(client, member):
    whole = AchievementFactory(
        organisation=member.organisation, price_mode="fixed", price_min=3800000
    )

    assert 'value="3800000"' in client.get(url("achievement_update", whole.pk)).content.decode()


def test_what_a_submission_lacks_is_said_with_what_is_wrong_in_the_order_of_the_form(client):
    wrong = {"requirements-0-quantity": "mass", "requirements-0-value": "much"}
    shown = client.get(url("demand_create"))
    response = client.post(
        url("demand_create"),
        filled(shown, action="submit", title_en="A cell", budget_min="x", region="9", **wrong),
    )

    assert response.status_code == 422
    fields = re.findall(r'href="#(id_[^"]*)"', error_summary(response))
    assert fields == [
        *("id_summary_en", "id_body_en"),
        "id_requirements-0-value",
        *("id_budget_min", "id_region"),
    ]
    draft = client.post(url("demand_create"), filled(shown, action="draft", title_en="A", **wrong))
    assert "id_summary_en" not in error_summary(draft)


def test_what_a_submission_lacks_is_said_with_what_the_service_refuses(client):
    shown = client.get(url("demand_create"))
    wrong = {
        "requirements-0-quantity": "mass",
        "requirements-0-value": "2",
        "requirements-0-unit": "furlong per fortnight per what",
    }
    response = client.post(
        url("demand_create"), filled(shown, action="submit", title_en="A cell", **wrong)
    )

    fields = re.findall(r'href="#(id_[^"]*)"', error_summary(response))
    assert fields == ["id_summary_en", "id_body_en", "id_requirements-0-unit"]
    assert not Demand.objects.exists()


@pytest.mark.parametrize("name", ["achievement_create", "demand_create", "expert_create"])
def test_fields_and_rows_stand_in_the_order_in_which_errors_are_listed(client, name):
    TermFactory(code="1.2")
    response = client.get(url(name))
    page = response.content.decode()
    order = []
    for field in response.context["form"].visible_fields():
        order += [
            f"{rows.prefix}-TOTAL_FORMS"
            for rows in response.context["formsets"]
            if rows.before == field.name
        ]
        order.append(field.html_name)
    places = [page.find(f'name="{each}"') for each in order]

    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", ["achievement", "demand", "expert"])
def test_forms_ask_for_the_readers_language_first(member, kind, language):
    client = Client(headers={"accept-language": language})
    client.force_login(member.user)

    text = client.get(url(f"{kind}_create")).text

    pairs = re.findall(r'name="(\w+)_(en|zh)"', text)
    assert {name for name, _code in pairs} >= {"title", "summary", "keywords"}
    first = dict(reversed(pairs))
    assert set(first.values()) == {language[:2]}


@pytest.mark.parametrize(("language", "own"), [("en", "en"), ("zh-hans", "zh")])
def test_what_is_empty_in_both_languages_is_missed_at_the_readers(member, language, own):
    client = Client(headers={"accept-language": language})
    client.force_login(member.user)
    shown = client.get(url("achievement_create"))

    response = client.post(url("achievement_create"), filled(shown, action="submit"))

    wrong = set(response.context["form"].errors)
    assert {f"title_{own}", f"summary_{own}"} <= wrong
    assert not any(name.endswith("_zh" if own == "en" else "_en") for name in wrong)
    led = re.findall(r'href="#id_(\w+)_(en|zh)"', error_summary(response))
    assert led
    assert {code for _name, code in led} == {own}
