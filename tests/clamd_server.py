"""A server on this machine that speaks clamd's INSTREAM, for tests."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

# The harmless file that every scanner reports, put together so that this one is not reported.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.ThreadingTCPServer):
    """Finds EICAR, or does as ``mode`` says: slow, dying, half an answer, full, odd."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int] | str) -> None:
        if isinstance(address, str):
            self.address_family = socket.AF_UNIX
        self.mode = "ok"
        self.ended = Event()
        self.seen: list[bytes] = []
        super().__init__(address, _Dialogue)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """For CLAMD_URL."""
        if isinstance(self.server_address, str):
            return f"unix://{self.server_address}"
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Dialogue(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if self.server.mode == "dying":
                return
            if self.server.mode == "full":
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        if self.server.mode == "slow":
            self.server.ended.wait(20)
        found = b"Eicar-Test-Signature FOUND" if EICAR in content else b"OK"
        answers = {"half": b"stream: OK", "odd": b"stream: OK, I think\0"}
        self.wfile.write(answers.get(self.server.mode, b"stream: " + found + b"\0"))


@contextmanager
def running(address: tuple[str, int] | str = ("127.0.0.1", 0)) -> Iterator[Clamd]:
    """Such a server, until the block ends."""
    with Clamd(address) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
