"""How far an import is, for its page, and when to give up one that takes too long."""

from time import monotonic

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from achievements.importing.problems import Report
from achievements.importing.readers import Source
from achievements.models import ImportRun

LONGEST_SECONDS = 50 * 60  # of one check or import; below the time limit of its task
_KEPT_SECONDS = 120  # longer than a batch takes


class Progress:
    """Called after every batch of a run: tells how far it is, and watches the clock.

    What a check writes nobody else sees before it is taken back, so the cache tells. Without a
    cache the page says only that it is under way.
    """

    def __init__(self, run: ImportRun, report: Report) -> None:
        self._run, self._report = run, report
        self._until = monotonic() + LONGEST_SECONDS

    def __call__(self, source: Source) -> None:
        """Raises ValidationError, with the remedy, where the file takes too long."""
        if monotonic() > self._until:
            raise ValidationError(
                _(
                    "Only %(rows)s rows were read within %(minutes)s minutes. Split the file into "
                    "parts of fewer rows; rows that are in already are recognised."
                ),
                code="too_long",
                params={"rows": self._report.rows, "minutes": LONGEST_SECONDS // 60},
            )
        if source.total:
            percent = min(99, 100 * source.position() // source.total)
            cache.set(_key(self._run), int(percent), _KEPT_SECONDS)

    def end(self) -> None:
        """Nothing of this is left for what the run does next."""
        cache.delete(_key(self._run))


def percent_of(run: ImportRun) -> int:
    """How much of its file is checked or imported; 0 where nobody knows."""
    return int(cache.get(_key(run), 0)) if run.is_outstanding else 0


def _key(run: ImportRun) -> str:
    return f"achievements:import:{run.pk}"
