"""Rows of a file that are like a listing or another row: shown, skipped, merged, taken back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Member
from achievements.importing.merging import merged_rows, merged_values
from achievements.ip_numbers import normal_number
from achievements.models import Achievement, ImportDuplicate, ImportRun, ListingVersion
from achievements.services import publish_listing, update_listing
from achievements.services.import_choosing import choose_duplicates
from achievements.services.import_runs import (
    confirm_import,
    run_import,
    undo_import,
    upload_import,
)
from achievements.services.snapshots import snapshots
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    InventorFactory,
    IPRightFactory,
    MemberFactory,
    OrganisationFactory,
    RequirementRowFactory,
    SchemeFactory,
    TermFactory,
)

PUMP = "Pump for hot brine with a ceramic coating"
SUMMARY = (
    "The impeller is coated with a ceramic that the salt does not wear away, and the bearing is "
    "cooled by the brine itself, so that the seal lasts for five years in a plant on the coast."
)
HEAD = "id,title_en,summary_en,trl,ip_rights,keywords_en"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("CN 109876543 A", ""), ("109876543", "CN")),
        (("ZL 2019 1 0123456.7", "CN"), ("CN201910123456.7", "")),
        (("ＺＬ２０１９１０１２３４５６．Ｘ", ""), ("20191012345 6X", "")),
        (("2020SR0123456", "CN"), ("2020sr-0123456", "")),
    ],
)
def test_ip_number_is_the_same_however_it_is_written(one, two):
    assert normal_number(*one) == normal_number(*two) != ""


def test_ip_number_of_another_office_or_without_figures_is_another():
    assert normal_number("US1234567B2") != normal_number("EP1234567B1")
    assert normal_number("1234") == normal_number("know-how") == ""


def test_merging_fills_what_is_empty_or_replaces_and_joins_lists():
    row = {"title_en": "New", "trl": 6, "keywords_en": ["b"], "summary_en": "", "visibility": "x"}
    mine = {"title_en": "Old", "trl": None, "keywords_en": ["a"], "summary_en": "S"}

    assert merged_values(row, mine, replace=False) == {"trl": 6, "keywords_en": ["a", "b"]}
    replaced = {"title_en": "New", "trl": 6, "keywords_en": ["a", "b"]}
    assert merged_values(row, mine, replace=True) == replaced


def test_merging_takes_amounts_together_or_not_at_all():
    row = {"price_mode": "fixed", "price_min": 5, "price_max": None, "currency": "USD"}
    bare = {"price_mode": "negotiable", "price_min": None, "price_max": None, "currency": "CNY"}
    dear = {"price_mode": "range", "price_min": 1, "price_max": 9, "currency": "CNY"}

    taken = {"price_mode": "fixed", "price_min": 5, "currency": "USD"}
    assert merged_values(row, bare, replace=False) == taken
    assert merged_values(row, dear, replace=False) == {}
    assert merged_values(row, dear, replace=True) == taken | {"price_max": None}


def test_merging_rows_adds_new_ones_behind():
    mine = [{"quantity": "flow", "value": 3, "conditions": ""}]
    row = [
        {"quantity": "Flow", "value": 4, "conditions": ""},
        {"quantity": "heat", "value": 90, "conditions": ""},
    ]

    assert merged_rows("evidence", row, mine, replace=False) == [mine[0], row[1]]
    assert merged_rows("evidence", row, mine, replace=True) == row


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def organisation(db):
    return OrganisationFactory()


@pytest.fixture
def editor(organisation):
    return MemberFactory(organisation=organisation, role=Member.Role.EDITOR).user


@pytest.fixture
def client(editor):
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def pump(organisation):
    """A listing of the organisation, without a stage."""
    bare = {"title_zh": "", "summary_zh": "", "solution_zh": "", "trl": None}
    listing = AchievementFactory(
        organisation=organisation, title_en=PUMP, summary_en=SUMMARY, state="draft", **bare
    )
    IPRightFactory(achievement=listing, number="ZL 2019 1 0123456.7", office="CN")
    return listing


def checked(editor, organisation, *rows):
    text = "\n".join([HEAD, *rows])
    file = SimpleUploadedFile("results.csv", text.encode())
    run = upload_import(by=editor, kind="achievement", organisation=organisation, file=file)
    run_import(run.pk)
    run.refresh_from_db()
    return run


def done(run, editor):
    confirm_import(run, by=editor)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    return run.report


def found(run):
    rows = ImportDuplicate.objects.filter(run=run).order_by("line")
    return [(row.line, row.listing_id, row.other_line, row.reason) for row in rows]


NUMBER = '1,A quite different title of one,,6,"patent CN201910123456.7, CN",brine'
TITLE = f'2,{PUMP.upper()},"{SUMMARY.replace("five", "six")}",,,'
TEXT = f'3,Brine pump that lasts,"{SUMMARY}",,,'
OTHER = "4,Sorting leaves of tea by a camera,,7,,"
AGAIN = "5,Sorting leaves of tea by a camera,Told apart.,,,"
ROWS = (NUMBER, TITLE, TEXT, OTHER, AGAIN)


def test_duplicates_are_found_by_number_text_and_within_the_file(editor, organisation, pump):
    run = checked(editor, organisation, *ROWS)

    assert found(run) == [
        (2, pump.pk, None, "number"),
        (3, pump.pk, None, "title"),
        (4, pump.pk, None, "text"),
        (6, None, 5, "title"),
    ]
    assert (run.report["created"], run.report["duplicates"]) == (1, 4)
    stranger = OrganisationFactory()
    theirs = checked(MemberFactory(organisation=stranger).user, stranger, NUMBER)
    assert found(theirs) == []


def test_duplicates_are_skipped_unless_chosen_otherwise(editor, organisation, pump):
    report = done(checked(editor, organisation, *ROWS), editor)

    assert (report["created"], report["skipped"], report["merged"]) == (1, 4, 0)
    titles = Achievement.objects.order_by("pk").values_list("title_en", flat=True)
    assert list(titles) == [PUMP, "Sorting leaves of tea by a camera"]
    assert set(ImportDuplicate.objects.values_list("outcome", flat=True)) == {"skipped"}


def test_duplicates_page_shows_both_sides_and_keeps_choices(editor, organisation, client, pump):
    run = checked(editor, organisation, *ROWS)
    address = f"/imports/{run.pk}/duplicates/"
    page = client.get(address)
    pairs = page.context["pairs"]
    labels = [[str(part.label) for part in pair["differences"]] for pair in pairs]
    assert "technology readiness level (TRL)" in labels[0]
    assert pairs[1]["choice"] == "skip"

    client.post(address, {"every": "replace"})
    client.post(address, {"line-3": "skip", "line-6": "fill"})
    client.post(address, {"line-99": "skip"})
    client.post(address, {"line-3": "destroy"})

    run.refresh_from_db()
    assert run.duplicates == "replace"
    choices = ImportDuplicate.objects.order_by("line").values_list("choice", flat=True)
    assert list(choices) == ["", "skip", "", "fill"]
    assert "Import 4 listings" in client.get(f"/imports/{run.pk}/").content.decode()
    assert AuditEvent.objects.filter(verb="import.choose").count() == 2


def test_merging_fills_gaps_keeps_a_version_and_is_taken_back(editor, organisation, pump):
    run = checked(editor, organisation, *ROWS)
    choose_duplicates(run, by=editor, every="fill", rows={4: "create"})

    report = done(run, editor)

    pump.refresh_from_db()
    assert (report["merged"], report["created"], report["skipped"]) == (3, 2, 0)
    assert (pump.title_en, pump.trl, pump.external_id) == (PUMP, 6, "1")
    assert pump.keywords_en == ["brine"]
    assert pump.ip_rights.count() == 1
    tea = Achievement.objects.get(external_id="4")
    assert (tea.summary_en, tea.trl) == ("Told apart.", 7)
    assert ListingVersion.objects.filter(listing=pump, import_run=run).count() == 1

    undo_import(run, by=editor)
    run_import(run.pk)
    run.refresh_from_db()
    pump.refresh_from_db()
    assert (pump.trl, pump.external_id, pump.keywords_en) == (None, "", [])
    assert Achievement.objects.get() == pump
    assert run.report["kept"] == []


def test_merging_may_replace_and_stays_where_somebody_changed_it_since(editor, organisation, pump):
    run = checked(editor, organisation, NUMBER)
    choose_duplicates(run, by=editor, every="replace")
    done(run, editor)
    pump.refresh_from_db()
    assert pump.title_en == "A quite different title of one"
    update_listing(pump, by=editor, values={"title_en": "Changed by hand"})

    undo_import(run, by=editor)
    run_import(run.pk)

    run.refresh_from_db()
    pump.refresh_from_db()
    assert (pump.title_en, run.report["kept"]) == ("Changed by hand", [pump.pk])


def test_merging_begun_again_after_a_crash_is_not_done_twice(editor, organisation, pump):
    run = checked(editor, organisation, NUMBER)
    choose_duplicates(run, by=editor, every="replace")
    done(run, editor)
    update_listing(Achievement.objects.get(), by=editor, values={"title_en": "Changed by hand"})
    run.state = "confirmed"
    run.save()

    run_import(run.pk)

    run.refresh_from_db()
    assert (run.report["merged"], Achievement.objects.get().title_en) == (1, "Changed by hand")


def test_correcting_a_row_keeps_the_choices(editor, organisation, client, pump):
    run = checked(editor, organisation, NUMBER, "9,,,,,")
    choose_duplicates(run, by=editor, rows={2: "fill"})
    name = "cell-3-1"
    assert client.post(f"/imports/{run.pk}/fix/", {name: TITLE.split(",")[1]}).status_code == 302
    run_import(run.pk)

    assert ImportDuplicate.objects.get(line=2).choice == "fill"
    assert [line for line, *_rest in found(run)] == [2, 3]


def test_api_tells_the_same_and_refuses_who_may_not_import(editor, organisation, client, pump):
    run = checked(editor, organisation, *ROWS)
    address = f"/api/v1/imports/{run.pk}"
    rows = client.get(f"{address}/duplicates/").json()["results"]
    assert [(row["line"], row["listing"], row["choice"]) for row in rows] == [
        (2, pump.pk, "skip"),
        (3, pump.pk, "skip"),
        (4, pump.pk, "skip"),
        (6, None, "skip"),
    ]
    assert {"part": "keywords (English)", "row": "brine", "other": ""} in rows[0]["differences"]
    sent = {"every": "fill", "rows": {"3": "create"}}
    answer = client.post(f"{address}/choose/", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["duplicates"]) == (200, "fill")
    bad = client.post(f"{address}/choose/", {"rows": {"x": "skip"}}, "application/json")
    assert bad.status_code == 400

    stranger = Client()
    stranger.force_login(MemberFactory().user)
    assert stranger.get(f"{address}/duplicates/").status_code == 404
    assert stranger.get(f"/imports/{run.pk}/duplicates/").status_code == 404
    assert stranger.post(f"{address}/choose/", sent, "application/json").status_code == 404
    assert ImportDuplicate.objects.get(run=run, line=3).choice == "create"


def test_looking_at_many_duplicates_costs_no_more_queries(
    editor, organisation, client, pump, django_assert_max_num_queries
):
    counts = []
    for count in (1, 3):
        run = checked(
            editor, organisation, *(NUMBER.replace("1,", f"7{i},", 1) for i in range(count))
        )
        with django_assert_max_num_queries(40) as queries:
            client.get(f"/imports/{run.pk}/duplicates/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_merging_many_rows_costs_each_no_more_than_its_saving(editor, organisation):
    counts = []
    for count in (2, 12):
        bare = {"title_zh": "", "trl": None, "state": "draft"}
        rows = []
        for number in range(count):
            listing = AchievementFactory(organisation=organisation, **bare)
            right = IPRightFactory(achievement=listing, number=f"CN2020{count:02}{number:04}1.1")
            rows.append(f'{count}{number:03},Row {count} {number},,6,"patent {right.number}",')
        run = checked(editor, organisation, *rows)
        choose_duplicates(run, by=editor, every="fill")
        with CaptureQueriesContext(connection) as queries:
            assert done(run, editor)["merged"] == count
        counts.append(len(queries))
    assert Achievement.objects.filter(trl=6).count() == ListingVersion.objects.count() / 2 == 14
    assert counts[1] - counts[0] <= 2 * 10  # the tables of listings and of achievements


def test_merging_many_rows_refuses_only_the_one_that_the_database_refuses(
    editor, organisation, monkeypatch
):
    keys = []
    for number in range(5):
        listing = AchievementFactory(organisation=organisation, state="draft", trl=None)
        IPRightFactory(achievement=listing, number=f"CN2020100{number}1.1")
        keys.append(listing.pk)
    numbered = [(n, f"CN2020100{n}1.1") for n in range(5)]
    rows = [f'7{n},Row {n} of five,,6,"patent {number}",' for n, number in numbered]
    run = checked(editor, organisation, *rows)
    choose_duplicates(run, by=editor, every="fill")
    save = Achievement.save

    def refused(self, *args, **kwargs):
        if self.pk == keys[3]:
            raise IntegrityError("some constraint")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Achievement, "save", refused)
    report = done(run, editor)

    assert (report["merged"], report["bad"], report["problems"][0]["line"]) == (4, 1, 5)
    levels = Achievement.objects.order_by("pk").values_list("trl", flat=True)
    assert list(levels) == [6, 6, 6, None, 6]
    assert not ListingVersion.objects.filter(listing=keys[3]).exists()


def test_merging_joins_rows_within_of_demands_and_achievements(editor, organisation, pump):
    demand = DemandFactory(
        organisation=organisation, title_en=PUMP, title_zh="", summary_en=SUMMARY, summary_zh=""
    )
    RequirementRowFactory(demand=demand, quantity="flow", value=3, unit="L/s")
    row = f'8,{PUMP},"{SUMMARY}","flow >= 9 L/s (must)\npressure >= 2 bar (prefer)"\n'
    text = f"id,title_en,summary_en,requirements\n{row}"
    file = SimpleUploadedFile("needs.csv", text.encode())
    upload_import(
        by=editor,
        kind="demand",
        organisation=organisation,
        file=file,
        duplicates="fill",
        confirm=True,
    )
    assert run_import(ImportRun.objects.latest("pk").pk)
    rows = demand.requirements.order_by("position").values_list("quantity", "value")
    assert [(quantity, int(value)) for quantity, value in rows] == [("flow", 3), ("pressure", 2)]
    demand.refresh_from_db()
    assert demand.edited_at is not None  # published: it goes before a reviewer again

    expert = ExpertFactory(organisation=organisation, external_id="E7")
    InventorFactory(achievement=pump, name_en="Wei Li", expert=expert)
    text = (
        "id,title_en,summary_en,inventors,evidence\n"
        f'9,{PUMP},"{SUMMARY}",Wei Li; Ada Byron,"flow = 4 L/s"\n'
    )
    run = upload_import(
        by=editor,
        kind="achievement",
        organisation=organisation,
        file=SimpleUploadedFile("results.csv", text.encode()),
        duplicates="replace",
        confirm=True,
    )
    run_import(run.pk)
    people = pump.inventors.order_by("position").values_list("name_en", "expert")
    assert list(people) == [("Wei Li", expert.pk), ("Ada Byron", None)]
    assert pump.evidence.get().quantity == "flow"


def _many(number: int) -> tuple[ImportRun, list[Achievement], Achievement]:
    """An import that merged ``number`` rows and made one more, of which one is published since."""
    organisation = OrganisationFactory()
    editor = MemberFactory(organisation=organisation, role=Member.Role.EDITOR).user
    titles = [f"{word}: {PUMP}" for word in ("Northern", "Kiln", "Glassy")][:number]
    listings = [
        AchievementFactory(organisation=organisation, title_en=title, trl=3, state="draft")
        for title in titles
    ]
    for listing in listings:
        IPRightFactory(achievement=listing, number="", title="Coating")
        listing.fields.add(TermFactory(scheme=SchemeFactory(code="ipc")))
    new = ["Sieve", "Turbine blade", "Camera for tea leaves", "Saddle"][: number + 1]
    rows = [
        *(
            f"{place},{title},,7,patent CN90000000{place},warm"
            for place, title in enumerate(titles)
        ),
        *(f"9{place},{title},About {title},5,," for place, title in enumerate(new)),
    ]
    run = checked(editor, organisation, *rows)
    choose_duplicates(run, by=editor, every="replace")
    report = done(run, editor)
    assert (report["merged"], report["created"]) == (number, number + 1)
    published = Achievement.objects.get(organisation=organisation, title_en="Sieve")
    publish_listing(published, by=editor)
    return run, listings, published


def test_taking_back_asks_as_often_for_three_as_for_one(db):
    counts = []
    for number in (1, 3):
        run, listings, published = _many(number)
        keys = [listing.pk for listing in listings]
        first = {
            v.listing_id: v.content
            for v in ListingVersion.objects.filter(listing__in=keys, number=1)
        }
        undo_import(run, by=run.created_by)

        with CaptureQueriesContext(connection) as asked:
            run_import(run.pk)

        counts.append(len(asked))
        run.refresh_from_db()
        published.refresh_from_db()
        assert (run.report["undone"], run.report["kept"]) == (2 * number + 1, [])
        assert snapshots("achievement", keys) == first
        assert published.state == "withdrawn"
        assert Achievement.objects.filter(organisation=run.organisation).count() == number + 1
        again = ListingVersion.objects.filter(listing__in=keys, restored_from=1)
        assert (
            again.count()
            == AuditEvent.objects.filter(verb="listing.revert", object_id__in=keys).count()
            == number
        )
    assert counts[0] == counts[1]
