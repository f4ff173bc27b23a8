"""Lists of accounts through both doors."""

import pytest

from tests.factories import (
    AuditEventFactory,
    MemberFactory,
    NotificationFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
)
from tests.parity import ListParity


class TestOrganisationParity(ListParity):
    page = "/organisations/"
    endpoint = "/api/v1/organisations/"
    page_key = api_key = "slug"
    queries = (
        "",
        "kind=enterprise",
        "kind=enterprise&kind=university",
        "q=lake",
        "q=湖",
        "region=CN",
        "verified=false",
        "ordering=newest",
        "ordering=name&page=2",
    )

    @pytest.fixture
    def viewers(self):
        china = RegionFactory(code="CN")
        OrganisationFactory(name_en="Lake University", name_zh="湖大学", region=china)
        shanghai = RegionFactory(code="CN-SH", parent=china)
        OrganisationFactory(name_en="", name_zh="上海公司", kind="enterprise", region=shanghai)
        OrganisationFactory.create_batch(22)
        waiting = OrganisationFactory(name_en="Lake Works", verified=False)
        owner = MemberFactory(organisation=waiting).user
        return [None, UserFactory(), owner, UserFactory(moderator=True)]


class TestNotificationParity(ListParity):
    page = "/notifications/"
    endpoint = "/api/v1/notifications/"
    queries = ("", "unread=true", "unread=false", "kind=invitation")

    @pytest.fixture
    def viewers(self):
        users = UserFactory.create_batch(2)
        for user in users:
            NotificationFactory.create_batch(2, recipient=user)
        NotificationFactory(recipient=users[0], kind="invitation", read_at="2026-01-01T00:00Z")
        return users


class TestAuditParity(ListParity):
    page = "/audit/"
    endpoint = "/api/v1/audit-events/"
    queries = ("", "verb=organisation.", "verb=user", "after=2099-01-01", "object_id=1")

    @pytest.fixture
    def viewers(self):
        AuditEventFactory.create_batch(3)
        AuditEventFactory(verb="user.suspend")
        return [UserFactory(curator=True), UserFactory(superuser=True)]
