"""The catalogue through the API: the same rows, verbs and refusals as on the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from achievements.models import Achievement, Demand, Expert, Listing
from achievements.services import claim_expert
from tests.factories import (
    AchievementFactory,
    AttachmentFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    InventorFactory,
    MemberFactory,
    OrganisationFactory,
    RegionFactory,
    RequirementRowFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

FACTORIES = {"achievements": AchievementFactory, "demands": DemandFactory, "experts": ExpertFactory}


def api(user=None):
    client = APIClient(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def address(*parts):
    return "/api/v1/" + "".join(f"{part}/" for part in parts)


def attrs(response):
    return sorted(error["attr"] or "" for error in response.json()["errors"])


@pytest.fixture
def member():
    return MemberFactory(role="editor")


def test_create_achievement_with_rows(member):
    RegionFactory(code="CN")
    TermFactory(code="1.2")
    expert = ExpertFactory()
    sent = {
        "title_en": "A cell",
        "summary_zh": "电池",
        "keywords_en": ["cell"],
        "fields": ["hightech:1.2"],
        "region": "CN",
        "trl": 6,
        "transfer_modes": ["assignment"],
        "price_mode": "fixed",
        "price_min": "1000000.00",
        "evidence": [{"quantity": "mass", "value": "1.5", "unit": "kg"}],
        "ip_rights": [{"kind": "patent", "number": "CN1", "filed_on": "2020-01-02"}],
        "inventors": [{"name_en": "Ada", "expert": expert.pk}],
        "external_id": "A-1",
    }
    response = api(member.user).post(address("achievements"), sent)
    assert response.status_code == 201, response.json()
    body = response.json()
    achievement = Achievement.objects.get(pk=body["id"])
    assert (achievement.organisation, achievement.state) == (member.organisation, "draft")
    for name in ("title_en", "fields", "region", "trl", "price_min", "keywords_en", "external_id"):
        assert body[name] == sent[name]
    assert body["inventors"] == [{"name_en": "Ada", "name_zh": "", "expert": expert.pk}]
    assert body["evidence"][0]["value"] == "1.500000"
    assert body["organisation"] == member.organisation.slug
    assert body["title"] == "A cell"


def test_create_demand_names_the_place_of_each_error(member):
    sent = {
        "title_en": "",
        "requirements": [
            {"quantity": "mass", "value": "1", "unit": "kg"},
            {"quantity": "mass", "value": "1", "unit": "blorps"},
        ],
    }
    response = api(member.user).post(address("demands"), sent)
    assert response.status_code == 400
    assert attrs(response) == ["requirements.1.unit"]
    sent["requirements"][1] = {
        "quantity": "t",
        "operator": "between",
        "value": "2",
        "value_max": "1",
    }
    response = api(member.user).post(address("demands"), sent)
    assert attrs(response) == ["non_field_errors", "requirements.1.non_field_errors"]
    assert not Listing.objects.exists()


def test_create_is_for_editors_of_the_organisation(member):
    other = OrganisationFactory()
    viewer = MemberFactory(role="viewer").user
    sent = {"title_en": "A"}
    assert api().post(address("achievements"), sent).status_code in (401, 403)
    assert api(viewer).post(address("achievements"), sent).status_code == 403
    foreign = {**sent, "organisation": other.slug}
    assert api(member.user).post(address("achievements"), foreign).status_code == 403
    assert api(UserFactory()).post(address("achievements"), sent).status_code == 400
    assert not Listing.objects.exists()


@pytest.mark.parametrize(
    "name", ["state", "created_by", "published_at", "is_sample", "trl_verified_at", "kind"]
)
def test_create_ignores_what_only_services_set(member, name):
    values = {"state": "published", "published_at": "2020-01-01", "kind": "demand"}
    sent = {"title_en": "A", name: values.get(name, 1)}
    body = api(member.user).post(address("achievements"), sent).json()
    achievement = Achievement.objects.get(pk=body["id"])
    assert achievement.state == "draft"
    assert achievement.published_at is None
    assert not achievement.is_sample
    assert achievement.created_by == member.user
    assert achievement.trl_verified_at is None
    assert achievement.kind == "achievement"


def test_update_replaces_what_is_sent_and_refuses_a_stale_version(member):
    achievement = EvidenceRowFactory(achievement__organisation=member.organisation).achievement
    client = api(member.user)
    one = address("achievements", achievement.pk)
    seen = client.get(one).json()["version"]
    response = client.patch(one, {"summary_en": "New", "seen": seen})
    assert response.status_code == 200
    assert response.json()["summary_en"] == "New"
    assert len(response.json()["evidence"]) == 1
    stale = client.patch(one, {"summary_en": "Newer", "seen": seen})
    assert stale.status_code == 409
    assert client.patch(one, {"evidence": []}).json()["evidence"] == []
    assert client.get(one).json()["summary_en"] == "New"


def test_update_by_others_is_refused_and_changes_nothing(member):
    achievement = AchievementFactory()
    hidden = AchievementFactory(state="draft")
    sent = {"title_en": "Mine"}
    assert api(member.user).patch(address("achievements", achievement.pk), sent).status_code == 403
    assert api(member.user).patch(address("achievements", hidden.pk), sent).status_code == 404
    assert api(member.user).delete(address("achievements", hidden.pk)).status_code == 404
    assert not Listing.objects.filter(title_en="Mine").exists()
    assert Listing.objects.count() == 2


def test_organisation_of_a_listing_cannot_be_changed(member):
    achievement = AchievementFactory(organisation=member.organisation)
    other = MemberFactory(user=member.user).organisation
    one = address("achievements", achievement.pk)
    response = api(member.user).patch(one, {"organisation": other.slug})
    assert response.status_code == 400
    achievement.refresh_from_db()
    assert achievement.organisation == member.organisation


def test_delete_removes_drafts_only(member):
    draft = DemandFactory(organisation=member.organisation, state="draft")
    live = DemandFactory(organisation=member.organisation)
    client = api(member.user)
    assert client.delete(address("demands", draft.pk)).status_code == 204
    assert client.delete(address("demands", live.pk)).status_code == 409
    assert list(Demand.objects.all()) == [live]


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        ("draft", "submit", "in_review"),
        ("published", "withdraw", "withdrawn"),
        ("published", "close", "closed"),
        ("expired", "renew", "published"),
        ("withdrawn", "reopen", "draft"),
    ],
)
@pytest.mark.parametrize("kind", FACTORIES)
def test_verbs_of_the_owner_move_the_listing(member, kind, state, verb, after):
    listing = FACTORIES[kind](organisation=member.organisation, state=state)
    one = address(kind, listing.pk, verb)
    stranger = api(MemberFactory().user).post(one)
    assert stranger.status_code == (403 if state == "published" else 404)
    listing.refresh_from_db()
    assert listing.state == state
    response = api(member.user).post(one)
    assert (response.status_code, response.json()["state"]) == (200, after)
    expected = 200 if verb == "renew" else 409
    assert api(member.user).post(one).status_code == expected


def test_submit_without_a_text_says_what_is_missing(member):
    draft = AchievementFactory(
        organisation=member.organisation,
        state="draft",
        summary_en="",
        summary_zh="",
        solution_en="",
        solution_zh="",
    )
    response = api(member.user).post(address("achievements", draft.pk, "submit"))
    assert response.status_code == 400
    assert attrs(response) == ["solution_en", "summary_en"]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_reviewers_approve_and_reject():
    one, two = AchievementFactory(state="in_review"), DemandFactory(state="in_review")
    moderator, curator = api(UserFactory(moderator=True)), api(UserFactory(curator=True))
    assert moderator.get(address("listings"), {"state": "in_review"}).json()["count"] == 2
    assert curator.post(address("achievements", one.pk, "approve")).status_code == 404
    seen_one = moderator.get(address("achievements", one.pk)).json()["version"]
    seen_two = moderator.get(address("demands", two.pk)).json()["version"]
    assert moderator.post(address("achievements", one.pk, "approve")).status_code == 400
    assert (
        moderator.post(address("demands", two.pk, "reject"), {"seen": seen_two}).status_code == 400
    )
    approved = moderator.post(
        address("achievements", one.pk, "approve"), {"note": "Good", "seen": seen_one}
    )
    assert approved.json()["state"] == "published"
    rejected = moderator.post(
        address("demands", two.pk, "reject"), {"reason": "unclear", "seen": seen_two}
    )
    assert rejected.json()["state"] == "draft"


def test_curators_admit_find_duplicates_and_merge():
    waiting = ExpertFactory(state="in_review", title_en="Ada Lovelace", position_en="Dr")
    keep = ExpertFactory(title_en="Ada Lovelace")
    curator = api(UserFactory(curator=True))
    member = api(MemberFactory().user)
    assert member.post(address("experts", keep.pk, "merge"), {"other": keep.pk}).status_code == 403
    admitted = curator.post(address("experts", waiting.pk, "admit"), {"seen": waiting.version})
    assert admitted.json()["state"] == "published"
    found = curator.get(address("experts", keep.pk, "duplicates")).json()
    assert [row["id"] for row in found] == [waiting.pk]
    sent = {"other": waiting.pk, "take": ["position_en"]}
    merged = curator.post(address("experts", keep.pk, "merge"), sent)
    assert merged.json()["position_en"] == "Dr"
    assert Expert.objects.get(pk=waiting.pk).merged_into == keep


def test_expert_is_proposed_described_invited_and_claimed(member):
    client = api(member.user)
    proposed = client.post(address("experts"), {"title_en": "Grace Hopper"}).json()
    link = client.post(address("experts", proposed["id"], "invite")).json()
    person = api(UserFactory())
    taken = person.post(address("experts", "accept"), {"token": link["token"]})
    assert taken.json()["claimed"] is True
    assert (
        api(UserFactory()).post(address("experts", "accept"), {"token": link["token"]}).status_code
        == 404
    )
    newcomer = UserFactory()
    assert api(newcomer).post(address("experts"), {"title_en": "X"}).status_code == 403
    own = api(newcomer).post(address("experts"), {"title_en": "X", "is_me": True})
    assert own.status_code == 201
    assert Expert.objects.get(pk=own.json()["id"]).user == newcomer


def test_claims_are_decided_by_curators():
    expert, person = ExpertFactory(), UserFactory()
    claim = api(person).post(address("experts", expert.pk, "claim"), {"statement": "My page."})
    assert claim.status_code == 201
    one = address("expert-claims", claim.json()["id"], "decide")
    assert api(UserFactory()).get(address("expert-claims")).json()["count"] == 0
    assert api(person).post(one, {"accepted": True}).status_code == 403
    curator = api(UserFactory(curator=True))
    assert curator.get(address("expert-claims")).json()["count"] == 1
    assert curator.post(one, {"accepted": True}).json()["accepted"] is True
    expert.refresh_from_db()
    assert expert.user == person


def test_attachments_are_added_listed_by_layer_changed_and_removed(member):
    achievement = AchievementFactory(organisation=member.organisation)
    client = api(member.user)
    sent = {
        "listing": achievement.pk,
        "layer": "owner",
        "upload": SimpleUploadedFile("a.txt", b"text"),
    }
    created = client.post(address("attachments"), sent, format="multipart")
    assert created.status_code == 201, created.json()
    one = address("attachments", created.json()["id"])
    assert api().get(one).status_code == 404
    assert api().get(address("achievements", achievement.pk)).json()["attachments"] == []
    assert client.patch(one, {"layer": "public"}).json()["layer"] == "public"
    assert api().get(one).json()["name"] == "a.txt"
    assert api(MemberFactory().user).delete(one).status_code == 403
    bad = {**sent, "upload": SimpleUploadedFile("a.svg", b"<svg/>")}
    assert client.post(address("attachments"), bad, format="multipart").status_code == 400
    assert client.delete(one).status_code == 204
    assert not achievement.attachments.exists()


def test_history_is_for_editors_and_reviewers(member):
    draft = api(member.user).post(address("achievements"), {"title_en": "A"}).json()
    one = address("achievements", draft["id"], "history")
    events = api(member.user).get(one).json()
    assert [event["verb"] for event in events] == ["listing.create"]
    assert api(MemberFactory().user).get(one).status_code == 404


def test_vocabularies_and_terms_are_read_by_everyone():
    upper = TermFactory(code="1", label_en="Energy")
    TermFactory(code="1.1", parent=upper)
    body = api().get(address("terms"), {"scheme": "hightech", "top": "true"}).json()
    assert [term["key"] for term in body["results"]] == ["hightech:1"]
    assert api().get(address("vocabularies")).json()["count"] == 1
    assert api(UserFactory()).post(address("terms"), {}).status_code in (403, 405)


@pytest.mark.parametrize("kind", FACTORIES)
def test_list_and_detail_ask_a_fixed_number_of_queries(kind, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        for _ in range(number):
            listing = FACTORIES[kind](fields=[TermFactory()])
            AttachmentFactory(listing=listing)
            if kind == "achievements":
                EvidenceRowFactory(achievement=listing)
                InventorFactory(achievement=listing, expert=ExpertFactory())
            if kind == "demands":
                RequirementRowFactory(demand=listing)
        client = api()
        with django_assert_max_num_queries(12) as captured:
            assert client.get(address(kind)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(8):
        api().get(address(kind, listing.pk))


@pytest.mark.parametrize("kind", FACTORIES)
def test_every_sent_value_comes_back(kind, member):
    """What GET answers can be sent back and changes nothing."""
    listing = FACTORIES[kind](organisation=member.organisation, keywords_en=["a"])
    client = api(member.user)
    body = client.get(address(kind, listing.pk)).json()
    before = Listing.objects.get(pk=listing.pk).updated_at
    response = client.put(address(kind, listing.pk), {**body, "seen": body["version"]})
    assert response.status_code == 200, response.json()
    assert Listing.objects.get(pk=listing.pk).updated_at == before


def test_achievement_names_the_profile_of_an_inventor_only_to_whom_may_see_it():
    achievement = AchievementFactory()
    shown, hidden = ExpertFactory(), ExpertFactory(state="draft")
    for expert in (shown, hidden):
        InventorFactory(achievement=achievement, expert=expert, name_en=f"Person {expert.pk}")
    path = address("achievements", achievement.pk)

    public = api().get(path).json()["inventors"]
    curated = api(UserFactory(curator=True)).get(path).json()["inventors"]

    assert {row["expert"] for row in public} == {shown.pk, None}
    assert {row["expert"] for row in curated} == {shown.pk, hidden.pk}


@pytest.mark.parametrize("verb", ["approve", "admit"])
def test_curator_does_not_admit_the_own_profile(verb):
    curator = UserFactory(curator=True)
    expert = ExpertFactory(state="in_review", organisation=None, user=curator, admitted_at=None)

    answer = api(curator).post(address("experts", expert.pk, verb))

    assert answer.status_code == 403
    expert.refresh_from_db()
    assert (expert.state, expert.admitted_at) == ("in_review", None)


def test_curator_does_not_decide_the_own_claim():
    curator, expert = UserFactory(curator=True), ExpertFactory()
    claim = claim_expert(expert, by=curator, statement="It is me.")

    answer = api(curator).post(address("expert-claims", claim.pk, "decide"), {"accepted": True})

    assert answer.status_code == 403
    claim.refresh_from_db()
    expert.refresh_from_db()
    assert (claim.decided_at, expert.user) == (None, None)
