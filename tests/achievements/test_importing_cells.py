"""Reading single cells: what people write, and that nothing they write breaks the reading."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from achievements.importing import cells, measures
from achievements.importing.cells import readiness
from achievements.importing.columns import BILINGUAL_WORDS, PLAIN_WORDS, ColumnMap, find_column
from achievements.importing.drafts import Draft
from achievements.importing.lookups import Lookups
from achievements.importing.rows import RowReader
from achievements.models import Achievement, Demand, Listing, RequirementRow


class NoLookups(Lookups):
    """Knows nothing, and asks no database."""

    def term(self, text: str) -> int | None:
        return None

    def region(self, text: str) -> int:
        raise ValidationError("unknown")  # the message is never shown


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,200.5", "1200.5"),
        ("１２００", "1200"),
        ("120万", "1200000"),
        ("1.2亿", "120000000"),
        ("−5", "-5"),
        ("1e3", "1000"),
        (7, "7"),
        (0.1, "0.1"),
    ],
)
def test_number_is_read_as_people_write_it(written, value):
    assert cells.number(written) == Decimal(value)


@pytest.mark.parametrize(
    "written", ["", "five", "1e999999万", "9" * 5000, "nan", "inf", True, [1], {}]
)
def test_what_is_no_number_is_refused(written):
    with pytest.raises(ValidationError) as caught:
        cells.number(written)
    assert caught.value.code in ("number", "type")


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("100-200万元", (1_000_000, 2_000_000, "CNY")),
        ("50万", (500_000, None, "")),
        ("USD 1,500", (1500, None, "USD")),
        ("€ 20000 to 30000", (20_000, 30_000, "EUR")),
        (800, (800, None, "")),
        ("约300万元（含税）", (3_000_000, None, "CNY")),
    ],
)
def test_amount_is_read_with_range_and_currency(written, amount):
    assert cells.money(written) == amount


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2027-08-31", "2027-08-31"),
        ("2027/8/3", "2027-08-03"),
        ("2027.8.31", "2027-08-31"),
        ("2027年8月31日", "2027-08-31"),
        ("２０２７－０８－３１", "2027-08-31"),
        ("2027-08-31T10:00:00", "2027-08-31"),
    ],
)
def test_day_is_read_in_every_usual_form(written, day):
    assert cells.day(written).isoformat() == day


@pytest.mark.parametrize("written", ["2027-02-30", "31.8.2027", "soon", "20270831", "2027-08"])
def test_what_is_no_day_is_refused(written):
    with pytest.raises(ValidationError):
        cells.day(written)


def test_year_and_month_are_enough_for_a_vague_day():
    assert cells.vague_day("2019").isoformat() == "2019-01-01"
    assert cells.vague_day(2019).isoformat() == "2019-01-01"
    assert cells.vague_day("2019年6月").isoformat() == "2019-06-01"


def test_list_is_cut_at_every_separator_and_long_entries_keep_their_commas():
    assert cells.words("a; b；c, d、e|f\ng; a") == list("abcdefg")
    assert cells.words("On gears, and wear; On oil", strong=True) == [
        "On gears, and wear",
        "On oil",
    ]
    assert cells.words(["a, b", " a, b ", None, ""]) == ["a, b"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("licence_sole", "licence_sole"),
        ("Sole licence", "licence_sole"),
        ("排他许可", "licence_sole"),
        ("NON-EXCLUSIVE LICENCE", "licence_ordinary"),
        ("作价入股", "equity"),
    ],
)
def test_choice_is_found_by_code_and_by_word_of_either_language(written, code):
    assert cells.choice(written, Achievement.TransferMode) == code


def test_unknown_choice_names_the_choices():
    with pytest.raises(ValidationError, match="commissioned_development"):
        cells.choice("barter", Demand.CooperationMode)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("It works.", "It works."),
        ("一句。第二句说明更多内容，并且相当长，足以超过三十个字的限制。第三句。",
         "一句。第二句说明更多内容，并且相当长，足以超过三十个字的限制。"),
        ("结果表明有效.该方法简单", "结果表明有效.该方法简单"),
        ("At 3.5 MPa the U.S. Navy found that the seal held for eighty-five days under load. Next.",
         "At 3.5 MPa the U.S. Navy found that the seal held for eighty-five days under load."),
    ],
)  # fmt: skip
def test_summary_is_the_first_sentence_or_more_while_that_is_short(text, summary):
    assert cells.first_sentences(text) == summary


@given(st.text())
def test_summary_is_never_too_long_and_never_fails(text):
    assert len(cells.first_sentences(text)) <= cells.SUMMARY_LENGTH


@pytest.mark.parametrize(
    ("line", "operator", "value", "high", "unit"),
    [
        ("mass ≤ 3 kg", "<=", "3", None, "kg"),
        ("质量不超过3 kg（优先）", "<=", "3", None, "kg"),
        ("cycle life at least 1,000 cycles", ">=", "1000", None, "cycles"),
        ("temperature between -40 and 85 °C", "between", "-40", "85", "°C"),
        ("thickness = 20–40 µm", "between", "20", "40", "µm"),
        ("power about 5 kW", "about", "5", None, "kW"),
        ("resistance <= 2.5 mΩ·cm²", "<=", "2.5", None, "mΩ·cm²"),
        ("yield：95 %", "=", "95", None, "%"),
        ("count >= 100", ">=", "100", None, ""),
    ],
)
def test_requirement_line_is_read(line, operator, value, high, unit):
    (row,) = measures.requirements(line)
    found = (row["operator"], str(row["value"].normalize()), row["value_max"], row["unit"])
    assert Decimal(found[1]) == Decimal(value)
    assert found[2] == (None if high is None else Decimal(high))
    assert (found[0], found[3]) == (operator, unit)


@pytest.mark.parametrize(
    "line", ["mass", "mass <=", "<= 3 kg", "mass ~~ heavy", "mass = 3 kg (maybe)"]
)
def test_requirement_that_cannot_be_read_is_refused(line):
    with pytest.raises(ValidationError):
        measures.requirements(line)


def test_evidence_notes_are_read_by_number_and_by_label():
    rows = measures.evidence(
        "a = 1 V (bench)\nb = 2 V (bench; lab)\nc = 3 V (25 °C; bench; lab)\n"
        "d = 4 V (by: lab; 条件：25 °C)"
    )
    notes = [(row["conditions"], row["method"], row["measured_by"]) for row in rows]
    assert notes == [
        ("", "bench", ""),
        ("", "bench", "lab"),
        ("25 °C", "bench", "lab"),
        ("25 °C", "", "lab"),
    ]


def test_rights_are_read_from_lines_and_objects():
    rows = measures.ip_rights(
        "patent CN209910000233.3, CN, granted, Shielded trench\n实用新型，ZL202320001234.5"
    )
    assert [(r["kind"], r["status"], r["number"], r["office"], r["title"]) for r in rows] == [
        ("patent", "granted", "CN209910000233.3", "CN", "Shielded trench"),
        ("utility_model", "", "ZL202320001234.5", "", ""),
    ]
    (row,) = measures.ip_rights([{"kind": "patent", "number": "X", "filed_on": "2021-04-16"}])
    assert row["filed_on"].isoformat() == "2021-04-16"
    with pytest.raises(ValidationError, match="colour"):
        measures.ip_rights([{"kind": "patent", "colour": "red"}])


@pytest.mark.parametrize(
    ("header", "kind", "target"),
    [
        ("Title (English)", "demand", "title_en"),
        ("英文标题", "achievement", "title_en"),
        ("标题（中文）", "achievement", "title_zh"),
        (" 成果名称 ", "achievement", "title"),
        ("KEYWORDS", "expert", "keywords"),
        ("summary_zh", "demand", "summary_zh"),
        ("职称", "expert", "position"),
        ("预算", "demand", "budget"),
    ],
)
def test_header_is_understood(header, kind, target):
    column = find_column(header, kind)
    assert column is not None
    assert column.target == target


@pytest.mark.parametrize("header", ["colour", "", "预算", "en"])
def test_unknown_header_stays_unknown(header):
    assert find_column(header, "achievement") is None


def test_number_of_columns_is_limited():
    columns = ColumnMap("demand")
    for number in range(columns.MAX_HEADERS):
        assert columns.find(f"unknown {number}") is None
    with pytest.raises(ValidationError, match="500"):
        columns.find("one more")


HEADERS = sorted(
    {word for words in (BILINGUAL_WORDS | PLAIN_WORDS).values() for word in words.split()[:1]}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=400)
@given(
    st.sampled_from(Listing.Kind.values),
    st.dictionaries(st.sampled_from(HEADERS), JSON, max_size=6),
)
def test_no_row_whatever_breaks_the_reader(kind: str, row: dict[str, Any]):
    reader = RowReader(kind, None, lookups=NoLookups())
    draft = reader.read(1, row)
    assert isinstance(draft, Draft)
    assert all(problem.text for problem in draft.problems + draft.notices)


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 100_000 + "b",
        "(" * 100_000,
        ";" * 100_000,
        "1" * 100_000,
        "1," * 50_000,
        "a = " + "1-" * 50_000,
        "。" * 100_000,
        ". A" * 33_000,
    ],
)
def test_long_texts_are_read_or_refused_quickly(text):
    begun = time.process_time()
    for read in (
        cells.number,
        cells.money,
        cells.day,
        cells.readiness,
        cells.first_sentences,
        cells.words,
        measures.requirements,
        measures.evidence,
        measures.ip_rights,
        measures.inventors,
    ):
        try:
            read(text)
        except ValidationError:
            continue
    assert time.process_time() - begun < 2


def test_priorities_of_requirements_are_those_of_the_model():
    (row,) = measures.requirements([{"quantity": "a", "value": 1, "priority": "prefer"}])
    assert row["priority"] in RequirementRow.Priority.values


@pytest.mark.parametrize("cell", ["6", "TRL 6", "6级", "六级", "第六级", "６"])
def test_readiness_is_read_as_people_write_it(cell):
    assert readiness(cell) == 6
