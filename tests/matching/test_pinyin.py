"""Chinese titles, terms and organisations found by what is typed in Latin letters."""

import pytest

from accounts.models import Organisation
from achievements.models import Listing
from achievements.services import update_listing
from matching.models import Sounding
from matching.results.suggestions import suggestions_for
from matching.services.soundings import refresh_soundings, refresh_titles
from matching.text.pinyin import sounds_of, typed_sounds
from tests import factories


def test_sounds_of_a_title_begin_at_every_character():
    assert sounds_of("石墨电池, type 2") == [
        "shimodianchi",
        "=smdc",
        "modianchi",
        "=mdc",
        "dianchi",
        "=dc",
        "chi",
        "=c",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [("銀行", "yinhang"), ("行走", "xingzou"), ("绿色", "lvse"), ("graphite", None)],
)
def test_sounds_of_are_read_in_their_words(text, first):
    assert next(iter(sounds_of(text)), None) == first


@pytest.mark.parametrize(
    ("typed", "sounds"),
    [
        ("shi dian chi", ["shidianchi", "=shidianchi"]),
        ("SDC", ["sdc", "=sdc"]),
        ("xi'an", ["xian", "=xian"]),
        ("lü", []),
        ("lüse", ["lvse", "=lvse"]),
        ("电池", []),
        ("ab2", []),
        ("a:* | b", []),
        ("'", []),
    ],
)
def test_typed_sounds_are_letters_only(typed, sounds):
    assert typed_sounds(typed) == sounds


@pytest.fixture
def battery(db):
    listing = factories.AchievementFactory(title_en="", title_zh="高能石墨电池")
    refresh_soundings()
    return listing


@pytest.mark.parametrize("typed", ["shimodianchi", "shimod", "gnsm", "smdc", "Shi Mo Dian"])
def test_suggestions_titles_are_found_by_pinyin_and_initials(battery, typed):
    assert [(one.kind, one.text) for one in suggestions_for(typed)] == [("title", "高能石墨电池")]


def test_suggestions_a_title_found_both_ways_is_there_once(db):
    factories.AchievementFactory(title_en="Shimo cells", title_zh="石墨电池")
    listing = Listing.objects.get()
    from matching.services.indexing import refresh_entries

    refresh_entries([listing.pk])
    refresh_soundings()

    assert len(suggestions_for("shimo")) == 1


@pytest.mark.parametrize("hidden", [{"state": "draft"}, {"visibility": "members"}])
def test_suggestions_by_pinyin_show_only_what_everyone_may_see(battery, hidden):
    Listing.objects.filter(pk=battery.pk).update(**hidden)

    assert suggestions_for("shimodianchi") == []


def test_suggestions_fields_and_organisations_are_found_by_pinyin(db):
    factories.TermFactory(code="9.9", label_en="Polymers", label_zh="高分子材料")
    factories.OrganisationFactory(name_en="Lake University", name_zh="湖滨大学")
    refresh_soundings()

    assert [one.kind for one in suggestions_for("gaofenzi")] == ["field"]
    assert [one.kind for one in suggestions_for("hubin")] == ["organisation"]


def test_refresh_soundings_reads_only_what_changed(battery):
    assert refresh_soundings() == 0
    Organisation.objects.filter(pk=battery.organisation_id).update(name_zh="新名大学")
    Listing.objects.filter(pk=battery.pk).update(title_zh="", title_en="Cells")

    assert refresh_soundings() == 2
    assert refresh_soundings() == 0
    assert suggestions_for("shimodianchi") == []
    assert Sounding.objects.get(kind="organisation", ref=battery.organisation_id).text == "新名大学"


def test_title_saved_is_found_by_its_new_pinyin_at_once(battery):
    update_listing(battery, by=None, values={"title_zh": "钠离子电池"})

    assert [one.text for one in suggestions_for("nalizi")] == ["钠离子电池"]
    assert suggestions_for("shimodianchi") == []


def test_refresh_titles_leaves_others_alone(db):
    one, _other = (factories.AchievementFactory(title_zh=title) for title in ("石墨", "铜箔"))

    assert refresh_titles([one.pk]) == 1
    assert [row.text for row in Sounding.objects.all()] == ["石墨"]
