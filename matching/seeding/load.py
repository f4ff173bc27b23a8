"""Making and removing load data."""

from collections.abc import Callable
from itertools import chain

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet
from matching.models import Match
from matching.seeding.aside import is_aside, put_aside, put_back
from matching.seeding.catalogue import MARK, write_organisations
from matching.seeding.copying import next_ids
from matching.seeding.portions import PORTION, Order, making
from matching.services.statistics import refresh_statistics

_REMOVED = 1000  # listings at a time
# After so many listings it is measured where their embeddings lie. What comes after is seen from
# there at once, and no entry but those of the smallest parts has to be written a second time.
_FIRST = 20_000 // PORTION
_TABLES = (
    *("matching_indexentry", "achievements_listing", "achievements_listing_fields"),
    *("achievements_achievement", "achievements_demand", "achievements_expert"),
    *("achievements_ipright", "achievements_evidencerow", "achievements_requirementrow"),
)
Progress = Callable[[int], object]


def load_listings() -> ListingQuerySet:
    """The listings that are load data."""
    return Listing.objects.filter(organisation__slug__startswith=f"{MARK}-")


def is_finished() -> bool:
    """Whether no load data was left half made."""
    return not is_aside()


def seed_load(
    count: int,
    *,
    texts: int | None = None,
    seed: int = 1,
    beside_others: bool = False,
    progress: Progress = lambda _n: None,
) -> range:
    """Make so many published listings, indexed, embedded and measured; returns their numbers.

    The text part of the index is made by the code that serves production; the embeddings are
    invented (:mod:`matching.seeding.vectors`), directions and statistics made from them as ever.
    With ``texts`` only so many are written (rounded up to portions), the others are copies of
    these with embeddings of their own (:mod:`matching.seeding.copies`): several times as fast.
    The same count, texts and seed make the same again. Nothing is matched yet. Without
    ``beside_others`` raises ValidationError where there are other listings, and wherever an
    earlier run was not finished: it is to be removed first.

    Indexes are made at the end, so until then nothing is found quickly in this database. Outside
    a transaction large catalogues are made by several processes, portion by portion, and the
    tables are cleaned up and analysed.
    """
    if not is_finished():
        raise ValidationError(_("Load data was left half made: remove it first, with --remove."))
    if not beside_others and Listing.objects.exclude(pk__in=load_listings()).exists():
        raise ValidationError(
            _("There are listings here that are no load data: use an empty database, or --force.")
        )
    with transaction.atomic():
        if not Term.objects.fields().exists():
            call_command("load_vocabularies", verbosity=0)
        numbers = next_ids(Listing, count)
        owners = write_organisations(count, seed)
        order = Order(numbers, owners, seed, min(texts or count, count))
        put_aside(_TABLES)
    first, more = order.written[:_FIRST], order.written[_FIRST:]
    with making(order) as makers:
        for made in makers.make(first):
            progress(made)
        _analyse()
        refresh_statistics()
        for made in chain(makers.make(more), makers.make(order.copied)):
            progress(made)
        if more or order.copied:
            _analyse()
            refresh_statistics()
    put_back(count)
    _analyse(vacuum=not connection.in_atomic_block)
    return numbers


def remove_load() -> int:
    """Remove all load data and measure the collection anew; returns how many listings there were.

    Raises ProtectedError where somebody has begun to deal with one of them.
    """
    put_back(Listing.objects.count())
    with transaction.atomic():
        numbers = list(load_listings().values_list("pk", flat=True))
        Match.objects.filter(demand__in=numbers).delete()
        Match.objects.filter(candidate__in=numbers).delete()
        for start in range(0, len(numbers), _REMOVED):
            Listing.objects.filter(pk__in=numbers[start : start + _REMOVED]).delete()
        Organisation.objects.filter(slug__startswith=f"{MARK}-").delete()
        refresh_statistics()
    _analyse(vacuum=not connection.in_atomic_block)
    return len(numbers)


def _analyse(*, vacuum: bool = False) -> None:
    """Tell the planner what is in the tables."""
    with connection.cursor() as cursor:
        for table in (*_TABLES, "matching_lexeme", "accounts_organisation"):
            cursor.execute(f"{'VACUUM ANALYZE' if vacuum else 'ANALYZE'} {table}")
