"""All figures of a run, as a table and as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from tests.bench.matching import Batch, Change
from tests.bench.members import MemberPage
from tests.bench.nearness import Nearness
from tests.bench.rebuilding import Rebuilding
from tests.bench.relevance import Relevance
from tests.bench.searching import CaseTimes
from tests.bench.serving import CLIENTS, Serving
from tests.bench.storage import Storage
from tests.bench.timing import Times

_NO_SETS = "No judged sets: name their folder with make bench-search BENCHMARKS=DIR."


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    listings: int
    embedder: str
    cases: list[CaseTimes]
    serving: list[Serving]
    nearness: Nearness
    change: Change
    batch: Batch
    members: list[MemberPage]
    relevance: list[Relevance]
    rebuilding: Rebuilding
    storage: Storage

    def as_json(self) -> str:
        """The same figures for programs; times are milliseconds."""
        data = asdict(self)
        for row, case in zip(data["cases"], self.cases, strict=True):
            row["ratio"] = case.ratio
        data["rebuilding"]["seconds_of_indexes"] = self.rebuilding.seconds_of_indexes
        return json.dumps(data, indent=2, ensure_ascii=False)

    def as_table(self) -> str:
        """The same figures for people."""
        return "\n".join(
            [
                f"{self.listings} listings, embedder {self.embedder}; times in ms, p50/p95/p99",
                "",
                *aligned(_search_rows(self.cases)),
                "",
                *(aligned(_serving_rows(self.serving)) or ["No web server was asked."]),
                "",
                *aligned(_recall_rows(self.nearness)),
                "",
                *aligned(_matching_rows(self)),
                "",
                *aligned(_member_rows(self.members)),
                "",
                *(
                    aligned(_relevance_rows(self.relevance))
                    or ["No judged sets: name their folder with BENCHMARKS=DIR."]
                ),
                "",
                *aligned(_rebuilding_rows(self.rebuilding)),
                "",
                *aligned(_storage_rows(self)),
            ]
        )


def _search_rows(cases: Sequence[CaseTimes]) -> Iterator[Sequence[str]]:
    yield (
        *("case", "n", "search", "a second", "again", "+ embedding", "facets", "page", "API"),
        *("tantivy", "search : tantivy"),
    )
    for case in cases:
        columns = (case.again, case.first, case.facets, case.page, case.api, case.tantivy)
        ratio = "–" if case.ratio is None else f"{case.ratio:.1f} ×"
        speed = cell(case.search), f"{case.per_second:.0f}"
        yield case.name, str(case.queries), *speed, *map(cell, columns), ratio


def _serving_rows(found: Sequence[Serving]) -> Iterator[Sequence[str]]:
    if found:
        yield f"web server with {CLIENTS} clients", "answers/s", "each", ": bare", "statuses"
    for one in found:
        answers = one.answers
        statuses = ", ".join(f"{count} × {code}" for code, count in answers.statuses.items())
        speed = f"{answers.per_second:.0f}"
        yield one.name, speed, cell(answers.took), f"{one.ratio:.2f} ×", statuses


def _recall_rows(nearness: Nearness) -> Iterator[Sequence[str]]:
    yield "vector index, recall@10 by filter", "n", "search", "match"
    for one in nearness.recalls:
        yield one.filters, str(one.asked), _share(one.search), _share(one.match)
    ratio = nearness.scan.p95 / nearness.index.p95
    yield "by index", "", cell(nearness.index), ""
    yield "by exact scan", "", cell(nearness.scan), f"{ratio:.1f} ×"
    yield f"at this size search uses the {nearness.in_use}", "", "", ""


def _matching_rows(report: Report) -> Iterator[Sequence[str]]:
    change, batch = report.change, report.batch
    yield "matching", "n", ""
    for name in ("save", "embed", "match", "whole"):
        yield f"one changed listing: {name}", str(change.listings), cell(getattr(change, name))
    pairs = f"{batch.demands} demands × {batch.achievements} achievements"
    same = "the same twice" if batch.same_twice else "NOT the same twice"
    yield (
        f"all at once: {pairs}",
        "1",
        f"{batch.seconds:.2f} s, {batch.demands_per_second:.0f} demands/s, {same}",
    )


def _member_rows(found: Sequence[MemberPage]) -> Iterator[Sequence[str]]:
    yield "pages of a member", "each"
    for one in found:
        yield one.name, cell(one.took)


def _relevance_rows(found: Sequence[Relevance]) -> Iterator[Sequence[str]]:
    if found:
        yield "nDCG@10 of judged sets", "n", "ours", "tantivy", ""
    for one in found:
        how = "ours by words alone, its embeddings take long" if one.words_alone else ""
        yield one.name, str(one.queries), f"{one.ours:.3f}", f"{one.tantivy:.3f}", how


def _rebuilding_rows(found: Rebuilding) -> Iterator[Sequence[str]]:
    yield "full reindex without embedding", "s", "MB"
    for one in found.indexes:
        yield one.name, f"{one.seconds:.1f}", _megabytes(one.size)
    yield "all indexes", f"{found.seconds_of_indexes:.1f}", ""
    yield f"text part of {found.entries} entries, {found.per_second:.0f} a second", "", ""


def _storage_rows(report: Report) -> Iterator[Sequence[str]]:
    found = report.storage
    yield "disk, MB", "rows", "indexes", "bytes a listing"
    for one in found.tables:
        each = (one.rows + one.indexes) // max(report.listings, 1)
        yield one.name, _megabytes(one.rows), _megabytes(one.indexes), str(each)
    each = found.index // max(report.listings, 1)
    yield "all that search and matching keep", _megabytes(found.index), "", str(each)
    each = found.database // max(report.listings, 1)
    yield "the whole database", _megabytes(found.database), "", str(each)
    yield "memory of the measuring process at most", _megabytes(found.memory), "", ""


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def cell(value: Times | None) -> str:
    """Median and the slow ends, or a dash."""
    if value is None:
        return "–"
    return "/".join(f"{one:.1f}" for one in (value.p50, value.p95, value.p99))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def aligned(rows: Iterator[Sequence[str]]) -> list[str]:
    """Columns of equal width; all but the first to the right."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
