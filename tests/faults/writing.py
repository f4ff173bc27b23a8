"""Clients that write while something is killed, and send again what was not answered."""

import threading
import time
import uuid

from tests.faults.calling import BROKEN, Caller, wait_until

CLIENTS = 4


class Writers:
    """Clients that post one demand after the other, each again under its key until it is made."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.made: dict[str, int] = {}  # title → the number that was acknowledged
        self.again = 0
        self.wrong: list[str] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._write) for _number in range(CLIENTS)]

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for_more(self, rows: int) -> None:
        """Wait until so many more rows were acknowledged."""
        goal = len(self.made) + rows
        wait_until(lambda: len(self.made) >= goal or bool(self.wrong), 60, f"{rows} more rows")

    def _write(self) -> None:
        while not self.stopped.is_set():
            self._post_until_made(str(uuid.uuid4()))

    def _post_until_made(self, key: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                reply = self.caller.ask("POST", "/api/v1/demands/", {"title_en": key}, key=key)
            except BROKEN:
                reply = None
            if reply is not None and reply.status == 201:
                self.made[key] = reply.json()["id"]
                return
            if reply is not None and reply.status not in (409, 503):
                self.wrong.append(f"{reply.status} {reply.text[:500]}")
                return
            self.again += 1
            time.sleep(0.2)
        self.wrong.append(f"{key} was not made within a minute")
