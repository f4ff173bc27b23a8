"""Pairs to learn weights from: the candidates that each query of a judged set is compared with."""

from collections.abc import Callable, Iterator
from pathlib import Path

from achievements.models import Demand
from matching.embedding import get_embedder
from matching.quality.embedding_cache import RememberingEmbedder
from matching.quality.judged import read_corpus, read_queries, read_ratings
from matching.quality.ranking import indexed_corpus, rank_queries
from matching.scoring.compared_cache import compared_of
from matching.scoring.learning_weights import Pair
from matching.scoring.profiles import text_fit

GOOD = 0.5
CANDIDATES = 100  # of each query, the best; and whatever is judged right


def judged_pairs(
    folder: Path, split: str, task: str, progress: Callable[[int], object]
) -> Iterator[Pair]:
    """Each query with its best candidates and all that are judged; what is not counts as wrong.

    Where people rated on a scale, only what they rated counts: as right above half of the scale.
    Within a schema of its own, as :func:`matching.quality.evaluation.rank_set`. Raises
    JudgedSetError and EmbeddingError.
    """
    corpus, queries = read_corpus(folder), read_queries(folder, split)
    ratings = read_ratings(folder, split)
    values = {value for documents in ratings.values() for value in documents.values()}
    most, graded = max(values, default=0.0), len(values) > 2
    embedder = RememberingEmbedder(get_embedder(), progress)
    with indexed_corpus(corpus, task, embedder) as keys:
        places = {key: pk for pk, key in keys.items()}
        ranked = rank_queries(queries, keys, task, limit=CANDIDATES)
        demands: list[int] = []
        for number, (query, found) in enumerate(ranked):
            demands = demands or list(Demand.objects.order_by("pk").values_list("pk", flat=True))
            rated = {
                places[key]: value for key, value in ratings.get(query, {}).items() if key in places
            }
            good = {pk for pk, value in rated.items() if value > GOOD * most}
            chosen = set(rated) | (set() if graded else {places[key] for key, _score in found})
            known = compared_of(sorted({demands[number], *chosen}))
            asks = known[demands[number]]
            for pk in sorted(chosen & known.keys()):
                text = text_fit(asks, known[pk])
                yield Pair(query, asks.side, known[pk].side, text, pk in good)
