"""A server that hangs: it takes connections and never says a word."""

import socket
from typing import Self


class Mute:
    """Listens on a free port of this machine as long as the context lasts."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setblocking(False)
        self._callers: list[socket.socket] = []
        return self

    def __exit__(self, *_exception: object) -> None:
        for each in (*self._callers, self._listener):
            each.close()

    @property
    def address(self) -> str:
        """Where it listens, as a Valkey server's address without a database."""
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}"

    def knocks(self) -> int:
        """How many have connected since this was last asked; they stay connected."""
        before = len(self._callers)
        while True:
            try:
                caller, _address = self._listener.accept()
            except BlockingIOError:
                return len(self._callers) - before
            self._callers.append(caller)
