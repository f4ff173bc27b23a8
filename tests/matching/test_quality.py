"""Judged sets: read, ranked by the code of production in a schema of their own, measured."""

import gzip
import json
import shutil
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from achievements.models import Expert, Listing
from matching.models import ScoringWeights
from matching.quality import ranking
from matching.quality.judged import JudgedSetError, Text, read_corpus, read_queries, read_ratings
from matching.quality.measured import read_measured
from matching.quality.measures import compare, mean_of, pair_loss_of, pair_losses, per_query
from matching.quality.runs import read_run
from matching.services.embeddings import ADVISORY_EMBED
from matching.services.weights import active_weights
from tests import factories

CORPUS = [
    {"_id": "a", "title": "", "text": "Solid electrolyte for lithium batteries."},
    {"_id": "b", "title": "Carpets", "text": "Weaving of carpets from wool."},
    {"_id": "c", "title": "", "text": "锂电池固态电解质的制备方法"},
    {"_id": "d", "title": "Vaccines", "text": "A vaccine against avian influenza."},
]
QUERIES = [
    {"_id": "q1", "text": "We need a lithium battery electrolyte.", "short": "Lithium batteries"},
    {"_id": "q2", "text": "carpets of wool"},
]
RATINGS = "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\td\t0\nq2\tb\t1\n"


@pytest.fixture
def folder(tmp_path):
    """A judged set of four documents and two queries."""
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in CORPUS)
    split = tmp_path / "dev"
    split.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in QUERIES)
    (split / "queries.jsonl").write_text(lines, encoding="utf-8")
    (split / "qrels.tsv").write_text(RATINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def _kept_vectors():
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS judged CASCADE")


def _rank(folder, *args, out="run.tsv"):
    path = folder / out
    call_command("rank", str(folder), "--out", str(path), *args, verbosity=0, stdout=StringIO())
    return read_run(path)


def test_set_is_read_with_titles_that_may_be_missing(folder):
    assert [(one.key, one.title) for one in read_corpus(folder)][:2] == [
        ("a", ""),
        ("b", "Carpets"),
    ]
    assert [one.title for one in read_queries(folder, "dev")] == ["Lithium batteries", ""]
    assert read_ratings(folder, "dev") == {"q1": {"a": 2.0, "d": 0.0}, "q2": {"b": 1.0}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("queries.jsonl", "no json\n", "queries.jsonl, line 1"),
        ("queries.jsonl", '{"_id": "q"}\n', "has no “text”"),
        ("qrels.tsv", "q1\ta\n", "qrels.tsv, line 1"),
        ("qrels.tsv", "q1\ta\tmuch\n", "qrels.tsv, line 1"),
    ],
)
def test_set_with_a_broken_file_names_file_and_line(folder, name, content, message):
    (folder / "dev" / name).write_text(content, encoding="utf-8")

    read = read_queries if name == "queries.jsonl" else read_ratings

    with pytest.raises(JudgedSetError, match=message):
        read(folder, "dev")


def test_set_that_is_missing_is_a_clear_error(tmp_path):
    with pytest.raises(CommandError, match=r"corpus\.jsonl"):
        call_command("rank", str(tmp_path), "--out", str(tmp_path / "x"), verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_rank_finds_the_fitting_document_first_and_leaves_the_site_alone(folder, embedder):
    own = factories.AchievementFactory(title_en="Lithium batteries")
    before = list(Listing.objects.values())

    matched = _rank(folder)
    asked = len(embedder.asked)
    again = _rank(folder, out="again.tsv")

    assert matched["q1"][0][0] == "a"
    assert matched["q2"][0][0] == "b"
    assert {document for found in matched.values() for document, _score in found} <= set("abcd")
    assert again == matched
    assert len(embedder.asked) == asked  # by content, also across runs
    assert list(Listing.objects.values()) == before
    assert Listing.objects.get().pk == own.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'scratch_%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_rank_waits_for_entries_that_another_process_has_taken(folder, monkeypatch):
    alone = _rank(folder)
    other = psycopg2.connect(**connection.get_connection_params())
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(%s, number) FROM generate_series(1, 20) AS number",
            [ADVISORY_EMBED],
        )
    waited = []
    monkeypatch.setattr(ranking, "sleep", lambda _seconds: waited.append(other.close()))

    beside = _rank(folder, out="beside.tsv")

    assert beside == alone
    assert waited  # what was taken came free only then


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_rank_pool_search_and_experts(folder):
    pooled = _rank(folder, "--pool")
    assert {document for document, _score in pooled["q1"]} == {"a", "d"}
    assert [document for document, _score in pooled["q2"]] == ["b"]
    assert _rank(folder, "--task", "search")["q2"][0][0] == "b"
    assert _rank(folder, "--task", "experts")["q1"][0][0] == "a"


@pytest.mark.django_db
def test_lines_of_a_judged_expert_are_works_none_lost():
    lines = [f"Paper {number}. {'Abstract. ' * 60}" for number in range(45)]
    several, single = [
        Expert.objects.get(pk=pk)
        for pk in ranking.write_listings(
            [Text("a", "", "\n".join(lines)), Text("b", "", lines[0])],
            "expert",
            ranking.an_organisation("corpus"),
        )
    ]
    assert [work[:9].rstrip(". ") for work in several.works] == [
        line[:9].rstrip(". ") for line in lines
    ]
    assert not several.expertise_en
    assert single.works == []
    assert single.expertise_en == lines[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_evaluate_prints_figures_and_compares_with_a_baseline(folder):
    (folder / "bad.tsv").write_text("q1\td\t1\t0.5\nq2\ta\t1\t0.5\n", encoding="utf-8")
    out = StringIO()

    call_command(
        "evaluate_matching",
        str(folder),
        "--json",
        f"--baseline={folder / 'bad.tsv'}",
        verbosity=0,
        stdout=out,
    )

    found = json.loads(out.getvalue())
    assert found["queries"] == 2
    assert found["figures"]["nDCG@10"]["mean"] == pytest.approx(1.0)
    assert found["against"]["nDCG@10"]["wins"] == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_quality_page_sets_all_beside_words_alone(folder, tmp_path):
    root = tmp_path / "sets"
    (root / "scifact").mkdir(parents=True)
    for path in (folder / "corpus.jsonl.gz", folder / "dev"):
        path.rename(root / "scifact" / path.name)
    page = tmp_path / "page.md"

    data = tmp_path / "measured.json"
    files = [f"--out={page}", f"--data={data}"]

    call_command("measure_quality", str(root), *files, verbosity=0, stdout=StringIO())

    text = page.read_text(encoding="utf-8")
    assert "| scifact | search | 2 | nDCG@10 | 1.000 | **1.000** |" in text
    assert "| 0 / 2 / 0 |" in text
    assert "xquad_zhq_endoc" not in text  # what is not there is not claimed
    figures = {row["measure"]: row for row in read_measured(data)["figures"]}
    assert set(figures) == {"nDCG@10", "R@100"}
    row = figures["nDCG@10"]
    assert (row["set"], row["queries"], row["value"], row["equal"]) == ("scifact", 2, 1.0, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_kept_vectors")
def test_learn_weights_from_judged_sets_reports_each_as_left_out(folder, tmp_path):
    root = tmp_path / "sets"
    for name, ratings in (
        ("horizon_topic_project", "q1\ta\t1\nq2\tb\t1\n"),
        ("reviewer_goldstandard", "q1\ta\t5\nq1\tb\t1\nq1\tc\t3\nq2\tb\t4\n"),
    ):
        shutil.copytree(folder, root / name, ignore=shutil.ignore_patterns("sets"))
        (root / name / "dev" / "qrels.tsv").write_text(
            "query-id\tcorpus-id\tscore\n" + ratings, encoding="utf-8"
        )

    call_command("learn_weights", f"--folder={root}", verbosity=0, stdout=StringIO())

    version = ScoringWeights.objects.get(active=False)
    rows = {row["set"]: row for row in version.figures["left_out"]}
    assert set(rows) == {"horizon_topic_project", "reviewer_goldstandard"}
    assert rows["horizon_topic_project"]["good"] == 2
    rated = rows["reviewer_goldstandard"]
    assert (rated["pairs"], rated["good"]) == (4, 3)  # what nobody rated is not wrong
    assert set(version.weights) == set(active_weights().weights)
    assert not Listing.objects.exists()


def test_quality_of_an_empty_folder_is_a_clear_error(tmp_path):
    with pytest.raises(CommandError, match="none of the judged sets"):
        call_command("measure_quality", str(tmp_path), verbosity=0)


def test_measures_are_those_of_trec_eval():
    ratings = {"q": {"a": 3.0, "b": 1.0, "c": 0.0}, "none": {"a": 0.0}, "silent": {"a": 1.0}}
    run = {"q": [("b", 9.0), ("c", 8.0), ("a", 7.0)]}

    found = per_query(run, ratings)

    # linear gain: 1/log2(2) + 3/log2(4) over 3/log2(2) + 1/log2(3)
    assert found["nDCG@10"]["q"] == pytest.approx((1 + 3 / 2) / (3 + 0.6309297), abs=1e-6)
    assert found["MRR@10"]["q"] == 1.0
    assert found["R@100"]["silent"] == 0.0
    assert "none" not in found["R@100"]  # nothing could be found


def test_measures_of_equal_values_have_no_spread():
    figure = mean_of({"a": 0.5, "b": 0.5})

    assert (figure.mean, figure.low, figure.high) == (0.5, 0.5, 0.5)


def test_pair_loss_weighs_by_the_distance_of_the_ratings():
    ratings = {"p1": {"x": 5.0}, "p2": {"x": 3.0}, "p3": {"x": 1.0}}
    run = {"p1": [("x", 0.2)], "p2": [("x", 0.9)], "p3": [("x", 0.1)]}

    losses = pair_losses(run, ratings)

    assert losses == {"x": (2.0, 8.0)}  # p1 and p2 are the wrong way round
    assert pair_loss_of(losses).mean == 0.25
    assert pair_loss_of(pair_losses({}, ratings)).mean == 0.5  # no score tells nothing


def test_compare_counts_wins_and_gives_chance_its_due():
    better = {str(n): 1.0 for n in range(12)}
    worse = {str(n): 0.0 for n in range(12)}

    assert compare(better, worse).wins == 12
    assert compare(better, worse).p < 0.01
    assert compare(better, better).p == 1.0
