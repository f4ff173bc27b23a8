"""The Django admin of the catalogue: to look at for superusers, states by services alone."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from achievements.models import Achievement, Attachment, Listing, Term
from tests.factories import (
    AchievementFactory,
    AttachmentFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    RequirementRowFactory,
    ReviewFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MODELS = ["achievement", "demand", "expert", "listing", "attachment", "review", "claim"]


@pytest.fixture
def client(settings):
    settings.DEMO = True  # superusers need a second factor only outside the demo
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory(superuser=True))
    return client


@pytest.mark.parametrize("model", [*MODELS, "scheme", "term"])
def test_lists_and_pages_open(client, model):
    achievement = EvidenceRowFactory().achievement
    RequirementRowFactory()
    expert = ExpertFactory()
    expert.claims.create(user=UserFactory(), statement="Me")
    AttachmentFactory(listing=achievement)
    ReviewFactory(listing=achievement)
    TermFactory()
    assert client.get(reverse(f"admin:achievements_{model}_changelist")).status_code == 200
    from django.apps import apps

    row = apps.get_model("achievements", model).objects.first()
    page = reverse(f"admin:achievements_{model}_change", args=[row.pk])
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_or_removed_past_the_services(client, model):
    assert client.get(reverse(f"admin:achievements_{model}_add")).status_code == 403


def test_content_and_state_cannot_be_changed_here(client):
    achievement = AchievementFactory(state="draft")
    page = reverse("admin:achievements_achievement_change", args=[achievement.pk])
    assert client.post(page, {"title_en": "X", "state": "published"}).status_code == 403
    achievement.refresh_from_db()
    assert (achievement.state, achievement.title_en != "X") == ("draft", True)


def test_actions_move_what_may_move_and_say_what_may_not(client):
    live, draft = AchievementFactory(), AchievementFactory(state="draft", title_en="Still a draft")
    data = {"action": "withdraw", "_selected_action": [live.pk, draft.pk]}
    address = reverse("admin:achievements_achievement_changelist")
    response = client.post(address, data, follow=True)
    states = dict(Achievement.objects.values_list("pk", "state"))
    assert states == {live.pk: "withdrawn", draft.pk: "draft"}
    assert "Still a draft" in response.content.decode()
    assert AuditEvent.objects.filter(verb="listing.withdraw").count() == 1


def test_approve_all_kinds_and_remove_files(client):
    demand = DemandFactory(state="in_review")
    data = {"action": "approve", "_selected_action": [demand.pk]}
    client.post(reverse("admin:achievements_listing_changelist"), data)
    assert Listing.objects.get(pk=demand.pk).state == "published"
    attachment = AttachmentFactory()
    data = {"action": "remove", "_selected_action": [attachment.pk]}
    client.post(reverse("admin:achievements_attachment_changelist"), data)
    assert not Attachment.objects.exists()


def test_terms_are_changed_with_a_trace(client):
    term = TermFactory()
    page = reverse("admin:achievements_term_change", args=[term.pk])
    data = {
        "scheme": term.scheme_id,
        "code": term.code,
        "label_en": "New",
        "label_zh": "新",
        "synonyms": "of,files",
        "own_synonyms": "a,b",
    }
    assert client.post(page, data).status_code == 302
    changed = Term.objects.get(pk=term.pk)
    assert (changed.synonyms, changed.own_synonyms) == (term.synonyms, ["a", "b"])
    assert AuditEvent.objects.get(verb="term.admin_update").data["changed"]


@pytest.mark.parametrize("who", ["moderator", "curator"])
def test_others_do_not_come_in(who):
    client = Client()
    client.force_login(UserFactory(**{who: True}))
    response = client.get(reverse("admin:achievements_achievement_changelist"))
    assert response.status_code == 302
