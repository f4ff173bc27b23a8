"""Readiness is claimed by the owner, verified by somebody else, and only as long as it stays."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from achievements.models import Achievement
from achievements.services import update_listing, verify_readiness
from tests.factories import AchievementFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def ready(**values):
    return AchievementFactory(trl=6, readiness_evidence_en="Pilot line.", **values)


def test_verify_readiness_notes_who_and_when():
    achievement, moderator = ready(), UserFactory(moderator=True)
    verify_readiness(achievement, by=moderator)
    fresh = Achievement.objects.get(pk=achievement.pk)
    assert fresh.trl_verified_by == moderator
    assert fresh.trl_verified_at is not None
    assert fresh.updated_at > achievement.updated_at
    assert AuditEvent.objects.get(verb="readiness.verify").data == {"trl": 6}
    with pytest.raises(ValidationError):
        verify_readiness(achievement, by=moderator)


@pytest.mark.parametrize("lacking", [{"trl": None}, {"readiness_evidence_en": ""}])
def test_verify_readiness_without_level_or_evidence_is_refused(lacking):
    achievement = ready()
    Achievement.objects.filter(pk=achievement.pk).update(**lacking)
    with pytest.raises(ValidationError):
        verify_readiness(achievement, by=UserFactory())
    assert Achievement.objects.get(pk=achievement.pk).trl_verified_at is None


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"trl": 7}, False),
        ({"readiness_evidence_en": "Another line."}, False),
        ({"summary_en": "Other words."}, True),
    ],
)
def test_verification_holds_until_level_or_evidence_changes(change, holds):
    achievement = verify_readiness(ready(), by=UserFactory())
    update_listing(achievement, by=UserFactory(), values=change)
    fresh = Achievement.objects.get(pk=achievement.pk)
    assert (fresh.trl_verified_at is not None) == holds


@pytest.mark.parametrize("door", ["page", "api"])
def test_moderators_verify_others_do_not(door):
    achievement = ready()
    address = {
        "page": reverse("achievements:achievement_verify", args=[achievement.pk]),
        "api": f"/api/v1/achievements/{achievement.pk}/verify-readiness/",
    }[door]
    own = MemberFactory(organisation=achievement.organisation, user=UserFactory(moderator=True))
    client = Client()
    for user in (MemberFactory().user, UserFactory(curator=True), own.user):
        client.force_login(user)
        assert client.post(address).status_code == 403
    assert Achievement.objects.get(pk=achievement.pk).trl_verified_at is None
    client.force_login(UserFactory(moderator=True))
    assert client.post(address).status_code == (302 if door == "page" else 200)
    assert Achievement.objects.get(pk=achievement.pk).trl_verified_at is not None


def test_page_offers_verifying_to_moderators_and_tells_everyone():
    achievement = ready()
    page = achievement.get_absolute_url()
    moderator = Client(headers={"accept-language": "en"})
    moderator.force_login(UserFactory(moderator=True))
    verb = reverse("achievements:achievement_verify", args=[achievement.pk])
    assert verb in moderator.get(page).content.decode()
    verify_readiness(achievement, by=UserFactory())
    said = Client(headers={"accept-language": "en"}).get(page).content.decode()
    assert "TRL 6 verified" in said
    assert verb not in said
