"""What `make bench-machines` puts its processes on."""

import subprocess
import sys

import pytest

from tests.bench.network import machines, why_not

TALK = """
import socket, sys
own, other = sys.argv[1:]
door = socket.create_server((own, 7000))
print("open", flush=True)
sys.stdin.readline()
print(socket.create_connection((other, 7000), 10).getpeername()[0], flush=True)
door.accept()
sys.stdin.readline()
"""


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "there are machines")
def test_machines_have_addresses_of_their_own_and_reach_each_other():
    with machines(2) as network:
        addresses = [machine.address for machine in network.machines]
        pairs = zip(network.machines, addresses, reversed(addresses), strict=True)
        both = [
            subprocess.Popen(
                machine.command([sys.executable, "-c", TALK, own, other]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for machine, own, other in pairs
        ]
        said = [[_line(one) for one in both]]
        for one in both:
            _say(one)
        said.append([_line(one) for one in both])
        for one in both:
            one.communicate("end\n", timeout=30)

    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert said == [["open", "open"], addresses[::-1]]
    assert network.machines[0].name not in left.stdout


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _say(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
