"""What waits and since when: the same on the status page, in the API and for Prometheus."""

import socket
from datetime import timedelta
from decimal import Decimal
from math import inf
from urllib.request import ProxyHandler, build_opener

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from accounts import replica
from accounts.models import Delivery
from accounts.replica import Standing
from achievements.models import Listing
from matching.metrics import OperationCollector, serve_metrics
from matching.models import Match
from matching.services.operation import operation
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting():
    """A listing whose text waits for half an hour, and an e-mail that was given up."""
    listing = factories.AchievementFactory(state="published")
    Listing.objects.filter(pk=listing.pk).update(updated_at=timezone.now() - timedelta(minutes=30))
    Delivery.objects.create(
        address="nobody@example.org", subject="Hello", failed_at=timezone.now(), attempts=14
    )
    return listing


def samples(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_status_names_what_waits_too_long_and_what_to_do(client, waiting):
    client.force_login(factories.UserFactory(is_moderator=True))
    page = client.get(reverse("matching:status")).content.decode()
    assert "Needs a look" in page
    assert "Waits too long" in page
    assert "Its log names the listing it stops at." in page
    assert "30 minutes" in page
    assert "1 e-mail was given up in the last hour." in page
    Listing.objects.all().delete()
    Delivery.objects.all().delete()
    page = client.get(reverse("matching:status")).content.decode()
    assert "Everything runs" in page
    assert "Waits too long" not in page


@pytest.mark.parametrize("door", ["matching:status", "api:status-summary"])
def test_status_is_for_administrators(client, door):
    assert client.get(reverse(door)).status_code in (302, 401)
    client.force_login(factories.UserFactory())
    assert client.get(reverse(door)).status_code == 403


def test_api_status_has_the_figures_of_the_page(client, waiting):
    client.force_login(factories.UserFactory(is_curator=True))
    found = client.get(reverse("api:status-summary")).json()
    assert found["degraded"] is True
    assert found["late"] == ["stale"]
    assert found["work"]["stale"]["count"] == 1
    assert 1800 <= found["work"]["stale"]["oldest_seconds"] < 1900
    assert found["failed_mail"] == 1


@pytest.mark.parametrize(
    ("standing", "word", "says"),
    [
        (Standing(True, 1, 0.2, 0.0), "ok", "Serves searches, lists and details."),
        (Standing(True, 1, 31.0, 0.0), "late", "Is too far behind"),
        (Standing(), "unavailable", "Does not answer; searches"),
    ],
)
def test_status_and_metrics_say_how_the_read_replica_is(
    client, monkeypatch, standing: Standing, word: str, says: str
):
    client.force_login(factories.UserFactory(is_curator=True))
    assert client.get(reverse("api:status-summary")).json()["replica"] is None
    monkeypatch.setattr(replica, "is_set", lambda: True)
    monkeypatch.setattr(replica, "standing", lambda: standing)

    found = client.get(reverse("api:status-summary")).json()
    assert (found["replica"], found["degraded"]) == (word, word != "ok")
    assert says in client.get(reverse("matching:status")).content.decode()
    monkeypatch.setattr("matching.metrics.connections.close_all", lambda: None)
    monkeypatch.setattr("matching.metrics.close_old_connections", lambda: None)
    figures = {one.name: one.samples[0].value for one in OperationCollector().collect()}
    assert figures["transfer_replica_up"] == standing.answers
    assert figures.get("transfer_replica_lag_seconds", inf) == standing.behind


def test_latency_is_from_the_last_change_until_a_match_was_found():
    demand, offer = factories.DemandFactory(), factories.AchievementFactory()
    changed = timezone.now() - timedelta(minutes=10)
    Listing.objects.filter(pk=offer.pk).update(updated_at=changed - timedelta(days=1))
    Listing.objects.filter(pk=demand.pk).update(updated_at=changed)
    match = Match.objects.create(
        demand=demand,
        candidate=offer,
        kind="achievement",
        score=Decimal("0.7"),
        demand_rank=1,
        weights=active_weights(),
        created_at=changed + timedelta(seconds=8),
    )
    found = operation()
    assert (found.matches, found.latency_median, found.latency_p95) == (1, 8.0, 8.0)
    # Changed again since: how long it took cannot be told any more.
    Listing.objects.filter(pk=demand.pk).update(updated_at=timezone.now())
    assert operation().latency_median is None
    Listing.objects.filter(pk=demand.pk).update(updated_at=changed)
    Match.objects.filter(pk=match.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert operation().matches == 0


def test_queue_length_is_what_waits_in_the_broker_and_none_while_it_is_away(monkeypatch):
    with Redis.from_url(settings.REDIS_URL) as broker:
        broker.rpush("celery", "one", "two")
        try:
            assert operation().queue == 2
        finally:
            broker.delete("celery")
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    found = operation()
    assert found.queue is None
    assert found.degraded


@pytest.mark.django_db(transaction=True)
def test_metrics_are_answered_on_their_own_port_and_survive_the_database(waiting, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve_metrics(port, "127.0.0.1")
    ask = build_opener(ProxyHandler({})).open
    found = samples(ask(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode())
    assert found["transfer_database_up", ""] == 1
    assert found["transfer_broker_up", ""] == 1
    assert found["transfer_outstanding", "stale"] == 1
    assert found["transfer_outstanding_oldest_seconds", "stale"] >= 1800
    assert found["transfer_mail_failed", ""] == 1
    assert ("transfer_match_latency_seconds", "0.5") not in found

    def away() -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("matching.metrics.operation", away)
    found = samples(ask(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode())
    assert found == {("transfer_database_up", ""): 0}


def test_metrics_on_a_taken_port_are_an_error_in_the_log_and_no_more(caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve_metrics(taken.getsockname()[1], "127.0.0.1")
    assert "no metrics on 127.0.0.1" in caplog.text
