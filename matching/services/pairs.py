"""Two listings that were compared, with what came of it."""

from dataclasses import dataclass
from decimal import Decimal

from matching.scoring.profiles import Compared
from matching.scoring.score import Score

_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Pair:
    """One comparison: both listings, the score, and its rank for the listing that asked."""

    demand: Compared
    candidate: Compared
    found: Score
    rank: int | None = None

    @property
    def total(self) -> Decimal:
        """The score as it is kept."""
        return Decimal(str(self.found.total)).quantize(_PLACES)

    @property
    def key(self) -> tuple[int, int]:
        """The two listings."""
        return self.demand.profile.listing_id, self.candidate.profile.listing_id
