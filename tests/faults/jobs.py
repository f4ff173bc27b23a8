"""Work of every kind for the workers, and whether each piece of it was done exactly once."""

import gzip
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from accounts.models import Delivery, Member, Notification
from accounts.tasks import deliver
from achievements.models import ImportRun, Listing, OnePager
from achievements.tasks import make_one_pager, run_import
from matching.models import IndexEntry, Match
from matching.tasks import embed_and_match
from tests.factories import AchievementFactory, DemandFactory, NotificationFactory
from tests.mail_server import Server

TOPICS = (
    "Membrane that takes lithium out of brine",
    "Camera that counts fish in a net cage",
    "Coating that keeps ice off turbine blades",
    "Sensor for gas leaks in old city pipes",
    "Yeast that makes protein from straw",
    "Robot that prunes apple trees in winter",
)
ROWS = 3  # of each import
KINDS = ("listing", "mail", "import", "listing", "mail", "listing", "mail", "listing")
PAGES_EVERY = 50  # jobs; making a PDF costs more than all other jobs together


@dataclass
class Jobs:
    """What was asked for, on behalf of a member; ``letters`` is the site's mail server."""

    member: Member
    letters: Server
    asked: int = 0
    listings: list[int] = field(default_factory=list)
    imports: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    again: int = 0

    def __post_init__(self) -> None:
        """Somebody looks for some of what the listings will offer, and hears of matches."""
        for topic in TOPICS[:2]:
            title = f"{topic}, wanted"
            DemandFactory(organisation=self.member.organisation, title_en=title, title_zh="")

    def ask(self, number: int) -> list[tuple[Any, tuple[Any, ...]]]:
        """Make the rows of so many jobs, and return their messages, not yet sent."""
        return [self._one() for _job in range(number)]

    def _one(self) -> tuple[Any, tuple[Any, ...]]:
        number, self.asked = self.asked, self.asked + 1
        if number % PAGES_EVERY == PAGES_EVERY - 1:
            pager = OnePager.objects.create(listing_id=self.listings[-1], language="en")
            self.pages.append(pager.pk)
            return make_one_pager, (pager.pk,)
        kind = KINDS[number % len(KINDS)]
        if kind == "listing":
            title = f"{TOPICS[number % len(TOPICS)]}, number {number}"
            self.listings.append(AchievementFactory(title_en=title, title_zh="").pk)
            return embed_and_match, (self.listings[-1],)
        if kind == "mail":
            NotificationFactory()
            return deliver, ()
        self.imports.append(self._import(number))
        return run_import, (self.imports[-1],)

    def _import(self, number: int) -> int:
        """A file as a worker takes it: packed, since plain small ones are done at once."""
        lines = ["title_en"] + [f"Import {number} row {row}" for row in range(ROWS)]
        file = SimpleUploadedFile("some.csv.gz", gzip.compress("\n".join(lines).encode()))
        run = ImportRun(
            kind="demand",
            organisation=self.member.organisation,
            created_by=self.member.user,
            name="some.csv.gz",
            state=ImportRun.State.CONFIRMED,
            file=file,
        )
        run.save()
        return run.pk

    def outstanding(self) -> dict[str, int]:
        """How much of each kind is not done yet; nothing where all is."""
        fresh = IndexEntry.objects.filter(matched_source_at__gte=F("listing__updated_at"))
        left = {
            "listings": len(self.listings) - fresh.filter(pk__in=self.listings).count(),
            "imports": ImportRun.objects.outstanding().count(),
            "pages": OnePager.objects.outstanding().count(),
            "notifications": Notification.objects.due_for_delivery().count(),
            "mails": Delivery.objects.undelivered().count(),
        }
        return {name: number for name, number in left.items() if number}

    def wrong(self) -> list[str]:
        """What was done not at all or more than once, in words; empty when all is well."""
        found = []
        entries = IndexEntry.objects.filter(pk__in=self.listings).count()
        if entries != len(self.listings):
            found.append(f"{entries} index entries of {len(self.listings)} listings")
        titles = Counter(
            Listing.objects.filter(title_en__startswith="Import ").values_list(
                "title_en", flat=True
            )
        )
        rows = len(self.imports) * ROWS
        if titles.total() != rows or len(titles) != rows:
            found.append(f"{titles.total()} listings imported of {rows}: {titles.most_common(3)}")
        runs = ImportRun.objects.filter(pk__in=self.imports)
        found += [f"import {run.pk}: {run.report}" for run in runs if run.state != run.State.DONE]
        found += self._wrong_pairs() + self._wrong_pages() + self._wrong_mails()
        return found

    def _wrong_pairs(self) -> list[str]:
        """Matches, and what was told of them."""
        pairs = Counter(Match.objects.values_list("demand_id", "candidate_id"))
        told = Counter(
            (row.recipient_id, row.path, item)
            for row in Notification.objects.filter(data__has_key="items")
            for item in row.data["items"]
        )
        found = [f"twice: {key}" for key, times in (pairs + told).items() if times > 1]
        return found if pairs else [*found, "no matches"]

    def _wrong_pages(self) -> list[str]:
        """Each has a whole file."""
        pages = OnePager.objects.filter(pk__in=self.pages)
        whole = [page for page in pages if page.file.open().read().endswith(b"%%EOF\n")]
        return [] if len(whole) == len(self.pages) else [f"{len(whole)} of {len(self.pages)} pages"]

    def _wrong_mails(self) -> list[str]:
        """Each notification is in one e-mail, and each e-mail went out once.

        One that the mail server had when its sender was killed comes again under the same
        Message-ID: nobody can know that the server has taken it. ``again`` counts those.
        """
        waiting = Notification.objects.filter(email_wanted=True, delivery=None, email_after=None)
        ids = Counter(str(message["Message-ID"]) for message in self.letters.messages)
        self.again = ids.total() - len(ids)
        found = [f"{waiting.count()} notifications in no e-mail"] if waiting.exists() else []
        if len(ids) != Delivery.objects.filter(sent_at__isnull=False).count():
            found.append(f"{len(ids)} e-mails of {Delivery.objects.count()}")
        return found
