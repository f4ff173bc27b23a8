"""`python -m transfer.embedded demo` and `... run COMMAND`: Transfer on one machine."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from transfer.embedded import state
from transfer.embedded.demo import ROOT, demo, environment, start_servers
from transfer.embedded.processes import is_running, started_at
from transfer.embedded.servers import Servers
from transfer.embedded.trouble import Trouble, explained


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise Trouble(f"{text!r} is no port: choose a PORT from 1024 to 65535.")
    return port


def run(data_dir: Path, command: list[str]) -> int:
    """Run a command on a data folder: with its servers if they run, else with new ones.

    Told to end (SIGTERM, a closed terminal), the command is told so too, and servers of its own
    are stopped after it. Returns the exit code; 128 and the signal's number where one ended it.
    """
    record = state.read(data_dir)
    if is_running(record.get("pid"), record.get("pid_started")):
        return _obeyed(command, environment(data_dir, state.addresses(data_dir)))
    for number in _ENDINGS:
        signal.signal(number, _end)
    servers = Servers(data_dir)
    servers.open()
    try:
        env = environment(data_dir, start_servers(servers))
        servers.note(pid=os.getpid(), pid_started=started_at(os.getpid()))
        return _obeyed(command, env)
    finally:
        servers.stop()


_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _obeyed(command: list[str], env: dict[str, str]) -> int:
    """Run a command to its end, passing on what it is told."""
    with subprocess.Popen(command, env=env, cwd=ROOT) as process:
        for number in _ENDINGS:
            signal.signal(number, lambda given, _frame: process.send_signal(given))
        code = process.wait()
    return code if code >= 0 else 128 - code


def main() -> int:
    """Read the arguments and do it; trouble is one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m transfer.embedded", description=__doc__)
    default = os.environ.get("DATA_DIR") or ROOT / ".data" / "demo"
    parser.add_argument("--data-dir", type=Path, default=default)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("demo", help="everything, until Ctrl-C").add_argument("--port", default="8000")
    verbs.add_parser("run", help="one command with the servers").add_argument(
        "command", nargs=argparse.REMAINDER
    )
    options = parser.parse_args()
    data_dir = options.data_dir.expanduser().absolute()
    try:
        with explained(data_dir):
            if options.verb == "demo":
                demo(data_dir, _port(options.port))
                return 0
            return run(data_dir, options.command[options.command[:1] == ["--"] :])
    except Trouble as trouble:
        print(f"transfer: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
