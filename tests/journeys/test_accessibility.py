"""Every page that links lead to: wide in English, narrow and in the dark in Chinese."""

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.journeys import crawling
from tests.matching import conftest as quick

pytestmark = [pytest.mark.django_db(transaction=True)]
embedder, marketplace, people = quick.embedder, crawling.marketplace, crawling.people  # fixtures


@pytest.mark.parametrize("role", crawling.ROLES)
def test_pages_are_accessible_and_fit(
    role: str, people: dict[str, Client], browser: Browser, live_server: LiveServer
) -> None:
    crawling.assert_pages_are_fit(role, people, browser, live_server.url)
