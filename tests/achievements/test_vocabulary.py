"""The vocabularies that come with the site, and how files become schemes and terms."""

import csv
import io
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, Region
from accounts.services.reference import load_regions
from achievements.models import Listing, Scheme, Term
from achievements.services.quantities import recognise_quantities
from achievements.services.vocabulary import load_vocabularies
from achievements.units import parse_unit
from tests.factories import (
    EvidenceRowFactory,
    RequirementRowFactory,
    SchemeFactory,
    TermFactory,
    UserFactory,
)

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "achievements" / "vocabularies"
REGIONS = ROOT / "accounts" / "regions.csv"
FILES = {
    "hightech": "hightech-2016.csv",
    "ipc": "ipc-2026.01.csv",
    "gbt4754": "gbt4754-2017.csv",
    "quantity": "quantity-1.csv",
}
HAN = re.compile(r"[\u4e00-\u9fff]")

IPC_CLASSES = {
    "A": "01 21 22 23 24 41 42 43 44 45 46 47 61 62 63 99",
    "B": "01 02 03 04 05 06 07 08 09 21 22 23 24 25 26 27 28 29 30 31 32 33 41 42 43 44 "
    "60 61 62 63 64 65 66 67 68 81 82 99",
    "C": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 21 22 23 25 30 40 99",
    "D": "01 02 03 04 05 06 07 21 99",
    "E": "01 02 03 04 05 06 21 99",
    "F": "01 02 03 04 15 16 17 21 22 23 24 25 26 27 28 41 42 99",
    "G": "01 02 03 04 05 06 07 08 09 10 11 12 16 21 99",
    "H": "01 02 03 04 05 10 99",
}
# The last division of each section of GB/T 4754-2017; sections follow each other without a gap.
GBT_LAST_DIVISION = {
    "A": 5, "B": 12, "C": 43, "D": 46, "E": 50, "F": 52, "G": 60, "H": 62, "I": 65, "J": 69,
    "K": 70, "L": 72, "M": 75, "N": 79, "O": 82, "P": 83, "Q": 85, "R": 90, "S": 96, "T": 97,
}  # fmt: skip
HIGHTECH_SECOND_LEVEL = {"1": 8, "2": 7, "3": 2, "4": 6, "5": 8, "6": 4, "7": 8, "8": 9}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names_of(row):
    return [row["label_en"], row["label_zh"], *filter(None, row["synonyms"].split("|"))]


@pytest.fixture
def folder(tmp_path):
    """A copy of the data files that a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "vocabularies"))


def rewrite(path, change):
    """Pass the rows of a file through ``change`` and write them back."""
    rows = rows_of(path)
    header = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(change(rows))


def run_command(*arguments):
    output = io.StringIO()
    call_command("load_vocabularies", *arguments, stdout=output)
    return output.getvalue()


# The files


def test_ipc_file_has_every_section_and_class_of_the_edition():
    expected = {
        (section + number, section)
        for section, numbers in IPC_CLASSES.items()
        for number in numbers.split()
    } | {(section, "") for section in IPC_CLASSES}

    found = [(row["code"], row["parent"]) for row in rows_of(FOLDER / FILES["ipc"])]

    assert len(found) == 140
    assert set(found) == expected


def test_gbt4754_file_has_divisions_01_to_97_in_their_sections():
    expected, first = [], 1
    for section, last in GBT_LAST_DIVISION.items():
        expected += [(section, "")]
        expected += [(f"{section}{number:02}", section) for number in range(first, last + 1)]
        first = last + 1

    found = [(row["code"], row["parent"]) for row in rows_of(FOLDER / FILES["gbt4754"])]

    assert found == expected


def test_hightech_file_has_the_full_second_level():
    rows = rows_of(FOLDER / FILES["hightech"])

    assert Counter(row["parent"] for row in rows if row["parent"]) == HIGHTECH_SECOND_LEVEL
    assert [row["code"] for row in rows if not row["parent"]] == list(HIGHTECH_SECOND_LEVEL)
    assert all(row["code"].startswith(row["parent"]) for row in rows)


def test_quantity_file_has_units_that_can_be_converted():
    rows = rows_of(FOLDER / FILES["quantity"])

    assert len(rows) >= 150
    for row in rows:
        parse_unit(row["unit"])  # raises UnknownUnitError
    assert {row["code"] for row in rows} >= {
        "energy_density", "cycle_life", "tensile_strength", "removal_rate", "detection_limit",
        "specificity", "payload", "latency", "noise", "power_consumption",
    }  # fmt: skip


def test_quantity_names_never_mean_two_quantities():
    """Rows are recognised by label or synonym, which must not be a matter of chance."""
    named = Counter(
        name
        for row in rows_of(FOLDER / FILES["quantity"])
        for name in {name.casefold() for name in names_of(row)}
    )

    assert [name for name, times in named.items() if times > 1] == []


@pytest.mark.parametrize("file", FILES.values())
def test_term_files_are_named_in_both_languages(file):
    rows = rows_of(FOLDER / file)

    assert [row for row in rows if not HAN.search(row["label_zh"])] == []
    assert [row for row in rows if not row["label_en"] or HAN.search(row["label_en"])] == []


@pytest.mark.parametrize("file", FILES.values())
def test_term_files_repeat_no_code_and_no_synonym(file):
    rows = rows_of(FOLDER / file)

    assert len({row["code"] for row in rows}) == len(rows)
    for row in rows:
        names = [name.casefold() for name in names_of(row)]
        assert len(set(names)) == len(names), row["code"]
        assert all(name == name.strip() for name in names), row["code"]


def test_regions_file_has_all_countries_and_the_mainland_regions():
    rows = rows_of(REGIONS)
    countries = {row["code"] for row in rows if not row["parent"]}
    parts = {row["code"] for row in rows if row["parent"] == "CN"}

    assert (len(countries), len(parts), len(rows)) == (249, 31, 280)
    assert all(re.fullmatch("[A-Z]{2}", code) for code in countries)
    assert all(re.fullmatch("CN-[A-Z]{2}", code) for code in parts)
    assert [row for row in rows if not HAN.search(row["name_zh"])] == []
    assert [row for row in rows if not row["name_en"] or HAN.search(row["name_en"])] == []
    names = {row["code"]: (row["name_en"], row["name_zh"]) for row in rows}
    assert names["TW"] == ("Taiwan, China", "中国台湾")
    assert names["HK"] == ("Hong Kong, China", "中国香港")
    assert names["MO"] == ("Macao, China", "中国澳门")


# Loading them


@pytest.mark.django_db
def test_load_vocabularies_fresh_database_has_schemes_terms_and_regions():
    output = run_command()

    counted = {scheme.code: scheme.terms.count() for scheme in Scheme.objects.all()}
    assert counted == {code: len(rows_of(FOLDER / file)) for code, file in FILES.items()}
    assert not Scheme.objects.filter(current=False).exists()
    software = Term.objects.get(scheme__code="hightech", code="1.1")
    assert software.label_zh == "软件"
    assert software.parent == Term.objects.get(scheme__code="hightech", code="1")
    density = Term.objects.get(scheme__code="quantity", code="energy_density")
    assert density.unit == "watt_hour/kilogram"
    assert "能量密度" in density.synonyms
    assert Region.objects.get(code="CN-GD").country.code == "CN"
    assert output.count(" new, 0 changed, 0 retired, 0 as before") == 5


@pytest.mark.django_db
def test_load_vocabularies_second_run_changes_nothing(django_assert_max_num_queries):
    run_command()
    before = list(Term.objects.order_by("pk").values())
    events = AuditEvent.objects.count()

    with django_assert_max_num_queries(30):
        output = run_command()

    assert output.count(": 0 new, 0 changed, 0 retired, ") == 5
    assert list(Term.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.count() == events


@pytest.mark.django_db
def test_load_vocabularies_changed_label_is_updated_and_recorded(folder):
    load_vocabularies(folder=folder)
    key = Term.objects.get(scheme__code="ipc", code="B82").pk

    def rename(rows):
        for row in rows:
            if row["code"] == "B82":
                row["label_zh"], row["synonyms"] = "超微技术", "纳米| nano |"
            yield row

    rewrite(folder / FILES["ipc"], rename)
    changes = {scheme.code: done for scheme, done in load_vocabularies(folder=folder).items()}

    term = Term.objects.get(pk=key)
    assert (term.label_zh, term.synonyms) == ("超微技术", ["纳米", "nano"])
    assert changes["ipc"].counts == {"created": 0, "updated": 1, "retired": 0}
    assert not changes["hightech"]
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.object_id) == ("scheme.load", term.scheme_id)
    assert event.data == {"changes": changes["ipc"].counts}


@pytest.mark.django_db
def test_load_vocabularies_missing_term_is_retired_and_comes_back(folder):
    load_vocabularies(folder=folder)
    term = Term.objects.get(scheme__code="ipc", code="B82")
    complete = (folder / FILES["ipc"]).read_bytes()

    rewrite(folder / FILES["ipc"], lambda rows: [row for row in rows if row["code"] != "B82"])
    changes = {scheme.code: done for scheme, done in load_vocabularies(folder=folder).items()}

    assert changes["ipc"].counts == {"created": 0, "updated": 0, "retired": 1}
    term.refresh_from_db()
    assert term.retired
    assert not Term.objects.current().filter(pk=term.pk).exists()
    assert not any(load_vocabularies(folder=folder).values())

    (folder / FILES["ipc"]).write_bytes(complete)
    load_vocabularies(folder=folder)
    term.refresh_from_db()
    assert not term.retired


@pytest.mark.django_db
def test_load_vocabularies_new_version_replaces_the_one_in_use(folder):
    load_vocabularies(folder=folder)
    old = Term.objects.get(scheme__code="ipc", code="B82")

    def next_edition(rows):
        for row in rows:
            yield row
            if row["code"] == "ipc":
                yield {**row, "version": "2027.01"}

    rewrite(folder / "schemes.csv", next_edition)
    load_vocabularies(folder=folder)

    assert list(
        Scheme.objects.filter(code="ipc").order_by("version").values_list("version", "current")
    ) == [("2026.01", False), ("2027.01", True)]
    assert Term.objects.of_scheme("ipc").count() == 140
    old.refresh_from_db()
    assert not old.retired
    assert not any(load_vocabularies(folder=folder).values())


@pytest.mark.django_db
def test_load_vocabularies_own_scheme_of_the_site_stays():
    own = Scheme.objects.create(code="campus", version="1", name_en="Campus", name_zh="校区")
    Term.objects.create(scheme=own, code="east", label_en="East", label_zh="东区")

    load_vocabularies()

    assert Term.objects.of_scheme("campus").count() == 1


@pytest.mark.django_db
def test_load_vocabularies_asked_to_be_quiet_prints_nothing():
    assert run_command("--verbosity", "0") == ""
    assert Term.objects.exists()


def header_only(path):
    path.write_text("code,parent,label_en,label_zh,synonyms\n", encoding="utf-8")


def another_header(path):
    path.write_text("code;label\nA;B\n", encoding="utf-8")


def code_twice(path):
    rewrite(path, lambda rows: [*rows, rows[-1]])


def unknown_parent(path):
    rewrite(path, lambda rows: [*rows, {**rows[-1], "code": "Z01", "parent": "Z"}])


def own_parent(path):
    rewrite(path, lambda rows: [{**rows[0], "parent": "A"}, *rows[1:]])


def label_missing(path):
    rewrite(path, lambda rows: [{**rows[0], "label_zh": ""}, *rows[1:]])


def not_unicode(path):
    path.write_bytes("code,parent\n软件".encode("gb18030"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (header_only, "has no terms"),
        (another_header, "must name these columns"),
        (code_twice, "row 142: the code H99 comes twice"),
        (unknown_parent, "row 142: there is no code Z to be part of"),
        (own_parent, "row 2: there is no code A to be part of"),
        (label_missing, "code A is not valid"),
        (not_unicode, "cannot be read"),
        (Path.unlink, "cannot be read"),
    ],
)
def test_load_vocabularies_bad_file_changes_nothing(folder, spoil, message):
    spoil(folder / FILES["ipc"])

    with pytest.raises(CommandError, match=message):
        run_command("--folder", str(folder))

    assert not Region.objects.exists()
    assert not Scheme.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_load_regions_changed_name_is_updated_and_others_stay(tmp_path):
    load_regions()
    own = Region.objects.create(code="DE-BY", name_en="Bavaria", name_zh="巴伐利亚")
    path = Path(shutil.copy(REGIONS, tmp_path))

    def rename(rows):
        for row in rows:
            yield {**row, "name_en": "Tibet"} if row["code"] == "CN-XZ" else row

    rewrite(path, rename)
    changes = load_regions(path=path)

    assert changes.counts == {"created": 0, "updated": 1, "retired": 0}
    assert Region.objects.get(code="CN-XZ").name_en == "Tibet"
    assert Region.objects.filter(pk=own.pk).exists()


@pytest.mark.django_db
def test_load_regions_row_with_a_cell_too_many_is_refused(tmp_path):
    path = tmp_path / "regions.csv"
    path.write_text("code,parent,name_en,name_zh\nDE,,Germany,德国,x\n", encoding="utf-8")

    with pytest.raises(ValidationError, match="row 2: 5 cells instead of 4"):
        load_regions(path=path)

    assert not Region.objects.exists()


@pytest.mark.django_db
def test_synonym_added_in_the_administration_takes_effect_on_existing_rows(client):
    term = TermFactory(
        scheme=SchemeFactory(code="quantity"),
        code="energy_density",
        label_en="Energy density",
        label_zh="能量密度",
        unit="watt_hour/kilogram",
    )
    row = RequirementRowFactory(quantity="Juice per Weight", unit="Wh/kg")
    other = EvidenceRowFactory(quantity="energy density", unit="Wh/kg", term=term)
    before = Listing.objects.get(pk=row.demand_id).updated_at
    calm = Listing.objects.get(pk=other.achievement_id).updated_at
    client.force_login(UserFactory(superuser=True))
    address = f"/admin/achievements/term/{term.pk}/change/"
    form = client.get(address).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, [])}

    saved = client.post(address, {**data, "own_synonyms": "juice per weight, 单重能量"})

    assert saved.status_code == 302
    row.refresh_from_db()
    term.refresh_from_db()
    assert (row.term, term.own_synonyms) == (term, ["juice per weight", "单重能量"])
    assert Listing.objects.get(pk=row.demand_id).updated_at > before
    assert Listing.objects.get(pk=other.achievement_id).updated_at == calm


@pytest.mark.django_db
def test_load_vocabularies_leaves_own_synonyms_alone():
    load_vocabularies()
    term = Term.objects.get(scheme__code="quantity", code="energy_density")
    term.own_synonyms, term.synonyms = ["juice per weight"], []
    term.save()

    load_vocabularies()

    term.refresh_from_db()
    assert term.own_synonyms == ["juice per weight"]
    assert "specific energy" in term.synonyms
    assert recognise_quantities(["Juice-per-weight"]) == {"Juice-per-weight": term.pk}
