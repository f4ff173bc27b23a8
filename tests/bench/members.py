"""Pages that are made anew for each member: what waits for the own organisation, and its lists."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from accounts.models import Member, Organisation, User
from matching.seeding.load import load_listings
from matching.services.matching import match_listing
from tests.bench.timing import Times, times

MATCHED = 20  # of the organisation's listings, so that there is something to answer
PAGES = {
    "first page": "achievements:home",
    "matches to answer": "matching:match_list",
    "portfolio": "deals:portfolio",
    "matches, API": "api:match-list",
    "achievements, API": "api:achievement-list",
}


@dataclass(frozen=True)
class MemberPage:
    """How long a page takes for a member of the organisation with the most listings."""

    name: str
    took: Times


def measure_members(repetitions: int) -> list[MemberPage]:
    """Ask each page so often; nothing that is written for it stays."""
    with transaction.atomic():
        client = Client(headers={"host": "localhost"})
        client.force_login(_member())
        found = [MemberPage(name, _ask(client, page, repetitions)) for name, page in PAGES.items()]
        transaction.set_rollback(True)
    return found


def _member() -> User:
    """The owner of a verified organisation, some of whose listings are matched."""
    rows = load_listings().filter(organisation__isnull=False).order_by()
    most = rows.values("organisation").annotate(count=Count("pk")).order_by("-count")
    organisation = Organisation.objects.get(pk=most[0]["organisation"])
    user = User.objects.create_user(email="bench-member@localhost.example")
    Member.objects.create(user=user, organisation=organisation, role=Member.Role.OWNER)
    own = rows.filter(organisation=organisation).order_by("pk")
    for pk in own.values_list("pk", flat=True)[:MATCHED]:
        match_listing(pk)
    return user


def _ask(client: Client, page: str, repetitions: int) -> Times:
    def ask(_time: int) -> None:
        answer = client.get(reverse(page), {"state": "open"} if "match" in page else {})
        if answer.status_code != 200:
            raise ValueError(f"{page} answers {answer.status_code}")

    ask(0)
    return times(ask, range(repetitions))
