"""PostgreSQL and Valkey from the wheels: first start, crashes, taken ports, closed folders."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from transfer.embedded import processes, state
from transfer.embedded.processes import started_at
from transfer.embedded.servers import Servers
from transfer.embedded.trouble import Trouble, explained

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., Servers]
PATIENCE = 180  # seconds; a busy machine is no failure


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers on a folder (by default this test's); all are stopped at the end."""
    opened: list[Servers] = []

    def _start(folder: Path = tmp_path / "data", **which: bool) -> Servers:
        servers = Servers(folder)
        opened.append(servers)
        servers.open()
        servers.start(**which)
        return servers

    yield _start
    for servers in opened:
        servers.stop()


def ask(servers: Servers, *statements: str) -> object:
    """Run statements as the site's role; the first field of the last answer."""
    connection = psycopg2.connect(str(servers.record["DATABASE_URL"]))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def pid_of(servers: Servers, name: str) -> int:
    """The recorded process of one server."""
    process = servers.record[f"{name}_process"]
    assert isinstance(process, list)
    return int(process[0])


def crash(servers: Servers) -> None:
    """What kill -9 of everything leaves: no process, no orderly end, the lock let go."""
    for server in servers.running:
        assert server.process is not None
        server.process.kill()
        server.process.wait()
    servers.running.clear()
    servers.stop()


def command(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """`python -m transfer.embedded ...` on a folder, with nothing but this environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "transfer.embedded", "--data-dir", str(folder), *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_first_start_gives_postgresql_18_with_extensions_to_an_ordinary_role(start: Start):
    servers = start(valkey=False)

    assert str(ask(servers, "SHOW server_version")).startswith("18.")
    assert ask(servers, "SELECT '[1,2]'::vector <-> '[1,2]'") == 0
    assert ask(servers, "SELECT usesuper FROM pg_user WHERE usename = current_user") is False
    assert ask(servers, "CREATE DATABASE other") is None


def test_chinese_trigrams_are_there_under_any_locale(tmp_path: Path):
    code = (
        "import os, psycopg2; c = psycopg2.connect(os.environ['DATABASE_URL']).cursor();"
        "c.execute('SELECT cardinality(show_trgm(%s)) > 0, to_tsvector(%s, %s)::text',"
        " ['新能源', 'simple', '新 能']);"
        "print(ascii(c.fetchone()))"
    )

    process = command(
        tmp_path / "data",
        *("run", sys.executable, "-c", code),
        LC_ALL="C",
        LANG="C",
        HOME="/nonexistent",
        PGUSER="somebody",
        PGDATA="/nonexistent",
    )
    out, err = process.communicate(timeout=PATIENCE)

    assert out.strip() == ascii((True, "'新':1 '能':2")), err


def test_kill_9_of_both_servers_loses_no_saved_row(start: Start):
    servers = start()
    ask(servers, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    with Redis.from_url(str(servers.record["REDIS_URL"])) as broker:
        broker.set("kept", "yes")
    crash(servers)

    again = start()

    assert ask(again, "SELECT n FROM kept") == 7
    with Redis.from_url(str(again.record["REDIS_URL"])) as broker:
        assert broker.get("kept") == b"yes"
    assert again.record["DATABASE_URL"] == servers.record["DATABASE_URL"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_owner_told_to_end_takes_its_command_and_its_servers_with_it(tmp_path: Path, number: int):
    folder, ready = tmp_path / "data", tmp_path / "ready"
    owner = command(folder, "run", "sh", "-c", f"echo $$ > {ready}; exec sleep 600")
    try:
        deadline = time.monotonic() + PATIENCE
        while not (ready.exists() and ready.read_text().endswith("\n")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        left = [tuple(state.read(folder)[f"{name}_process"]) for name in ("postgres", "valkey")]
        own = int(ready.read_text())
        left.append((own, started_at(own)))

        os.kill(owner.pid, number)

        assert owner.wait(PATIENCE) == 128 + number
        assert [processes.is_running(*process) for process in left] == [False] * 3
    finally:
        if owner.poll() is None:
            os.killpg(owner.pid, signal.SIGKILL)
            owner.wait()


def test_kill_9_of_the_owner_leaves_servers_that_the_next_run_ends(tmp_path: Path, start: Start):
    folder = tmp_path / "data"
    owner = command(folder, "run", "sleep", "600")
    try:
        deadline = time.monotonic() + PATIENCE
        while "REDIS_URL" not in state.read(folder):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        os.killpg(owner.pid, signal.SIGKILL)
        owner.wait()
    before = [state.read(folder)[f"{name}_process"] for name in ("postgres", "valkey")]
    try:
        assert all(processes.is_running(*process) for process in before)

        servers = start(folder)

        assert not any(processes.is_running(*process) for process in before)
        assert ask(servers, "SELECT 1") == 1
    finally:
        for process in before:
            processes.stop(*process, by=signal.SIGINT)


def test_stale_pid_file_with_the_number_of_another_process_is_forgotten(
    start: Start, tmp_path: Path
):
    crash(start(valkey=False))
    pid_file = tmp_path / "data" / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    servers = start(valkey=False)

    assert ask(servers, "SELECT 1") == 1
    assert started_at(os.getpid()) is not None


def test_taken_port_of_the_last_run_means_another_port(start: Start):
    servers = start()
    servers.stop()
    before = servers.record
    with socket.socket() as one, socket.socket() as two:
        for listener, name in ((one, "postgres_port"), (two, "valkey_port")):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", before[name]))
            listener.listen()
        again = start()

    assert again.record["postgres_port"] != before["postgres_port"]
    assert again.record["valkey_port"] != before["valkey_port"]
    assert ask(again, "SELECT 1") == 1


def test_half_made_cluster_is_made_again(start: Start, tmp_path: Path):
    servers = start(valkey=False)
    servers.stop()
    (tmp_path / "data" / "postgres" / "made").unlink()
    (tmp_path / "data" / "postgres" / "data" / "PG_VERSION").unlink()

    assert ask(start(valkey=False), "SELECT 1") == 1


def test_second_run_on_the_same_folder_is_told_where_the_first_is(start: Start, tmp_path: Path):
    servers = start(valkey=False)
    servers.note(site="http://127.0.0.1:8000/", pid=4711)

    second = command(tmp_path / "data", "demo", "--port", "1")
    _, err = second.communicate(timeout=PATIENCE)

    assert second.returncode == 1
    assert err == (
        f"transfer: Transfer already runs on {tmp_path / 'data'}: http://127.0.0.1:8000/ "
        "(process 4711). Stop it, or choose another DATA_DIR.\n"
    )
    assert ask(servers, "SELECT 1") == 1


def test_two_folders_run_side_by_side(start: Start, tmp_path: Path):
    one, two = start(tmp_path / "one"), start(tmp_path / "two")
    ask(one, "CREATE TABLE mine (n int)")

    assert ask(two, "SELECT to_regclass('mine')") is None
    assert one.record["DATABASE_URL"] != two.record["DATABASE_URL"]


def test_folder_with_quotes_spaces_and_chinese_in_its_name_works(start: Start, tmp_path: Path):
    servers = start(tmp_path / "数据 \"a\" 'b'")

    assert ask(servers, "SELECT 1") == 1


def test_passwords_are_for_the_owner_only(start: Start, tmp_path: Path):
    servers = start()

    for name in ("secrets.json", "servers.json"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    password = json.loads((tmp_path / "data" / "secrets.json").read_text())["password"]
    listing = subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout
    assert password not in listing
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(str(servers.record["DATABASE_URL"]).replace(password, "wrong"))


def test_parent_folders_keep_their_permissions(start: Start, tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat() for path in (tmp_path, *tmp_path.parents, closed)}

    servers = start(closed / "data")

    assert ask(servers, "SELECT 1") == 1
    for path, info in before.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (info.st_mode, info.st_uid, info.st_gid)


@pytest.mark.parametrize("verb", [("run", "true"), ("demo", "--port", "1")])
def test_file_where_the_folder_should_be_is_one_clear_line(tmp_path: Path, verb: tuple[str, ...]):
    (tmp_path / "data").write_text("not a folder")

    process = command(tmp_path / "data", *verb)
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert err == f"transfer: {tmp_path / 'data'} is not a folder: choose another DATA_DIR.\n"


def test_unreadable_folder_is_one_clear_line(tmp_path: Path):
    with (
        pytest.raises(Trouble, match=r"may not be read or written by user \d+: give it to that"),
        explained(tmp_path),
    ):
        raise PermissionError(13, "Permission denied", str(tmp_path))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk too small for a cluster; only root can make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_is_one_clear_line(small_disk: Path):
    process = command(small_disk / "data", "run", "true")
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert err.count("\n") == 1, err
    assert "is full: free some space or choose another DATA_DIR." in err


def test_taken_port_of_the_page_is_one_clear_line(tmp_path: Path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        process = command(tmp_path / "data", "demo", "--port", str(port))
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert err == (
        f"transfer: Port {port} is taken: stop what listens there or choose another PORT.\n"
    )


def test_process_that_reused_a_number_is_not_stopped():
    with subprocess.Popen(["sleep", "30"], start_new_session=True) as bystander:
        processes.stop(bystander.pid, "long ago", patience=0)

        assert bystander.poll() is None
        bystander.kill()


def test_management_command_without_servers_is_told_how_to_get_them(tmp_path: Path):
    result = subprocess.run(
        [sys.executable, "manage.py", "showmigrations"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr.startswith("transfer: no PostgreSQL answers. Start `make demo`")
    assert result.stderr.count("\n") == 1


def test_run_hands_the_servers_to_a_command_and_its_exit_code_back(tmp_path: Path):
    manage = (sys.executable, "manage.py")

    process = command(tmp_path / "data", "run", "--", *manage, "showmigrations", "sessions")
    out, err = process.communicate(timeout=PATIENCE)
    failing = command(tmp_path / "data", "run", sys.executable, "-c", "raise SystemExit(3)")
    failing.communicate(timeout=PATIENCE)

    assert process.returncode == 0, err
    assert "[ ] 0001_initial" in out
    assert failing.returncode == 3
