"""Much work at once for real processes: a file imported, e-mails sent."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db.models import Q
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts.models import ApiToken, Delivery, Member, Notification, Organisation, User
from accounts.services import notify
from achievements.models import ImportRun, Listing
from matching.models import Match
from tests.bench.clients import SECRET
from tests.bench.memory import Memory, Taken
from tests.bench.timing import Times
from tests.bench.workbooks import write_file
from tests.factories import ApiTokenFactory
from tests.site import Site
from transfer.embedded.ports import free_port

WORKERS = 2
ORGANISATIONS = IMPORTS, WRITERS = "bench-imports", "bench-writers"
READERS = "@bench.example"
LONGEST = 3 * 3600.0  # seconds that anything may take
_LARGEST_BOOK = 20_000  # rows; more are written as a packed CSV
_PORTION = 100  # recipients who are told the same thing


@dataclass(frozen=True)
class Load:
    """One piece of work: how much of what, how long each part took, what the processes took."""

    name: str
    number: int
    what: str
    seconds: dict[str, float]
    memory: dict[str, Taken]
    waits: Times | None = None
    notes: list[str] = field(default_factory=list)

    def per_second(self, part: str) -> float:
        """How many a second."""
        return round(self.number / self.seconds[part], 1)


def bench_owner(slug: str) -> Member:
    """An owner of an organisation of the bench, with the token ``SECRET``."""
    organisation, _made = Organisation.objects.get_or_create(
        slug=slug,
        defaults={
            "name_en": "Bench",
            "kind": "university",
            "may_publish_directly": True,
            "verified_at": timezone.now(),
        },
    )
    user, _made = User.objects.get_or_create(email=f"{slug}@example.org")
    member, _made = Member.objects.get_or_create(
        organisation=organisation, user=user, defaults={"role": Member.Role.OWNER}
    )
    ApiToken.objects.filter(prefix=SECRET[:10]).delete()
    ApiTokenFactory(user=user, secret=SECRET)
    return member


@contextmanager
def running(site: Site, *, workers: int = WORKERS) -> Iterator["Post"]:
    """Web server, workers and sweep of a site that nobody slows down; its mail server."""
    post = Post()
    mail = Controller(post, hostname="127.0.0.1", port=free_port())
    site.env |= {
        "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "DJANGO_SETTINGS_MODULE": "tests.transfer.smtp_settings",
        "MAX_UPLOAD_MB": "200",
        "API_RATE_USER": "1000000/min",
        "API_RATE_ANONYMOUS": "1000000/min",
        "VISITOR_PAGES_SECONDS": "30",  # as in production
        "SWEEP_SECONDS": "10",
    }
    mail.start()
    try:
        site.start_web(workers=workers)
        for place in range(workers):
            site.start_worker(f"worker {place + 1}")
        site.start_sweep()
        yield post
    finally:
        site.stop()
        mail.stop()


def forget() -> None:
    """Delete what the bench has made besides load data. No process may be at work on it."""
    listings = Listing.objects.filter(organisation__slug__in=ORGANISATIONS)
    while keys := list(listings.values_list("pk", flat=True)[:1000]):
        Match.objects.filter(Q(demand__in=keys) | Q(candidate__in=keys)).delete()
        listings.filter(pk__in=keys).delete()
    ImportRun.objects.filter(organisation__slug__in=ORGANISATIONS).delete()
    theirs = {"recipient__email__endswith": READERS}
    Notification.objects.filter(**theirs).delete()
    Delivery.objects.filter(**theirs).delete()
    User.objects.filter(email__endswith=READERS).delete()


def pids(site: Site) -> dict[str, int]:
    """The processes of a site by name."""
    return {name: process.pid for name, process in site.running.items()}


# --- A file ---------------------------------------------------------------------------------


def measure_import(site: Site, rows: int, *, alike: float) -> Load:
    """Upload a file of so many rows through the API, have it checked, confirm it, and wait until it
    is in; ``alike``: the share of rows that are merged into earlier ones. Everything goes after."""
    member = bench_owner(IMPORTS)
    ending = "xlsx" if rows <= _LARGEST_BOOK else "csv.gz"
    path = write_file(site.folder / f"rows.{ending}", rows, alike=alike)
    caller = _Caller(site.port)
    with Memory(pids(site)) as memory:
        begun = time.monotonic()
        key = caller.upload(path, member.organisation.slug, duplicates="fill")
        wait_until(lambda: caller.state(key) != "uploaded")
        checked = time.monotonic()
        caller.post(f"/api/v1/imports/{key}/confirm/")
        wait_until(lambda: caller.state(key) != "confirmed")
        done = time.monotonic()
        imported = Listing.objects.filter(organisation=member.organisation)
        wait_until(lambda: not imported.filter(index_entry__isnull=True).exists())
        indexed = time.monotonic()
    run = ImportRun.objects.get(pk=key)
    counts = {name: run.report.get(name) for name in ("created", "merged", "skipped", "bad")}
    notes = [f"{run.state}: {counts}", f"{path.stat().st_size / 1e6:.1f} MB as {ending}"]
    parts = {"check": checked - begun, "import": done - checked, "all": done - begun}
    parts["index after it"] = indexed - done
    name = f"import, {alike:.0%} of the rows merged" if alike else "import"
    return Load(name, rows, "rows", parts, memory.taken, Times.of(caller.waits), notes)


class _Caller:
    """Somebody with the token of the bench; ``waits``: how long each answer took, in seconds."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.waits: list[float] = []

    def post(self, path: str, body: bytes = b"", content: str = "application/json") -> Any:
        """What the API answers. Raises RuntimeError for an error."""
        return self._ask("POST", path, body, content)

    def upload(self, path: Path, organisation: str, **values: str) -> int:
        """Upload a file of achievements; the number of the run."""
        with path.open("rb") as file:
            fields = {"file": file, "kind": "achievement", "organisation": organisation, **values}
            body = encode_multipart(BOUNDARY, fields)
        return int(self.post("/api/v1/imports/", body, MULTIPART_CONTENT)["id"])

    def state(self, key: int) -> str:
        """How far a run is."""
        return str(self._ask("GET", f"/api/v1/imports/{key}/")["state"])

    def _ask(self, method: str, path: str, body: bytes = b"", content: str = "") -> Any:
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": content or "text/plain"}
        line.request(method, path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        self.waits.append(time.monotonic() - begun)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text)


# --- E-mails --------------------------------------------------------------------------------


class Post:
    """A mail server that notes when each e-mail came, by its address and Message-ID."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self.ids: Counter[str] = Counter()
        self.addresses: Counter[str] = Counter()

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Note it."""
        content = envelope.content or b""
        head = content if isinstance(content, bytes) else content.encode()
        lines = head.split(b"\r\n\r\n", 1)[0].splitlines()
        self.ids.update(line.decode() for line in lines if line.lower().startswith(b"message-id:"))
        self.addresses.update(envelope.rcpt_tos)
        for address in envelope.rcpt_tos:
            self.came.setdefault(address, time.monotonic())
        return "250 OK"


def measure_mails(site: Site, post: Post, number: int) -> Load:
    """Tell so many people something twice, as a repeated task would, and wait until each has one
    e-mail of it. Memory is looked at once a tenth of them has, when every process is warm."""
    people = _readers(number)
    begun = time.monotonic()
    told = _tell(people)
    written = time.monotonic()
    wait_until(lambda: len(post.came) >= number // 10)
    with Memory(pids(site)) as memory:
        wait_until(lambda: len(post.came) >= number)
        drained = time.monotonic()
        wait_until(lambda: not Notification.objects.due_for_delivery().exists())
        time.sleep(2)  # in which a second e-mail would come
    waits = Times.of(post.came[address] - told[address] for address in told)
    twice = sum(count - 1 for count in (post.addresses + post.ids).values())
    notes = [f"{len(post.came)} e-mails, {number - len(post.came)} missing, {twice} too many"]
    parts = {"tell": written - begun, "all": drained - begun}
    return Load("notifications", number, "e-mails", parts, memory.taken, waits, notes)


def _readers(number: int) -> list[User]:
    return User.objects.bulk_create(
        [User(email=f"reader{place}{READERS}", name="Reader") for place in range(number)]
    )


def _tell(people: list[User]) -> dict[str, float]:
    """Tell everybody twice, by the portion; address → when."""
    told: dict[str, float] = {}
    for start in range(0, len(people), _PORTION):
        part = people[start : start + _PORTION]
        told |= dict.fromkeys((user.email for user in part), time.monotonic())
        for _time in range(2):
            notify(
                recipients=part,
                kind="organisation_verified",
                key=f"bench:{start}",
                path="/",
                data={"name_en": "Example University", "name_zh": "示例大学"},
            )
    return told


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the work does not end")
        time.sleep(0.25)
