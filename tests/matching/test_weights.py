"""Versions of the weights: added, compared, activated, learnt; by curators alone."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEvent
from achievements.models import Listing
from matching.models import Decision, IndexEntry, Match, ScoringWeights
from matching.scoring.learning_weights import (
    Group,
    Pair,
    fit,
    group_of,
    leave_one_out,
    log_loss,
    order_right,
    parameters_of,
    values_of,
    with_values,
)
from matching.scoring.score import FIRST_WEIGHTS, Side, TextFit, text_odds
from matching.services import outstanding
from matching.services.comparing import compare_versions
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing
from matching.services.outstanding import match_outstanding, unmatched
from matching.services.statistics import refresh_statistics
from matching.services.weights import activate_version, active_weights, add_version
from matching.wording.weights import parameter_rows
from tests import factories

NAMES = parameters_of(FIRST_WEIGHTS)
PRESENT = values_of(FIRST_WEIGHTS, NAMES)


def _pairs(count=400, semantic=1.6, seed=1):
    """Pairs whose meaning says twice as much as the weights believe."""
    random = np.random.default_rng(seed)
    truth = with_values(FIRST_WEIGHTS, ["components.semantic"], [semantic])
    found = []
    for number in range(count):
        text = TextFit(float(random.normal(1.5, 1.5)), float(random.normal(1, 1)), 50)
        odds = truth["start"] + text_odds(text, truth)
        good = random.random() < 1 / (1 + np.exp(-odds))
        found.append(Pair(str(number % 20), Side(), Side(), text, bool(good)))
    return found


def _group(name="set", **kwargs):
    return group_of(name, _pairs(**kwargs), FIRST_WEIGHTS, NAMES)


def test_group_odds_are_those_of_the_score():
    pairs = _pairs(20)

    group = group_of("set", pairs, FIRST_WEIGHTS, NAMES)

    wanted = [FIRST_WEIGHTS["start"] + text_odds(pair.text, FIRST_WEIGHTS) for pair in pairs]
    assert np.allclose(group.odds(PRESENT), wanted, atol=1e-3)


def test_fit_moves_towards_what_the_pairs_say_and_explains_them_better():
    group = _group(count=2000)

    values = dict(zip(NAMES, fit([group], PRESENT, strength=0.001), strict=True))

    assert 1.3 < values["components.semantic"] < 1.9
    after = np.array([values[name] for name in NAMES])
    assert log_loss(group, after) < log_loss(group, PRESENT)


def test_fit_with_few_pairs_or_a_strong_pull_stays_near():
    group = _group(count=2000)

    loose, tight = (np.abs(fit([group], PRESENT, s) - PRESENT).sum() for s in (0.001, 10))

    assert tight < 0.2 * loose
    assert np.array_equal(fit([], PRESENT), PRESENT)


def test_fit_turns_no_weight_into_its_opposite():
    wrong = _group()
    turned = Group("turned", wrong.rows, wrong.offsets, 1 - wrong.labels, wrong.queries)

    values = fit([turned], PRESENT, strength=1e-6)

    assert all(now >= 0 for now, was in zip(values, PRESENT, strict=True) if was >= 0)


def test_leave_one_out_learns_each_set_from_the_others():
    rows = leave_one_out([_group("a", seed=1), _group("b", seed=2)], PRESENT, 0.001)

    assert [row["set"] for row in rows] == ["a", "b"]
    assert all(row["loss_after"] < row["loss_before"] for row in rows)
    assert all(0.5 < row["order_before"] <= 1 for row in rows)


def test_order_right_without_both_kinds_is_unknown():
    group = _group(count=5)
    same = Group("same", group.rows, group.offsets, np.ones(5), group.queries)

    assert order_right(same, PRESENT) is None


# --- Versions ------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db
TOPIC = "Solid electrolyte for lithium batteries with high energy density"
BARE = {"title_zh": "", "summary_en": "", "summary_zh": ""}


def _changed(**components):
    weights = active_weights().weights
    return {**weights, "components": {**weights["components"], **components}}


@pytest.fixture
def market():
    """Two matched demands: one accepted the readier offer and dismissed the other as too early."""
    empty = {"solution_en": "", "solution_zh": ""}
    for title in ("Weaving of carpets", "Vaccines against influenza", "Concrete bridges"):
        factories.AchievementFactory(**BARE, **empty, title_en=title)
        factories.DemandFactory(**BARE, title_en=title, body_en="", body_zh="")
    demands = [
        factories.DemandFactory(**BARE, title_en=TOPIC, body_en="", body_zh="", trl_min=6)
        for _number in range(2)
    ]
    offers = [
        factories.AchievementFactory(**BARE, **empty, title_en=TOPIC, trl=trl) for trl in (3, 7)
    ]
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    while embed_entries():
        pass
    refresh_statistics()
    for demand in demands:
        match_listing(demand.pk)
    for offer, verdict, reason in zip(
        offers, ("dismissed", "accepted"), ("too_early", ""), strict=True
    ):
        match = Match.objects.get(demand=demands[0], candidate=offer)
        Decision.objects.create(match=match, side="demand", verdict=verdict, reason=reason)
    return demands


def test_add_version_is_not_in_use_and_audited():
    active = active_weights()

    version = add_version(weights=_changed(semantic=0.9), note="Try.", by=None)

    assert (version.version, version.active) == (active.version + 1, False)
    assert active_weights() == active
    assert AuditEvent.objects.filter(verb="weights.add").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"extra": 1.0}, {"start": "low"}, {"start": float("nan")}, {"components": {}}, {"least": 0.9}],
)
def test_add_version_of_another_shape_is_refused(change):
    weights = {**active_weights().weights, **change}

    with pytest.raises(ValidationError):
        add_version(weights=weights, note="", by=None)

    assert ScoringWeights.objects.count() == 1


def test_activate_version_matches_everything_anew_while_old_matches_serve(market):
    while match_outstanding():
        pass
    version = add_version(weights=_changed(semantic=0.9), note="", by=None)
    before = dict(Match.objects.values_list("pk", "score"))

    activate_version(version=version, by=factories.UserFactory(curator=True))

    assert active_weights() == version
    assert ScoringWeights.objects.filter(active=True).count() == 1
    assert dict(Match.objects.values_list("pk", "score")) == before
    assert Match.objects.open().exists()
    assert unmatched().count() == Listing.objects.count()
    while match_outstanding():
        pass
    assert set(Match.objects.values_list("weights", flat=True)) == {version.pk}
    event = AuditEvent.objects.get(verb="weights.activate")
    assert event.data == {"version": version.version, "before": version.version - 1}


def test_listing_that_changed_is_matched_before_what_only_new_weights_make_due(market):
    while match_outstanding():
        pass
    hour_ago = timezone.now() - timedelta(hours=1)
    Listing.objects.update(updated_at=hour_ago)
    IndexEntry.objects.update(embedded_source_at=hour_ago, matched_source_at=hour_ago)
    version = add_version(weights=_changed(semantic=0.9), note="", by=None)
    activate_version(version=version, by=factories.UserFactory(curator=True))
    last = Listing.objects.order_by("kind", "pk").last()
    later = hour_ago + timedelta(minutes=1)
    Listing.objects.filter(pk=last.pk).update(updated_at=later)
    IndexEntry.objects.filter(pk=last.pk).update(embedded_source_at=later)

    match_outstanding(limit=1)

    assert list(IndexEntry.objects.filter(matched_weights=version)) == [last.index_entry]


def test_listing_changed_during_a_backlog_is_embedded_and_matched_in_between(market, monkeypatch):
    while match_outstanding():
        pass
    hour_ago = timezone.now() - timedelta(hours=1)
    Listing.objects.update(updated_at=hour_ago)
    IndexEntry.objects.update(
        indexed_source_at=hour_ago, embedded_source_at=hour_ago, matched_source_at=hour_ago
    )
    version = add_version(weights=_changed(semantic=0.9), note="", by=None)
    activate_version(version=version, by=factories.UserFactory(curator=True))
    changed = Listing.objects.order_by("kind", "pk").last()
    matched = []

    def change_one_after_the_first(listing_id):
        matched.append(listing_id)
        if len(matched) == 1:
            Listing.objects.filter(pk=changed.pk).update(updated_at=timezone.now())
        return match_listing(listing_id)

    monkeypatch.setattr(outstanding, "match_listing", change_one_after_the_first)
    match_outstanding(limit=3)

    assert matched.index(changed.pk) == 1
    entry = IndexEntry.objects.select_related("listing").get(pk=changed.pk)
    assert entry.matched_source_at == entry.embedded_source_at == entry.listing.updated_at


def test_activate_version_in_use_does_nothing():
    active = active_weights()

    activate_version(version=active, by=factories.UserFactory(curator=True))

    assert not AuditEvent.objects.exists()


def test_compare_versions_tells_order_scores_and_answered_pairs(market):
    version = add_version(weights=_changed(readiness=0.0), note="", by=None)

    found = compare_versions(active_weights(), version)

    assert (found["demands"], found["demands_of"], found["matches"]) == (2, 2, 4)
    assert found["top_overlap"] == 1.0
    assert (found["answered_pairs"], found["old_right"], found["new_right"]) == (1, 1.0, 0.5)
    assert sum(row["old"] for row in found["scores"]) == found["matches"]
    same = compare_versions(active_weights(), active_weights())
    assert (same["moved_share"], same["old_right"]) == (0.0, same["new_right"])


def test_pages_list_compare_and_activate_with_confirmation(market, client):
    version = add_version(weights=_changed(readiness=0.0), note="Without readiness.", by=None)
    client.force_login(factories.UserFactory(curator=True))

    assert "Without readiness." in client.get("/weights/").content.decode()
    in_chinese = client.get("/weights/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "The weights this release comes with." not in in_chinese
    page = client.get(f"/weights/{version.version}/").content.decode()
    assert "100.0 % now, 50.0 % with this version (pairs: 1)" in page
    assert (
        "Activate version" in client.get(f"/weights/{version.version}/activate/").content.decode()
    )
    assert active_weights() != version
    client.post(f"/weights/{version.version}/activate/")
    assert active_weights() == version


@pytest.mark.parametrize("door", ["/weights/", "/weights/2/", "/weights/2/activate/"])
def test_pages_are_for_curators_only_and_others_change_nothing(client, door):
    add_version(weights=_changed(semantic=0.9), note="", by=None)
    client.force_login(factories.UserFactory(moderator=True))

    assert client.get(door).status_code == 403
    if door.endswith("activate/"):
        assert client.post(door).status_code == 403
    assert active_weights().version == 1


def test_api_adds_compares_and_activates_for_curators_only(client):
    weights = _changed(semantic=0.9)
    client.force_login(factories.UserFactory(moderator=True))
    body = {"weights": weights, "note": "By a program."}
    assert client.post("/api/v1/scoring-weights/", body, "application/json").status_code == 403
    assert ScoringWeights.objects.count() == 1

    client.force_login(factories.UserFactory(curator=True))
    answer = client.post("/api/v1/scoring-weights/", body, "application/json")
    assert (answer.status_code, answer.json()["active"]) == (201, False)
    bad = client.post("/api/v1/scoring-weights/", {"weights": {"a": 1}}, "application/json")
    assert bad.status_code == 400
    assert client.get("/api/v1/scoring-weights/2/comparison/").json()["matches"] == 0
    assert client.post("/api/v1/scoring-weights/2/activate/").json()["active"] is True
    versions = client.get("/api/v1/scoring-weights/").json()["results"]
    assert [row["version"] for row in versions] == [2, 1]


# --- The command ---------------------------------------------------------------------------


def test_learn_weights_with_too_few_answers_refuses_and_writes_nothing(market):
    with pytest.raises(CommandError, match="1 accepted and 1 dismissed"):
        call_command("learn_weights", stdout=StringIO())

    assert ScoringWeights.objects.count() == 1


def test_learn_weights_from_answers_writes_a_version_that_is_not_in_use(market, monkeypatch):
    monkeypatch.setattr("matching.services.learning_weights.LEAST_ANSWERS", 2)
    monkeypatch.setattr("matching.services.learning_weights.LEAST_OF_EACH", 1)
    out = StringIO()

    call_command("learn_weights", stdout=out)

    version = ScoringWeights.objects.get(active=False)
    assert "Version 2 is written and not in use." in out.getvalue()
    assert [row["pairs"] for row in version.figures["learnt_from"]] == [2]
    assert active_weights().version == 1
    assert Match.objects.filter(score__gt=Decimal(0)).exists()


@pytest.mark.django_db
def test_weights_every_one_has_words():
    first = active_weights().weights
    rows = parameter_rows(first, first)

    assert [row["name"] for row in rows if row["label"] == row["name"]] == []
