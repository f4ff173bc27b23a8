"""One judged set from folder to figures; what the commands and `make quality` share."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matching.embedding import get_embedder
from matching.quality.embedding_cache import RememberingEmbedder
from matching.quality.judged import Ratings, read_corpus, read_queries, read_ratings
from matching.quality.measures import (
    PAIR_LOSS,
    Comparison,
    Figure,
    Run,
    compare,
    mean_of,
    pair_loss_of,
    pair_losses,
    per_query,
)
from matching.quality.ranking import Ranking, indexed_corpus, rank_queries

Progress = Callable[[int], object]
Then = Callable[[Mapping[int, str], list[tuple[str, Ranking]]], None]


@dataclass(frozen=True)
class Evaluation:
    """The figures of one run, by measure, and how they compare with a baseline's."""

    queries: int
    figures: dict[str, Figure]
    against: dict[str, Comparison]

    def as_data(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def rank_set(
    folder: Path,
    split: str,
    task: str,
    *,
    limit: int = 100,
    pool: bool = False,
    words_alone: bool = False,
    progress: Progress = lambda _number: None,
    then: Then | None = None,
) -> list[tuple[str, Ranking]]:
    """Rank every query of a split. Reads ratings only for ``pool``, and no values of them.

    ``words_alone`` leaves the embeddings out: what BM25 finds. ``then`` is called with the
    documents' keys and the rankings while the listings are still there. Raises JudgedSetError and
    EmbeddingError.
    """
    corpus, queries = read_corpus(folder), read_queries(folder, split)
    judged = read_ratings(folder, split) if pool else None
    embedder = None if words_alone else RememberingEmbedder(get_embedder(), progress)
    with indexed_corpus(corpus, task, embedder) as keys:
        ranked = list(rank_queries(queries, keys, task, limit=limit, pool=judged))
        if then is not None:
            then(keys, ranked)
        return ranked


def evaluate(run: Run, ratings: Ratings, task: str, baseline: Run | None = None) -> Evaluation:
    """The figures of a run. For experts rated on a scale, the pair loss stands beside them."""
    values = per_query(run, ratings)
    figures = {name: mean_of(of) for name, of in values.items()}
    against = {}
    if baseline is not None:
        before = per_query(baseline, ratings)
        against = {name: compare(of, before[name]) for name, of in values.items()}
    if task == "experts" and _is_scale(ratings):
        figures[PAIR_LOSS] = pair_loss_of(pair_losses(run, ratings))
    return Evaluation(len(next(iter(values.values()))), figures, against)


def _is_scale(ratings: Ratings) -> bool:
    """Whether people rated themselves, rather than documents being relevant or not."""
    return len({rating for documents in ratings.values() for rating in documents.values()}) > 2
