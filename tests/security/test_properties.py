"""What holds for any input at all: texts, filters, and any order of what can be done to a listing.

EXAMPLES in the environment says how many of each are tried (`make attacks`: 1,000).
"""

import os
import unicodedata
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.throttling import SimpleRateThrottle

from accounts.text import clean_line, clean_text, plain_address, row_number
from achievements.filtersets import AchievementFilterSet, DemandFilterSet
from achievements.models import Listing
from achievements.services import lifecycle, reviewing
from tests.factories import AchievementFactory, DemandFactory, MemberFactory, UserFactory

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)

ODD = st.sampled_from(["", "1", "-1", "9" * 30, "1e400", "NaN", "2026-02-30", "CNY", "true", "%"])
ODD |= st.sampled_from(["\x00", "\ud800", "'"])
TEXTS = st.text(st.characters(), max_size=20) | ODD
NAMES = {
    "achievements": [*AchievementFilterSet.base_filters, "page", "page_size", "nothing"],
    "demands": [*DemandFilterSet.base_filters, "page", "page_size", "nothing"],
}
ACTS = ("submit", "publish", "approve", "reject", "take_down", "withdraw", "close")
ACTS += ("renew", "reopen")


@many
@given(st.text(st.characters()))
def test_text_cleaned_once_is_clean(text: str) -> None:
    clean = clean_text(text)

    assert clean_text(clean) == clean == unicodedata.normalize("NFC", clean)
    assert "\x00" not in clean
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert clean_line(clean_line(text)) == clean_line(text)
    assert len(clean_line(text).splitlines()) <= 1


@many
@given(text=st.text(max_size=25) | st.integers(-(10**25), 10**25).map(str))
def test_number_of_a_row_fits_the_database_whatever_is_typed(text: str) -> None:
    assert 0 <= row_number(text) < 2**63


@given(number=st.integers(0, 10**18 - 1))
def test_number_of_a_row_is_read_as_it_was_written(number: int) -> None:
    assert row_number(str(number)) == number


@given(st.emails())
def test_address_put_in_shape_once_stays_so(address: str) -> None:
    plain = plain_address(address)

    assert plain_address(plain) == plain == plain_address(address.upper())


def agree(kind: str, query: str) -> str:
    """What is wrong with the two answers to one query string; empty where they agree."""
    client = Client(raise_request_exception=False)
    page, api = client.get(f"/{kind}/?{query}"), client.get(f"/api/v1/{kind}/?{query}")
    if page.status_code not in (200, 301, 302, 404) or api.status_code not in (200, 400, 404):
        return f"{page.status_code} and {api.status_code}"
    if page.status_code != 200 or api.status_code != 200 or "page" in query:
        return ""
    shown = [row.pk for row in page.context["page_obj"].object_list]
    given_out = [row["id"] for row in api.json()["results"]]
    return "" if shown == given_out[: len(shown)] else f"{shown} and {given_out}"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["achievements", "demands"])
def test_any_filter_has_an_answer_and_the_same_in_both_doors(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    (AchievementFactory if kind == "achievements" else DemandFactory).create_batch(3)
    pairs = st.lists(st.tuples(st.sampled_from(NAMES[kind]), TEXTS), max_size=4)

    @many
    @given(pairs)
    def check(chosen: list[tuple[str, str]]) -> None:
        query = urlencode(
            [(name, value.encode("utf-8", "surrogatepass")) for name, value in chosen]
        )
        assert agree(kind, query) == "", query

    check()


@pytest.mark.django_db
def test_any_order_of_verbs_keeps_to_the_lifecycle() -> None:
    """A verb either leads where the table says, or is refused and changes nothing."""
    organisation = MemberFactory(role="owner").organisation
    owner = organisation.members.get().user
    moderator = UserFactory(moderator=True)
    listing = AchievementFactory(organisation=organisation, state="draft")
    reached = set()

    def do(verb: str) -> None:
        verbs = {
            "approve": lambda row: reviewing.approve_listing(row, by=moderator),
            "reject": lambda row: reviewing.reject_listing(
                row, by=moderator, reason="incomplete", note="Say more."
            ),
            "take_down": lambda row: reviewing.take_down_listing(
                row, by=moderator, reason="incomplete", note="Say more."
            ),
        }
        act = verbs.get(verb) or (lambda row: getattr(lifecycle, f"{verb}_listing")(row, by=owner))
        act(Listing.objects.get(pk=listing.pk))

    @many
    @given(st.lists(st.sampled_from(ACTS), min_size=5, max_size=12))
    def check(acts: list[str]) -> None:
        for verb in acts:
            before = Listing.objects.get(pk=listing.pk)
            steps = lifecycle.TRANSITIONS[verb]
            try:
                do(verb)
            except ValidationError:
                after = Listing.objects.get(pk=listing.pk)
                assert (after.state, after.updated_at) == (before.state, before.updated_at)
                assert before.state not in steps, f"{verb} was refused in {before.state}"
                continue
            after = Listing.objects.get(pk=listing.pk)
            assert before.state in steps, f"{verb} was done in {before.state}"
            assert after.state == steps[before.state]
            assert (after.published_at is None) <= (after.state != Listing.State.PUBLISHED)
            reached.add(after.state)

    check()

    assert reached >= {"in_review", "published", "withdrawn", "closed", "draft"}
