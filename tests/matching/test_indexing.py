"""Index entries: what is read, what is outstanding, what is embedded."""

import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.services import unverify_organisation, update_organisation, verify_organisation
from achievements.models import ImportRun, Listing
from achievements.services import publish_listing
from achievements.services.import_runs import run_import, upload_import
from achievements.services.import_work import MOST_INDEXED
from achievements.services.lifecycle import withdraw_listings
from matching.embedding import current
from matching.models import IndexEntry, Passages
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries, unindexed_listings
from matching.services.matching import match_listing
from matching.services.outstanding import ADVISORY_INDEX, index_outstanding, unmatched
from matching.text.tokens import sparse_index
from matching.vectors.quantization import as_rows
from tests import factories

pytestmark = pytest.mark.django_db


def _lexemes(listing: Listing) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(vector) FROM matching_indexentry WHERE listing_id = %s",
            [listing.pk],
        )
        return set(cursor.fetchone()[0])


def test_entry_both_languages_are_in_it():
    listing = factories.AchievementFactory(
        title_en="Charging batteries", title_zh="電池充電", solution_en="", solution_zh=""
    )

    refresh_entries([listing.pk])

    assert {"charg", "batteri", "电池", "池充", "充电"} <= _lexemes(listing)
    assert listing.index_entry.languages == "enzh"


def test_entry_organisation_is_in_it_for_named_and_never_for_anonymous_demands():
    organisation = factories.OrganisationFactory(name_en="Kestrel Works", name_zh="红隼厂")
    named = factories.DemandFactory(organisation=organisation, external_id="KW-77001")
    hidden = factories.DemandFactory(
        organisation=organisation, external_id="KW-77002", anonymous=True
    )

    refresh_entries([named.pk, hidden.pk])

    assert {"kestrel", "红隼"} <= _lexemes(named)
    assert not {"kestrel", "红隼", "隼厂", "kw77002", "77002"} & _lexemes(hidden)


def test_entries_of_many_withdrawn_at_once_keep_their_text_and_wait_for_the_sweep(client):
    listings = [factories.AchievementFactory(title_en="Charging batteries") for _ in range(2)]
    keys = [listing.pk for listing in listings]
    refresh_entries(keys)
    before, page = _lexemes(listings[0]), "/search/?q=charging+batteries"
    assert len(client.get(page).context["cards"]) == 2

    assert withdraw_listings(keys, by=factories.UserFactory()) == keys
    assert withdraw_listings(keys, by=factories.UserFactory()) == []  # nothing to withdraw any more

    assert _lexemes(listings[0]) == before
    assert unindexed_listings(10) == keys
    assert client.get(page).context["cards"] == []


def test_entry_rows_rights_and_fields_are_found_by_words():
    term = factories.TermFactory(label_en="Energy storage", label_zh="储能")
    listing = factories.AchievementFactory(fields=[term])
    factories.EvidenceRowFactory(achievement=listing, quantity="cycle life", value=4200, unit="次")
    factories.IPRightFactory(achievement=listing, number="CN 109876543 A")

    refresh_entries([listing.pk])

    assert {"储能", "energi", "cycl", "4200", "cn109876543a"} <= _lexemes(listing)


def test_entry_weights_agree_with_the_places_computed_in_python():
    listing = factories.AchievementFactory(title_en="Graphene", title_zh="石墨烯")

    refresh_entries([listing.pk])

    places = set(IndexEntry.objects.get(pk=listing.pk).lexical.indices())
    assert {sparse_index("graphen"), sparse_index("石墨"), sparse_index("墨")} <= places


def test_entry_older_state_does_not_replace_a_newer_one():
    listing = factories.AchievementFactory(title_en="Newer words", title_zh="")
    refresh_entries([listing.pk])
    later = timezone.now() + timedelta(hours=1)
    IndexEntry.objects.filter(pk=listing.pk).update(indexed_source_at=later)
    Listing.objects.filter(pk=listing.pk).update(title_en="Older words")

    refresh_entries([listing.pk])

    assert "newer" in _lexemes(listing)


def test_refresh_query_count_is_the_same_for_one_and_three(django_assert_num_queries):
    listings = factories.AchievementFactory.create_batch(3) + factories.DemandFactory.create_batch(
        3
    )
    refresh_entries([one.pk for one in listings])

    for ids in ([listings[0].pk, listings[3].pk], [one.pk for one in listings]):
        with django_assert_num_queries(10):
            refresh_entries(ids)


def test_publishing_without_its_entry_is_not_done_at_all(monkeypatch):
    draft = factories.AchievementFactory(state="draft")

    def fail(*_listings: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("matching.receivers.refresh_entries", fail)
    with pytest.raises(RuntimeError):
        publish_listing(draft, by=None)

    draft.refresh_from_db()
    assert (draft.state, AuditEvent.objects.count()) == ("draft", 0)


def test_publishing_writes_the_entry_in_the_same_transaction():
    draft = factories.AchievementFactory(state="draft", title_en="Perovskite cell")

    publish_listing(draft, by=None)

    assert "perovskit" in _lexemes(draft)
    assert not IndexEntry.objects.stale().exists()


def test_unindexed_names_missing_and_stale_entries():
    missing = factories.AchievementFactory()
    stale = factories.AchievementFactory()
    refresh_entries([stale.pk])
    Listing.objects.filter(pk=stale.pk).update(updated_at=timezone.now() + timedelta(minutes=1))
    fresh = factories.AchievementFactory()
    refresh_entries([fresh.pk])

    assert set(unindexed_listings(10)) == {missing.pk, stale.pk}


def test_embedding_notes_the_state_it_read_so_a_change_leaves_it_outstanding(embedder):
    listing = factories.AchievementFactory()
    refresh_entries([listing.pk])

    assert embed_entries() == 1

    entry = IndexEntry.objects.get(pk=listing.pk)
    assert entry.embedded_source_at == listing.updated_at
    assert not IndexEntry.objects.unembedded("words").exists()
    Listing.objects.filter(pk=listing.pk).update(updated_at=timezone.now())
    assert IndexEntry.objects.unembedded("words").get() == entry


def test_embedding_unchanged_text_is_not_embedded_again(embedder):
    listing = factories.AchievementFactory()
    refresh_entries([listing.pk])
    embed_entries()
    asked = len(embedder.asked)
    Listing.objects.filter(pk=listing.pk).update(updated_at=timezone.now())

    assert embed_entries() == 1

    assert len(embedder.asked) == asked
    assert not IndexEntry.objects.unembedded("words").exists()


def test_embedding_keeps_a_vector_for_each_sentence_that_may_be_quoted(embedder):
    listing = factories.AchievementFactory(
        title_en="Charging", title_zh="", summary_en="", solution_en="It charges. It rests."
    )
    refresh_entries([listing.pk])

    embed_entries([listing.pk])

    passages = Passages.objects.get(pk=listing.pk)
    assert passages.texts[0] == "Charging"
    assert {"It charges.", "It rests."} <= set(passages.texts)
    rows = as_rows(bytes(passages.vectors))
    at = passages.texts.index("It rests.")
    assert float(rows[at] @ embedder.passages(["It rests."])[0]) > 0.9999


def test_embedding_chinese_cut_into_words_is_read_without_spaces_and_quoted_as_it_stands(embedder):
    listing = factories.AchievementFactory(
        title_en="", title_zh="拱桥 性能", summary_zh="模型 修正 方法。", solution_zh=""
    )
    refresh_entries([listing.pk])

    embed_entries([listing.pk])

    assert {"拱桥性能", "模型修正方法。"} <= set(embedder.asked)
    assert not any("拱桥 性" in text or "型 修" in text for text in embedder.asked)
    assert {"拱桥 性能", "模型 修正 方法。"} <= set(Passages.objects.get(pk=listing.pk).texts)


def test_embedding_drafts_wait_until_they_are_published(embedder):
    draft = factories.AchievementFactory(state="draft")
    refresh_entries([draft.pk])

    assert embed_entries() == 0
    assert embedder.asked == []


def test_embedding_another_embedder_makes_entries_outstanding(embedder, monkeypatch):
    listing = factories.AchievementFactory()
    refresh_entries([listing.pk])
    embed_entries()

    monkeypatch.setattr(current, "LOCAL_NAME", "others")

    assert IndexEntry.objects.unembedded("others").count() == 1
    assert embed_entries() == 1
    assert IndexEntry.objects.get(pk=listing.pk).embedder == "others"


def test_entry_own_number_of_a_listing_finds_it_for_nobody():
    listing = factories.AchievementFactory(external_id="KW-77001")

    refresh_entries([listing.pk])

    assert not {"kw77001", "77001", "-77001", "kw-77001"} & _lexemes(listing)


def test_entry_after_its_organisation_was_renamed_is_outstanding_and_then_has_the_new_name():
    owner = factories.MemberFactory(organisation__name_en="Kestrel Works")
    listing = factories.AchievementFactory(organisation=owner.organisation)
    other = factories.AchievementFactory()
    refresh_entries([listing.pk, other.pk])

    update_organisation(owner.organisation, by=owner.user, name_en="Osprey Mills")

    assert unindexed_listings(10) == [listing.pk]
    refresh_entries(unindexed_listings(10))
    assert {"osprey", "mill"} <= _lexemes(listing)
    assert "kestrel" not in _lexemes(listing)


def test_entry_after_its_organisation_was_described_anew_stays_fresh():
    owner = factories.MemberFactory()
    listing = factories.AchievementFactory(organisation=owner.organisation)
    refresh_entries([listing.pk])

    update_organisation(owner.organisation, by=owner.user, description_en="Since 1950.")

    assert unindexed_listings(10) == []


@pytest.mark.parametrize("verified", [True, False])
def test_entry_when_its_organisation_gains_or_loses_verification_is_matched_anew(verified):
    moderator = factories.UserFactory(moderator=True)
    organisation = factories.OrganisationFactory(verified=not verified)
    listing = factories.AchievementFactory(organisation=organisation)
    refresh_entries([listing.pk])
    embed_entries([listing.pk])
    match_listing(listing.pk)
    assert not unmatched().exists()

    if verified:
        verify_organisation(organisation, by=moderator)
    else:
        unverify_organisation(organisation, by=moderator, reason="Closed down.")

    assert [entry.pk for entry in unmatched()] == [listing.pk]


def test_entries_of_many_imported_rows_are_left_to_one_worker(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    member = factories.MemberFactory()
    lines = "\n".join(
        f"Sorting tea by camera number {number}" for number in range(MOST_INDEXED + 1)
    )
    upload_import(
        by=member.user,
        kind="demand",
        organisation=member.organisation,
        file=SimpleUploadedFile("needs.csv", f"title_en\n{lines}".encode()),
        confirm=True,
        duplicates="create",
    )
    run_import(ImportRun.objects.get().pk)
    count = MOST_INDEXED + 1
    assert (Listing.objects.count(), IndexEntry.objects.count()) == (count, 0)

    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_INDEX])
        assert index_outstanding() == 0
    other.close()
    deadline = time.monotonic() + 60  # the other one is gone once the server has noticed
    while not (done := index_outstanding()) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert done == IndexEntry.objects.count() == count
