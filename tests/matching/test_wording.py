"""What a match says to readers of either language."""

from decimal import Decimal

import pytest
from django.utils import translation

from matching.models import Match
from matching.services.weights import active_weights
from matching.wording.matches import reason_rows
from tests import factories

TERMS = {"code": "terms", "data": {"terms": ["再生料", "scrap", "压铸"]}}
CHINESE_TERMS = {"code": "terms", "data": {"terms": ["再生料"]}}
READINESS = {"code": "readiness", "data": {"offered": 7, "sought": 6}}


def passage(language: str, text: str) -> dict[str, object]:
    """A pair of sentences in one language."""
    sides = {"demand": text, "candidate": text}
    languages = {"demand_language": language, "candidate_language": language}
    return {"code": "passages", "data": {**sides, **languages, "strength": 0.5}}


def said(reasons: list[dict[str, object]], language: str, *, chinese_only: bool = False) -> str:
    """What a reader of a language is told of a match with these reasons."""
    offer = factories.AchievementFactory(title_zh="压铸铝合金")
    if chinese_only:
        offer.title_en = ""
    match = Match(
        demand=factories.DemandFactory(title_zh="车身铸件用合金"),
        candidate=offer,
        kind="achievement",
        score=Decimal("0.8"),
        weights=active_weights(),
        reasons=reasons,
    )
    with translation.override(language):
        return " ".join(f"{row['text']} {row.get('quote', '')}" for row in reason_rows(match))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "shown", "left_out"),
    [("en", "scrap", "再生料"), ("zh-hans", "再生料、压铸", "scrap")],
)
def test_reasons_both_listings_bilingual_are_in_the_readers_language(language, shown, left_out):
    text = said([passage("zh", "含再生料"), passage("en", "with scrap"), TERMS], language)

    assert shown in text
    assert left_out not in text


@pytest.mark.django_db
def test_terms_none_in_the_readers_language_are_left_out_where_there_is_another_reason():
    assert "再生料" not in said([CHINESE_TERMS, READINESS], "en")
    assert "再生料" in said([CHINESE_TERMS], "en")


@pytest.mark.django_db
def test_terms_of_a_listing_without_the_readers_language_are_all_shown():
    assert "再生料" in said([CHINESE_TERMS, READINESS], "en", chinese_only=True)
