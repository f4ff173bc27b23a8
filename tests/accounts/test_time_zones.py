"""Zones by the names of their places, in the reader's language."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.time_zones import chinese_names, time_zone_choices
from tests.factories import UserFactory


def labels(language: str) -> dict[str, str]:
    with translation.override(language):
        return {zone: label for _area, zones in time_zone_choices() for zone, label in zones}


def test_choices_are_named_in_the_readers_language():
    english, chinese = labels("en"), labels("zh-hans")
    assert english["America/New_York"] == "New York"
    assert chinese["America/New_York"] == "纽约"
    assert chinese["Asia/Shanghai"] == "上海"
    assert list(english) == list(chinese)
    with translation.override("zh-hans"):
        areas = [area for area, _zones in time_zone_choices()]
    assert areas[0] == "UTC"
    assert [area for area in areas[1:] if re.search("[A-Za-z]", area)] == []


def test_every_zone_has_a_chinese_name():
    assert [zone for zone in labels("en") if zone != "UTC" and zone not in chinese_names()] == []


@pytest.mark.django_db
def test_preferences_show_chinese_zones_on_a_chinese_page(client):
    user = UserFactory(language="zh-hans", time_zone="Europe/Berlin")
    client.force_login(user)
    page = client.get(
        reverse("accounts:preferences"), headers={"accept-language": "zh-hans"}
    ).content.decode()
    assert '<option value="Europe/Berlin" selected>柏林</option>' in page
    assert "Berlin<" not in page
