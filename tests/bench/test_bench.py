"""`make bench-search` end to end on few listings: every case is there and every figure is one."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.db import connection

from achievements.importing.readers import read_file
from achievements.models import Listing
from matching.seeding.load import load_listings
from matching.services.indexing import refresh_entries
from matching.services.outstanding import unmatched
from tests import embeddings
from tests.bench import settled
from tests.bench.beside import Indexed, TantivyIndex
from tests.bench.clients import ask_at_once
from tests.bench.loading import measure_import, measure_mails, running
from tests.bench.loads_report import as_json, as_table
from tests.bench.members import PAGES
from tests.bench.mix import measure_mix
from tests.bench.plot import as_diagram, lines_of
from tests.bench.rematching import measure_rematch
from tests.bench.run import bench, seed
from tests.bench.workbooks import write_file
from tests.factories import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db

CASES = [
    "no text",
    "common word",
    "rare word",
    "Chinese word",
    "Chinese term",
    "six words, English",
    "six words, Chinese",
    "word with filters",
]
CORPUS = [
    {"_id": "a", "title": "锂电池", "text": "锂电池固态电解质的制备方法"},
    {"_id": "b", "title": "Carpets", "text": "Weaving of carpets from wool."},
]


class Counting(BaseHTTPRequestHandler):
    """Answers with a text, or that it has not changed."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(304 if "If-None-Match" in self.headers else 200)
        body = b"" if "If-None-Match" in self.headers else b"a text" * 100_000
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def judged(tmp_path):
    """A folder with one judged set of two documents and one query."""
    split = tmp_path / "xquad_enq_zhdoc" / "dev"
    split.mkdir(parents=True)
    lines = "".join(json.dumps(row) + "\n" for row in CORPUS)
    (split.parent / "corpus.jsonl").write_text(lines, encoding="utf-8")
    (split / "queries.jsonl").write_text('{"_id": "q", "text": "carpets of wool"}\n')
    (split / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\tb\t1\n")
    yield tmp_path
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS judged CASCADE")


def _times(data: object, path: str = "") -> dict[str, float]:
    """Every quantile in a report, by where it stands."""
    if isinstance(data, dict):
        return {
            k: v for name, one in data.items() for k, v in _times(one, f"{path}/{name}").items()
        }
    if isinstance(data, list):
        return {k: v for n, one in enumerate(data) for k, v in _times(one, f"{path}/{n}").items()}
    return {path: data} if path.endswith(("/p50", "/p95", "/p99")) else {}


def test_bench_measures_every_case(judged):
    report = bench(120, repetitions=1, judged=judged)
    data = json.loads(report.as_json())
    assert [case["name"] for case in data["cases"]] == CASES
    assert all(case["queries"] >= 1 for case in data["cases"])
    figures = _times(data)
    # Without a text nothing is embedded.
    assert len(figures) == 3 * (7 * len(CASES) - 1 + 2 + 4 + len(PAGES))
    assert min(figures.values()) > 0
    assert data["nearness"]["recalls"][0]["filters"] == "none"
    for recall in data["nearness"]["recalls"]:
        assert recall["match"] is None or 0 < recall["match"] <= 1
    assert data["batch"]["demands_per_second"] > 0
    assert data["batch"]["same_twice"] is True
    assert data["relevance"] == [
        {
            "name": "xquad_enq_zhdoc",
            "documents": 2,
            "queries": 1,
            "words_alone": False,
            "ours": 1.0,
            "tantivy": 1.0,
        }
    ]
    assert {index["name"] for index in data["rebuilding"]["indexes"]} >= {"index_entry_vector"}
    assert data["rebuilding"]["per_second"] > 0
    storage = data["storage"]
    assert storage["database"] > storage["index"] > storage["tables"][0]["indexes"] > 0
    table = report.as_table()
    assert all(name in table for name in CASES)
    larger = data | {"listings": 1200}
    lines = lines_of([larger, data])
    assert [size for size, _cost in lines["rare word"]] == [120, 1200]
    drawing = as_diagram(lines)
    assert drawing.count("<polyline") == len(CASES) + 3
    assert "nan" not in drawing


def test_clients_count_every_answer_and_its_status():
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_port}"
        found = [
            ask_at_once(site, clients=2, seconds=0.2),
            ask_at_once(f"{site}/page?q=1", clients=1, seconds=0.1, headers={"If-None-Match": "1"}),
        ]
        server.shutdown()

    assert [list(one.statuses) for one in found] == [[200], [304]]
    assert sum(count for one in found for count in one.statuses.values()) == len(Counting.asked)
    assert set(Counting.asked) == {"/", "/page?q=1"}
    assert all(0 < one.took.p50 <= one.took.p99 and one.per_second > 0 for one in found)


def test_seed_again_keeps_the_listings_another_size_makes_new_ones_and_all_count_as_matched(
    monkeypatch,
):
    seed(40)
    before = set(load_listings().values_list("pk", flat=True))
    seed(40)
    assert set(load_listings().values_list("pk", flat=True)) == before
    seed(30)
    assert load_listings().count() == 30
    monkeypatch.setattr(settled, "_FEW", 5)
    indexes = _indexes()
    assert unmatched().count() > 5
    settled.count_as_matched()
    assert not unmatched().exists()
    assert _indexes() == indexes


def _indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'matching_indexentry' ORDER BY 1"
        )
        return cursor.fetchall()


def test_tantivy_finds_by_words_of_both_languages_and_within_filters():
    index = TantivyIndex(
        [
            Indexed("1", "Solid electrolytes", "for batteries", "achievement", ("CN", "CN-11"), 7),
            Indexed("2", "固态电解质", "锂电池", "demand", ("CN",), 3),
        ]
    )
    assert len(index) == 2
    assert index.search("electrolyte OR nothing", {}, 10).keys == ["1"]
    assert index.search("电池", {}, 10).keys == ["2"]
    assert index.search("", {}, 10).total == 2
    assert index.search("", {"trl_min": "4", "region": "CN"}, 10).keys == ["1"]
    assert index.search("电池", {"kind": "achievement"}, 10).total == 0


@pytest.mark.skipif(os.environ.get("FAULTS") != "full", reason="takes a minute: make faults")
@pytest.mark.django_db(transaction=True)
def test_load_every_case_with_real_processes_reports_what_was_done(site):
    """One web process, one worker and one sweep for all of them."""
    with embeddings.running() as address:
        site.env["EMBEDDINGS_URL"] = address
        AchievementFactory.create_batch(3, title_en="Membrane that takes lithium out of brine")
        DemandFactory(title_en="Lithium out of brine")
        refresh_entries(Listing.objects.values_list("pk", flat=True))
        with running(site, workers=1) as post:
            mix = measure_mix(site, seconds=2, rate=10, warming=1)
            mails = measure_mails(site, post, 30)
            imported = measure_import(site, 120, alike=0.2)
            rematch = measure_rematch(site)

    assert set(mix.statuses) <= {"200", "201", "302", "304"}, mix.statuses
    assert sum(mix.statuses.values()) == 20
    assert mails.notes == ["30 e-mails, 0 missing, 0 too many"]
    assert imported.notes[0].startswith("done"), imported.notes
    assert rematch.number >= 4
    assert rematch.notes[0].startswith(f"{rematch.number} of {rematch.number} listings due")
    assert not rematch.notes[1].startswith("0 ")
    names = {"web", "worker 1", "sweep"}
    assert all(set(one.memory) == names for one in (mix, mails, imported, rematch))
    assert min(taken.start for taken in mails.memory.values()) > 10
    table = as_table([mix, mails, imported, rematch])
    assert all(word in table for word in ("mix of", "notifications", "merged", "rematch"))
    assert len(json.loads(as_json([mix, mails]))) == 2


def test_workbooks_say_of_some_rows_what_earlier_ones_lack(tmp_path):
    plain, packed = (write_file(tmp_path / name, 40, alike=0.5) for name in ("a.xlsx", "a.csv.gz"))
    for path in (plain, packed):
        with read_file(path) as source:
            found = [row for _line, row in source.rows]
        titles = [row["title_en"] or row["title_zh"] for row in found]
        assert len(found) == 40 > len(set(titles)) > 5
        assert len({row["编号"] for row in found}) == 40
