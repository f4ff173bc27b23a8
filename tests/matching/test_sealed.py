"""Sealed demands: every door is tried by everybody who is not to know, and by those who are."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from achievements.models import Demand, Listing, Reveal
from achievements.services import (
    add_attachment,
    create_listing,
    report_listing,
    submit_listing,
    update_listing,
    withdraw_listing,
)
from matching.models import DuplicatePair, Match, Question
from matching.services.batch import rank_all
from matching.services.decisions import accept_match, dismiss_match
from matching.services.duplicates import outstanding_fingerprints
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from matching.services.questions import ask_owner
from matching.services.statistics import refresh_statistics
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db

# What must appear to nobody else: words of the title, the text, a row, a file; the name.
WORDS = ("Zirkonite", "密钥合金", "quibblesome", "marmot-plan")
NAMES = ("Marmot Dynamics", "旱獭动力")


class Market:
    """A sealed demand, an achievement that fits it, and who looks on."""

    def __init__(self) -> None:
        self.organisation = factories.OrganisationFactory(
            kind="enterprise", slug="mrmt", name_en="Marmot Dynamics", name_zh="旱獭动力"
        )
        self.owner = factories.MemberFactory(organisation=self.organisation, role="owner").user
        self.demand = create_listing(
            Demand,
            organisation=self.organisation,
            by=self.owner,
            values={
                "title_en": "Zirkonite cathode for solid batteries",
                "title_zh": "密钥合金固态电池正极",
                "summary_en": "We need a quibblesome cathode for solid batteries.",
                "body_en": "A quibblesome Zirkonite cathode with high energy density.",
                "disclosure": "sealed",
                "visibility": "public",
            },
            rows={
                "requirements": [
                    {"quantity": "Zirkonite share", "operator": ">=", "value": 3, "unit": "%"}
                ]
            },
        )
        submit_listing(self.demand, by=self.owner)
        self.achievement = factories.AchievementFactory(
            title_en="Solid battery cathode", summary_en="A cathode for solid batteries."
        )
        self.seller = factories.MemberFactory(organisation=self.achievement.organisation).user
        self.others = {
            "visitor": None,
            "stranger": factories.MemberFactory().user,
            "seller": self.seller,
            "curator": factories.UserFactory(curator=True),
            "moderator": factories.UserFactory(moderator=True),
            "superuser": factories.UserFactory(superuser=True),
        }

    def client(self, user: Any) -> Client:
        """A browser in which the user is signed in."""
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    def match(self) -> Match:
        """A match whose reasons quote the demand; both can be found by their words."""
        refresh_entries([self.demand.pk, self.achievement.pk])
        while embed_entries():
            pass
        row = {
            "quantity": "Zirkonite share",
            "label_en": "",
            "label_zh": "",
            "must": True,
            "operator": ">=",
            "value": "3",
            "value_max": "",
            "unit": "%",
            "result": "unknown",
            "offered": "",
            "evidence_value": "",
            "evidence_unit": "",
        }
        return Match.objects.create(
            demand=self.demand,
            candidate=self.achievement,
            kind="achievement",
            score=Decimal("0.9"),
            weights=active_weights(),
            reasons=[
                {"code": "requirements", "data": {"rows": [row]}},
                {"code": "terms", "data": {"terms": ["quibblesome", "Zirkonite"]}},
            ],
        )


@pytest.fixture
def market(settings, tmp_path) -> Market:
    """A fresh market."""
    settings.MEDIA_ROOT = tmp_path
    return Market()


def routes(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every route of the site, as it is written in the URL configuration."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        here = before + str(one.pattern).lstrip("^").rstrip("$").removesuffix("\\Z")
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, here)
        else:
            yield here


def doors(market: Market, match: Match) -> list[str]:
    """Every route, with the numbers of the demand and of its match where it wants a number, and
    searches for the words."""
    numbers = [str(market.demand.pk), str(market.achievement.pk), str(match.pk)]
    found = []
    for route in routes():
        if re.search(
            r"admin/.*(add|delete|history|jsi18n)/|^/admin/(auth|account|mfa|sites)", route
        ):
            continue
        plain = re.sub(r"\(\?P<(?:format|app_label|url)>[^)]*\)|\\\.|\?|/\$", "", route)
        named = re.sub(r"<slug:(?:slug|organisation)>", market.organisation.slug, plain)
        named = re.sub(r"<slug:kind>", "demand", named)
        wanted = numbers[::2] if "match" in named else numbers[:1]
        for number in wanted if re.search(r"<int:|<path:|\(", named) else numbers[:1]:
            address = re.sub(r"<(?:int|path):\w+>|\(\?P<(?:pk|object_id)>[^)]*\)", number, named)
            if not re.search(r"[<(^]", address):
                found.append(address)
    words = "Zirkonite+quibblesome+cathode"
    found += [
        *(f"/search/?q={words}", "/search/?q=密钥合金", "/search/?kind=demand"),
        *("/search/suggestions/?q=Zirko", "/search/suggestions/?q=密钥", "/matches/?view=groups"),
        *(f"/compare/?ids={numbers[0]},{numbers[1]}", f"/api/v1/compare/?ids={','.join(numbers)}"),
        *(f"/api/v1/search/?q={words}", "/api/v1/search/?q=密钥合金", "/sitemap-demands.xml"),
        *("/api/v1/search/suggestions/?q=Zirko", "/admin/achievements/listing/?q=Zirkonite"),
    ]
    found += [f"/admin/accounts/notification/{n.pk}/change/" for n in Notification.objects.all()]
    # What visitors looked for in vain is what this test types.
    return [one for one in dict.fromkeys(found) if "unanswered" not in one]


def leaks(market: Market, match: Match, user: Any, addresses: Sequence[str]) -> list[Any]:
    """Which door says which secret. A search repeats what was typed; who has an account here is
    public, and the audit says to administrators which organisation did something."""
    client, found = market.client(user), []
    for address in addresses:
        answer = client.get(address)
        text = answer.getvalue().decode("utf-8", "replace") if answer.streaming else answer.text
        typed = address.partition("?")[2]
        known = re.match(
            r"/(api/v1/)?(organisations|audit|admin/accounts|listings/import|panels/new)", address
        )
        words = WORDS if known else (*WORDS, *NAMES)
        found += [(address, one) for one in words if one in text and one not in typed]
    return found


def test_sealed_demand_is_behind_every_door_for_everybody_else(market):
    add_attachment(
        market.demand,
        layer="public",
        by=market.owner,
        upload=SimpleUploadedFile("marmot-plan.txt", b"quibblesome"),
    )
    match = market.match()
    accept_match(match=match, side="demand", by=market.owner)
    found = doors(market, match)
    assert len(found) > 150
    assert f"/demands/{market.demand.pk}/" in found

    assert leaks(market, match, market.others["superuser"], found) == []
    pages = [one for one in found if not one.startswith("/admin/")]
    assert leaks(market, match, market.others["seller"], pages) == []
    some = [one for one in pages if re.search(r"search|match|duplic|review|demand|question", one)]
    for name in ("visitor", "stranger", "curator", "moderator"):
        assert leaks(market, match, market.others[name], some[::2]) == [], name
    told = Notification.objects.exclude(recipient=market.owner)
    for note in told:
        said = render_notification(note)
        assert not any(one in f"{note.data} {said.title} {said.body}" for one in (*WORDS, *NAMES))
    assert any(said for said in leaks(market, match, market.owner, ["/matches/", "/listings/"]))


def test_sealed_demand_has_matches_that_only_its_own_side_sees(market, client):
    match = market.match()

    assert Match.objects.visible_to(market.owner).get() == match
    for name, user in market.others.items():
        if user is not None:
            assert not Match.objects.visible_to(user).exists(), name
    assert not Notification.objects.filter(recipient=market.seller).exists()
    client.force_login(market.owner)
    page = client.get(f"/matches/{match.pk}/").text
    assert "Sealed: they do not see it" in page
    assert f"/matches/{match.pk}/reveal/" in page


def test_sealed_demand_is_matched_from_either_side_and_its_candidate_hears_nothing(market):
    weights = active_weights()
    weights.weights = {**weights.weights, "strong": 0.1}
    weights.save()
    texts = {"title_zh": "", "summary_en": "", "summary_zh": "", "body_en": "", "body_zh": ""}
    topic = "Zirkonite solid electrolyte cathode with a quibblesome energy density"
    update_listing(
        market.achievement,
        by=market.seller,
        values={"title_en": topic, "title_zh": "", "summary_zh": "", "solution_zh": ""},
    )
    for title in ("Weaving of carpets", "Vaccines against influenza", "Concrete bridges", "Poems"):
        factories.DemandFactory(**texts | {"title_en": f"{title} wanted"})
        factories.AchievementFactory(title_en=title, title_zh="", summary_en="", summary_zh="")
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    while embed_entries():
        pass
    refresh_statistics()

    for listing in (market.demand, market.achievement):
        Match.objects.all().delete()
        match_listing(listing.pk)
        found = Match.objects.filter(demand=market.demand.pk, candidate=market.achievement.pk)
        assert found.count() == 1, listing.kind

    assert Notification.objects.filter(recipient=market.owner, kind="matches_found").exists()
    assert not Notification.objects.filter(recipient=market.seller).exists()
    ranked = dict(rank_all("achievement"))
    assert market.achievement.pk in [pk for pk, _score in ranked[market.demand.pk]]


def test_sealed_demand_is_revealed_to_one_side_by_its_owner(market, client):
    match = market.match()
    client.force_login(market.seller)
    assert client.post(f"/matches/{match.pk}/reveal/").status_code == 404
    client.force_login(market.owner)
    assert client.get(f"/matches/{match.pk}/reveal/").status_code == 200
    assert not Reveal.objects.exists()

    for _twice in range(2):
        client.post(f"/matches/{match.pk}/reveal/", {"side": "demand"})

    assert Reveal.objects.get().organisation == market.achievement.organisation
    note = Notification.objects.get(recipient=market.seller)
    assert (note.kind, note.path) == ("demand_revealed", f"/matches/{match.pk}/")
    assert "Zirkonite" in render_notification(note).title
    assert AuditEvent.objects.filter(verb="listing.reveal").count() == 1
    seller = market.client(market.seller)
    page = seller.get(f"/demands/{market.demand.pk}/").text
    assert "quibblesome" in page
    assert "Report this listing" not in page
    with pytest.raises(ValidationError):  # no reviewer reads it
        report_listing(market.demand, by=market.seller, reason="unlawful")
    assert "Marmot Dynamics" in page
    assert seller.get(f"/api/v1/matches/{match.pk}/").json()["revealed"] is True
    for name in ("visitor", "stranger", "curator", "moderator", "superuser"):
        other = market.client(market.others[name])
        assert other.get(f"/demands/{market.demand.pk}/").status_code == 404, name
    withdraw_listing(market.demand, by=market.owner)
    assert seller.get(f"/demands/{market.demand.pk}/").status_code == 404


def test_api_reveals_for_the_owner_and_refuses_the_rest(market, client):
    match = market.match()
    address = f"/api/v1/matches/{match.pk}/reveal/"
    for name, status in (("visitor", 401), ("seller", 404), ("superuser", 404)):
        assert market.client(market.others[name]).post(address).status_code == status, name
    viewer = factories.MemberFactory(organisation=market.organisation, role="viewer").user
    assert market.client(viewer).post(address).status_code == 403
    assert not Reveal.objects.exists()

    client.force_login(market.owner)
    assert client.get(f"/api/v1/matches/{match.pk}/").json()["revealed"] is False
    assert client.post(address).json()["revealed"] is True


def test_owner_ends_a_reveal_and_what_was_read_stays_recorded(market, client):
    match = market.match()
    client.force_login(market.owner)
    client.post(f"/matches/{match.pk}/reveal/", {"side": "demand"})
    reveal, seller = Reveal.objects.get(), market.client(market.seller)
    assert seller.get(f"/demands/{market.demand.pk}/").status_code == 200
    end = f"/demands/{market.demand.pk}/reveals/{reveal.pk}/end/"
    for name in ("visitor", "stranger", "curator", "superuser"):
        assert market.client(market.others[name]).post(end).status_code in (302, 404), name
    assert seller.post(end).status_code == 404
    reveal.refresh_from_db()
    assert reveal.ended_at is None
    english = {"headers": {"accept-language": "en"}}
    assert (
        f"/demands/{market.demand.pk}/reveals/" in client.get(market.demand.get_absolute_url()).text
    )
    assert "it was opened 1 time" in client.get(end, **english).text

    assert client.post(end).status_code == 302

    assert seller.get(f"/demands/{market.demand.pk}/").status_code == 404
    assert seller.get(f"/matches/{match.pk}/").status_code == 404
    assert seller.get(f"/api/v1/demands/{market.demand.pk}/").status_code == 404
    assert client.get(f"/api/v1/matches/{match.pk}/").json()["revealed"] is False
    assert AuditEvent.objects.filter(verb="listing.open", actor=market.seller).count() == 1
    assert AuditEvent.objects.get(verb="listing.reveal_end").data["to"] == reveal.organisation_id
    told = Notification.objects.get(recipient=market.seller, kind="demand_sealed_again")
    assert "Zirkonite" not in str(told.data)
    assert "sealed again" in render_notification(told).title
    listed = client.get(f"/demands/{market.demand.pk}/reveals/", **english).text
    assert "ended on" in listed

    client.post(f"/matches/{match.pk}/reveal/", {"side": "demand"})  # anew, and told anew
    assert seller.get(f"/demands/{market.demand.pk}/").status_code == 200
    assert Notification.objects.filter(kind="demand_revealed").count() == 2
    api = f"/api/v1/demands/{market.demand.pk}/reveals/"
    assert seller.get(api).status_code == 404
    rows = client.get(api).json()
    assert [(row["ended_at"] is None, row["read"]) for row in rows] == [(False, 1), (True, 1)]
    assert seller.post(f"{api}{rows[1]['id']}/end/").status_code == 404
    assert client.post(f"{api}{rows[1]['id']}/end/").json()["ended_at"]
    assert client.post(f"{api}{rows[1]['id']}/end/").status_code == 409
    assert seller.get(f"/demands/{market.demand.pk}/").status_code == 404


def test_sealed_demand_answers_tell_nobody_before_the_reveal(market, client):
    match = market.match()
    client.force_login(market.owner)

    page = client.post(f"/matches/{match.pk}/accept/", follow=True).text
    assert "They hear of it when you reveal the demand to them." in page
    assert f'href="/introductions/new/{market.achievement.pk}/?match' not in page
    dismiss_match(match=match, side="demand", by=market.owner, reason="too_early")
    with pytest.raises(ValidationError, match="sealed"):
        ask_owner(match=match, key="x", by=market.owner)

    assert not Notification.objects.filter(recipient=market.seller).exists()
    assert not Question.objects.exists()


def test_sealing_is_for_verified_organisations_and_for_drafts(market):
    values = {"title_en": "A need", "disclosure": "sealed"}
    unverified = factories.OrganisationFactory(verified=False)
    with pytest.raises(ValidationError, match="verified"):
        create_listing(Demand, organisation=unverified, by=market.owner, values=values)
    for change in ("named", "anonymous"):
        with pytest.raises(ValidationError, match="draft"):
            update_listing(market.demand, by=market.owner, values={"disclosure": change})
    named = factories.DemandFactory(organisation=market.organisation)
    with pytest.raises(ValidationError, match="draft"):
        update_listing(named, by=market.owner, values={"disclosure": "sealed"})

    assert Listing.objects.get(pk=market.demand.pk).disclosure == "sealed"
    assert Listing.objects.get(pk=market.demand.pk).visibility == "owner"
    assert Listing.objects.get(pk=named.pk).disclosure == "named"


def test_sealing_counts_as_it_is_saved_and_not_as_an_older_copy_says(market):
    drafts = {}
    for before, after in (("named", "sealed"), ("sealed", "named")):
        drafts[after] = create_listing(
            Demand,
            organisation=market.organisation,
            by=market.owner,
            values={"title_en": "A", "summary_en": "B", "body_en": "C", "disclosure": before},
        )
        old = Demand.objects.get(pk=drafts[after].pk)
        update_listing(drafts[after], by=market.owner, values={"disclosure": after})
        submit_listing(old, by=market.owner)

    states = {name: Listing.objects.get(pk=one.pk).state for name, one in drafts.items()}
    assert states == {"sealed": "published", "named": "in_review"}


def test_sealed_demand_is_published_without_a_reviewer_and_never_among_duplicates(market):
    twin = factories.DemandFactory(title_en=market.demand.title_en)
    DuplicatePair.objects.create(
        first_id=min(market.demand.pk, twin.pk),
        second_id=max(market.demand.pk, twin.pk),
        likeness=Decimal("0.9"),
    )

    assert Listing.objects.get(pk=market.demand.pk).state == "published"
    assert not Notification.objects.filter(recipient=market.others["moderator"]).exists()
    assert market.demand.pk not in outstanding_fingerprints(50)
    assert not DuplicatePair.objects.visible_to(market.others["superuser"]).exists()
