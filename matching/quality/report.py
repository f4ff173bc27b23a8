"""The page of figures: every judged set that is there, beside words alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from achievements.models import Demand
from matching.embedding import embedder_name
from matching.quality.calibration import Reliability, as_rows, reliability
from matching.quality.evaluation import Evaluation, evaluate, rank_set
from matching.quality.faithfulness import Faithfulness, faithfulness
from matching.quality.judged import Ratings, read_ratings
from matching.quality.measures import PAIR_LOSS, Figure, Run
from matching.quality.ranking import Ranking
from matching.services.weights import active_weights

Progress = Callable[[int], object]
_TESTED = 60  # demands of a set whose best match has its reasons tested


@dataclass(frozen=True)
class Set:
    """One line of the page: a folder, what is asked of it, and what it holds."""

    name: str
    task: str
    about: str
    pool: bool = False

    @property
    def title(self) -> str:
        """As the table names it."""
        return f"{self.name}, judged pool" if self.pool else self.name


SETS = (
    Set("sbir_topic_award", "match", "US solicitation topics → the awards that answered them"),
    Set("ccf_bdci_demand_achievement", "match", "Chinese demands → achievements", pool=True),
    Set("ccf_bdci_demand_achievement", "match", "Chinese demands → achievements"),
    Set("horizon_topic_project", "match", "one-line EU topics → projects"),
    Set("sbir_topic_firm", "experts", "US solicitation topics → teams"),
    Set("reviewer_goldstandard", "experts", "papers → reviewers, by their own rating"),
    Set("ipc_zhq_endoc", "match", "Chinese titles → their English counterparts"),
    Set("xquad_zhq_endoc", "search", "Chinese questions → English passages"),
    Set("xquad_enq_zhdoc", "search", "English questions → Chinese passages"),
    Set("scifact", "search", "claims → abstracts"),
)


@dataclass(frozen=True)
class Line:
    """What one set gave, with and without embeddings."""

    judged: Set
    whole: Evaluation
    words: Evaluation
    scored: tuple[Run, Ratings, float] | None = None  # of sets of pairs, for the calibration
    faithful: Faithfulness | None = None


def measure(root: Path, split: str, progress: Progress) -> Iterator[Line]:
    """Every set of :data:`SETS` that lies under ``root``. Raises as :func:`rank_set`."""
    for judged in SETS:
        folder = root / judged.name
        if not (folder / split).is_dir():
            continue
        ratings = read_ratings(folder, split)
        quoted = _Quoted()
        words, whole = (
            dict(
                rank_set(
                    folder,
                    split,
                    judged.task,
                    pool=judged.pool,
                    words_alone=words_alone,
                    progress=progress,
                    then=quoted if judged.task == "match" and not words_alone else None,
                )
            )
            for words_alone in (True, False)
        )
        # Where only a pool was judged, what lies outside is not wrong but unknown.
        complete = judged.task == "match" and (judged.pool or not _has_pool(judged))
        yield Line(
            judged,
            evaluate(whole, ratings, judged.task, words),
            evaluate(words, ratings, judged.task),
            (whole, ratings, quoted.least) if complete else None,
            quoted.found,
        )


def _has_pool(judged: Set) -> bool:
    return any(one.pool for one in SETS if one.name == judged.name)


class _Quoted:
    """Tests the reasons of the best match of some demands while their listings are there."""

    def __init__(self) -> None:
        self.least = 0.0
        self.found: Faithfulness | None = None

    def __call__(self, keys: Mapping[int, str], ranked: list[tuple[str, Ranking]]) -> None:
        """Takes the first queries with a match that would be shown."""
        self.least = active_weights().weights["least"]
        places = {key: pk for pk, key in keys.items()}
        demands = Demand.objects.order_by("pk").values_list("pk", flat=True)
        pairs = [
            (demand, places[found[0][0]])
            for demand, (_query, found) in zip(demands, ranked, strict=True)
            if found and found[0][1] >= self.least
        ]
        self.found = faithfulness(pairs[:_TESTED])


def as_table(lines: list[Line]) -> str:
    """The figures as a table in Markdown."""
    rows = [
        "| set | task | queries | measure | words alone | all | 95 % | better / equal / worse |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        for name in shown_measures(line):
            whole, words = line.whole.figures[name], line.words.figures[name]
            against = line.whole.against.get(name)
            counts = f"{against.wins} / {against.ties} / {against.losses}" if against else ""
            rows.append(
                f"| {line.judged.title} | {line.judged.task} | {line.whole.queries} | {name} |"
                f" {words.mean:.3f} | **{whole.mean:.3f}** | {_range(whole)} | {counts} |"
            )
    return "\n".join(rows)


def shown_measures(line: Line) -> list[str]:
    """Which measures of a set are shown."""
    if PAIR_LOSS in line.whole.figures:
        return [PAIR_LOSS]
    return ["nDCG@10"] if line.judged.pool else ["nDCG@10", "R@100"]


def _range(figure: Figure) -> str:
    return f"{figure.low:.3f}–{figure.high:.3f}"


def as_page(lines: list[Line], split: str, day: date) -> str:
    """The whole page in Markdown."""
    about = "\n".join(
        f"- **{line.judged.title}**: {line.judged.about}." for line in lines if line.judged.about
    )
    text = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return text.format(
        day=day.isoformat(),
        embedder=embedder_name(),
        split=split,
        table=as_table(lines),
        about=about,
        calibration=_calibration(lines),
        faithful=_faithful(lines),
    )


def calibrated(lines: Sequence[Line]) -> Reliability | None:
    """How far scores say what they mean, over all sets that can tell."""
    scored = [line.scored for line in lines if line.scored is not None]
    return reliability(scored) if scored else None


def _calibration(lines: Sequence[Line]) -> str:
    found = calibrated(lines)
    if found is None:
        return "No set that can tell was there."
    sets = [
        f"{line.judged.title} {reliability([line.scored]).error:.3f}"
        for line in lines
        if line.scored is not None
    ]
    return (
        f"{as_rows(found)}\n\nExpected calibration error over these sets together: "
        f"{found.error:.3f}. Each for itself: {', '.join(sets)}."
    )


def _faithful(lines: Sequence[Line]) -> str:
    tested = [line for line in lines if line.faithful is not None and line.faithful.pairs]
    rows = [
        "| set | matches tested | score falls | falls by more | share |",
        "|---|---|---|---|---|",
    ]
    for line in tested:
        if line.faithful is not None:
            found = line.faithful
            rows.append(
                f"| {line.judged.title} | {found.pairs} | {found.fell} | {found.fell_by_more} |"
                f" {found.share:.0%} |"
            )
    return "\n".join(rows) if tested else "No set that can tell was there."


def as_data(lines: Sequence[Line], split: str, day: date) -> dict[str, Any]:
    """The figures of a report as plain values: one entry for each set and measure."""
    entries = []
    for line in lines:
        for name in shown_measures(line):
            whole, words = line.whole.figures[name], line.words.figures[name]
            against = line.whole.against.get(name)
            entries.append(
                {
                    "set": line.judged.name,
                    "pool": line.judged.pool,
                    "task": line.judged.task,
                    "queries": line.whole.queries,
                    "measure": name,
                    "words_alone": round(words.mean, 4),
                    "value": round(whole.mean, 4),
                    "low": round(whole.low, 4),
                    "high": round(whole.high, 4),
                    "better": against.wins if against else None,
                    "equal": against.ties if against else None,
                    "worse": against.losses if against else None,
                }
            )
    return {
        "measured_on": day.isoformat(),
        "embedder": embedder_name(),
        "split": split,
        "figures": entries,
    }
