"""Terms of either language, and which of them mean the same."""

import numpy as np

from matching.scoring.translations import MOST_TERMS, chinese_terms, english_terms, same_terms


def test_english_terms_stand_between_little_words_and_plain_ones_are_left_out():
    text = "A method for solid-state lithium batteries with high energy density, and devices"

    assert english_terms([text]) == ["solid-state lithium batteries", "high energy density"]


def test_chinese_terms_stand_between_little_characters_and_other_signs():
    text = "一种基于深度学习的图像识别方法及装置，用于PCB检测"

    assert chinese_terms([text]) == ["深度学习", "图像识别方法", "检测"]


def test_terms_come_once_and_only_so_many():
    words = [f"alpha{chr(97 + n)} of betas" for n in range(20)]

    assert len(english_terms([*words, *words])) == MOST_TERMS
    assert english_terms(words)[:3] == ["alphaa", "betas", "alphab"]


def _rows(*places: int) -> np.ndarray:
    return np.eye(8, dtype=np.float32)[list(places)]


def test_same_terms_are_nearest_to_each_other_and_stand_out():
    pairs = same_terms(
        ["电池", "电解质", "水泵"], _rows(0, 1, 2), ["electrolyte", "carpet"], _rows(1, 5)
    )

    assert pairs == [("电解质", "electrolyte")]


def test_same_terms_of_too_few_terms_are_not_told():
    assert same_terms(["电池"], _rows(0), ["battery"], _rows(0)) == []
