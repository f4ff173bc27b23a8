"""Searches read from a real streaming replica of the run's server; replaying is stopped at will."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from accounts import replica
from accounts.models import User
from achievements.models import Listing
from matching.embedding import current
from matching.services.indexing import refresh_entries
from tests.factories import AchievementFactory, ApiTokenFactory, MemberFactory
from tests.faults.calling import wait_until
from tests.faults.conftest import kill
from tests.matching.conftest import WordEmbedder
from tests.replica import Replica
from transfer import visitors
from transfer.visitors import KEPT

broken = pytest.mark.skipif(
    os.environ.get("FAULTS") != "full", reason="breaks a server: make faults"
)


class Copy:
    """The replica of this file's tests, which can be stopped for one of them."""

    def __init__(self, server: Replica) -> None:
        self.server = server

    def catch_up(self) -> None:
        """Return when it has all that was committed until now; whoever asks then knows."""
        end = _end()  # once: other processes of the run go on writing
        wait_until(lambda: self.server.has_replayed(end), 60, "the replica has it all")
        replica.forget()


def _end() -> str:
    """Where the primary's log ends, all of it written: the run's server writes what is committed
    some time later, and the rest with that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(false, 'end', '', true)::text")
        end: str = cursor.fetchone()[0]
        return end


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Replica]:
    """Made once for this file; it takes two seconds."""
    database = connection.settings_dict
    source = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    made = Replica(source, folder / "replica")
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def copy(
    transactional_db: None,
    django_db_blocker: DjangoDbBlocker,
    server: Replica,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Copy]:
    """The site of this test has the replica, as it has with DATABASE_REPLICA_URL."""
    address = urlsplit(server.url)
    own = {**connection.settings_dict, "PORT": str(address.port)}
    monkeypatch.setitem(connections.settings, replica.ALIAS, own)
    settings.DATABASE_REPLICA_LAG_SECONDS = 3600  # a busy machine is no failure
    settings.DATABASE_ROUTERS = ["transfer.replica.ReplicaRouter"]
    last = settings.MIDDLEWARE[-1]
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:-1],
        "transfer.replica.ReplicaMiddleware",
        last,
    ]
    monkeypatch.setattr(replica, "ASKED_EVERY", 0.0)
    replica.forget()
    with django_db_blocker.unblock():  # a test may ask only databases that are set for good
        yield Copy(server)
    if server.server.process is not None and server.server.process.poll() is None:
        server.resume()
    connections[replica.ALIAS].close()
    del connections[replica.ALIAS]
    replica.forget()


@pytest.fixture
def written(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> Listing:
    """A listing that both servers have; its owner's token is `tr_owner`."""
    monkeypatch.setattr(current, "_local", WordEmbedder)
    monkeypatch.setattr(current, "LOCAL_NAME", WordEmbedder.name)
    owner = MemberFactory(organisation__may_publish_directly=True)
    listing = AchievementFactory(title_en="A silent pump", organisation=owner.organisation)
    refresh_entries([listing.pk])
    ApiTokenFactory(user=owner.user, secret="tr_owner")
    copy.catch_up()
    return listing


def by_token() -> Client:
    """The owner as a program."""
    return Client(headers={"authorization": "Bearer tr_owner"})


def by_session() -> Client:
    """The owner in a browser."""
    client = Client()
    client.force_login(User.objects.get(memberships__isnull=False))
    return client


def change(listing: Listing, **values: object) -> None:
    """The owner changes the listing by the API."""
    answer = by_token().patch(
        f"/api/v1/achievements/{listing.pk}/", values, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content


def rename(listing: Listing, title: str) -> None:
    """It gets another title."""
    change(listing, title_en=title)


def titles(client: Client) -> set[str]:
    """What is found, what the list says and, in a browser, the page of what is found."""
    found = client.get("/api/v1/search/", {"q": "pump"}).json()["results"]
    listed = client.get("/api/v1/achievements/").json()["results"]
    shown = {row["title_en"] for row in [*found, *listed]}
    if "HTTP_AUTHORIZATION" not in client.defaults:
        page = client.get(f"/achievements/{found[0]['id']}/").content.decode()
        shown |= set(re.findall(r"<h1[^>]*>\s*([^<]+?)\s*<", page))
    return shown


def test_writer_reads_his_change_at_once_and_visitors_what_the_replica_has(
    written: Listing, copy: Copy
):
    copy.server.pause()

    rename(written, "A loud pump")

    assert titles(by_token()) == {"A loud pump"}
    assert titles(by_session()) == {"A loud pump"}
    assert titles(Client()) == {"A silent pump"}
    copy.server.resume()
    copy.catch_up()
    assert titles(Client()) == {"A loud pump"}


def test_search_by_a_visitor_reads_nothing_of_the_catalogue_from_the_primary(
    written: Listing, copy: Copy
):
    with (
        CaptureQueriesContext(connection) as primary,
        CaptureQueriesContext(connections[replica.ALIAS]) as read,
    ):
        titles(Client())
        titles(by_session())

    asked = [query["sql"] for query in primary.captured_queries]
    catalogue = [sql for sql in asked if re.search(r'FROM "?(achievements|matching)_', sql)]
    assert catalogue == []
    assert len(read) > 10


def test_writer_reads_from_the_replica_again_when_it_has_his_change(written: Listing, copy: Copy):
    rename(written, "A loud pump")
    copy.catch_up()

    with CaptureQueriesContext(connections[replica.ALIAS]) as read:
        assert titles(by_token()) == {"A loud pump"}

    assert len(read) > 10


def test_user_whose_changes_nobody_remembers_reads_from_the_primary(
    written: Listing, copy: Copy, settings: Any
):
    away = {"BACKEND": "transfer.cache.FailOpenRedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": away}
    copy.server.pause()

    rename(written, "A loud pump")

    assert titles(by_token()) == {"A loud pump"}
    assert titles(Client()) == {"A silent pump"}


def test_replica_that_lags_more_than_is_allowed_serves_nobody(
    written: Listing, copy: Copy, settings: Any, client: Client
):
    titles(Client())
    copy.server.pause()
    rename(written, "A loud pump")
    settings.DATABASE_REPLICA_LAG_SECONDS = 0

    assert titles(Client()) == {"A loud pump"}
    assert client.get("/readyz").json() == {
        "status": "degraded",
        "database": "ok",
        "broker": "ok",
        "replica": "late",
    }


@broken
def test_replica_killed_searches_go_on_from_the_primary(
    written: Listing, copy: Copy, client: Client, monkeypatch: pytest.MonkeyPatch
):
    assert client.get("/readyz").json()["replica"] == "ok"
    assert titles(Client()) == {"A silent pump"}
    # Whoever asks now still takes it for alive: the first one meets the broken connection.
    monkeypatch.setattr(replica, "ASKED_EVERY", 60.0)
    kill(copy.server.server)

    assert titles(Client()) == {"A silent pump"}
    rename(written, "A loud pump")
    assert titles(Client()) == titles(by_token()) == {"A loud pump"}
    assert client.get("/readyz").json()["replica"] == "unavailable"

    copy.server.server.start()
    copy.catch_up()
    assert client.get("/readyz").json()["replica"] == "ok"


@broken
def test_replica_hangs_searches_go_on_from_the_primary(
    written: Listing, copy: Copy, monkeypatch: pytest.MonkeyPatch
):
    titles(Client())
    # Whoever asks now still takes it for alive, and would wait for as long as it hangs.
    monkeypatch.setattr(replica, "ASKED_EVERY", 60.0)
    with copy.server.hanging():
        assert titles(Client()) == {"A silent pump"}
        assert not replica.standing().answers

    copy.catch_up()
    assert replica.standing().is_current


def modes(client: Client) -> set[str]:
    """Which modes of transfer are counted beside what is found."""
    facets = client.get("/api/v1/search/facets/", {"q": "pump"}).json()
    return {
        value["value"]
        for one in facets
        if one["name"] == "transfer_mode"
        for value in one["values"]
    }


def test_figures_kept_by_a_process_are_not_left_as_a_late_replica_had_them(
    written: Listing, copy: Copy
):
    change(written, transfer_modes=["assignment"])
    copy.catch_up()
    assert modes(Client()) == {"assignment"}
    copy.server.pause()
    change(written, transfer_modes=["licence_sole"])

    titles(by_token())  # the process hears of the change ...
    assert modes(Client()) <= {"assignment", "licence_sole"}  # ... and reads values where it is not
    assert modes(by_token()) == {"licence_sole"}

    assert modes(Client()) <= {"assignment", "licence_sole"}
    new = AchievementFactory(title_en="A new pump", transfer_modes=["joint_implementation"])
    refresh_entries([new.pk])
    assert "A new pump" in titles(by_token())
    assert titles(Client()) == {"A silent pump"}
    assert Client().get("/search/?q=pump").status_code == 200
    modes(Client())
    copy.server.resume()
    copy.catch_up()
    assert modes(Client()) == {"licence_sole", "joint_implementation"}
    assert "A new pump" in titles(Client())


def test_page_kept_for_visitors_is_as_old_as_what_the_replica_had(
    written: Listing, copy: Copy, settings: Any
):
    settings.VISITOR_PAGES_SECONDS = 10
    KEPT.forget()
    copy.server.pause()
    rename(written, "A loud pump")
    address = f"/achievements/{written.pk}/"
    before = replace(replica.standing(), behind=8.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replica, "standing", lambda: before)
        assert b"A silent pump" in Client().get(address).content
    copy.server.resume()
    copy.catch_up()
    with pytest.MonkeyPatch.context() as patch:
        now = visitors.monotonic() + 5
        patch.setattr(visitors, "monotonic", lambda: now)

        assert b"A loud pump" in Client().get(address).content
    KEPT.forget()


def test_site_without_a_replica_has_no_part_of_it():
    assert replica.ALIAS not in settings.DATABASES
    assert settings.DATABASE_ROUTERS == []
    assert "transfer.replica.ReplicaMiddleware" not in settings.MIDDLEWARE
