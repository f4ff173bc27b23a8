"""Many requests for one thing, and a web server that is told to end under load."""

import threading
import time
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import AuditEvent, Member, Notification
from achievements.models import Listing
from matching.models import Match
from matching.services.weights import active_weights
from tests.factories import AchievementFactory, DemandFactory, MemberFactory
from tests.faults.calling import BROKEN, Caller, at_once
from tests.faults.conftest import count
from tests.faults.writing import Writers
from tests.site import Site

AT_ONCE = 50
CLIENTS = 6


def test_transitions_at_once_have_one_winner_and_clear_conflicts(
    site: Site, caller: Caller, member: Member
):
    listing = AchievementFactory(organisation=member.organisation)
    match = Match.objects.create(
        demand=DemandFactory(organisation=member.organisation),
        candidate=AchievementFactory(organisation=MemberFactory().organisation),
        kind="achievement",
        score=Decimal("0.7"),
        weights=active_weights(),
    )
    site.start_web(workers=2)
    path = f"/api/v1/achievements/{listing.pk}/withdraw/"

    replies = at_once([partial(caller.ask, "POST", path)] * AT_ONCE)

    assert Counter(reply.status for reply in replies) == {200: 1, 409: AT_ONCE - 1}
    refused = [reply.json()["errors"][0] for reply in replies if reply.status == 409]
    assert {error["code"] for error in refused} == {"state"}
    assert all(error["detail"] for error in refused)
    listing.refresh_from_db()
    assert listing.state == Listing.State.WITHDRAWN
    # An answer to a match is given as often as one likes, and counts once.
    path = f"/api/v1/matches/{match.pk}/accept/"
    replies = at_once([partial(caller.ask, "POST", path, {})] * 20)
    assert Counter(reply.status for reply in replies) == {200: 20}
    assert match.decisions.count() == 1
    assert AuditEvent.objects.filter(verb="match.accepted").count() == 1
    assert Notification.objects.filter(kind="match_accepted").count() == 1


def test_the_same_key_at_once_makes_one_row(site: Site, caller: Caller):
    site.start_web(workers=2)
    body = {"title_en": "Made once"}

    replies = at_once([partial(caller.ask, "POST", "/api/v1/demands/", body, key="k" * 16)] * 20)

    assert {reply.status for reply in replies} <= {201, 409}
    assert len({reply.json()["id"] for reply in replies if reply.status == 201}) == 1
    assert Listing.objects.count() == 1


def test_web_killed_under_writes_makes_nothing_twice(site: Site, caller: Caller):
    """Also what was committed and not yet answered: the client sends it again under its key."""
    kills = count("FAULT_WEB_KILLS", 1)
    site.start_web()
    with Writers(caller) as writers:
        for _kill in range(kills):
            writers.wait_for_more(10)
            site.kill("web")
            site.start_web()
        writers.wait_for_more(10)

    made = dict(Listing.objects.values_list("title_en", "pk"))
    print(f"{kills} kills, {len(made)} rows, {writers.again} retries")
    assert writers.wrong == []
    assert made == writers.made
    assert Listing.objects.count() == len(made)


class Load:
    """Clients that ask two web servers in turn, as a proxy does: when one takes no connection, the
    other. A request that was taken and not answered has failed."""

    def __init__(self, callers: list[Caller]) -> None:
        self.callers = callers
        self.statuses: Counter[int] = Counter()
        self.failed: list[str] = []
        self.refused = 0
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def _ask(self, turn: int) -> None:
        while not self.stopped.is_set():
            turn += 1
            for caller in (self.callers[turn % 2], self.callers[(turn + 1) % 2]):
                try:
                    self.statuses[caller.ask("GET", "/api/v1/achievements/").status] += 1
                except ConnectionRefusedError:
                    self.refused += 1
                    continue
                except BROKEN as error:
                    self.failed.append(repr(error))
                break
            else:
                self.failed.append("neither server took the request")


@pytest.mark.skipif(not count("FAULT_WEB_STOPS", 0), reason="takes two web servers: make faults")
def test_web_told_to_end_under_load_answers_every_request_it_took(site: Site, caller: Caller):
    AchievementFactory.create_batch(3)
    other = site.start_web("other")
    callers = [Caller(site.port, caller.secret), Caller(other, caller.secret)]
    site.start_web()
    took = []
    with Load(callers) as load:
        for _stop in range(count("FAULT_WEB_STOPS", 0)):
            time.sleep(1)
            begun = time.monotonic()
            site.running["web"].terminate()
            assert site.running["web"].wait(30) == 0
            took.append(time.monotonic() - begun)
            site.start_web()
    print(
        f"{len(took)} stops, {sum(load.statuses.values())} answers, {load.refused} refused, {took}"
    )
    assert load.failed == []
    assert set(load.statuses) == {200}
