"""PostgreSQL killed with -9 while several clients write."""

from collections.abc import Callable

import psycopg2

from tests.faults.calling import Caller, wait_until
from tests.faults.conftest import count, kill
from tests.faults.writing import Writers
from tests.site import Site
from transfer.embedded.postgres import Postgres

BETWEEN = 20  # rows acknowledged between two kills


def rows(server: Postgres) -> list[tuple[str, int]]:
    """Title and number of every demand there is."""
    connection = psycopg2.connect(server.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT title_en, id FROM achievements_listing WHERE kind = 'demand'")
            return cursor.fetchall()
    finally:
        connection.close()


def test_database_killed_under_writes_keeps_what_was_acknowledged_and_makes_nothing_twice(
    site: Site, caller: Caller, own_database: Callable[[], Postgres]
):
    server = own_database()
    site.start_web()
    back = []
    with Writers(caller) as writers:
        for _kill in range(count("FAULT_DATABASE_KILLS", 1)):
            writers.wait_for_more(BETWEEN)
            kill(server)
            page = caller.ask("GET", "/")
            answer = caller.ask("GET", "/api/v1/users/me/")
            server.start()
            back.append(wait_until(lambda: answers(caller), 5, "a good answer"))
            assert [page.status, answer.status] == [503, 503], (page.text, answer.text)
            assert "Retry-After" in page.headers
            assert "<h1" in page.text
            assert answer.json()["errors"][0]["code"] == "unavailable"

    there = rows(server)
    print(f"{len(back)} kills, {len(there)} rows, {writers.again} retries, back after {back}")
    assert writers.wrong == []
    assert sorted(there) == sorted(writers.made.items())


def answers(caller: Caller) -> bool:
    """Does a page that asks the database come?"""
    return caller.ask("GET", "/api/v1/users/me/").status == 200
