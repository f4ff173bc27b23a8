"""`python -m tests.bench.plot FILE...`: what searches cost at several sizes, drawn as SVG.

Both axes are logarithmic, so that a cost that grows with the collection is a straight line upwards
and one that does not is level. The files are what `make bench JSON=1` printed.
"""

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

_WIDE, _HIGH = 420, 280  # of the field, in pixels
_LEFT, _TOP, _RIGHT, _BELOW = 52, 36, 230, 40
_STYLE = 'font-family="sans-serif" font-size="11"'
_COLOURS = (
    *("#0b6e4f", "#a33b20", "#1d4e89", "#7a5195", "#b07d12", "#3f7f93", "#8c2f5f"),
    *("#4a6b1f", "#555555", "#c2571a", "#274690"),
)

Lines = Mapping[str, Sequence[tuple[int, float]]]


def main() -> None:
    """Read the files, print the drawing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.plot", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="JSON of make bench, one of each size")
    files = parser.parse_args().files
    print(as_diagram(lines_of(json.loads(one.read_text("utf-8")) for one in files)))


def lines_of(reports: Iterable[Mapping[str, Any]]) -> Lines:
    """For each case its p95 in milliseconds at each number of listings, ascending."""
    found: dict[str, list[tuple[int, float]]] = {}
    for report in sorted(reports, key=lambda one: int(one["listings"])):
        rows = [(case["name"], case["search"]["p95"]) for case in report["cases"]]
        change, nearness = report["change"], report["nearness"]
        rows.append(("a changed listing matched", change["match"]["p95"]))
        rows.append(("near listings by index", nearness["index"]["p95"]))
        rows.append(("near listings by scan", nearness["scan"]["p95"]))
        for name, p95 in rows:
            found.setdefault(name, []).append((report["listings"], p95))
    return found


def as_diagram(lines: Lines) -> str:
    """The drawing, at one size or several."""
    sizes = sorted({size for points in lines.values() for size, _cost in points})
    costs = [cost for points in lines.values() for _size, cost in points]
    across = _scale(sizes, _LEFT, _LEFT + _WIDE)
    up = _scale(costs, _TOP + _HIGH, _TOP)
    wide, high = _LEFT + _WIDE + _RIGHT, _TOP + _HIGH + _BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" {_STYLE}>',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="{_TOP - 14}">Milliseconds at p95, by the number of listings</text>',
    ]
    for cost in _powers(costs):
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{up(cost):.1f}" y2="{up(cost):.1f}"'
            f' stroke="#ddd"/><text x="{_LEFT - 6}" y="{up(cost) + 4:.1f}" text-anchor="end">'
            f"{cost:g}</text>"
        )
    parts += [
        f'<text x="{across(size):.1f}" y="{_TOP + _HIGH + 18}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    by_last_cost = sorted(lines.items(), key=lambda line: -line[1][-1][1])
    for place, (name, points) in enumerate(by_last_cost):
        colour = _COLOURS[place % len(_COLOURS)]
        path = " ".join(f"{across(size):.1f},{up(cost):.1f}" for size, cost in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(size):.1f}" cy="{up(cost):.1f}" r="3" fill="{colour}">'
            f"<title>{escape(name)}, {size:,} listings: {cost:.1f} ms</title></circle>"
            for size, cost in points
        ]
        parts.append(
            f'<text x="{_LEFT + _WIDE + 14}" y="{_TOP + 10 + 18 * place}" fill="{colour}">'
            f"{escape(name)}: {points[-1][1]:.1f}</text>"
        )
    return "\n".join([*parts, "</svg>"])


def _powers(costs: Sequence[float]) -> list[float]:
    first, last = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    return [10.0**power for power in range(first, last + 1)]


def _scale(values: Sequence[float], start: float, end: float) -> "_Scale":
    ends = _powers(values)
    return _Scale(math.log10(ends[0]), math.log10(ends[-1]), start, end)


class _Scale:
    """From figures to pixels, by powers of ten."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._span = low, max(high - low, 1e-9)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / self._span
        return self._start + share * (self._end - self._start)


if __name__ == "__main__":
    main()
