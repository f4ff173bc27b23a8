"""Lists of the catalogue through both doors."""

import pytest
from django.utils import timezone

from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    TermFactory,
    UserFactory,
)
from tests.parity import ListParity


class TestOwnListingsParity(ListParity):
    page = "/listings/"
    endpoint = "/api/v1/listings/"
    queries = (
        "ordering=changed",
        "ordering=changed&kind=demand",
        "ordering=newest&state=published&state=draft",
        "ordering=oldest&title=cell",
        "ordering=closing&field=hightech:1",
        "ordering=newest&trl_min=6",
        "ordering=newest&mine=false",
    )

    @pytest.fixture
    def viewers(self):
        term = TermFactory(code="1")
        members = [MemberFactory(), MemberFactory(role="viewer")]
        for member in members:
            own = {"organisation": member.organisation}
            AchievementFactory(title_en="A cell", fields=[term], trl=7, **own)
            AchievementFactory(state="draft", **own)
            DemandFactory(anonymous=True, **own)
            DemandFactory(state="withdrawn", **own)
        return [member.user for member in members]

    def shown_in_api(self, client, query, size):
        """The page shows the own ones only."""
        if "mine=" in query:
            return 0, []
        return super().shown_in_api(client, f"{query}&mine=true", size)


class TestModerationParity(ListParity):
    page = "/listings/review/"
    endpoint = "/api/v1/listings/"
    queries = ("ordering=oldest", "ordering=oldest&kind=demand", "ordering=changed&title=cell")

    @pytest.fixture
    def viewers(self):
        AchievementFactory(state="in_review", title_en="A cell")
        DemandFactory.create_batch(2, state="in_review")
        DemandFactory()
        ExpertFactory(state="in_review")
        AchievementFactory(edited_at=timezone.now())
        return [UserFactory(moderator=True)]

    def shown_in_api(self, client, query, size):
        """The page shows what waits for moderators."""
        kinds = "" if "kind=" in query else "&kind=achievement&kind=demand"
        return super().shown_in_api(client, f"{query}&waiting=true{kinds}", size)


class TestExpertPoolParity(ListParity):
    page = "/experts/pool/"
    endpoint = "/api/v1/experts/"
    queries = (
        "show=all&ordering=changed",
        "show=all&ordering=changed&service=testing",
        "show=all&ordering=newest&state=in_review",
    )

    @pytest.fixture
    def viewers(self):
        ExpertFactory(services=["testing"])
        ExpertFactory(state="in_review")
        ExpertFactory(visibility="members")
        return [UserFactory(curator=True)]
