"""Importing listings from files: what goes in, what is refused, and what a second time changes."""

import gzip
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils.translation import override

from accounts.models import AuditEvent, Notification, Organisation
from achievements.importing.problems import Report
from achievements.models import Achievement, Demand, Expert, ImportRun, Listing, Term
from achievements.services import unseen_changes, verify_readiness
from achievements.services.import_options import ImportOptions
from achievements.services.importing import import_file, import_rows
from achievements.signals import listings_changed
from tests.factories import (
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    OrganisationFactory,
    RegionFactory,
    SchemeFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory(slug="acme", name_en="Acme", name_zh="顶峰")


@pytest.fixture
def vocabulary() -> dict[str, Term]:
    hightech = SchemeFactory(code="hightech")
    ipc = SchemeFactory(code="ipc", version="2026")
    quantities = SchemeFactory(code="quantity", version="1")
    return {
        "energy": TermFactory(scheme=hightech, code="6", label_en="New energy", label_zh="新能源"),
        "power": TermFactory(
            scheme=hightech, code="H02", label_en="Power", label_zh="电力", synonyms=["电网"]
        ),
        "ipc": TermFactory(scheme=ipc, code="H02", label_en="Electric power", label_zh="电"),
        "density": TermFactory(
            scheme=quantities,
            code="energy_density",
            label_en="Energy density by mass",
            label_zh="质量能量密度",
            synonyms=["energy density", "能量密度"],
        ),
    }


def options(organisation: Organisation | None, kind: str = "demand", **more: Any) -> ImportOptions:
    return ImportOptions(kind=kind, organisation=organisation, **more)


def rows(*records: dict[str, Any]) -> list[tuple[int, dict[str, Any] | ValidationError]]:
    return list(enumerate(records, start=1))


def texts(report: Report) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.field, problem.text) for problem in report.problems]


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))
    return path


# --- Generic records ---------------------------------------------------------------------------


def test_generic_demand_goes_in_by_the_documented_mapping(organisation, vocabulary):
    long = (
        "We need a coating. It must last for ten years in salt water and must not chip off. "
        "Cost matters."
    )
    report = import_rows(
        rows(
            {
                "id": "d-1",
                "title": "Coating",
                "text": long,
                "keywords": ["coating", "salt"],
                "fields": ["New energy", "Ships, Ports"],
                "organisation": "Somebody",
                "date": "2019",
                "language": "en",
                "source_url": "https://example.org",
            }
        ),
        options(organisation),
    )
    demand = Demand.objects.get()
    assert (report.created, report.bad) == (1, 0)
    assert demand.external_id == "d-1"
    assert demand.title_en == "Coating"
    assert demand.summary_en == long.removesuffix(" Cost matters.")
    assert demand.body_en == long
    assert demand.keywords_en == ["coating", "salt", "Ships", "Ports"]
    assert list(demand.fields.all()) == [vocabulary["energy"]]
    assert demand.organisation == organisation
    assert demand.created_at.year == 2019
    assert demand.state == Listing.State.DRAFT
    assert report.unknown_columns == {"source_url": 1}
    assert sorted(code for code, _field in report.notices) == [
        "fields_notice",
        "organisation_notice",
    ]


def test_generic_chinese_text_goes_into_chinese_columns_by_script(organisation):
    import_rows(rows({"title": "防爆电池", "text": "需要防爆。"}), options(organisation))
    demand = Demand.objects.get()
    assert (demand.title_zh, demand.summary_zh, demand.title_en) == ("防爆电池", "需要防爆。", "")


def test_generic_expert_keeps_publications_and_affiliation(organisation):
    import_rows(
        rows(
            {
                "id": "e-1",
                "title": "A. Person",
                "text": "",
                "organisation": "Bell Works",
                "publications": [{"id": "x", "title": "On gears", "year": 1998}],
            }
        ),
        options(None, kind="expert"),
    )
    expert = Expert.objects.get()
    assert (expert.works, expert.affiliation_en) == (["On gears (1998)"], "Bell Works")


def test_over_long_keyword_is_cut_and_told_but_over_long_title_is_refused(organisation):
    report = import_rows(
        rows({"title": "Short", "keywords": ["k" * 194]}, {"title": "T" * 301}),
        options(organisation),
    )
    assert Demand.objects.get().keywords_en == ["k" * 99 + "…"]
    assert report.notices["keywords_en_notice", "keywords"].lines == [1]
    assert [(line, field) for line, field, _text in texts(report)] == [(2, "title")]


# --- Own columns -------------------------------------------------------------------------------


def test_chinese_csv_in_gb18030_with_measures_goes_in(organisation, vocabulary, tmp_path):
    RegionFactory(code="CN-JS", name_en="Jiangsu", name_zh="江苏")
    text = (
        "成果名称,Title (English),关键词,技术领域,地区,技术成熟度,转化方式,价格,技术指标\n"
        "高能电池,High-energy cell,电池；储能,新能源、hightech:H02,江苏省,TRL 6,"
        "独占许可|转让,100-200万元,"
        '"能量密度 = 362 Wh/kg (GB/T 31486; third-party lab)\n循环寿命：1000 次"\n'
    )
    path = tmp_path / "results.csv"
    path.write_bytes(text.encode("gb18030"))
    report = import_file(path, options(organisation, kind="achievement"))
    achievement = Achievement.objects.get()
    assert (report.encoding, texts(report)) == ("gb18030", [])
    assert (achievement.title_zh, achievement.title_en) == ("高能电池", "High-energy cell")
    assert achievement.keywords_zh == ["电池", "储能"]
    assert set(achievement.fields.all()) == {vocabulary["energy"], vocabulary["power"]}
    assert achievement.region.code == "CN-JS"
    assert achievement.trl == 6
    assert achievement.transfer_modes == ["licence_exclusive", "assignment"]
    assert (achievement.price_mode, achievement.price_min) == ("range", 1_000_000)
    assert achievement.price_max == 2_000_000
    first, second = achievement.evidence.all()
    assert (first.quantity, first.value, first.unit) == ("能量密度", 362, "Wh/kg")
    assert (first.method, first.measured_by) == ("GB/T 31486", "third-party lab")
    assert first.term == vocabulary["density"]
    assert (second.quantity, second.value, second.unit, second.term) == (
        "循环寿命",
        1000,
        "次",
        None,
    )


def test_requirement_lines_are_read(organisation):
    import_rows(
        rows(
            {
                "title": "Cell",
                "requirements": "energy density >= 350 Wh/kg (must); "
                "cycle life between 800 and 1,200 cycles (prefer); 噪声不高于60 dB（优先）",
            }
        ),
        options(organisation),
    )
    found = Demand.objects.get().requirements.values_list(
        "quantity", "operator", "value", "value_max", "unit", "priority"
    )
    assert list(found) == [
        ("energy density", ">=", 350, None, "Wh/kg", "must"),
        ("cycle life", "between", 800, 1200, "cycles", "prefer"),
        ("噪声", "<=", 60, None, "dB", "prefer"),
    ]


def test_inventor_is_linked_to_own_expert_only(organisation):
    own = ExpertFactory(organisation=organisation, external_id="E-1")
    ExpertFactory(external_id="E-2")
    people = [{"name_en": "Own", "expert": "E-1"}, {"name_en": "Other", "expert": "E-2"}]
    report = import_rows(
        rows({"title": "A", "inventors": people}), options(organisation, kind="achievement")
    )
    inventors = Achievement.objects.get().inventors.values_list("name_en", "expert")
    assert list(inventors) == [("Own", own.pk), ("Other", None)]
    assert ("expert_notice", "inventors") in report.notices


def test_labels_of_the_models_are_headers_in_both_languages(organisation):
    with override("zh-hans"):
        header = str(Demand._meta.get_field("deadline").verbose_name)
    import_rows(rows({"title (Chinese)": "需求", header: "2027年8月31日"}), options(organisation))
    demand = Demand.objects.get()
    assert (demand.title_zh, demand.deadline.isoformat()) == ("需求", "2027-08-31")


def test_two_headers_with_one_meaning_are_refused(organisation):
    with pytest.raises(ValidationError, match="mean the same"):
        import_rows(rows({"标题": "A", "需求名称": "B"}), options(organisation))
    assert Demand.objects.count() == 0


# --- Errors ------------------------------------------------------------------------------------


def test_bad_rows_are_reported_with_line_field_and_reason_and_good_ones_go_in(organisation):
    report = import_rows(
        rows(
            {"id": "1", "title": "Good"},
            {"id": "2", "title": ""},
            {"id": "3", "title": "Bad level", "trl_min": "12"},
            {"id": "4", "title": "Bad order", "budget_min": 5, "budget_max": 3},
            {"id": "5", "title": "Bad unit", "requirements": "mass <= 3 bananas"},
            {"id": "6", "title": "Bad currency", "currency": "XYZ"},
            {"id": "7", "title": "One of two", "requirements": "mass <= 3 kg; mass <= 3 bananas"},
        ),
        options(organisation),
    )
    assert list(Demand.objects.values_list("title_en", flat=True)) == ["Good"]
    assert (report.rows, report.created, report.bad) == (7, 1, 6)
    unit = "“bananas” is not a unit we know. Write it as in Wh/kg, MPa, °C, % or m³/h."
    assert texts(report) == [
        (2, "title", "Give a title in English, in Chinese or in both."),
        (3, "trl_min", "“12” is not a readiness level. Write a number from 1 to 9."),
        (4, "", "The highest budget must not be below the lowest."),
        (5, "requirements", f"unit: {unit}"),
        (6, "currency", "“XYZ” is not a currency code. Write one such as CNY, EUR or USD."),
        (7, "requirements", f"Entry 2, unit: {unit}"),
    ]
    last = report.problems[-1].as_data()["message"]["zh-hans"]
    assert last.startswith("第 2 项，单位：“bananas”")


def test_all_or_nothing_takes_everything_back_for_one_bad_row(organisation):
    report = import_rows(
        rows({"title": "Good"}, {"title": ""}), options(organisation, mode="all_or_nothing")
    )
    assert (report.applied, report.bad) == (False, 1)
    assert Listing.objects.count() == 0
    assert AuditEvent.objects.count() == 0


def test_dry_run_says_what_would_happen_and_changes_nothing(organisation):
    old = DemandFactory(organisation=organisation, external_id="1", title_zh="", title_en="Old")
    report = import_rows(
        rows({"id": "1", "title": "New title"}, {"id": "2", "title": "Another"}),
        options(organisation, dry_run=True),
    )
    old.refresh_from_db()
    assert (report.created, report.updated, report.applied) == (1, 1, False)
    assert (old.title_en, Demand.objects.count()) == ("Old", 1)
    assert [preview["outcome"] for preview in report.previews] == ["updated", "created"]


def test_number_that_comes_twice_in_a_file_is_refused_the_second_time(organisation):
    report = import_rows(
        rows({"id": "1", "title": "A"}, {"id": "1", "title": "B"}), options(organisation)
    )
    assert list(Demand.objects.values_list("title_en", flat=True)) == ["A"]
    assert [(line, field) for line, field, _text in texts(report)] == [(2, "id")]


def test_orcid_that_another_expert_has_is_refused_and_says_which_has_it(organisation):
    other = ExpertFactory(orcid="0000-0002-1825-0097")
    report = import_rows(
        rows({"title": "Twin", "ORCID": "0000-0002-1825-0097"}, {"title": "Other"}),
        options(organisation, kind="expert"),
    )
    assert texts(report) == [(1, "ORCID", "A profile of the pool has this ORCID iD already.")]
    assert report.problems[0].listing == other.pk
    assert list(Expert.objects.filter(orcid="").values_list("title_en", flat=True)) == ["Other"]


@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b"])
def test_text_that_cannot_be_stored_is_a_row_error(organisation, value):
    report = import_rows(rows({"title": value}), options(organisation))
    assert [(line, field) for line, field, _text in texts(report)] == [(1, "title")]


# --- A second time -----------------------------------------------------------------------------

FULL = {
    "external_id": "F-1",
    "title_en": "Cell",
    "title_zh": "电池",
    "keywords_en": ["b", "a"],
    "fields": ["hightech:6"],
    "evidence": [{"quantity": "energy density", "value": 362.1, "unit": "Wh/kg"}],
    "ip_rights": [{"kind": "patent", "number": "CN1", "filed_on": "2021-04-16"}],
    "inventors": [{"name_en": "A"}],
    "price_mode": "fixed",
    "price_min": 100,
}


def test_same_rows_again_change_nothing(organisation, vocabulary):
    wanted = options(organisation, kind="achievement", publication="publish")
    import_rows(rows(FULL, {"title": "No number"}), wanted)
    before = list(Achievement.objects.order_by("pk").values())
    evidence = Achievement.objects.get(external_id="F-1").evidence.get().pk
    told: list[Any] = []
    listings_changed.connect(listener := lambda **event: told.append(event), weak=False)
    events = AuditEvent.objects.count()
    try:
        report = import_rows(rows(FULL, {"title": "No number"}), wanted)
    finally:
        listings_changed.disconnect(listener)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert list(Achievement.objects.order_by("pk").values()) == before
    assert Achievement.objects.get(external_id="F-1").evidence.get().pk == evidence
    assert (told, AuditEvent.objects.count()) == ([], events)


@pytest.mark.parametrize(("change", "holds"), [({"trl": 9}, False), ({"trl": 4}, True)])
def test_row_with_another_readiness_ends_its_verification(organisation, change, holds):
    row = {"title": "Cell", "trl": 4, "readiness_evidence_en": "Bench."}
    wanted = options(organisation, kind="achievement")
    import_rows(rows(row), wanted)
    verify_readiness(Achievement.objects.get(), by=UserFactory(moderator=True))

    report = import_rows(rows(row | change), wanted)

    assert report.bad == 0
    achievement = Achievement.objects.get()
    assert achievement.trl == change["trl"]
    assert (achievement.trl_verified_at is not None) == holds
    assert (achievement.trl_verified_by is not None) == holds


def test_changed_row_updates_only_its_listing_and_only_named_fields(organisation, vocabulary):
    wanted = options(organisation, kind="achievement")
    import_rows(rows(FULL, FULL | {"external_id": "F-2"}), wanted)
    Achievement.objects.filter(external_id="F-1").update(problem_en="Written on the site")
    first, second = Achievement.objects.order_by("external_id")
    changed = FULL | {"evidence": [{"quantity": "energy density", "value": 400, "unit": "Wh/kg"}]}
    report = import_rows(rows(changed, FULL | {"external_id": "F-2"}), wanted)
    assert (report.updated, report.unchanged) == (1, 1)
    after = Achievement.objects.get(pk=first.pk)
    assert after.updated_at > first.updated_at
    assert after.problem_en == "Written on the site"
    assert [row.value for row in after.evidence.all()] == [400]
    assert Achievement.objects.get(pk=second.pk).updated_at == second.updated_at


def test_update_that_a_constraint_refuses_leaves_the_listing_as_it_was(organisation):
    import_rows(rows({"id": "1", "title": "A", "budget_max": 9}), options(organisation))
    report = import_rows(rows({"id": "1", "title": "B", "budget_min": 10}), options(organisation))
    assert texts(report) == [(1, "", "The highest budget must not be below the lowest.")]
    assert (report.updated, Demand.objects.get().title_en) == (0, "A")


def test_other_organisations_listing_with_the_same_number_is_not_touched(organisation):
    other = DemandFactory(external_id="1", title_en="Theirs", title_zh="")
    import_rows(rows({"id": "1", "title": "Ours"}), options(organisation))
    other.refresh_from_db()
    assert other.title_en == "Theirs"
    assert Demand.objects.filter(external_id="1").count() == 2


# --- Publication -------------------------------------------------------------------------------


def test_publish_tells_once_per_batch_and_admits_experts(organisation):
    curator = UserFactory(curator=True)
    told: list[list[int]] = []
    listings_changed.connect(
        listener := lambda listing_ids, **_rest: told.append(listing_ids), weak=False
    )
    try:
        import_rows(
            rows({"title": "A"}, {"title": "B"}),
            options(organisation, kind="expert", publication="publish", by=curator),
        )
    finally:
        listings_changed.disconnect(listener)
    experts = Expert.objects.order_by("pk")
    assert told == [[expert.pk for expert in experts]]
    assert {expert.state for expert in experts} == {"published"}
    assert {expert.admitted_by for expert in experts} == {curator}
    event = AuditEvent.objects.get(verb="listing.import")
    assert (event.actor, event.data["created"]) == (curator, told[0])


def test_submit_publishes_for_trusted_organisations_and_else_waits_for_review(organisation):
    trusted = OrganisationFactory(may_publish_directly=True)
    import_rows(rows(complete(title="A")), options(organisation, publication="submit"))
    import_rows(rows(complete(title="B")), options(trusted, publication="submit"))
    states = dict(Demand.objects.values_list("title_en", "state"))
    assert states == {"A": "in_review", "B": "published"}


def complete(**more: Any) -> dict[str, Any]:
    return {"summary_en": "One sentence.", "body_en": "What we need.", **more}


def test_submit_refuses_rows_that_say_too_little(organisation):
    trusted = OrganisationFactory(may_publish_directly=True)
    bare = {"id": "2", "title": "B"}
    for owner in (organisation, trusted):
        report = import_rows(
            rows(complete(id="1", title="A"), bare), options(owner, publication="submit")
        )
        assert (report.created, report.bad) == (1, 1)
        assert texts(report) == [
            (2, "summary_en", "Sum it up in one sentence, in English or in Chinese."),
            (2, "body_en", "Describe it, in English or in Chinese."),
        ]
    assert list(Demand.objects.values_list("title_en", flat=True)) == ["A", "A"]


def test_submit_all_or_nothing_takes_back_the_complete_rows_too(organisation):
    moderator = UserFactory(moderator=True)
    report = import_rows(
        rows(complete(title="A"), {"title": "B"}),
        options(organisation, publication="submit", mode="all_or_nothing"),
    )
    assert (report.applied, report.bad) == (False, 1)
    assert Listing.objects.count() == 0
    assert not Notification.objects.filter(recipient=moderator).exists()


def test_submit_leaves_an_incomplete_draft_of_an_earlier_import_a_draft(organisation):
    import_rows(rows({"id": "1", "title": "A"}), options(organisation))
    report = import_rows(
        rows({"id": "1", "title": "A"}), options(organisation, publication="submit")
    )
    assert report.bad == 1
    assert Demand.objects.get().state == "draft"
    row = complete(id="1", title="A")
    import_rows(rows(row), options(organisation, publication="submit"))
    assert Demand.objects.get().state == "in_review"


@pytest.mark.parametrize(
    ("kind", "role"), [("demand", "moderator"), ("achievement", "moderator"), ("expert", "curator")]
)
def test_submit_tells_reviewers_once_for_the_whole_file(organisation, kind, role, monkeypatch):
    monkeypatch.setattr("achievements.services.importing.BATCH", 2)
    reviewers = {name: UserFactory(**{name: True}) for name in ("moderator", "curator")}
    body = {"demand": "body_en", "achievement": "solution_en", "expert": "expertise_en"}[kind]
    records = [
        {"id": str(n), "title": f"T {n}", "summary_en": "One.", body: "More."} for n in range(5)
    ]
    wanted = options(organisation, kind=kind, publication="submit")
    run = ImportRun.of(kind, organisation, None)
    for _again in range(2):
        import_rows(rows(*records), wanted, run=run)
    assert Listing.objects.filter(state="in_review").count() == 5
    told = Notification.objects.get()
    assert (told.recipient, told.kind) == (reviewers[role], "listings_imported")
    queue = "/experts/pool/" if kind == "expert" else "/listings/review/"
    assert told.path == queue


def test_drafts_and_what_is_published_directly_tell_no_reviewer(organisation):
    UserFactory(moderator=True)
    trusted = OrganisationFactory(may_publish_directly=True)
    import_rows(rows(complete(title="A")), options(organisation))
    import_rows(rows(complete(title="A")), options(trusted, publication="submit"))
    assert not Notification.objects.exists()


def test_changed_rows_of_published_listings_go_before_a_moderator(organisation):
    moderator = UserFactory(moderator=True)
    member = MemberFactory(organisation=organisation).user
    live = DemandFactory.create_batch(2, organisation=organisation)
    RegionFactory(code="CN")
    records = [
        {"title_en": d.title_en, "title_zh": d.title_zh, "region": "CN", "body_en": "New text."}
        for d in live
    ]
    report = import_rows(rows(*records), options(organisation, by=member))
    assert report.updated == 2
    waiting = Listing.objects.changed_after_publication()
    assert {one.pk for one in waiting} == {one.pk for one in live}
    names = {"body_en", "region"}
    assert [set(found) for found in unseen_changes(list(waiting)).values()] == [names, names]
    assert Notification.objects.get(recipient=moderator).kind == "listings_imported"
    first = waiting[0].edited_at
    import_rows(rows(*records), options(organisation, by=member))
    assert Listing.objects.changed_after_publication()[0].edited_at == first


def test_withdrawn_listing_stays_withdrawn_when_imported_again(organisation):
    wanted = options(organisation, publication="publish")
    import_rows(rows({"id": "1", "title": "A"}), wanted)
    Demand.objects.update(state=Listing.State.WITHDRAWN)
    report = import_rows(rows({"id": "1", "title": "A"}), wanted)
    assert (report.unchanged, Demand.objects.get().state) == (1, "withdrawn")


# --- Query count and memory --------------------------------------------------------------------


def test_number_of_queries_does_not_grow_with_rows(organisation, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for first, number in ((0, 1), (10, 30)):
        records = [{"id": str(first + n), "title": f"T {first + n}"} for n in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            import_rows(rows(*records), options(organisation))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- The command -------------------------------------------------------------------------------


def test_command_imports_packed_json_lines_and_prints_the_report(organisation, tmp_path, capsys):
    path = tmp_path / "demands.jsonl.gz"
    path.write_bytes(
        gzip.compress(
            b'{"id": "1", "title": "A"}\n{"id": "2", "title": ""}\n\n{"id": "3", "title": "C"}'
        )
    )
    call_command("import_listings", "demands", str(path), organisation="acme", publish=True)
    out = capsys.readouterr().out
    assert "3 rows read: 2 new, 0 changed, 0 unchanged, 1 bad; 2 published." in out
    assert "Line 2, title: Give a title in English, in Chinese or in both." in out
    run = ImportRun.objects.get()
    assert (run.name, run.organisation, run.state) == ("demands.jsonl.gz", organisation, "done")


def test_command_imports_a_workbook(organisation, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "需求名称", "预算", "截止日期"])
    book.active.append([7, "新涂层", "50万", "2027/8/31"])
    book.save(path := tmp_path / "demands.xlsx")
    call_command("import_listings", "demands", str(path), organisation="acme", verbosity=0)
    demand = Demand.objects.get()
    assert (demand.external_id, demand.title_zh, demand.budget_max) == ("7", "新涂层", 500_000)
    assert demand.deadline.isoformat() == "2027-08-31"


def test_command_needs_an_organisation_that_exists_or_the_wish_to_create_it(tmp_path):
    path = write(tmp_path / "a.jsonl", {"title": "A"})
    with pytest.raises(CommandError, match="no organisation “new-one”"):
        call_command("import_listings", "demands", str(path), organisation="new-one")
    with pytest.raises(CommandError, match="--organisation"):
        call_command("import_listings", "demands", str(path))
    assert Demand.objects.count() == 0
    create = ["enterprise", "New One"]
    for dry_run in (True, False):
        call_command(
            "import_listings",
            "demands",
            str(path),
            organisation="new-one",
            create_organisation=create,
            dry_run=dry_run,
        )
        assert Demand.objects.count() == (0 if dry_run else 1)
    assert Demand.objects.get().organisation.name_en == "New One"


def test_command_all_or_nothing_fails_and_writes_the_report_file(organisation, tmp_path):
    path = write(tmp_path / "a.jsonl", {"title": "A"}, {"title": ""})
    report = tmp_path / "problems.jsonl"
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command(
            "import_listings",
            "demands",
            str(path),
            organisation="acme",
            all_or_nothing=True,
            report=report,
        )
    assert Demand.objects.count() == 0
    assert [json.loads(line)["line"] for line in report.read_text().splitlines()] == [2]


def test_command_refuses_a_kind_file_or_user_that_does_not_exist(organisation, tmp_path):
    path = write(tmp_path / "a.jsonl", {"title": "A"})
    with pytest.raises(CommandError, match="no file"):
        call_command("import_listings", "demands", "missing.csv", organisation="acme")
    with pytest.raises(CommandError, match="no user"):
        call_command("import_listings", "demands", str(path), organisation="acme", by="x@y.example")
    assert Demand.objects.count() == 0


# --- The same rules as on the pages ------------------------------------------------------------


def test_anonymous_demand_that_names_its_organisation_is_refused(organisation):
    named = OrganisationFactory(name_en="Harbour Motors", name_zh="海港电机公司")
    report = import_rows(
        rows({"title": "Harbour Motors needs a coating", "disclosure": "匿名"}), options(named)
    )
    assert [(p.field, p.code) for p in report.problems] == [("title", "names_organisation")]
    assert Demand.objects.count() == 0


def test_changed_content_of_a_withdrawn_listing_is_refused(organisation):
    import_rows(rows({"id": "1", "title": "A"}), options(organisation))
    Demand.objects.update(state=Listing.State.WITHDRAWN)
    report = import_rows(rows({"id": "1", "title": "B"}), options(organisation))
    assert (report.bad, report.problems[0].code) == (1, "state")
    assert Demand.objects.get().title_en == "A"


def test_price_that_is_negotiable_keeps_no_figure_and_is_unchanged_again(organisation):
    record = {"id": "1", "title": "A", "price_mode": "negotiable", "price_min": 5}
    import_rows(rows(record), options(organisation, kind="achievement"))
    report = import_rows(rows(record), options(organisation, kind="achievement"))
    assert (report.unchanged, Achievement.objects.get().price_min) == (1, None)


def test_own_quotation_mark_before_a_formula_is_taken_off(organisation):
    import_rows(rows({"title": "'=1+1 is two", "text": "'quoted' stays"}), options(organisation))
    demand = Demand.objects.get()
    assert (demand.title_en, demand.summary_en) == ("=1+1 is two", "'quoted' stays")


def test_list_of_experts_with_names_in_both_scripts_and_no_summaries_is_submitted():
    given = [
        {"编号": "E1", "姓名": "王小明", "英文名": "", "专长": "固态电解质。"},
        {"编号": "E2", "姓名": "", "英文名": "Li Lei", "专长": "Solid electrolytes."},
    ]
    how = options(None, "expert", by=UserFactory(curator=True), publication="submit")
    assert texts(import_rows(rows(*given), how)) == []
    found = set(Expert.objects.values_list("title_en", "title_zh", "state"))
    assert found == {("", "王小明", "in_review"), ("Li Lei", "", "in_review")}
