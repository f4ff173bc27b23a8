"""How figures and lists read; the pages use these."""

import pytest
from django.utils.translation import override

from achievements.presentation import listed, plain_number


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ([], ""),
        (["转让"], "转让"),
        (["转让", "普通许可"], "转让、普通许可"),
        (["licence", "assignment"], "licence, assignment"),
        (["TRL", "中试"], "TRL、中试"),
    ],
)
def test_listed_takes_the_comma_of_the_script(parts: list[str], line: str) -> None:
    assert listed(parts) == line


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_plain_number_groups_three_digits_in_either_language(language: str) -> None:
    with override(language):
        assert [plain_number(n) for n in (1200, 12000, 1250000)] == ["1200", "12,000", "1,250,000"]
