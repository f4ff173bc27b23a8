"""How text is folded and split, without a database."""

import pytest

from matching.text import tokens as text


def test_fold_traditional_and_full_width_become_simplified_and_plain():
    assert text.fold("固態電池 ＡＢＣ１２３") == "固态电池 ABC123"


def test_fold_character_with_several_simplified_forms_takes_the_first():
    assert text.fold("乾燥發展") == text.fold("干燥发展")


def test_chinese_grams_run_gives_overlapping_pairs():
    assert text.chinese_grams("固态电池 ABC 膜") == ["固态", "态电", "电池", "膜"]


def test_plain_latin_glued_words_are_separated():
    assert text.plain_latin("CO2/CH4电池Node.js").split() == ["CO2", "CH4", "Node", "js"]


def test_plain_latin_accents_are_dropped():
    assert text.plain_latin("Müller") == "Muller"


@pytest.mark.parametrize(
    "written", ["CN 109876543 A", "CN109876543A", "cn-109876543-a", "CN109876543 A"]
)
def test_identifiers_patent_number_is_one_in_any_notation(written):
    assert "cn109876543a" in text.identifiers(text.fold(written))


def test_identifiers_application_number_with_spaces_is_one():
    assert "zl2019101234567" in text.identifiers("ZL 2019 1 0123456.7")


def test_identifiers_plain_words_and_numbers_are_left_to_the_server():
    assert text.identifiers("battery 350 2024") == []


def test_literal_vector_counts_positions_of_pairs_and_has_each_character():
    assert text.literal_vector("电池电池") == "'电池':1,3 '池电':2 '电':1 '池':1"


def test_literal_vector_of_chinese_cut_into_words_has_the_pairs_across():
    assert text.literal_vector("模型 修正，钢管") == text.literal_vector("模型修正，钢管")


def test_joined_takes_spaces_between_chinese_characters_only():
    assert text.joined("模型 修正　方法 of PMC 拱桥\n性能") == "模型修正方法 of PMC 拱桥\n性能"


@pytest.mark.parametrize(
    ("written", "languages"),
    [
        ("固态电池", {"zh"}),
        ("solid state battery", {"en"}),
        ("350 Wh/kg的固态电池研究", {"zh"}),
        ("A study of batteries 电池", {"zh", "en"}),
        ("2024", set()),
    ],
)
def test_languages_of_text_names_what_it_is_written_in(written, languages):
    assert text.languages_of(written) == languages


def test_sentences_both_scripts_are_split():
    assert text.sentences("第一句。第二句；One. Two? Three") == [
        "第一句。",
        "第二句；",
        "One.",
        "Two?",
        "Three",
    ]
