"""Free TCP ports of this machine."""

import socket

from transfer.embedded.trouble import Trouble


class PortTakenError(Trouble):
    """Somebody else listens on that port by now: choose another and try again."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program.")


def is_free(port: int) -> bool:
    """Can a server listen on this port of 127.0.0.1 right now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port of this machine that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
