"""Two sides that may write to each other, and the match between them."""

from dataclasses import dataclass

import pytest

from accounts.models import Member, Organisation, User
from achievements.models import Achievement, Demand, Listing
from matching.models import Decision, Match, ScoringWeights
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)


def match_between(demand: Demand, candidate: Listing, /, **decisions: str) -> Match:
    """A match; ``demand="accepted"`` or ``candidate="dismissed"`` decides it."""
    weights, _created = ScoringWeights.objects.get_or_create(
        version=1, defaults={"weights": {}, "active": True}
    )
    match = Match.objects.create(
        demand=demand, candidate_id=candidate.pk, kind=candidate.kind, score="0.8", weights=weights
    )
    for side, verdict in decisions.items():
        reason = "other" if verdict == "dismissed" else ""
        Decision.objects.create(match=match, side=side, verdict=verdict, reason=reason)
    return match


@dataclass
class Sides:
    """A university with an achievement and an enterprise with a demand, each with an owner."""

    university: Organisation
    researcher: User
    achievement: Achievement
    enterprise: Organisation
    buyer: User
    demand: Demand

    def secrets(self) -> list[str]:
        """What would tell who the enterprise is."""
        colleague = self.enterprise.members.get(role=Member.Role.EDITOR).user
        people = [self.buyer, colleague]
        return [
            self.enterprise.name_en,
            self.enterprise.name_zh,
            self.enterprise.slug,
            *(person.name for person in people),
            *(person.email for person in people),
        ]


@pytest.fixture
def sides(db: None) -> Sides:
    """Both sides; the demand names who asks."""
    university = OrganisationFactory(name_en="Lakeside University", name_zh="湖滨大学")
    enterprise = OrganisationFactory(
        name_en="Hidden Harbour Industries",
        name_zh="隐港实业",
        slug="hidden-harbour",
        kind=Organisation.Kind.ENTERPRISE,
    )
    researcher = UserFactory(name="Rosa Researcher", email="rosa@lakeside.example")
    buyer = UserFactory(name="Bodo Buyersecret", email="bodo@hidden-harbour.example")
    colleague = UserFactory(name="Cleo Colleaguesecret", email="cleo@hidden-harbour.example")
    MemberFactory(organisation=university, user=researcher)
    MemberFactory(organisation=enterprise, user=buyer)
    MemberFactory(organisation=enterprise, user=colleague, role=Member.Role.EDITOR)
    return Sides(
        university,
        researcher,
        AchievementFactory(organisation=university, title_en="Quiet pump", title_zh="静音泵"),
        enterprise,
        buyer,
        DemandFactory(organisation=enterprise, title_en="Pump wanted", title_zh="求购水泵"),
    )


@pytest.fixture
def anonymous_sides(sides: Sides) -> Sides:
    """The same, but the demand is anonymous."""
    sides.demand.disclosure = Listing.Disclosure.ANONYMOUS
    sides.demand.save()
    return sides
