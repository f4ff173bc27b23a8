"""How convincing a listing is: the checks, the score, where it is shown and what it holds back."""

import importlib

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from accounts.models import AuditEvent
from achievements.linting import Facts, Rule, lint
from achievements.linting.checks import CHECKS
from achievements.models import LintRule, LintRuleSet, Listing, ListingQuality
from achievements.quality_wording import HINTS, hint_rows
from achievements.services import rate_outstanding, submit_listing, update_listing
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    MemberFactory,
    UserFactory,
)

RULES = importlib.import_module("achievements.migrations.0009_load_quality_rules").RULES


@pytest.fixture
def rules(db):
    """The rules of a new site, also after a test that emptied the tables."""
    for kind, rows in RULES.items():
        rule_set, _created = LintRuleSet.objects.get_or_create(kind=kind)
        rule_set.rules.all().delete()
        for code, weight, params in rows:
            LintRule.objects.create(rule_set=rule_set, code=code, weight=weight, params=params)


def _default(kind, code):
    return next(Rule(*row) for row in RULES[kind] if row[0] == code)


def _codes(kind, code, /, rows=None, **values):
    result = lint(Facts(kind, values, rows or {}), [_default(kind, code)])
    return result.score, [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Membrane that filters 40 L/h at 2 bar", []),
        ("Battery", ["title_short"]),
        ("word " * 25, ["title_long"]),
        ("NEW BATTERY MADE OF SODIUM", ["title_capitals", "title_codes"]),
        ("一种新型电池", []),
        ("电池", ["title_short"]),
    ],
)
def test_title_is_judged_by_how_it_reads(title, codes):
    assert _codes("achievement", "title", title_en=title)[1] == codes


def test_praise_needs_a_figure_in_the_same_sentence():
    bare = "A novel membrane. It lasts 4.5 times as long."
    backed = "A novel membrane, 4.5 times as durable."

    assert _codes("achievement", "claims", summary_en=bare)[1] == ["claim"]
    assert _codes("achievement", "claims", summary_en=backed) == (100, [])
    assert _codes("achievement", "claims", summary_zh="该技术国际领先。")[1] == ["claim"]
    assert _codes("achievement", "claims", summary_en="Renovel words are none.") == (100, [])


def test_long_sentence_is_quoted_where_the_word_stands_and_once():
    sentence = f"{'The device works well in many places and '}{'is used again and ' * 9}is novel"
    values = {"summary_en": f"{sentence}.", "solution_en": f"{sentence}. {sentence}."}

    result = lint(Facts("achievement", values), [_default("achievement", "claims")])

    (finding,) = result.findings
    assert finding.values["quote"].endswith("is novel")
    assert finding.values["quote"].startswith("…")


def test_vague_wishes_are_named_with_the_word_and_the_sentence():
    facts = Facts("demand", {"body_zh": "需要高性能材料。强度不低于 500 MPa，成本较低。"})
    result = lint(facts, [_default("demand", "vagueness")])

    assert [(one.values["word"], one.values["quote"]) for one in result.findings] == [
        ("高性能", "需要高性能材料")
    ]


@pytest.mark.parametrize(
    ("advantages", "answer"),
    [
        ("", (0, ["no_advantages"])),
        ("It is light.", (40, ["no_comparison"])),
        ("It is lighter than steel.", (70, ["comparison_without_figure"])),
        ("It is 40 % lighter than steel.", (100, [])),
    ],
)
def test_comparison_asks_for_the_alternative_and_then_for_the_figure(advantages, answer):
    assert _codes("achievement", "comparison", advantages_en=advantages) == answer


def test_stage_rows_rights_contact_and_languages_are_asked_for():
    rows = {"evidence": [{"quantity": "power"}], "ip_rights": [{"kind": "patent", "number": ""}]}

    assert _codes("achievement", "readiness", trl=5) == (60, ["no_readiness_evidence"])
    assert _codes("achievement", "measures", rows=rows) == (33, ["few_evidence"])
    assert _codes("achievement", "rights", rows=rows) == (60, ["right_without_number"])
    assert _codes("achievement", "contact", rows={"inventors": [{}]}) == (100, [])
    assert _codes("achievement", "contact") == (0, ["no_contact"])
    assert _codes("achievement", "translation", title_en="A", title_zh="甲", summary_zh="乙") == (
        50,
        ["untranslated_en"],
    )


def test_points_say_what_a_hint_is_worth_and_no_rules_ask_nothing():
    facts = Facts("demand", {"fields": [1]})
    result = lint(facts, [Rule("fields", 3), Rule("keywords", 1)])

    assert (result.score, [one.points for one in result.findings]) == (75, [25])
    assert lint(facts, []).score == 100


def test_every_check_can_be_chosen_and_every_hint_is_worded():
    assert set(LintRule.Check.values) == set(CHECKS)
    assert {row[0] for rows in RULES.values() for row in rows} == set(CHECKS)
    values = {"count": 1, "least": 2, "most": 3, "wanted": 3, "word": "w", "quote": "q"}
    found = [
        {
            "check": "c",
            "code": code,
            "field": "",
            "values": {**values, "field": "body"},
            "points": 1,
        }
        for code in HINTS
    ]
    with override("zh-hans"):
        chinese = hint_rows([*found, {"code": "of an older version", "values": {}}])
    assert len(chinese) == len(HINTS)
    assert "%(" not in " ".join(row["text"] for row in chinese)


def test_saving_rates_and_the_sweep_rates_what_changed_otherwise(rules):
    achievement = AchievementFactory()
    assert rate_outstanding() == 1
    assert rate_outstanding() == 0
    before = ListingQuality.objects.get().score

    update_listing(achievement, by=None, values={"advantages_en": "40 % lighter than steel."})

    assert ListingQuality.objects.get().score > before
    assert rate_outstanding() == 0
    LintRuleSet.objects.filter(kind="achievement").update(
        changed_at=Listing.objects.get().updated_at
    )
    Listing.objects.update(updated_at=ListingQuality.objects.get().made_at)
    ExpertFactory()
    assert rate_outstanding() == 1


def test_listing_below_the_minimum_stays_a_draft(rules):
    draft = AchievementFactory(state="draft")
    LintRuleSet.objects.filter(kind="achievement").update(minimum=90)
    member = MemberFactory(organisation=draft.organisation).user

    with pytest.raises(ValidationError, match="at least 90"):
        submit_listing(draft, by=member)

    draft.refresh_from_db()
    assert draft.state == "draft"
    LintRuleSet.objects.update(minimum=0)
    submit_listing(draft, by=member)
    assert draft.state == "in_review"


@pytest.mark.django_db
def test_form_shows_the_score_before_and_while_writing(rules):
    listing = AchievementFactory(advantages_en="Light.")
    EvidenceRowFactory(achievement=listing)
    client = Client()
    client.force_login(MemberFactory(organisation=listing.organisation).user)
    page = client.get(f"/achievements/{listing.pk}/edit/")
    typed = {
        "title_en": listing.title_en,
        "advantages_en": "40 % lighter than steel.",
        "evidence-TOTAL_FORMS": "0",
        "evidence-INITIAL_FORMS": "0",
        "ip_rights-TOTAL_FORMS": "1",
        "ip_rights-INITIAL_FORMS": "0",
        "ip_rights-0-kind": "know_how",
        "inventors-TOTAL_FORMS": "0",
        "inventors-INITIAL_FORMS": "0",
    }
    live = client.post("/listings/quality/achievement/", typed)

    shown = {hint["field"]: hint for hint in page.context["quality"]["hints"]}
    assert shown["advantages_en"]["anchor"] == "id_advantages_en"
    written = {hint["field"] for hint in live.context["quality"]["hints"]}
    assert {"summary_en", "evidence"} <= written
    assert not {"advantages_en", "ip_rights"} & written
    assert client.post("/listings/quality/nothing/").status_code == 404
    assert Client().post("/listings/quality/achievement/").status_code == 302


@pytest.mark.django_db
def test_api_tells_the_owner_and_judges_what_is_written(rules, api):
    demand = DemandFactory()
    api.force_authenticate(UserFactory())
    assert api.get(f"/api/v1/demands/{demand.pk}/quality/").status_code == 403
    assert not ListingQuality.objects.exists()

    api.force_authenticate(MemberFactory(organisation=demand.organisation).user)
    kept = api.get(f"/api/v1/demands/{demand.pk}/quality/").json()
    body = {"values": {"title_en": "Pump for 40 L/h of brine", "keywords_en": ["pump"]}}
    judged = api.post("/api/v1/demands/judge/", body, format="json").json()

    assert kept["score"] == ListingQuality.objects.get().score
    assert "requirements" in {hint["field"] for hint in kept["hints"]}
    assert "keywords_en" not in {hint["field"] for hint in judged["hints"]}
    assert ListingQuality.objects.count() == 1


@pytest.mark.django_db
def test_superuser_changes_rules_in_the_administration_with_a_trace(rules, client):
    rule_set = LintRuleSet.objects.get(kind="expert")
    before = rule_set.changed_at
    client.force_login(UserFactory(superuser=True))
    data = {"kind": "expert", "minimum": "40", "rules-TOTAL_FORMS": "0", "rules-INITIAL_FORMS": "0"}
    client.post(f"/admin/achievements/lintruleset/{rule_set.pk}/change/", data)

    rule_set.refresh_from_db()
    assert rule_set.minimum == 40
    assert rule_set.changed_at > before
    assert AuditEvent.objects.filter(verb="lint_rules.update").count() == 1
