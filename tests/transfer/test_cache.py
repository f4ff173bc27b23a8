"""The cache against a real Valkey, and against one that is away or hangs."""

import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.mute import Mute
from transfer.cache import FailOpenRedisCache
from transfer.settings.env import redis_database, urlsplit

OPTIONS = {"OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}}


@pytest.fixture
def there() -> Iterator[FailOpenRedisCache]:
    """A cache on the database next to the broker's."""
    cache = FailOpenRedisCache(redis_database(urlsplit(settings.REDIS_URL), 1), dict(OPTIONS))
    cache.clear()
    yield cache
    cache.clear()


@pytest.fixture
def mute() -> Iterator[Mute]:
    """A server that takes connections and never answers."""
    with Mute() as server:
        yield server


@pytest.fixture
def hanging(mute: Mute) -> FailOpenRedisCache:
    """A cache on a server that never answers."""
    return FailOpenRedisCache(f"{mute.address}/1", dict(OPTIONS))


def test_cache_server_there_keeps_values(there: FailOpenRedisCache):
    there.set("a", {"b": 1})
    there.set_many({"c": 2, "d": 3})

    assert there.get("a") == {"b": 1}
    assert there.get_many(["c", "d", "e"]) == {"c": 2, "d": 3}
    assert there.add("a", 2) is False
    assert there.incr("c") == 3
    assert there.has_key("c") is True
    assert there.touch("c", 10) is True
    assert there.delete("c") is True
    there.delete_many(["d"])
    assert there.get("d", "gone") == "gone"


def test_cache_missing_counter_is_an_error_as_in_django(there: FailOpenRedisCache):
    with pytest.raises(ValueError, match="not found"):
        there.incr("never-set")


def test_cache_server_away_is_a_miss(subtests: pytest.Subtests):
    away = FailOpenRedisCache("redis://127.0.0.1:1/1", dict(OPTIONS))
    answers = {
        "add": (away.add("a", 1), True),
        "get": (away.get("a", "default"), "default"),
        "set": (away.set("a", 1), None),
        "touch": (away.touch("a"), False),
        "delete": (away.delete("a"), False),
        "get_many": (away.get_many(["a"]), {}),
        "has_key": (away.has_key("a"), False),
        "incr": (away.incr("a", 3), 3),
        "set_many": (away.set_many({"a": 1}), []),
        "delete_many": (away.delete_many(["a"]), None),
        "clear": (away.clear(), False),
        "get_or_set": (away.get_or_set("a", 5), 5),
    }

    for name, (answer, expected) in answers.items():
        with subtests.test(name):
            assert answer == expected


def test_cache_server_hanging_is_waited_for_once_and_then_left_alone(
    hanging: FailOpenRedisCache, mute: Mute, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(FailOpenRedisCache, "QUIET_SECONDS", 60.0)
    assert hanging.get("a", "default") == "default"
    assert mute.knocks() == 1

    assert [hanging.get(name) for name in "bcdefgh"] == [None] * 7
    assert hanging.add("a", 1) is True

    assert mute.knocks() == 0


def test_cache_server_that_is_back_is_asked_again(
    there: FailOpenRedisCache, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(FailOpenRedisCache._quiet_until, there._address, time.monotonic() + 60)
    there.set("a", 1)
    assert there.get("a") is None
    monkeypatch.setitem(FailOpenRedisCache._quiet_until, there._address, time.monotonic())
    there.set("a", 1)

    assert there.get("a") == 1
