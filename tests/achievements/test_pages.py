"""Every page answers whom it is for, and nobody else."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from achievements.models import Listing
from achievements.services import create_listing, invitation_token
from matching.models import Match, Question
from matching.services.weights import active_weights
from tests.factories import (
    AchievementFactory,
    AttachmentFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    InventorFactory,
    IPRightFactory,
    MemberFactory,
    OrganisationFactory,
    ReportFactory,
    RequirementRowFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

FACTORIES = {"achievement": AchievementFactory, "demand": DemandFactory, "expert": ExpertFactory}


def client_of(user=None, language="en"):
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"achievements:{name}", args=args)


def page(user, name, *args, language="en", **query):
    return client_of(user, language).get(url(name, *args), query)


@pytest.mark.parametrize("kind", FACTORIES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_detail_shows_the_listing_in_the_readers_language(kind, language):
    listing = FACTORIES[kind](keywords_en=["word"], fields=[TermFactory()])
    AttachmentFactory(listing=listing)
    if kind == "achievement":
        EvidenceRowFactory(achievement=listing)
        IPRightFactory(achievement=listing)
        InventorFactory(achievement=listing, expert=ExpertFactory())
    if kind == "demand":
        RequirementRowFactory(demand=listing)
    response = page(None, f"{kind}_detail", listing.pk, language=language)
    assert response.status_code == 200
    shown = listing.title_zh if language == "zh-hans" else listing.title_en
    assert f"<h1>{shown}</h1>" in response.content.decode()


def test_detail_in_the_other_language_says_so():
    achievement = AchievementFactory(title_en="", summary_en="", solution_en="")
    content = page(None, "achievement_detail", achievement.pk).content.decode()
    assert f'<h1 lang="zh-Hans">{achievement.title_zh}</h1>' in content
    assert "There is no English text yet" in content


@pytest.mark.parametrize("kind", FACTORIES)
@pytest.mark.parametrize("state", ["draft", "in_review", "expired", "withdrawn", "closed"])
def test_detail_of_what_is_not_published_is_404_to_others(kind, state):
    listing = FACTORIES[kind](state=state)
    owner = MemberFactory(organisation=listing.organisation, role="viewer").user
    assert page(None, f"{kind}_detail", listing.pk).status_code == 404
    assert page(MemberFactory().user, f"{kind}_detail", listing.pk).status_code == 404
    assert page(owner, f"{kind}_detail", listing.pk).status_code == 200


def test_detail_for_members_only_is_404_to_visitors():
    achievement = AchievementFactory(visibility="members")
    assert page(None, "achievement_detail", achievement.pk).status_code == 404
    assert page(UserFactory(), "achievement_detail", achievement.pk).status_code == 404
    assert page(MemberFactory().user, "achievement_detail", achievement.pk).status_code == 200


def test_detail_of_a_merged_profile_leads_to_the_one_kept():
    keep = ExpertFactory()
    other = ExpertFactory(state="withdrawn", merged_into=keep)
    assert page(None, "expert_detail", other.pk).headers["Location"] == keep.get_absolute_url()
    keep.visibility = "owner"
    keep.save()
    assert page(None, "expert_detail", other.pk).status_code == 404


def test_inventor_whose_profile_is_hidden_is_shown_without_a_link():
    hidden = ExpertFactory(visibility="owner")
    inventor = InventorFactory(expert=hidden, name_en="Ada L")
    content = page(None, "achievement_detail", inventor.achievement_id).content.decode()
    assert "Ada L" in content
    assert hidden.get_absolute_url() not in content


@pytest.mark.parametrize(("kind", "rows"), [("achievement", 3), ("demand", 3), ("expert", 3)])
def test_detail_asks_a_fixed_number_of_queries(kind, rows, django_assert_max_num_queries):
    counts = []
    for number in (1, rows):
        listing = FACTORIES[kind](fields=[TermFactory() for _ in range(number)])
        for _ in range(number):
            AttachmentFactory(listing=listing)
            if kind == "achievement":
                EvidenceRowFactory(achievement=listing)
                InventorFactory(achievement=listing, expert=ExpertFactory())
                IPRightFactory(achievement=listing)
            if kind == "demand":
                RequirementRowFactory(demand=listing)
            if kind == "expert":
                InventorFactory(expert=listing)
        client = client_of()
        with django_assert_max_num_queries(8) as captured:
            assert client.get(listing.get_absolute_url()).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["listing_list", "moderation_queue", "expert_pool"])
def test_lists_ask_a_fixed_number_of_queries(name, django_assert_max_num_queries):
    member = MemberFactory(user=UserFactory(moderator=True, curator=True))
    client = client_of(member.user)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            for factory in (AchievementFactory, DemandFactory, ExpertFactory):
                organisation = {"organisation": member.organisation} if "list" in name else {}
                factory(state="in_review", fields=[TermFactory()], **organisation)
        with django_assert_max_num_queries(14) as captured:
            assert client.get(url(name), {"show": "all"}).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("user", ["visitor", "member", "moderator", "newcomer"])
def test_home_answers_everyone(user):
    AchievementFactory(title_en="Fresh membrane")
    users = {
        "visitor": None,
        "member": MemberFactory().user,
        "moderator": UserFactory(moderator=True, curator=True),
        "newcomer": UserFactory(),
    }
    response = page(users[user], "home")
    assert response.status_code == 200
    assert "Fresh membrane" in response.content.decode()


def test_home_offers_matches_to_those_who_can_have_some():
    expert = UserFactory()
    ExpertFactory(user=expert, organisation=None)
    people = {"member": MemberFactory().user, "expert": expert, "newcomer": UserFactory()}
    shown = {
        name: "See the matches" in page(user, "home").content.decode()
        for name, user in people.items()
    }
    assert shown == {"member": True, "expert": True, "newcomer": False}


def test_home_says_what_waits_for_a_member_and_nothing_else():
    office = MemberFactory(role="editor", organisation__kind="university")
    demand, offered = DemandFactory(), AchievementFactory(organisation=office.organisation)
    AchievementFactory(
        organisation=office.organisation, expires_at=timezone.now() + timedelta(days=20)
    )
    Match.objects.create(
        demand=demand, candidate=offered, kind="achievement", score=0.5, weights=active_weights()
    )
    Question.objects.create(demand=demand, achievement=offered, key="k", row={})
    text = page(office.user, "home").content.decode()

    assert re.findall(r'<a href="([^"]*)">([^<]*)</a></dt><dd class="stat__value">(\d+)', text) == [
        ("/matches/?state=open", "matches to answer", "1"),
        ("/questions/?state=open", "questions to answer", "1"),
        ("/portfolio/?expires_within=30", "listings that expire within 30 days", "1"),
        ("/listings/?state=published", "published", "2"),
    ]


def test_home_of_a_moderator_says_what_waits_and_offers_no_posting():
    moderator = UserFactory(moderator=True)
    ReportFactory()
    text = page(moderator, "home").content.decode()

    assert re.findall(r"</a></dt><dd class=\"stat__value\">(\d+)", text) == ["0", "1", "0"]
    assert "rganisations to verify</a></dt>" not in text
    OrganisationFactory(verified=False)
    again = page(moderator, "home").content.decode()
    assert re.findall(r"rganisations to verify</a></dt><dd class=\"stat__value\">(\d+)", again) == [
        "1"
    ]
    (button,) = re.findall(r"<a [^>]*button--primary.*?</a>", text, re.S)
    assert "Moderation queue" in button
    assert not re.search(r"button--[^>]*>\s*Register an organisation", text)


def test_home_tells_a_newcomer_what_posting_needs_and_members_not():
    newcomer = page(UserFactory(), "home").text
    member = page(MemberFactory().user, "home").text

    assert "register yours, or ask a colleague" in newcomer
    assert re.search(r"<a [^>]*button--primary[^>]*>\s*Register an organisation\s*<", newcomer)
    assert "register yours, or ask a colleague" not in member


@pytest.mark.parametrize(
    ("kind", "first"), [("university", "Post an achievement"), ("enterprise", "Post a demand")]
)
def test_home_offers_first_what_an_organisation_of_this_kind_does_most(kind, first):
    member = MemberFactory(role="editor", organisation__kind=kind)
    text = page(member.user, "home").content.decode()
    (button,) = re.findall(r"<a [^>]*button--primary.*?</a>", text, re.S)
    assert first in button


def test_home_counts_what_everyone_can_find():
    AchievementFactory()
    AchievementFactory(visibility="members")
    DemandFactory(state="draft")
    counts = page(None, "home").context["counts"]
    assert (counts["achievement"], counts["demand"], counts["expert"]) == (1, 0, 0)


def test_sitemap_names_what_is_public():
    public, hidden = AchievementFactory(), DemandFactory(visibility="members")
    content = client_of().get("/sitemap-listings.xml").content.decode()
    assert public.get_absolute_url() in content
    assert hidden.get_absolute_url() not in content
    assert "sitemap-listings.xml" in client_of().get("/sitemap.xml").content.decode()
    assert "Disallow: /admin/" in client_of().get("/robots.txt").content.decode()


@pytest.mark.parametrize(
    "name", ["listing_list", "moderation_queue", "expert_pool", "achievement_create"]
)
def test_pages_for_members_ask_a_visitor_to_sign_in(name):
    response = page(None, name)
    assert response.status_code == 302
    assert "login" in response.headers["Location"]


@pytest.mark.parametrize("name", ["moderation_queue", "expert_pool"])
def test_administrators_pages_refuse_members(name):
    assert page(MemberFactory().user, name).status_code == 403


def test_own_listings_offer_buttons_to_editors_alone():
    editor = MemberFactory(role="editor")
    viewer = MemberFactory(organisation=editor.organisation, role="viewer")
    achievement = AchievementFactory(organisation=editor.organisation)
    withdraw = url("listing_transition", achievement.pk, "withdraw")
    edit = url("achievement_update", achievement.pk)
    for user, shown in ((editor.user, True), (viewer.user, False)):
        content = page(user, "listing_list").content.decode()
        assert achievement.get_absolute_url() in content
        assert (withdraw in content, edit in content) == (shown, shown)


@pytest.mark.parametrize(("days", "offered"), [(300, False), (30, True)])
def test_renewing_is_offered_when_expiry_is_near(days, offered):
    member = MemberFactory()
    expires = timezone.now() + timedelta(days=days)
    achievement = AchievementFactory(organisation=member.organisation, expires_at=expires)
    renew = url("listing_transition", achievement.pk, "renew")
    for name, args in (("listing_list", []), ("achievement_detail", [achievement.pk])):
        assert (renew in page(member.user, name, *args).content.decode()) == offered


# --- what an owner does -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        ("draft", "submit", "in_review"),
        ("published", "renew", "published"),
        ("published", "withdraw", "withdrawn"),
        ("expired", "close", "closed"),
        ("closed", "reopen", "draft"),
    ],
)
def test_transition_moves_the_listing(state, verb, after):
    achievement = AchievementFactory(state=state)
    member = MemberFactory(organisation=achievement.organisation, role="editor")
    client = client_of(member.user)
    address = url("listing_transition", achievement.pk, verb)
    assert client.get(address).status_code == 200
    achievement.refresh_from_db()
    assert achievement.state == state
    assert client.post(address).status_code == 302
    achievement.refresh_from_db()
    assert achievement.state == after


def test_transition_by_others_is_refused_and_changes_nothing():
    achievement = AchievementFactory()
    viewer = MemberFactory(organisation=achievement.organisation, role="viewer").user
    address = url("listing_transition", achievement.pk, "withdraw")
    assert client_of(viewer).post(address).status_code == 403
    assert client_of(MemberFactory().user).post(address).status_code == 403
    assert client_of().post(address).status_code == 302
    hidden = AchievementFactory(state="draft")
    address = url("listing_transition", hidden.pk, "submit")
    assert client_of(MemberFactory().user).post(address).status_code == 404
    achievement.refresh_from_db()
    hidden.refresh_from_db()
    assert (achievement.state, hidden.state) == ("published", "draft")


def test_discard_asks_then_deletes_the_draft():
    member = MemberFactory()
    draft = AchievementFactory(organisation=member.organisation, state="draft")
    client = client_of(member.user)
    assert client.get(url("listing_discard", draft.pk)).status_code == 200
    assert Listing.objects.filter(pk=draft.pk).exists()
    client.post(url("listing_discard", draft.pk))
    assert not Listing.objects.filter(pk=draft.pk).exists()


# --- what a reviewer does -----------------------------------------------------------------


def test_moderator_approves_or_sends_back_with_a_reason():
    moderator = client_of(UserFactory(moderator=True))
    one, two = AchievementFactory(state="in_review"), DemandFactory(state="in_review")
    assert one.title_en in moderator.get(url("moderation_queue")).content.decode()
    moderator.post(url("listing_approve", one.pk), {"seen": one.version})
    assert moderator.post(url("listing_reject", two.pk), {"note": "x"}).status_code == 422
    two.refresh_from_db()
    assert two.state == "in_review"
    sent = {"reason": "unclear", "note": "Say more.", "seen": two.version}
    moderator.post(url("listing_reject", two.pk), sent)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, two.state) == ("published", "draft")
    owner = MemberFactory(organisation=two.organisation).user
    assert "Say more." in page(owner, "demand_detail", two.pk).content.decode()


def test_review_by_the_own_organisation_or_by_members_is_refused():
    achievement = AchievementFactory(state="in_review")
    own = MemberFactory(
        organisation=achievement.organisation, user=UserFactory(moderator=True)
    ).user
    for user in (own, MemberFactory(organisation=achievement.organisation).user):
        for name in ("listing_approve", "listing_reject"):
            assert client_of(user).post(url(name, achievement.pk)).status_code == 403
    achievement.refresh_from_db()
    assert achievement.state == "in_review"


# --- files --------------------------------------------------------------------------------


def test_download_is_an_attachment_that_no_browser_sniffs():
    attachment = AttachmentFactory(name="报告.txt")
    response = page(None, "attachment_download", attachment.pk)
    assert b"".join(response.streaming_content) == b"measured"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("layer", "status"), [("members", 200), ("owner", 404)])
def test_download_asks_the_layer_and_is_noted(layer, status):
    attachment = AttachmentFactory(layer=layer)
    member = MemberFactory().user
    assert page(None, "attachment_download", attachment.pk).status_code == 404
    assert page(member, "attachment_download", attachment.pk).status_code == status
    opened = AuditEvent.objects.filter(verb="attachment.open")
    assert [event.actor for event in opened] == ([member] if status == 200 else [])


def test_add_change_and_remove_a_file():
    from django.core.files.uploadedfile import SimpleUploadedFile

    member = MemberFactory()
    achievement = AchievementFactory(organisation=member.organisation)
    client = client_of(member.user)
    address = url("attachment_create", achievement.pk)
    assert client.get(address).status_code == 200
    bad = SimpleUploadedFile("a.svg", b"<svg/>")
    refused = client.post(address, {"upload": bad, "layer": "public"})
    assert refused.status_code == 422
    good = SimpleUploadedFile("a.txt", b"text")
    assert client.post(address, {"upload": good, "layer": "owner"}).status_code == 302
    attachment = achievement.attachments.get()
    changed = {"layer": "members", "title": "T"}
    assert client.get(url("attachment_update", attachment.pk)).status_code == 200
    client.post(url("attachment_update", attachment.pk), changed)
    attachment.refresh_from_db()
    assert (attachment.layer, attachment.title) == ("members", "T")
    assert client.get(url("attachment_delete", attachment.pk)).status_code == 200
    stranger = client_of(MemberFactory().user)
    assert stranger.post(url("attachment_delete", attachment.pk)).status_code == 403
    client.post(url("attachment_delete", attachment.pk))
    assert not achievement.attachments.exists()


# --- experts ------------------------------------------------------------------------------


def test_curator_admits_and_merges():
    curator = client_of(UserFactory(curator=True))
    waiting = ExpertFactory(state="in_review", title_en="Ada Lovelace", position_en="Dr")
    keep = ExpertFactory(title_en="Ada Lovelace", position_en="Professor")
    assert "Ada Lovelace" in curator.get(url("expert_pool")).content.decode()
    asked = curator.get(url("expert_admit", waiting.pk)).content.decode()
    assert f'name="seen" value="{waiting.version}"' in asked
    given = {"seen": waiting.version, "evidence": "Recommended by the academy."}
    assert curator.post(url("expert_admit", waiting.pk), given).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "published"
    assert waiting.admission_evidence == "Recommended by the academy."
    found = curator.get(url("expert_duplicates", keep.pk)).content.decode()
    assert url("expert_merge", keep.pk, waiting.pk) in found
    address = url("expert_merge", keep.pk, waiting.pk)
    pasted = {"other": f"https://transfer.example/experts/{waiting.pk}/"}
    assert curator.get(url("expert_duplicates", keep.pk), pasted).url == address
    form = curator.get(address).context["form"]
    assert form["title_zh"].label == "Name (Chinese)"
    choices = dict.fromkeys(form.fields, "keep") | {"position_en": "other"}
    assert curator.post(address, choices).status_code == 302
    keep.refresh_from_db()
    waiting.refresh_from_db()
    assert keep.position_en == "Dr"
    assert waiting.merged_into == keep


def test_curators_verbs_refuse_moderators_and_members():
    one, two = ExpertFactory(state="in_review"), ExpertFactory()
    for user in (UserFactory(moderator=True), MemberFactory(organisation=one.organisation).user):
        client = client_of(user)
        assert client.post(url("expert_admit", one.pk)).status_code == 403
        assert client.post(url("expert_merge", two.pk, one.pk)).status_code == 403
    one.refresh_from_db()
    assert (one.state, one.merged_into) == ("in_review", None)


def test_invitation_lets_its_bearer_take_the_profile_over_once():
    member = MemberFactory()
    expert = ExpertFactory(organisation=member.organisation)
    shown = page(member.user, "expert_invite", expert.pk).content.decode()
    assert "/experts/accept/" in shown
    person = UserFactory()
    address = url("expert_accept", invitation_token(expert))
    assert client_of(person).get(address).status_code == 200
    expert.refresh_from_db()
    assert expert.user is None
    client_of(person).post(address)
    expert.refresh_from_db()
    assert expert.user == person
    assert client_of(UserFactory()).post(address).status_code == 410
    assert client_of(person).get(url("expert_accept", "forged")).status_code == 410


def test_claim_is_decided_by_a_curator():
    expert, person = ExpertFactory(), UserFactory()
    client = client_of(person)
    assert client.get(url("expert_claim", expert.pk)).status_code == 200
    assert client.post(url("expert_claim", expert.pk), {"statement": ""}).status_code == 422
    client.post(url("expert_claim", expert.pk), {"statement": "See my page."})
    claim = expert.claims.get()
    assert client.post(url("claim_decide", claim.pk), {"decision": "accept"}).status_code == 403
    curator = client_of(UserFactory(curator=True))
    assert "See my page." in curator.get(url("expert_pool")).content.decode()
    curator.post(url("claim_decide", claim.pk), {"decision": "accept"})
    expert.refresh_from_db()
    assert expert.user == person


def test_browse_leads_to_the_search_or_lists():
    achievement = AchievementFactory()
    response = page(None, "achievement_list")
    if response.status_code == 302:
        assert "kind=achievement" in response.headers["Location"]
    else:
        assert achievement.title_en in response.content.decode()


def test_created_listing_is_seen_by_its_organisation_alone():
    member = MemberFactory()
    from achievements.models import Achievement

    draft = create_listing(
        Achievement,
        by=member.user,
        organisation=member.organisation,
        values={"title_en": "Hidden draft"},
    )
    own = client_of(member.user).get(url("listing_list")).content.decode()
    other = client_of(MemberFactory().user).get(url("listing_list")).content.decode()
    assert draft.get_absolute_url() in own
    assert draft.get_absolute_url() not in other


def test_organisation_that_nobody_has_verified_is_named_without_a_link_that_leads_nowhere(client):
    listing = AchievementFactory(organisation__verified=False)
    address = reverse("accounts:organisation_detail", args=[listing.organisation.slug])

    page = client.get(listing.get_absolute_url()).text
    client.force_login(MemberFactory(organisation=listing.organisation).user)
    own = client.get(listing.get_absolute_url()).text

    assert listing.organisation.name in page
    assert address not in page
    assert address in own
