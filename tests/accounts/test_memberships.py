"""To which organisations a user belongs: read once while a request reads, anew for the next one."""

from typing import Any

import pytest
from django.test import Client

from accounts.memberships import keep_memberships, memberships_of
from accounts.permissions import belongs_to, may_post_for
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_memberships_are_read_once_where_that_was_said(django_assert_num_queries: Any) -> None:
    member = make.MemberFactory(role="editor")
    user = member.user
    keep_memberships(user)

    with django_assert_num_queries(1):
        assert belongs_to(user, member.organisation)
        assert may_post_for(user, member.organisation)
        assert [one.organisation for one in memberships_of(user)] == [member.organisation]


def test_memberships_are_read_anew_where_it_was_not() -> None:
    member = make.MemberFactory(role="editor")
    user, organisation = member.user, member.organisation
    assert may_post_for(user, organisation)

    user.memberships.update(role="viewer")
    assert not may_post_for(user, organisation)
    user.memberships.all().delete()
    assert not belongs_to(user, organisation)


@pytest.mark.parametrize("door", ["/demands/{}/", "/api/v1/demands/{}/"])
def test_who_leaves_an_organisation_sees_no_more_of_it_in_the_next_request(
    door: str, client: Client
) -> None:
    draft = make.DemandFactory(state="draft")
    user = make.MemberFactory(organisation=draft.organisation).user
    client.force_login(user)

    before = client.get(door.format(draft.pk)).status_code
    user.memberships.all().delete()

    assert (before, client.get(door.format(draft.pk)).status_code) == (200, 404)
