"""Who asked to hear at once has the e-mail within a minute: web, worker, sweep and mail server."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from accounts.services import create_token
from achievements.models import Listing
from matching.services.saved_searches import create_saved_search
from tests.factories import AchievementFactory, UserFactory
from tests.mail_server import Server
from tests.site import Site
from transfer.embedded.ports import free_port

MINUTE = 60


@pytest.fixture
def letters(site: Site) -> Iterator[Server]:
    """What the site's mail server has been given; the sweep comes as seldom as by default."""
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    site.env["EMAIL_URL"] = f"smtp://127.0.0.1:{controller.port}"
    site.env["DJANGO_SETTINGS_MODULE"] = "tests.transfer.smtp_settings"
    del site.env["SWEEP_SECONDS"]
    yield server
    controller.stop()


def approve(site: Site, listing: Listing, secret: str) -> None:
    """A moderator publishes it through the site's API."""
    request = urllib.request.Request(  # noqa: S310 - ours
        f"{site.url}/api/v1/achievements/{listing.pk}/approve/",
        json.dumps({"seen": listing.version}).encode(),
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - ours
        assert json.load(answer)["state"] == "published"


def test_alert_at_once_reaches_the_mail_server_within_a_minute(letters: Server, live_site: Site):
    reader = UserFactory(email="reader@example.com")
    create_saved_search(by=reader, name="Pumps", query="q=pump", rhythm="at_once")
    listing = AchievementFactory(title_en="A new pump for oil", state="in_review")
    _token, secret = create_token(by=UserFactory(moderator=True), name="t", scope="write", days=1)

    approve(live_site, listing, secret)
    published, alerts = time.monotonic(), []
    while time.monotonic() - published < MINUTE:
        alerts = [each for each in letters.messages if each["To"] == reader.email]
        if alerts:
            break
        time.sleep(0.2)

    assert alerts, "no alert within a minute"
    assert "A new pump for oil" in alerts[0].get_body(("plain",)).get_content()
