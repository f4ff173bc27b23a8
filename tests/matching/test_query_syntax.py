"""Queries as people type them, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.search.query_syntax import parse_query


def _texts(pieces) -> list[str]:
    return [piece.text for piece in pieces]


@pytest.mark.parametrize(
    ("typed", "phrases"),
    [
        ('"solid electrolyte" battery', ["solid electrolyte"]),
        ("“固态 电池” 膜", ["固态 电池"]),
        ("「固态电池」", ["固态电池"]),
        ("＂固态电池＂", ["固态电池"]),
        ('a 3" pipe', []),
    ],
)
def test_parse_phrases_in_quotes_of_both_scripts_are_read(typed, phrases):
    query = parse_query(typed)

    assert _texts(query.phrases) == phrases
    assert query.hints == ()


@pytest.mark.parametrize(
    ("typed", "excluded", "words"),
    [
        ("battery -polymer", ["polymer"], "battery"),
        ("电池 −聚合物", ["聚合物"], "电池"),
        ("电池 －聚合物", ["聚合物"], "电池"),
        ('battery -"solid state"', ["solid state"], "battery"),
        ("solid-state battery", [], "solid-state battery"),
        ("固态-电池", [], "固态-电池"),
        ("battery at −20 °C", [], "battery at −20 °C"),
        ('battery -"20 °C"', ["20 °C"], "battery"),
        ("a - b", [], "a - b"),
    ],
)
def test_parse_minus_excludes_only_where_a_word_begins(typed, excluded, words):
    query = parse_query(typed)

    assert _texts(query.excluded) == excluded
    assert query.words == words


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("trl:5", {"trl_min": "5", "trl_max": "5"}),
        ("trl:>=5", {"trl_min": "5", "trl_max": None}),
        ("TRL：≥5", {"trl_min": "5"}),
        ("trl：＞＝５", {"trl_min": "5"}),
        ("trl:≥ 5", {"trl_min": "5"}),
        ("trl>=5", {"trl_min": "5"}),
        ("trl:>4", {"trl_min": "5"}),
        ("trl:<6", {"trl_max": "5"}),
        ("trl:4..6", {"trl_min": "4", "trl_max": "6"}),
        ("trl:6-4", {"trl_min": "4", "trl_max": "6"}),
        ("trl:5+", {"trl_min": "5"}),
        ("kind:demand", {"kind": "demand"}),
        ("KIND：需求", {"kind": "demand"}),
        ("ipc:h01m", {"field": "ipc:H01M"}),
        ("org:tsinghua", {"organisation": "tsinghua"}),
        ('org:"Lake University"', {"organisation": "Lake University"}),
        ("org：清华", {"organisation": "清华"}),
    ],
)
def test_parse_prefixes_set_parameters_of_the_filterset(typed, values):
    query = parse_query(f"battery {typed}")

    assert query.words == "battery"
    assert query.hints == ()
    (found,) = query.filters
    assert found.values == {name: value for name, value in values.items() if value}
    assert query.without(found.piece) == "battery"


@pytest.mark.parametrize(
    "typed",
    [
        "trl:",
        "trl:twelve",
        "trl:0",
        "trl:12",
        "trl:>9",
        "kind:thing",
        "ipc:99",
        "org:",
        '"open end',
    ],
)
def test_parse_what_cannot_be_read_is_named_with_a_remedy(typed):
    query = parse_query(f"battery {typed}")

    (hint,) = query.hints
    assert hint.part == (typed if typed[0] != '"' else '"open')
    assert hint.text
    assert query.filters == ()
    assert query.words.startswith("battery")


def test_parse_unknown_prefix_is_a_plain_word():
    query = parse_query("doi:10.1000/1 https://example.org ratio:3")

    assert query.words == query.text
    assert query.filters == query.hints == ()


def test_query_without_a_phrase_may_keep_its_words():
    query = parse_query('cathode "solid electrolyte" -polymer')

    assert query.without(*query.phrases, bare=True) == "cathode solid electrolyte -polymer"
    assert query.without(*query.excluded) == 'cathode "solid electrolyte"'


@given(st.text(alphabet='ab 电池-−:"“”「」：≥>=<.5 trlkindorgipc/\x00（＂', max_size=60))
def test_parse_any_text_is_taken_apart_and_pieces_stand_where_they_say(text):
    query = parse_query(text)

    for piece in (*query.phrases, *query.excluded, *(one.piece for one in query.filters)):
        assert query.text[piece.start : piece.end] == piece.source
