"""Matches of one listing: found from either side, explained, kept, taken away, told."""

from datetime import timedelta
from decimal import Decimal
from time import monotonic

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification
from achievements.models import Listing
from achievements.services import update_listing
from matching.models import Decision, IndexEntry, Match
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from matching.services.outstanding import (
    attend_to_changes,
    match_outstanding,
    report,
    unmatched,
    work_for,
)
from matching.services.statistics import refresh_statistics
from matching.services.weights import activate_version, active_weights, add_version
from tests import factories

pytestmark = pytest.mark.django_db

TOPIC = "Solid electrolyte for lithium batteries with high energy density"
OTHERS = (
    "Weaving of carpets from wool",
    "Vaccines against avian influenza",
    "Concrete bridges under load",
    "Machine translation of poems",
    "Fish farming in cold water",
    "Laser cutting of steel plates",
)
BARE = {"title_zh": "", "summary_en": "", "summary_zh": ""}


def _achievement(title=TOPIC, **kwargs):
    texts = {"solution_en": "", "solution_zh": ""}
    return factories.AchievementFactory(**BARE | texts | {"title_en": title} | kwargs)


def _demand(title=TOPIC, **kwargs):
    texts = {"body_en": "", "body_zh": ""}
    return factories.DemandFactory(**BARE | texts | {"title_en": title} | kwargs)


def _ready() -> None:
    """Index, embed and measure everything there is."""
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    while embed_entries():
        pass
    refresh_statistics()


def _rows() -> list[tuple]:
    fields = ("demand", "candidate", "score", "components", "reasons", "is_current", "weights")
    return list(Match.objects.order_by("demand", "candidate").values_list(*fields))


@pytest.fixture
def crowd():
    """Listings of all kinds about other things, and weights that call a good match strong.

    Among so few listings nothing is far above the average.
    """
    weights = active_weights()
    weights.weights = {**weights.weights, "strong": 0.2}
    weights.save()
    for title in OTHERS:
        _achievement(title)
        _demand(title + " wanted")


def test_match_demand_gets_its_achievement_and_expert_not_the_others(crowd):
    demand, wanted = _demand(), _achievement()
    expert = factories.ExpertFactory(**BARE, expertise_en=TOPIC, expertise_zh="")
    _ready()

    match_listing(demand.pk)

    found = dict(Match.objects.filter(demand=demand).values_list("candidate", "score"))
    assert set(found) == {wanted.pk, expert.pk}
    assert all(Decimal("0.12") <= score <= 1 for score in found.values())


def test_match_from_either_side_writes_the_same_row(crowd):
    demand, achievement = _demand(), _achievement()
    _ready()

    match_listing(demand.pk)
    from_demand = _rows()
    Match.objects.all().delete()
    match_listing(achievement.pk)

    assert _rows() == from_demand
    assert len(from_demand) == 1


def test_match_twice_writes_nothing_new(crowd):
    demand, achievement = _demand(), _achievement()
    _ready()
    match_listing(demand.pk)
    match_listing(achievement.pk)
    before = list(Match.objects.values())

    match_listing(demand.pk)
    match_listing(achievement.pk)

    assert list(Match.objects.values()) == before


def test_match_only_the_listing_asked_for_is_matched(crowd):
    first, second = _demand(), _demand(TOPIC + " in cars")
    _achievement()
    _ready()

    match_listing(first.pk)

    assert set(Match.objects.values_list("demand", flat=True)) == {first.pk}
    assert IndexEntry.objects.get(pk=first.pk).matched_source_at == first.updated_at
    assert IndexEntry.objects.get(pk=second.pk).matched_source_at is None


@pytest.mark.parametrize(
    "candidate",
    [
        {"state": "draft"},
        {"visibility": "owner"},
        {"expires_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_match_listing_that_the_other_side_may_not_see_is_left_out(crowd, candidate):
    demand = _demand()
    _achievement(**candidate)
    _ready()

    match_listing(demand.pk)

    assert not Match.objects.exists()


def test_match_members_only_listing_needs_a_verified_other_side(crowd):
    unverified = factories.OrganisationFactory(verified=False)
    hidden, shown = _demand(organisation=unverified), _demand()
    _achievement(visibility="members")
    _ready()

    match_listing(hidden.pk)
    match_listing(shown.pk)

    assert set(Match.objects.values_list("demand", flat=True)) == {shown.pk}


def test_match_same_organisation_is_never_matched_with_itself(crowd):
    organisation = factories.OrganisationFactory()
    member = factories.MemberFactory(organisation=organisation).user
    demand = _demand(organisation=organisation)
    _achievement(organisation=organisation)
    factories.ExpertFactory(**BARE, expertise_en=TOPIC, organisation=None, user=member)
    _ready()

    match_listing(demand.pk)

    assert not Match.objects.exists()


def test_match_expert_who_takes_no_requests_is_left_out(crowd):
    demand = _demand()
    factories.ExpertFactory(**BARE, expertise_en=TOPIC, availability="unavailable")
    _ready()

    match_listing(demand.pk)

    assert not Match.objects.exists()


def test_match_changed_listing_loses_what_no_longer_fits_but_keeps_decided(crowd):
    demand = _demand()
    plain, decided = _achievement(), _achievement(TOPIC + " and more")
    _ready()
    match_listing(demand.pk)
    row = Match.objects.get(candidate=decided)
    Decision.objects.create(match=row, side="demand", verdict="accepted")
    Listing.objects.filter(pk=demand.pk).update(
        title_en="Growing of mushrooms", updated_at=timezone.now()
    )
    _ready()

    match_listing(demand.pk)

    assert not Match.objects.filter(candidate=plain).exists()
    row.refresh_from_db()
    assert not row.is_current
    assert not Match.objects.open().exists()


def test_match_withdrawn_listing_leaves_all_open_matches_at_once(crowd):
    demand, achievement = _demand(), _achievement()
    _ready()
    match_listing(demand.pk)
    assert Match.objects.open().count() == 1

    Listing.objects.filter(pk=achievement.pk).update(state="withdrawn")

    assert Match.objects.open().count() == 0


def test_match_reasons_are_facts_of_both_and_never_name_an_anonymous_organisation(crowd):
    secret = factories.OrganisationFactory(name_en="Kestrel Works", name_zh="红隼厂")
    term = factories.TermFactory(code="6.1", label_en="Storage", label_zh="储能")
    china = factories.RegionFactory(code="CN", name_en="China")
    demand = _demand(
        organisation=secret,
        disclosure="anonymous",
        body_en="We look for a solid electrolyte with ionic conductivity at room temperature.",
        fields=[term],
        trl_min=5,
        region=china,
        budget_max=Decimal(500000),
        cooperation_modes=["licence"],
    )
    factories.RequirementRowFactory(demand=demand, value=300, unit="Wh/kg")
    achievement = _achievement(
        solution_en="The solid electrolyte reaches ionic conductivity at room temperature.",
        fields=[term],
        trl=6,
        region=china,
        transfer_modes=["licence_sole"],
        price_mode="fixed",
        price_min=Decimal(400000),
    )
    factories.EvidenceRowFactory(achievement=achievement, value="0.32", unit="kWh/kg")
    _ready()

    match_listing(demand.pk)

    match = Match.objects.get()
    reasons = {reason["code"]: reason["data"] for reason in match.reasons}
    assert reasons["requirements"]["rows"][0]["result"] == "pass"
    assert reasons["requirements"]["rows"][0]["offered"] == "320"
    assert "ionic conductivity" in reasons["passages"]["demand"]
    assert reasons["fields"]["terms"] == [{"label_en": "Storage", "label_zh": "储能"}]
    assert reasons["readiness"] == {"offered": 6, "sought": 5}
    assert reasons["budget"]["fits"]
    assert reasons["cooperation"]["offered"] == ["licence_sole"]
    assert reasons["region"]["name_en"] == "China"
    assert "electrolyte" in reasons["terms"]["terms"]
    for note in Notification.objects.all():
        assert "Kestrel" not in str(note.data)
    assert "Kestrel" not in str(match.reasons)
    assert "红隼" not in str(match.reasons)


def test_match_across_languages_compares_meaning_and_leaves_words_out(crowd, embedder, monkeypatch):
    vectors = embedder._vector
    translation = {"固态电解质的高能量锂电池": TOPIC}
    monkeypatch.setattr(embedder, "_vector", lambda text: vectors(translation.get(text, text)))
    demand = factories.DemandFactory(
        title_en="",
        title_zh="固态电解质的高能量锂电池",
        summary_en="",
        summary_zh="",
        body_en="",
        body_zh="",
    )
    achievement = _achievement()
    _ready()

    match_listing(demand.pk)

    match = Match.objects.get()
    assert match.candidate_id == achievement.pk
    assert match.components["lexical"]["value"] is None
    passages = next(r["data"] for r in match.reasons if r["code"] == "passages")
    assert (passages["demand_language"], passages["candidate_language"]) == ("zh", "en")


def test_match_across_languages_quotes_the_sentences_that_mean_the_same(
    crowd, embedder, monkeypatch
):
    vectors = embedder._vector
    fitting = "The electrolyte conducts at room temperature."
    translation = {
        "固态电解质的高能量锂电池": TOPIC,
        "电解质在室温下导电。": fitting,
    }
    monkeypatch.setattr(embedder, "_vector", lambda text: vectors(translation.get(text, text)))
    demand = factories.DemandFactory(
        title_en="",
        title_zh="固态电解质的高能量锂电池",
        summary_en="",
        summary_zh="",
        body_en="",
        body_zh="我们生产电动客车。电解质在室温下导电。交货期为一年。",
    )
    _achievement(solution_en=f"We are a large group. {fitting} Visits are welcome.")
    _ready()

    match_listing(demand.pk)

    quoted = [r["data"] for r in Match.objects.get().reasons if r["code"] == "passages"]
    assert ("电解质在室温下导电。", fitting) in [(q["demand"], q["candidate"]) for q in quoted]
    assert "Visits are welcome." not in [q["candidate"] for q in quoted]


def test_match_quotes_no_sentence_that_no_longer_stands_in_the_listing(crowd):
    secret = "The electrolyte of project Nightjar conducts at room temperature."
    achievement = _achievement(solution_en=secret)
    demand = _demand(body_en="An electrolyte that conducts at room temperature.")
    _ready()
    match_listing(demand.pk)
    assert secret in str(Match.objects.get().reasons)

    update_listing(
        achievement, by=achievement.created_by, values={"solution_en": "The electrolyte conducts."}
    )
    match_listing(demand.pk)  # before it was embedded again

    assert "Nightjar" not in str(Match.objects.get().reasons)


def test_match_without_a_common_word_quotes_the_titles(crowd, embedder, monkeypatch):
    vectors = embedder._vector
    title = "固态电解质的高能量锂电池"
    monkeypatch.setattr(embedder, "_vector", lambda text: vectors({title: TOPIC}.get(text, text)))
    weights = active_weights()
    weights.weights = {**weights.weights, "strong": 1.0}  # too weak to compare every sentence
    weights.save()
    demand = factories.DemandFactory(
        title_en="", title_zh=title, summary_en="", summary_zh="", body_en="", body_zh=""
    )
    _achievement()
    _ready()

    match_listing(demand.pk)

    passages = [r["data"] for r in Match.objects.get().reasons if r["code"] == "passages"]
    assert [(one["demand"], one["candidate"]) for one in passages] == [(title, TOPIC)]


def test_match_owners_are_told_once_in_one_notification_a_run(crowd):
    owner = factories.MemberFactory().user
    organisation = owner.memberships.get().organisation
    demand = _demand(organisation=organisation)
    offers = [_achievement(f"{TOPIC} {n}") for n in range(3)]
    other = factories.MemberFactory(organisation=offers[0].organisation).user
    _ready()

    match_listing(demand.pk)
    match_listing(demand.pk)

    note = Notification.objects.get(recipient=owner)
    assert (note.kind, note.data["count"]) == ("matches_found", 3)
    assert note.path == f"/matches/?listing={demand.pk}"
    assert Notification.objects.get(recipient=other).data["title_en"] == offers[0].title_en


def test_match_counterpart_hears_of_later_strong_matches_of_the_day_and_of_each_once(crowd):
    offer = _achievement()
    owner = factories.MemberFactory(organisation=offer.organisation).user
    demands = [_demand(f"{TOPIC} {n}") for n in range(3)]
    _ready()

    for demand in demands:
        match_listing(demand.pk)
    match_listing(offer.pk)

    note = Notification.objects.get(recipient=owner)
    assert note.data["count"] == 3
    assert note.data["items"] == [demand.pk for demand in demands]

    Match.objects.all().delete()
    note.read_at = timezone.now()
    note.save()
    match_listing(offer.pk)

    note.refresh_from_db()
    assert note.read_at is not None
    assert Notification.objects.filter(recipient=owner).count() == 1


def test_match_best_are_kept_up_to_the_limit(crowd):
    weights = active_weights()
    weights.weights = {**weights.weights, "keep": 2}
    weights.save()
    demand = _demand()
    for number in range(4):
        _achievement(f"{TOPIC} {number}")
    _ready()

    assert match_listing(demand.pk) == 2
    assert sorted(Match.objects.values_list("demand_rank", flat=True)) == [1, 2]


def test_match_newcomer_reaches_everybody_for_whom_it_is_among_the_best(crowd):
    weights = active_weights()
    weights.weights = {**weights.weights, "keep": 1}
    weights.save()
    demands = [_demand(f"{TOPIC} {n}") for n in range(3)]
    unmatched = _demand(f"{TOPIC} four")
    _ready()
    for demand in demands:
        match_listing(demand.pk)
    offer = _achievement(f"{TOPIC} 0")
    _ready()

    match_listing(offer.pk)
    before = list(Match.objects.order_by("pk").values())
    match_listing(offer.pk)

    assert list(Match.objects.order_by("pk").values()) == before
    found = Match.objects.filter(candidate=offer).order_by("demand")
    assert list(found.values_list("demand", "demand_rank", "candidate_rank")) == [
        (demands[0].pk, None, 1),
        (demands[1].pk, 1, None),
        (demands[2].pk, 1, None),
    ]
    assert not Match.objects.filter(demand=unmatched).exists()

    worse = _achievement(f"{TOPIC} of quite another kind for ships")
    _ready()
    match_listing(worse.pk)
    assert Match.objects.filter(candidate=worse, candidate_rank=None).count() == 0


def test_match_that_no_longer_fits_is_gone_from_either_side(crowd):
    demand, offer = _demand(), _achievement()
    _ready()
    match_listing(demand.pk)
    assert Match.objects.get().demand_rank == 1
    update_listing(offer, by=factories.UserFactory(), values={"title_en": "Weaving of carpets"})
    _ready()

    match_listing(offer.pk)

    assert not Match.objects.filter(demand=demand).exists()


def test_work_everything_outstanding_is_done_and_nothing_stays(crowd):
    demand, achievement = _demand(), _achievement()
    assert report()["stale"]["count"] == Listing.objects.count()

    done = work_for(60)

    assert done > Listing.objects.count()
    assert {name: line["count"] for name, line in report().items() if name != "undelivered"} == {
        "stale": 0,
        "unembedded": 0,
        "unmatched": 0,
        "unchecked": 0,
    }
    assert Match.objects.filter(demand=demand, candidate=achievement).exists()
    assert work_for(60) == 0


def test_work_whose_time_is_over_ends_after_the_listing_in_hand(crowd):
    _ready()
    waiting = unmatched().count()

    with time_machine.travel(timezone.now() + timedelta(hours=1)):  # none has changed just now
        done = match_outstanding(until=monotonic())
        left = unmatched().count()

        assert (done, left) == (1, waiting - 1)
        assert match_outstanding(until=monotonic() + 600) == left


def test_changes_that_come_between_end_with_the_time_too(crowd):
    _ready()
    changed = unmatched().count()
    assert changed > 2

    assert attend_to_changes(until=monotonic()) == 1
    assert unmatched().count() == changed - 1
    assert attend_to_changes(until=monotonic() + 600) == changed - 1


def test_noting_that_a_listing_was_matched_touches_no_index_of_its_entry():
    """PostgreSQL then writes the row alone (HOT), not into the vector index and all others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
            " AND attnum = ANY (indkey) WHERE indrelid = 'matching_indexentry'::regclass"
        )
        indexed = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'matching_indexentry'")
        (options,) = cursor.fetchone()
    demand, achievement = _demand(), _achievement()
    work_for(60)
    before = {pk: IndexEntry.objects.values().get(pk=pk) for pk in (demand.pk, achievement.pk)}
    weights = active_weights().weights
    version = add_version(weights=weights | {"strong": 0.9}, note="", by=None)
    activate_version(version=version, by=factories.UserFactory(curator=True))

    work_for(60)

    for pk, old in before.items():
        new = IndexEntry.objects.values().get(pk=pk)
        written = {name for name in new if str(new[name]) != str(old[name])}
        assert written == {"matched_weights_id"}
        assert not indexed & (written | {"matched_source_at", "matched_documents"})
    assert "fillfactor=85" in options  # a page has room for one more version of a row


def test_work_embedder_away_leaves_embedding_outstanding_and_search_alive(embedder):
    _demand()
    embedder.down = True

    work_for(60)

    assert report()["stale"]["count"] == 0
    assert report()["unembedded"]["count"] == 1


SENTINEL = [{"code": "failed_must", "data": {}}]


def _said_before(demand: Listing) -> None:
    """As if other reasons had been found for the demand's matches."""
    assert Match.objects.filter(demand=demand).update(reasons=SENTINEL) == 1


def _new_weights(**changed) -> None:
    admin = factories.UserFactory(is_staff=True)
    weights = {**active_weights().weights, **changed}
    activate_version(version=add_version(weights=weights, note="", by=admin), by=admin)


def test_match_after_new_weights_is_scored_anew_and_keeps_its_reasons(crowd):
    _achievement()
    demand = _demand()
    _ready()
    match_listing(demand.pk)
    before = Match.objects.get()
    _said_before(demand)
    _new_weights(start=-3.0)

    with CaptureQueriesContext(connection) as asked:
        match_listing(demand.pk)

    after = Match.objects.get()
    assert after.score > before.score
    assert after.weights == active_weights() != before.weights
    assert after.reasons == SENTINEL
    assert not any("matching_passages" in query["sql"] for query in asked.captured_queries)


def test_match_is_explained_anew_when_the_other_listing_changes(crowd):
    demand, achievement = _demand(), _achievement()
    _ready()
    match_listing(demand.pk)
    reasons = Match.objects.get().reasons
    _said_before(demand)

    update_listing(achievement, by=achievement.created_by, values={"trl": 9})
    embed_entries()
    match_listing(demand.pk)

    assert Match.objects.get().reasons == reasons


def test_match_is_explained_anew_when_its_figures_are_read_by_another_rule(crowd, monkeypatch):
    achievement, demand = _achievement(), _demand()
    row = {"quantity": "Life", "unit": "h"}
    factories.RequirementRowFactory(demand=demand, value=100, operator="about", **row)
    factories.EvidenceRowFactory(achievement=achievement, value=105, **row)
    _ready()
    match_listing(demand.pk)
    _new_weights(start=-3.0)

    monkeypatch.setattr("matching.scoring.requirements.ABOUT", Decimal("0.01"))
    match_listing(demand.pk)

    (told,) = (one for one in Match.objects.get().reasons if one["code"] == "requirements")
    assert [row["result"] for row in told["data"]["rows"]] == ["fail"]


def test_match_is_explained_anew_when_its_listing_is_made_outstanding(crowd):
    _achievement()
    demand = _demand()
    _ready()
    match_listing(demand.pk)
    reasons = Match.objects.get().reasons
    _said_before(demand)

    IndexEntry.objects.filter(pk=demand.pk).update(matched_source_at=None)
    match_listing(demand.pk)

    assert Match.objects.get().reasons == reasons


@pytest.mark.parametrize(("title", "kept"), [(TOPIC, True), ("固态电解质", False)])
def test_terms_across_languages_are_looked_for_once_a_match_is_strong(title, kept, crowd):
    weights = {"components": {**active_weights().weights["components"], "semantic": 3.0}}
    _new_weights(**weights, start=0.0, least=0.0, strong=1.0, keep=50)
    achievement = _achievement()
    demand = _demand("" if not kept else title, title_zh="" if kept else title)
    _ready()
    match_listing(demand.pk)
    row = Match.objects.filter(demand=demand, candidate=achievement)
    assert row.update(reasons=SENTINEL) == 1

    _new_weights(strong=0.0)
    match_listing(demand.pk)

    assert (row.get().reasons == SENTINEL) is kept
