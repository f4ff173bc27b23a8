"""Matching: one changed listing from saving to its matches, and all demands at once."""

from dataclasses import dataclass
from time import perf_counter

from achievements.models import Achievement
from achievements.services.content import update_listing
from matching.seeding.load import load_listings
from matching.services.batch import rank_all
from matching.services.embeddings import embed_entries
from matching.services.matching import match_listing
from tests.bench.timing import Times, timed

MOST_DEMANDS = 10_000


@dataclass(frozen=True)
class Change:
    """Steps of one changed listing; ``whole`` is their sum, one after the other."""

    listings: int
    save: Times
    embed: Times
    match: Times
    whole: Times


@dataclass(frozen=True)
class Batch:
    """Demands against all achievements."""

    demands: int
    achievements: int
    seconds: float
    demands_per_second: float
    same_twice: bool


def measure_change(most: int) -> Change:
    """Change up to ``most`` achievements of the load data and match each."""
    keys = list(load_listings().filter(kind="achievement").order_by("pk").values_list("pk"))
    chosen = [pk for (pk,) in keys[:: max(len(keys) // most, 1)][:most]]
    steps = [_change(pk) for pk in chosen]
    save, embed, match = zip(*steps, strict=True)
    return Change(
        len(steps), Times.of(save), Times.of(embed), Times.of(match), Times.of(map(sum, steps))
    )


def _change(pk: int) -> tuple[float, float, float]:
    """Seconds to save (the index entry with it), to embed and to match."""
    listing = Achievement.objects.get(pk=pk)
    language = "en" if listing.title_en else "zh"
    more = "It is measured again. " if language == "en" else "再次测量。"
    name = f"solution_{language}"
    values = {name: f"{getattr(listing, name)}\n{more}"}
    return (
        timed(lambda: update_listing(listing, by=None, values=values)),
        timed(lambda: _expect(embed_entries([pk]) == 1, f"listing {pk} was not embedded")),
        timed(lambda: _expect(match_listing(pk) >= 0, f"listing {pk} was not matched")),
    )


def _expect(done: bool, trouble: str) -> None:
    if not done:
        raise ValueError(trouble)


def measure_batch() -> Batch:
    """Rank for up to ``MOST_DEMANDS`` twice; the time is that of the first run."""
    begun = perf_counter()
    first = list(rank_all("achievement", demands=MOST_DEMANDS))
    seconds = perf_counter() - begun
    again = list(rank_all("achievement", demands=MOST_DEMANDS))
    return Batch(
        demands=len(first),
        achievements=load_listings().filter(kind="achievement").count(),
        seconds=round(seconds, 3),
        demands_per_second=round(len(first) / seconds, 1),
        same_twice=first == again,
    )
