"""Fixtures of the security tests."""

import logging

import pytest
from django.template.base import Template
from rest_framework.throttling import SimpleRateThrottle

from tests.security.asking import Asker
from tests.security.world import make_world


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Somebody to ask as everyone; nobody is throttled, and pages are not kept for inspection."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    return Asker(make_world())
