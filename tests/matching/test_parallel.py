"""Several questions to the database at once, by two threads of a process."""

from collections.abc import Callable
from contextvars import ContextVar
from threading import Barrier, Event, Thread, current_thread, get_ident, main_thread
from typing import Any, TypeVar

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

from matching.sql import parallel
from matching.sql.parallel import gather

T = TypeVar("T")
asker: ContextVar[str] = ContextVar("asker")


def session() -> int:
    """The database's own number of the connection that asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def both_at_once(work: Callable[[], T]) -> list[T]:
    """What a piece of work gives in each of two threads that wait for each other."""
    together = Barrier(2, timeout=20)

    def meet() -> T:
        together.wait()
        return work()

    return gather(meet, meet)


def test_gather_two_connections_work_at_the_same_time(two_connections):
    token = asker.set("who asks")
    mine = session()
    found = both_at_once(session)
    assert len(set(found)) == 2
    assert mine in found
    assert both_at_once(asker.get) == ["who asks"] * 2
    asker.reset(token)


def test_gather_results_stand_in_the_order_of_the_questions(two_connections):
    assert gather(*(lambda n=n: n for n in range(50))) == list(range(50))


@pytest.mark.django_db
def test_gather_in_a_transaction_reads_what_was_written_there():
    mine = session()
    assert gather(session, session, session) == [mine] * 3


def test_gather_while_another_request_has_the_thread_goes_on_alone(two_connections):
    begun, ended = Event(), Event()

    def long() -> None:
        begun.set()
        assert ended.wait(20)

    busy = Thread(target=gather, args=(long, long))
    busy.start()
    assert begun.wait(20)
    assert gather(get_ident, get_ident, get_ident) == [get_ident()] * 3
    ended.set()
    busy.join()
    assert len(set(both_at_once(get_ident))) == 2


def test_gather_an_error_reaches_who_asked_and_nobody_else(two_connections):
    def fails() -> None:
        raise LookupError("gone")

    for works in ((fails, session), (session, fails), (fails, fails)):
        with pytest.raises(LookupError, match="gone"):
            gather(*works)
    assert len(set(both_at_once(session))) == 2


def test_gather_a_connection_that_was_cut_is_made_again(two_connections):
    (other,) = {*both_at_once(session)} - {session()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other])

    (again,) = {*both_at_once(session)} - {session()}

    assert again != other


def test_gather_a_connection_that_is_cut_meanwhile_fails_once(two_connections):
    mine = session()

    def cut() -> int:
        number = session()
        if number != mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return number

    with pytest.raises(OperationalError):
        both_at_once(cut)
    assert len(set(both_at_once(session))) == 2


def test_gather_without_a_second_connection_goes_on_alone(two_connections, monkeypatch):
    connect = DatabaseWrapper.get_new_connection

    def only_one(self: DatabaseWrapper, parameters: dict[str, Any]) -> Any:
        if current_thread() is not main_thread():
            raise OperationalError("too many clients already")
        return connect(self, parameters)

    parallel.close()
    monkeypatch.setattr(DatabaseWrapper, "get_new_connection", only_one)
    assert gather(*[session] * 9) == [session()] * 9
    monkeypatch.undo()
    assert len(set(both_at_once(session))) == 2


def test_gather_leaves_no_transaction_open(two_connections):
    def read() -> int:
        with transaction.atomic():
            return session()

    found = both_at_once(read)
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM pg_stat_activity WHERE pid = ANY(%s)", [found])
        assert "idle in transaction" not in {state for (state,) in cursor.fetchall()}
