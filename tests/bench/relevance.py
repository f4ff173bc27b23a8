"""What each search finds of judged sets: nDCG@10 of ours beside that of tantivy's BM25."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matching.quality.evaluation import rank_set
from matching.quality.judged import Text, read_corpus, read_queries, read_ratings
from matching.quality.measures import Run, mean_of, per_query
from tests.bench.beside import Indexed, TantivyIndex

SETS = ("xquad_enq_zhdoc", "scifact")
EMBEDDED = 1000  # of more documents, embeddings would take more than a few minutes
SPLIT = "dev"
_DEPTH = 100


@dataclass(frozen=True)
class Relevance:
    """nDCG@10 of one set."""

    name: str
    documents: int
    queries: int
    words_alone: bool
    ours: float
    tantivy: float


def measure_relevance(folder: Path) -> list[Relevance]:
    """Rank the sets that are there. Raises JudgedSetError and EmbeddingError."""
    return [_measure(folder / name) for name in SETS if (folder / name / SPLIT).is_dir()]


def _measure(folder: Path) -> Relevance:
    corpus, queries = read_corpus(folder), read_queries(folder, SPLIT)
    words_alone = len(corpus) > EMBEDDED
    ours = dict(rank_set(folder, SPLIT, "search", words_alone=words_alone))
    return Relevance(
        name=folder.name,
        documents=len(corpus),
        queries=len(queries),
        words_alone=words_alone,
        ours=_ndcg(ours, folder),
        tantivy=_ndcg(_by_tantivy(corpus, queries), folder),
    )


def _by_tantivy(corpus: Sequence[Text], queries: Sequence[Text]) -> Run:
    index = TantivyIndex(Indexed(one.key, one.title, one.body) for one in corpus)
    return {
        query.key: [
            (key, float(-place))
            for place, key in enumerate(index.search(query.body, {}, _DEPTH).keys)
        ]
        for query in queries
    }


def _ndcg(run: Run, folder: Path) -> float:
    values = per_query(run, read_ratings(folder, SPLIT))
    return round(mean_of(values["nDCG@10"]).mean, 4)
