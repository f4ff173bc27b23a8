"""People in every part and one object of every kind, with who may see it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import OrganisationDocument, User
from achievements.models import (
    Appeal,
    Claim,
    DeclaredConflict,
    Disclosure,
    ExpertInvitation,
    ExpertMerge,
    ImportRun,
    ListingVersion,
    Reveal,
)
from deals.models import PortfolioView
from matching.models import (
    DuplicatePair,
    Match,
    Panel,
    Question,
    SavedSearch,
    ShortlistEntry,
)
from matching.services.weights import active_weights
from tests import factories as make

ROLES = (
    "anonymous",
    "other",
    "viewer",
    "editor",
    "owner",
    "expert",
    "curator",
    "moderator",
    "superuser",
    "suspended",
)
STRANGERS = frozenset({"anonymous", "suspended"})  # a suspended user is nobody, in both doors
ANYONE = frozenset(ROLES)
SIGNED_IN = ANYONE - STRANGERS
MEMBERS = frozenset({"viewer", "editor", "owner"})
OFFICE = frozenset({"editor", "owner"})
ADMINISTRATORS = frozenset({"curator", "moderator", "superuser"})
MODERATORS = frozenset({"moderator", "superuser"})
CURATORS = frozenset({"curator", "superuser"})
TOKEN = "tr_{role}_token"
TOMORROW = timezone.now() + timedelta(days=1)  # so that nobody notes the use of a token
ROW = {
    "quantity": "energy density",
    "operator": ">=",
    "value": "300",
    "value_max": "",
    "unit": "Wh/kg",
    "must": True,
    "label_en": "Energy density",
    "label_zh": "能量密度",
    "result": "unknown",
    "offered": "",
    "evidence_value": "",
}


@dataclass
class World:
    """Users by role; objects by key: what names one in an address, and which roles see it."""

    users: dict[str, User] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    seen_by: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, key: str, obj: Any, seen_by: frozenset[str] = ANYONE) -> Any:
        """Remember an object and who sees it; returns it."""
        self.objects[key], self.seen_by[key] = obj, seen_by
        return obj


def make_world() -> World:
    """Everything of the university ``home`` unless its key or comment says else."""
    world = World()
    logo = {"logo": ContentFile(b"image", name="logo.png")}
    home = world.add("home", make.OrganisationFactory(slug="home", **logo))
    away = make.OrganisationFactory(slug="away", kind="enterprise")
    waiting = make.OrganisationFactory(slug="waiting", verified=False, **logo)
    world.add("waiting", waiting, ADMINISTRATORS)
    _add_people(world, home, away)
    _add_listings(world, home)
    _add_their_parts(world, home, away)
    _add_pool(world, away)
    _add_matching(world, home, away)
    _add_accounts(world, home)
    _add_deals(world, home, away)
    return world


def _add_people(world: World, home: Any, away: Any) -> None:
    users = world.users
    for role in ("viewer", "editor", "owner"):
        users[role] = make.MemberFactory(organisation=home, role=role).user
    users["other"] = make.MemberFactory(organisation=away).user
    users["suspended"] = make.MemberFactory(organisation=home).user
    users["expert"] = make.UserFactory()
    users["curator"] = make.UserFactory(curator=True)
    users["moderator"] = make.UserFactory(moderator=True)
    users["superuser"] = make.UserFactory(superuser=True)
    for role, user in users.items():
        make.ApiTokenFactory(user=user, secret=TOKEN.format(role=role), last_used_at=TOMORROW)


def _add_listings(world: World, home: Any) -> None:
    open_to_office = MEMBERS | MODERATORS
    world.add("achievement", make.AchievementFactory(organisation=home))
    draft = make.AchievementFactory(organisation=home, state="draft")
    world.add("draft", draft, open_to_office)
    world.add("demand", make.DemandFactory(organisation=home))
    written = make.DemandFactory(organisation=home, state="draft")
    world.add("demand_draft", written, open_to_office)
    sealed = make.DemandFactory(organisation=home, disclosure="sealed", visibility="owner")
    world.add("sealed", sealed, MEMBERS)
    world.add("expert", make.ExpertFactory(organisation=None, user=world.users["expert"]))
    applying = make.ExpertFactory(organisation=None, state="draft")
    world.add("expert_draft", applying, ADMINISTRATORS)
    world.add("unclaimed", make.ExpertFactory(organisation=None))
    content: dict[str, Any] = {"values": {}, "fields": [], "rows": {}}
    for listing in list(world.objects.values()):
        if hasattr(listing, "listing_ptr_id"):
            ListingVersion.objects.create(listing=listing, number=1, content=content)


def _add_their_parts(world: World, home: Any, away: Any) -> None:
    achievement, owner = world.objects["achievement"], world.users["owner"]
    world.add("attachment", make.AttachmentFactory(listing=achievement))
    private = make.AttachmentFactory(listing=achievement, layer="owner")
    world.add("attachment_private", private, MEMBERS | MODERATORS)
    disclosure = Disclosure.objects.create(
        organisation=home, submitted_by=owner, title="Title", what="What"
    )
    world.add("disclosure", disclosure, OFFICE)
    run = ImportRun.objects.create(kind="achievement", organisation=home, created_by=owner)
    world.add("import", run, OFFICE | {"superuser"})
    world.add("report", make.ReportFactory(listing=achievement), MODERATORS)
    down = make.AchievementFactory(organisation=home, state="withdrawn")
    appeal = Appeal.objects.create(
        review=make.ReviewFactory(listing=down, verdict="taken_down"),
        statement="It is right.",
        by=owner,
        due_on=timezone.now().date(),
    )
    world.add("appeal", appeal, MEMBERS | MODERATORS)
    reveal = Reveal.objects.create(demand=world.objects["demand"], organisation=away)
    world.add("reveal", reveal, OFFICE)
    world.add("term", make.TermFactory())
    world.add("scheme", world.objects["term"].scheme)
    world.add("region", make.RegionFactory())


def _add_pool(world: World, away: Any) -> None:
    expert, unclaimed = world.objects["expert"], world.objects["unclaimed"]
    claim = Claim.objects.create(expert=unclaimed, user=world.users["other"], statement="Me.")
    world.add("claim", claim, CURATORS | {"other"})
    invitation = ExpertInvitation.objects.create(
        expert=unclaimed,
        email="somebody@example.org",
        language="en",
        sent_at=timezone.now() - timedelta(days=2),
    )
    world.add("letter", invitation, CURATORS)
    world.add("conflict", DeclaredConflict.objects.create(expert=expert, organisation=away))
    merged = make.ExpertFactory(organisation=None, state="withdrawn")
    world.add("merger", ExpertMerge.objects.create(keep=expert, other=merged), CURATORS)


def _add_matching(world: World, home: Any, away: Any) -> None:
    owner = world.users["owner"]
    demand, achievement = world.objects["demand"], world.objects["achievement"]
    match = Match.objects.create(
        demand=demand,
        candidate=make.AchievementFactory(),
        kind="achievement",
        score="0.8",
        weights=active_weights(),
    )
    world.add("match", match, MEMBERS | ADMINISTRATORS)
    world.add("weights", active_weights(), CURATORS)
    panel = Panel.objects.create(demand=demand, task="x", size=1, made_by=world.users["curator"])
    world.add("panel", panel, CURATORS)
    question = Question.objects.create(
        demand=make.DemandFactory(organisation=away),
        achievement=achievement,
        key="key",
        row=ROW,
        asked_by=world.users["other"],
    )
    world.add("question", question, MEMBERS | ADMINISTRATORS | {"other"})
    search = SavedSearch.objects.create(user=owner, name="Mine", query="q=battery")
    world.add("search", search, frozenset({"owner"}))
    entry = ShortlistEntry.objects.create(
        organisation=home, listing=make.AchievementFactory(), added_by=owner
    )
    world.add("shortlisted", entry, MEMBERS)
    pair = DuplicatePair.objects.create(
        first=achievement, second=make.AchievementFactory(), likeness="0.9"
    )
    world.add("pair", pair, ADMINISTRATORS)


def _add_accounts(world: World, home: Any) -> None:
    owner = world.users["owner"]
    document = OrganisationDocument.objects.create(
        organisation=home,
        kind="other",
        name="licence.pdf",
        file=ContentFile(b"%PDF", name="licence.pdf"),
        content_type="application/pdf",
        size=4,
        sha256="0" * 64,
    )
    world.add("document", document, MODERATORS | {"owner"})
    member = home.members.get(user=world.users["viewer"])
    world.add("member", member, MEMBERS | ADMINISTRATORS)
    invitation = make.InvitationFactory(organisation=home)
    world.add("invitation", invitation, frozenset({"owner", "superuser"}))
    only_owner = frozenset({"owner"})
    world.add("token", make.ApiTokenFactory(user=owner), only_owner)
    world.add("notification", make.NotificationFactory(recipient=owner), only_owner)
    world.add("letter_sent", make.MailboxMessageFactory())
    event = make.AuditEventFactory(organisation=home)
    world.add("event", event, ADMINISTRATORS | {"owner"})


def _add_deals(world: World, home: Any, away: Any) -> None:
    introduction = make.IntroductionFactory(
        listing=world.objects["demand"], sender=world.users["other"], sender_organisation=away
    )
    make.MessageFactory(introduction=introduction)
    world.add("introduction", introduction, MEMBERS | {"other"})
    view = PortfolioView.objects.create(organisation=home, user=world.users["owner"], name="Mine")
    world.add("view", view, frozenset({"owner"}))
    User.objects.filter(pk=world.users["suspended"].pk).update(is_active=False)
