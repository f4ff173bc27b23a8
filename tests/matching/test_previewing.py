"""What would match while a demand is being written, in both doors."""

import pytest
from django.core.cache import cache

from achievements.models import EvidenceRow, Listing
from achievements.services import create_listing
from matching.models import IndexEntry, Match
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.statistics import refresh_statistics
from tests import factories

pytestmark = pytest.mark.django_db
TOPIC = "Solid electrolyte for lithium batteries with high energy density"
OTHERS = ("Weaving of carpets from wool", "Vaccines against influenza", "Concrete bridges")
PAGE, ENDPOINT = "/demands/preview/", "/api/v1/match-previews/"


@pytest.fixture
def writer():
    """An editor of an enterprise."""
    cache.clear()
    return factories.MemberFactory(role="editor").user


@pytest.fixture
def offers(writer):
    """What there is: a fitting achievement, one hidden, one of the own organisation, and others."""
    bare = {
        "title_zh": "",
        "summary_en": "",
        "summary_zh": "",
        "solution_en": "",
        "solution_zh": "",
    }
    own = writer.memberships.get().organisation
    made = {
        "fitting": factories.AchievementFactory(**bare, title_en=TOPIC),
        "hidden": factories.AchievementFactory(**bare, title_en=TOPIC, visibility="owner"),
        "own": factories.AchievementFactory(**bare, title_en=TOPIC, organisation=own),
    }
    for title in OTHERS:
        factories.AchievementFactory(**bare, title_en=title)
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    while embed_entries():
        pass
    refresh_statistics()
    return made


def test_preview_finds_what_would_match_with_reasons_and_keeps_nothing(
    writer, offers, client, embedder
):
    client.force_login(writer)
    before = (Listing.objects.count(), IndexEntry.objects.count())
    embedder.asked.clear()
    sent = {"title_en": TOPIC, "body_en": "We look for a solid electrolyte."}

    page = client.post(PAGE, sent)
    found = client.post(ENDPOINT, sent, content_type="application/json").json()["results"]

    assert [row["candidate"]["id"] for row in found] == [offers["fitting"].pk]
    assert found[0]["sentences"]
    assert f"/achievements/{offers['fitting'].pk}/" in page.text
    assert "<html" not in page.text
    written = "\n".join(sent.values())
    assert embedder.asked  # the query itself, and once for both doors
    assert all(text in f"{written}\n{sent['title_en']}" for text in set(embedder.asked))
    assert len(embedder.asked) == len(set(embedder.asked)) + 1  # as title and as first sentence
    assert (Listing.objects.count(), IndexEntry.objects.count()) == before
    assert not Match.objects.exists()


def test_preview_of_a_draft_compares_its_rows(writer, offers, client):
    EvidenceRow.objects.create(
        achievement=offers["fitting"], quantity="Energy density", value=320, unit="Wh/kg"
    )
    draft = create_listing(
        factories.Demand,
        by=writer,
        organisation=writer.memberships.get().organisation,
        values={"title_en": "Old title"},
        rows={
            "requirements": [
                {"quantity": "Energy density", "operator": ">=", "value": 300, "unit": "Wh/kg"}
            ]
        },
    )
    client.force_login(writer)

    sent = {"title_en": TOPIC, "demand": draft.pk}
    [found] = client.post(ENDPOINT, sent, content_type="application/json").json()["results"]

    assert [row["result"] for row in found["requirements"]] == ["pass"]
    assert "320" in client.post(PAGE, sent).text
    stranger = factories.MemberFactory().user
    client.force_login(stranger)
    assert client.post(PAGE, sent).status_code == 404


def test_preview_says_what_is_not_counted_yet_until_it_is_said(writer, offers, client):
    offers["fitting"].fields.add(term := factories.TermFactory())
    demand = factories.DemandFactory(
        organisation=writer.memberships.get().organisation,
        state="draft",
        title_en=TOPIC,
        trl_min=None,
        cooperation_modes=["licence"],
        budget_max=None,
        region=None,
    )
    client.force_login(writer)
    sent = {"title_en": TOPIC, "demand": demand.pk}

    edit = client.get(f"/demands/{demand.pk}/edit/")
    assert f'<a href="/demands/{demand.pk}/preview/">' in edit.text
    before = client.post(ENDPOINT, sent, content_type="application/json").json()
    page = client.post(PAGE, sent)
    demand.fields.add(term)
    after = client.post(ENDPOINT, sent, content_type="application/json").json()

    assert before["unsaid"] == ["fields", "requirements", "readiness", "budget", "region"]
    assert "of: fields, requirements, readiness, budget, region. Where" in page.text
    assert after["unsaid"] == before["unsaid"][1:]
    assert after["results"][0]["score"] > before["results"][0]["score"]


@pytest.mark.parametrize("text", ["", "battery", "固态"])
def test_preview_of_too_little_asks_for_more_and_embeds_nothing(writer, client, embedder, text):
    client.force_login(writer)

    page = client.post(PAGE, {"title_en": text})

    assert "Write a sentence" in page.text
    assert embedder.asked == []


def test_preview_without_an_embedder_says_so(writer, client, embedder):
    client.force_login(writer)
    embedder.down = True

    assert "not available at the moment" in client.post(PAGE, {"title_en": TOPIC}).text


def test_preview_is_for_members_who_may_post_and_is_rate_limited(writer, client, monkeypatch):
    assert client.post(PAGE, {"title_en": TOPIC}).status_code == 302
    assert client.post(ENDPOINT, {"title_en": TOPIC}).status_code == 401
    client.force_login(factories.UserFactory())
    assert client.post(PAGE, {"title_en": TOPIC}).status_code == 403
    client.force_login(writer)
    monkeypatch.setattr("matching.throttles.PreviewThrottle.rate", "2/min", raising=False)
    codes = [client.post(PAGE, {"title_en": "x"}).status_code for _time in range(3)]
    assert codes == [200, 200, 429]
    assert client.post(ENDPOINT, {"title_en": TOPIC}).status_code == 429
