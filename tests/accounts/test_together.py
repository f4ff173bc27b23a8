"""Several questions with one statement: the same rows as one after the other."""

from typing import Any

import pytest
from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import AuditEvent, Member, Organisation
from accounts.together import read_together
from achievements.models import Attachment, EvidenceRow, IPRight, ListingQuality, Term
from tests import factories as make

pytestmark = pytest.mark.django_db


def plain(row: Any) -> dict[str, Any]:
    """The columns of a row, and what was counted."""
    return {name: value for name, value in vars(row).items() if name != "_state"}


def values(rows: QuerySet) -> list[Any]:
    """What is known of each row, and of the rows joined to it, without asking again."""
    return [
        (plain(row), {name: one and plain(one) for name, one in row._state.fields_cache.items()})
        for row in rows
    ]


def questions() -> list[QuerySet]:
    """Decimals, dates, times, JSON, files, a joined table that has no row, a count, an order."""
    return [
        EvidenceRow.objects.select_related("term").order_by("-pk"),
        IPRight.objects.all(),
        AuditEvent.objects.select_related("actor")[:2],
        ListingQuality.objects.all(),
        Attachment.objects.all(),
        Organisation.objects.annotate(people=Count("members")).order_by("-people", "pk"),
        Term.objects.select_related("scheme", "parent"),
        Member.objects.none(),
    ]


@pytest.fixture
def rows() -> None:
    """Two of most."""
    work = make.AchievementFactory()
    for value in ("0.1", "299.7500"):
        make.EvidenceRowFactory(achievement=work, value=value)
    make.IPRightFactory(achievement=work, filed_on=timezone.now().date())
    make.AuditEventFactory(data={"share": 0.1, "parts": ["a", {"b": None}]})
    make.AuditEventFactory(actor=None)
    ListingQuality.objects.update_or_create(
        listing_id=work.pk, defaults={"score": 7, "findings": []}
    )
    make.AttachmentFactory(listing=work)
    make.MemberFactory(organisation=work.organisation)
    make.TermFactory()


def test_questions_read_together_give_the_same_rows(
    rows: None, django_assert_num_queries: Any
) -> None:
    alone, together = questions(), questions()
    expected = [values(one) for one in alone]

    with django_assert_num_queries(1):
        read_together(*together)
        found = [values(one) for one in together]

    assert [len(one) > 0 for one in expected] == [True] * 7 + [False]
    assert found == expected


def test_a_question_asked_on_is_asked_of_the_database(rows: None) -> None:
    everything = EvidenceRow.objects.all()
    read_together(everything)

    assert everything.filter(value="0.1").count() == 1
    assert [str(row.value) for row in everything.filter(value__lt=1)] == [
        str(row.value) for row in everything if row.value < 1
    ]


def test_nothing_to_ask_takes_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        read_together(nobody := Member.objects.none())
        assert list(nobody) == []
