"""Whether scores mean what they say: of matches shown with 60 %, about 60 % should be right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.quality.examples import GOOD
from matching.quality.judged import Ratings
from matching.quality.measures import Run

SHOWN = 20  # of each demand, the best: so many are kept as matches
_BANDS = 10
_SIDE, _ROOM = 240, 36  # of the diagram, in pixels
_STYLE = 'font-family="sans-serif" font-size="11"'


@dataclass(frozen=True)
class Band:
    """Matches whose scores lie in one tenth: how many, the mean score, the share that is right."""

    count: int
    shown: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """The bands that hold any match, and the expected calibration error: the mean distance of
    shown and right, by how many matches a band has."""

    bands: tuple[Band, ...]
    error: float


def reliability(runs: Iterable[tuple[Run, Ratings, float]]) -> Reliability:
    """Of rankings with their ratings and the least score that is shown; each weighs the same.

    Right is what is rated above half of the scale; what nobody judged counts as wrong, so the
    shares are a lower bound where judgements are not complete.
    """
    scores, good, weights = [], [], []
    for run, ratings, least in runs:
        pairs = list(_pairs(run, ratings, least))
        scores += [score for score, _good in pairs]
        good += [float(right) for _score, right in pairs]
        weights += [1 / len(pairs)] * len(pairs)
    return _banded(np.array(scores), np.array(good), np.array(weights))


def _pairs(run: Run, ratings: Ratings, least: float) -> Iterable[tuple[float, bool]]:
    most = max((value for rated in ratings.values() for value in rated.values()), default=0.0)
    for query, found in run.items():
        rated = ratings.get(query, {})
        for key, score in found[:SHOWN]:
            if score >= least:
                yield score, rated.get(key, 0.0) > GOOD * most


def _banded(scores: np.ndarray, good: np.ndarray, weights: np.ndarray) -> Reliability:
    places = np.minimum((scores * _BANDS).astype(int), _BANDS - 1)
    bands, error = [], 0.0
    for band in range(_BANDS):
        there = places == band
        if there.any():
            own = weights[there]
            shown = float(np.average(scores[there], weights=own))
            right = float(np.average(good[there], weights=own))
            bands.append(Band(int(there.sum()), shown, right))
            error += float(own.sum()) * abs(shown - right)
    return Reliability(tuple(bands), error / float(weights.sum()) if len(weights) else 0.0)


def as_diagram(found: Reliability) -> str:
    """The diagram as SVG: shown to the right, right upwards; on the line both agree."""
    size = _SIDE + 2 * _ROOM
    points = [
        f'<circle cx="{_ROOM + band.shown * _SIDE:.1f}" cy="{_ROOM + (1 - band.right) * _SIDE:.1f}"'
        f' r="{3 + min(band.count, 4000) ** 0.5 / 12:.1f}" fill="#0b6e4f" fill-opacity="0.75">'
        f"<title>{band.count}: {band.shown:.2f} shown, {band.right:.2f} right</title></circle>"
        for band in found.bands
    ]
    ticks = [
        f'<text x="{_ROOM + part * _SIDE:.0f}" y="{_ROOM + _SIDE + 16}" text-anchor="middle">'
        f"{part:.0%}</text>"
        f'<text x="{_ROOM - 6}" y="{_ROOM + (1 - part) * _SIDE + 4:.0f}" text-anchor="end">'
        f"{part:.0%}</text>"
        for part in (0, 0.5, 1)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" {_STYLE}>',
            f'<rect width="{size}" height="{size}" fill="#fff"/>',
            (
                f'<rect x="{_ROOM}" y="{_ROOM}" width="{_SIDE}" height="{_SIDE}" fill="none"'
                ' stroke="#999"/>'
            ),
            (
                f'<line x1="{_ROOM}" y1="{_ROOM + _SIDE}" x2="{_ROOM + _SIDE}" y2="{_ROOM}"'
                ' stroke="#999" stroke-dasharray="4 3"/>'
            ),
            f'<text x="{_ROOM}" y="{_ROOM - 10}">Share that is right, by the score shown</text>',
            *ticks,
            *points,
            "</svg>\n",
        ]
    )


def as_rows(found: Reliability) -> str:
    """The bands as a table in Markdown."""
    rows: Sequence[str] = [
        f"| {band.shown:.2f} | {band.right:.2f} | {band.count} |" for band in found.bands
    ]
    return "\n".join(["| shown | right | matches |", "|---|---|---|", *rows])
