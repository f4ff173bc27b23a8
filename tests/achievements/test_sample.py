"""The sample catalogue: complete, published, and the same when it is loaded again."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEvent, Member, Organisation, User
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Listing,
    Report,
    RequirementRow,
)
from achievements.services.sample import load_sample

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[2] / "achievements" / "sample"


def _lines(name: str) -> int:
    return sum(1 for line in (FOLDER / name).open(encoding="utf-8") if line.strip())


@pytest.fixture
def _vocabularies() -> None:
    call_command("load_vocabularies", verbosity=0)


@pytest.mark.usefixtures("_vocabularies")
def test_sample_goes_in_completely_and_again_changes_nothing(capsys, settings):
    settings.DEMO = True
    call_command("load_sample")
    first = capsys.readouterr().out
    assert Expert.objects.published().count() == _lines("experts.jsonl")
    assert Achievement.objects.published().count() == _lines("achievements.jsonl")
    assert Demand.objects.count() == _lines("demands.jsonl")
    assert Organisation.objects.filter(is_sample=True).count() == _lines("organisations.jsonl")
    waiting = Listing.objects.awaiting_review()
    assert sorted(waiting.values_list("kind", flat=True)) == ["achievement", "expert"]
    assert Report.objects.open().get().listing.state == "published"
    assert not Listing.objects.filter(is_sample=False).exists()
    assert "office@transfer.example" in first

    before = list(Listing.objects.order_by("pk").values())
    events = AuditEvent.objects.count()
    call_command("load_sample", verbosity=0)
    assert Report.objects.count() == 1
    assert list(Listing.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.count() == events
    assert "office@transfer.example" in capsys.readouterr().out


@pytest.mark.usefixtures("_vocabularies")
def test_sample_is_classified_measured_and_still_open():
    load_sample()
    assert not Listing.objects.filter(fields=None).exists()
    for rows in (EvidenceRow.objects, RequirementRow.objects):
        # A few quantities are not in the vocabulary on purpose: no match can say anything of them.
        assert rows.filter(term=None).count() < rows.count() / 20
    today = timezone.localdate()
    assert not Demand.objects.filter(deadline__lt=today + timedelta(days=28)).exists()
    days = {moment.date() for moment in Listing.objects.values_list("published_at", flat=True)}
    assert len(days) > 30
    assert max(days) <= timezone.now().date()
    assert Achievement.objects.filter(inventors__expert__isnull=False).exists()


@pytest.mark.usefixtures("_vocabularies")
def test_sample_users_come_only_with_a_password(settings):
    settings.DEMO = False
    call_command("load_sample", verbosity=0)
    assert User.objects.count() == 0
    call_command("load_sample", verbosity=0, with_users="a-long-pass-phrase")
    office = User.objects.get(email="office@transfer.example")
    assert office.check_password("a-long-pass-phrase")
    assert office.emailaddress_set.get().verified  # type: ignore[attr-defined]
    assert Member.objects.get(user=office).role == Member.Role.OWNER
    assert User.objects.get(email="expert@transfer.example").expert.external_id == "S-E-101"
    assert User.objects.filter(is_superuser=True).count() == 1


def test_sample_without_vocabularies_says_what_to_do():
    with pytest.raises(ValidationError, match="load_vocabularies"):
        load_sample()
    assert Organisation.objects.count() == 0


@pytest.mark.usefixtures("_vocabularies")
def test_bad_row_of_a_sample_takes_everything_back(tmp_path):
    for name in ("organisations", "experts", "achievements", "demands"):
        (tmp_path / f"{name}.jsonl").write_text("")
    (tmp_path / "organisations.jsonl").write_text(
        json.dumps({"slug": "one", "name_en": "One", "kind": "enterprise"})
    )
    (tmp_path / "demands.jsonl").write_text(json.dumps({"organisation": "one", "trl_min": 77}))
    with pytest.raises(ValidationError, match=r"demands.jsonl:1: trl_min"):
        load_sample(folder=tmp_path)
    assert Organisation.objects.count() == 0
