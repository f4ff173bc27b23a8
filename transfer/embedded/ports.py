"""Free TCP ports of this machine."""

import socket

from transfer.embedded.trouble import Trouble


class PortTakenError(Trouble):
    """Somebody else listens on that port by now: choose another and try again."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program.")


def refusal(port: int) -> str | None:
    """Why a server cannot listen on this port of 127.0.0.1 right now; None if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Port {port} needs root: choose a PORT from 1024 to 65535."
        except (OSError, OverflowError):
            return f"Port {port} is taken: stop what listens there or choose another PORT."
    return None


def is_free(port: int) -> bool:
    """Can a server listen on this port of 127.0.0.1 right now?"""
    return refusal(port) is None


def free_port() -> int:
    """A port of this machine that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
