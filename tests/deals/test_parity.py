"""The list of conversations through both doors."""

import pytest

from deals.services import begin_introduction
from tests.deals.conftest import Sides
from tests.factories import IntroductionFactory, UserFactory
from tests.parity import ListParity


class TestIntroductionParity(ListParity):
    page = "/introductions/"
    endpoint = "/api/v1/introductions/"
    queries = (
        "",
        "direction=sent",
        "direction=received",
        "unread=true",
        "unread=false",
        "direction=received&unread=true",
    )

    @pytest.fixture
    def viewers(self, sides: Sides):
        words = {"subject": "Your pump", "body": "Please tell us more."}
        begin_introduction(by=sides.researcher, listing=sides.demand, **words)
        begin_introduction(by=sides.buyer, listing=sides.achievement, **words)
        IntroductionFactory.create_batch(21, listing=sides.demand)
        IntroductionFactory()
        self.queries = (*self.queries, f"listing={sides.achievement.pk}")
        curator = UserFactory(curator=True)
        IntroductionFactory(recipient_organisation=None, to_curators=True)
        return [sides.researcher, sides.buyer, curator]
