"""What `make bench-load` found, as a table and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from tests.bench.loading import Load
from tests.bench.memory import Taken
from tests.bench.mix import Mix
from tests.bench.report import aligned, cell


def as_json(found: Sequence[Load | Mix]) -> str:
    """The same figures for programs; times are milliseconds, memory is megabytes."""
    return json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False)


def as_table(found: Sequence[Load | Mix]) -> str:
    """The same figures for people."""
    parts = []
    for one in found:
        rows = _mix_rows(one) if isinstance(one, Mix) else _load_rows(one)
        parts.append("\n".join([*aligned(rows), *aligned(_memory_rows(one.memory))]))
    return "\n\n".join(parts)


def _load_rows(load: Load) -> Iterator[Sequence[str]]:
    yield f"{load.name}: {load.number} {load.what}", "seconds", f"{load.what}/s"
    for part, seconds in load.seconds.items():
        speed = f"{load.number / seconds:.0f}" if seconds else "–"
        yield f"  {part}", f"{seconds:.1f}", speed
    if load.waits is not None:
        yield "  waiting, ms, p50/p95/p99", cell(load.waits), ""
    for note in load.notes:
        yield f"  {note}", "", ""


def _mix_rows(mix: Mix) -> Iterator[Sequence[str]]:
    title = f"mix of {mix.rate:g} requests/s for {mix.seconds:g} s: {mix.per_second:g}/s answered"
    yield title, "ms, p50/p95/p99"
    for name, times in mix.times.items():
        yield f"  {name}", cell(times)
    yield "  statuses: " + ", ".join(f"{n} × {code}" for code, n in mix.statuses.items()), ""


def _memory_rows(memory: Mapping[str, Taken]) -> Iterator[Sequence[str]]:
    yield "  memory, MB", "start", "end", "peak", "end : start"
    for name, one in sorted(memory.items()):
        yield (
            *(f"  {name}", f"{one.start:.0f}", f"{one.end:.0f}", f"{one.peak:.0f}"),
            f"{one.end / one.start:.2f} ×",
        )
