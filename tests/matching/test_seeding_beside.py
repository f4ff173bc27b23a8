"""Load data where there are other listings: refused, or beside them, and gone without them."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from achievements.models import Achievement, EvidenceRow, Listing
from matching.models import IndexEntry
from matching.seeding.aside import put_aside
from matching.seeding.load import load_listings, seed_load
from matching.services.indexing import refresh_entries
from tests.factories import AchievementFactory

pytestmark = pytest.mark.django_db


def test_seed_load_beside_others_is_refused_and_writes_nothing():
    AchievementFactory()
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_load", 20, verbosity=0)
    assert Listing.objects.count() == 1


def test_remove_leaves_other_listings():
    kept = AchievementFactory()
    call_command("seed_load", 20, force=True, verbosity=0, stdout=StringIO())
    assert load_listings().count() == 20
    call_command("seed_load", remove=True, stdout=StringIO())
    assert list(Listing.objects.values_list("pk", flat=True)) == [kept.pk]


def test_load_data_left_half_made_is_refused_until_it_is_removed():
    put_aside(["achievements_listing"])
    with pytest.raises(CommandError, match="--remove"):
        call_command("seed_load", 20, verbosity=0)
    assert not Listing.objects.exists()
    call_command("seed_load", remove=True, stdout=StringIO())
    call_command("seed_load", 20, verbosity=0, stdout=StringIO())
    assert load_listings().count() == 20


def test_copies_have_the_text_part_of_their_own_text_and_embeddings_of_their_own():
    made = seed_load(50, texts=20)
    rows = {row.pk: row for row in IndexEntry.objects.select_related("listing")}
    assert sorted(rows) == list(made)
    before = _entries()
    refresh_entries(made)
    assert _entries() == before
    assert not IndexEntry.objects.stale().exists()
    for source, copy in zip(made, made[20:], strict=False):
        one, other = rows[source], rows[copy]
        assert one.listing.title_en == other.listing.title_en
        assert one.listing.kind == other.kind
        assert one.listing.external_id != other.listing.external_id
        assert one.content_hash != other.content_hash
        assert one.text_embedding != other.text_embedding
        assert 0.7 < np.dot(one.text_embedding, other.text_embedding) < 0.999
    counts = Listing.objects.values_list("kind").annotate(Count("pk"))
    assert dict(counts) == {"achievement": 43, "demand": 5, "expert": 2}
    assert Achievement.objects.count() == 43
    assert EvidenceRow.objects.filter(achievement__in=made[20:40]).exists()


def _entries() -> list[tuple[object, ...]]:
    columns = ("pk", "kind", "languages", "vector", "lexical", "indexed_source_at")
    return list(IndexEntry.objects.order_by("pk").values_list(*columns))
