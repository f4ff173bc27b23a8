"""An embeddings endpoint on this machine, so that not every process has to load the model."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.matching.conftest import WordEmbedder


class _Handler(BaseHTTPRequestHandler):
    """Speaks OpenAI's protocol; texts are near where they share words."""

    def do_POST(self) -> None:
        """Answer with a vector for each text."""
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        rows = WordEmbedder().passages(texts).round(5).tolist()
        data = [{"index": number, "embedding": row} for number, row in enumerate(rows)]
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Nothing is written down."""


@contextmanager
def running() -> Iterator[str]:
    """Such a server until the block ends; its address, for EMBEDDINGS_URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
