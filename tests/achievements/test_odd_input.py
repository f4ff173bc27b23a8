"""Odd input is refused, never an error of ours."""

import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import AchievementFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

ODD = [
    "%00",
    "%00:1",
    "hightech:%00",
    "%FF",
    "-1",
    "9" * 25,
    "1e400",
    "NaN",
    "%F0%9F%94%8B",
    "'",
    "[]",
]
FILTERS = [
    *("title", "field", "region", "organisation", "organisation_kind", "published_after"),
    *(
        "state",
        "mine",
        "ordering",
        "trl_min",
        "amount_min",
        "currency",
        "ip_status",
        "deadline_after",
    ),
    *("service", "language", "kind", "page", "page_size"),
]


@pytest.mark.parametrize("name", FILTERS)
def test_odd_filter_is_an_answer_in_both_doors(name):
    client = Client()
    client.force_login(MemberFactory(user=UserFactory(moderator=True)).user)
    for value in ODD:
        api = client.get(f"/api/v1/listings/?{name}={value}")
        assert api.status_code in (200, 400, 404), f"{name}={value}"
        page = client.get(f"/listings/?{name}={value}")
        assert page.status_code in (200, 404), f"{name}={value}"


@pytest.mark.parametrize(
    "change",
    [
        {"fields": ["\ud800:1"]},
        {"fields": ["\x00:1"]},
        {"fields": {"a": 1}},
        {"fields": [[]]},
        {"fields": "hightech:1"},
        {"region": "\x00"},
        {"region": {"code": "CN"}},
        {"organisation": "\ud800"},
        {"title_en": "\ud800"},
        {"title_en": ["list"]},
        {"keywords_en": [None]},
        {"keywords_en": "word"},
        {"trl": 10**30},
        {"price_mode": "fixed", "price_min": "NaN"},
        {"price_mode": "fixed", "price_min": "1e400"},
        {"evidence": [{"quantity": "m", "value": "Infinity", "unit": "kg"}]},
        {"evidence": [None]},
        {"evidence": {"0": {}}},
        {"evidence": [{"quantity": "m", "value": "1", "unit": "(" * 40}]},
        {"evidence": [{"quantity": "m", "value": "1", "unit": "m**99999999"}]},
        {"inventors": [{"name_en": "I", "expert": 10**30}]},
        {"ip_rights": [{"kind": "patent", "filed_on": "0000-00-00"}]},
        {"transfer_modes": ["gift"]},
        {"seen": 5},
    ],
)
def test_odd_value_in_the_api_is_refused_and_changes_nothing(change):
    achievement = AchievementFactory()
    client = APIClient()
    client.force_login(MemberFactory(organisation=achievement.organisation).user)
    before = achievement.updated_at
    address = f"/api/v1/achievements/{achievement.pk}/"
    response = client.patch(address, json.dumps(change), content_type="application/json")
    assert response.status_code in (400, 409), response.content[:300]
    achievement.refresh_from_db()
    assert achievement.updated_at == before


@pytest.mark.parametrize(
    "path",
    [
        "/achievements/99999999999999999999999999/",
        "/listings/99999999999999999999999999/withdraw/",
        "/files/99999999999999999999999999/",
        "/experts/1/merge/99999999999999999999999999/",
        "/experts/accept/%00/",
        "/listings/renew/%00/",
        "/api/v1/demands/99999999999999999999999999/",
        "/api/v1/demands/%00/",
        "/sitemap-nothing.xml",
        "/sitemap-listings.xml?p=-1",
    ],
)
def test_odd_address_is_not_found(path):
    client = Client()
    client.force_login(UserFactory(superuser=True))
    assert client.get(path).status_code in (404, 410)
