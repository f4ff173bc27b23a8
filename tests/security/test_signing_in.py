"""Sessions and second factors that somebody else has got hold of."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.conf import settings as site_settings
from django.test import Client

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"


def test_session_from_before_signing_in_is_worth_nothing_after(client: Client) -> None:
    user, session = UserFactory(), client.session
    session["planted"] = True
    session.save()
    planted = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    thief = Client()
    thief.cookies[site_settings.SESSION_COOKIE_NAME] = planted

    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert client.get("/preferences/").status_code == 200
    assert client.cookies[site_settings.SESSION_COOKIE_NAME].value != planted
    assert thief.get("/preferences/").status_code == 302


def test_session_ends_on_the_server_when_signing_out(client: Client) -> None:
    client.force_login(UserFactory())
    kept = Client()
    kept.cookies[site_settings.SESSION_COOKIE_NAME] = client.cookies[
        site_settings.SESSION_COOKIE_NAME
    ].value

    client.post("/accounts/logout/")

    assert kept.get("/preferences/").status_code == 302


@pytest.mark.parametrize("cache_of", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_second_factor_holds_once(settings: Any, cache_of: str) -> None:
    """Also while the cache is away: like the dummy, it lets everybody be the first one."""
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{cache_of}"}}
    user = UserFactory()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": SECRET})
    [counter] = auth.yield_hotp_counters_from_time()
    code = auth.format_hotp_value(auth.hotp_value(SECRET, counter))
    reached = []
    for _who in ("owner", "onlooker"):
        client = Client()
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        client.post("/accounts/2fa/authenticate/", {"code": code})
        reached.append(client.get("/preferences/").status_code)

    assert reached == [200, 302]
