"""Figures with units in running text of either language; the sentences are our own."""

import time

import pytest

from achievements.figures import Quantity, Vocabulary, find_figures

NAMES = {
    "watt_hour/kilogram": ("Energy density", "能量密度", "specific energy"),
    "cycle": ("Cycle life", "循环寿命"),
    "percent": ("Efficiency", "效率", "转换效率"),
    "micrometer": ("Thickness", "厚度"),
    "second": ("Response time", "响应时间"),
    "kilopascal": ("Pressure drop", "压降"),
    "kilogram": ("Mass", "质量", "weight"),
    "year": ("Service life", "使用寿命", "寿命"),
    "degC": ("Operating temperature", "工作温度"),
    "dimensionless": ("pH", "酸碱度"),
}


@pytest.fixture
def vocabulary():
    named = {}
    for number, (unit, names) in enumerate(NAMES.items()):
        for name in names:
            named[name] = [Quantity(number, names[0], names[1], unit)]
    return Vocabulary(named)


def said(figures):
    """Each figure in one line: quantity, whether it is known, comparison, values, unit."""
    lines = []
    for f in figures:
        known = "" if f.term is not None else "?"
        end = f"..{f.value_max}" if f.value_max is not None else ""
        lines.append(f"{known}{f.quantity} {f.operator} {f.value}{end} {f.unit}".rstrip())
    return lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "能量密度≥350 Wh/kg，循环寿命不低于1000次。",
            ["能量密度 >= 350 Wh/kg", "循环寿命 >= 1000 次"],
        ),
        ("整机效率不低于 80 %。", ["效率 >= 80 %"]),
        ("转换效率达到９２％以上", ["转换效率 >= 92 %"]),
        ("the new housing has up to 40 % less weight", ["?less weight <= 40 %"]),
        ("a thickness between 5 and 10 mm", ["thickness between 5..10 mm"]),
        ("使用寿命3~5 年", ["使用寿命 between 3..5 年"]),
        ("Response time ≤0.1 s.", ["Response time <= 0.1 s"]),
        ("at a pressure drop of about 20 kPa", ["pressure drop about 20 kPa"]),
        ("工作温度-40~85℃", ["工作温度 between -40..85 ℃"]),
        (
            "operating temperature from -40 °C to 85 °C",
            ["operating temperature between -40..85 °C"],
        ),
        ("重复精度±0.1 mm", ["?重复精度 <= 0.1 mm"]),
        ("质量10±2 kg", ["质量 between 8..12 kg"]),
        ("It must weigh less: a mass of no more than 5 kg.", ["mass <= 5 kg"]),
        ("the mass should not be less than 5 kg", ["mass >= 5 kg"]),
        ("a weight of at least 1,200 grams", ["weight >= 1200 g"]),
        ("350 Wh/kg energy density", ["energy density = 350 Wh/kg"]),
        ("specific energy of 3.5×10^2 Wh/kg", ["specific energy = 350 Wh/kg"]),
        ("specific energy of 350 watt-hours per kilogram", ["specific energy = 350 Wh/kg"]),
        ("功率由目前的20kW提升至30KW", ["?功率 = 30 kW"]),
        ("pH值保持在 6.5 以下", ["pH <= 6.5"]),
        ("断裂伸长保留率≥80%", ["?断裂伸长保留率 >= 80 %"]),
        ("使能耗降低15%以上", ["?能耗降低 >= 15 %"]),
        ("质量测量要求误差0.01 kg", ["?误差 = 0.01 kg"]),
        ("材料使用率达到90%", ["?材料使用率 >= 90 %"]),
        ("循环寿命 (25 °C) 5万次", ["循环寿命 = 5 万次"]),
    ],
)
def test_find_figures_written_in_either_language_are_read(vocabulary, text, expected):
    assert said(find_figures(text, vocabulary)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "公司成立于2019年，2021-2023年持续增长。",
        "Founded in 1998; on 12 May 2024 it moved, at 10:30.",
        "电话 0571-88880000，手机13800000000",
        "专利ZL201910000233.3 已授权, patent US 9,876,543 B2",
        "TRL 6, version 2.0, section 3.1.2, ISO 9001, GB/T 31486",
        "A 4K camera, 3D printing and 5G are used.",
        "项目总投入2000万元，占全国的80%",
        "The price is below $500 kg in all.",
        "We spent 3 years on it and the project runs 24 months.",
        "",
        "9" * 5000,
        "ten per cent of nothing",
    ],
)
def test_find_figures_years_numbers_and_versions_are_none(vocabulary, text):
    assert said(find_figures(text, vocabulary)) == []


def test_find_figures_keeps_the_sentence_and_says_each_once(vocabulary):
    text = "First words. The mass is at most 5 kg! 质量不超过5 kg。The mass is at most 5 kg."

    found = find_figures(text, vocabulary)

    assert [f.sentence for f in found] == ["The mass is at most 5 kg!"]


def test_find_figures_of_another_dimension_is_not_that_quantity(vocabulary):
    found = find_figures("The thickness weighs 5 kg", vocabulary)

    assert [f.term for f in found if f.quantity.lower() == "thickness"] == []


def test_figure_key_of_the_same_statement_is_the_same(vocabulary):
    one = find_figures("能量密度≥350 Wh/kg", vocabulary)
    two = find_figures("The energy density must be at least 350 Wh/kg.", vocabulary)

    assert [f.key for f in one] == [f.key for f in two]


@pytest.mark.parametrize(
    "text",
    ["1 mm " * 10_000, "5-" * 20_000, "效率" * 12_000 + "5%", "5 " + "m*" * 20_000, "≥" * 40_000],
)
def test_find_figures_odd_texts_take_no_long_time(vocabulary, text):
    begin = time.process_time()

    find_figures(text, vocabulary)

    assert time.process_time() - begin < 5
