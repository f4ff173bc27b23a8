"""Machines that are none: network namespaces with addresses of their own, behind one bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """A network namespace: what runs in it has this address and sees only the bridge."""

    name: str
    address: str

    def command(self, command: Sequence[str]) -> list[str]:
        """The command as it runs there."""
        return ["ip", "netns", "exec", self.name, *command]


@dataclass(frozen=True)
class Network:
    """The machines, and the address of this one on their bridge."""

    here: str
    subnet: str
    machines: tuple[Machine, ...]


def why_not() -> str:
    """Why there can be no such machines here; empty where there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if shutil.which("ip") is None:
        return "the program ip is missing (package iproute2)"
    name = f"tr{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"this machine lets nobody make network namespaces: {made.stderr.strip()}"
    _ip("netns", "del", name)
    return ""


@contextmanager
def machines(count: int) -> Iterator[Network]:
    """So many machines that reach each other and this one, and nothing else; gone afterwards."""
    own = os.getpid()
    bridge, net = f"tr{own}", f"10.203.{own % 250}"
    network = Network(
        f"{net}.1",
        f"{net}.0/24",
        tuple(Machine(f"{bridge}-{n}", f"{net}.{n + 1}") for n in range(1, count + 1)),
    )
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("address", "add", f"{network.here}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number, machine in enumerate(network.machines, 1):
            _join(machine, bridge, f"v{own}-{number}")
        yield network
    finally:
        for machine in network.machines:
            _ip("netns", "del", machine.name, must=False)
        _ip("link", "del", bridge, must=False)


def _join(machine: Machine, bridge: str, cable: str) -> None:
    _ip("netns", "add", machine.name)
    _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
    _ip("link", "set", cable, "master", bridge, "up")
    for words in (
        ("link", "set", "lo", "up"),
        ("address", "add", f"{machine.address}/24", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
    ):
        _ip("-n", machine.name, *words)


def _ip(*words: str, must: bool = True) -> None:
    subprocess.run(["ip", *words], capture_output=True, text=True, check=must)
