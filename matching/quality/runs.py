"""Runs as files: query, document, rank and score, separated by tabs."""

from collections.abc import Iterable
from pathlib import Path

from matching.quality.judged import JudgedSetError
from matching.quality.ranking import Ranking


def write_run(path: Path, ranked: Iterable[tuple[str, Ranking]]) -> int:
    """Write a run; returns the number of lines. Raises OSError."""
    lines = [
        f"{query}\t{document}\t{place}\t{score:.6f}\n"
        for query, found in ranked
        for place, (document, score) in enumerate(found, start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def read_run(path: Path) -> dict[str, Ranking]:
    """A run from its file, in the order of its ranks. Raises JudgedSetError."""
    found: dict[str, list[tuple[int, str, float]]] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise JudgedSetError(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            query, document, place, score = line.split("\t")
            found.setdefault(query, []).append((int(place), document, float(score)))
        except ValueError:
            raise JudgedSetError(
                f"{path}, line {number}: expected query, document, rank and score."
            ) from None
    return {
        query: [(document, score) for _place, document, score in sorted(rows)]
        for query, rows in found.items()
    }
