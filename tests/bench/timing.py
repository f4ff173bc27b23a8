"""How long calls take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

import numpy as np

One = TypeVar("One")


@dataclass(frozen=True)
class Times:
    """Quantiles of durations, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Times":
        """From durations in seconds; at least one."""
        found = np.percentile(np.fromiter(seconds, np.float64) * 1000, [50, 95, 99])
        return cls(*(round(float(one), 3) for one in found))


def timed(call: Callable[[], object]) -> float:
    """The seconds that one call takes."""
    begun = perf_counter()
    call()
    return perf_counter() - begun


def times(call: Callable[[One], object], inputs: Iterable[One]) -> Times:
    """One call for each input, one after the other."""
    return Times.of([timed(lambda one=one: call(one)) for one in inputs])  # type: ignore[misc]
