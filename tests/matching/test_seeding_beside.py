"""Load data where there are other listings: refused, or beside them, and gone without them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from achievements.models import Listing
from matching.seeding.aside import put_aside
from matching.seeding.load import load_listings
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
