"""Backup and restore: everything comes back, or nothing is touched."""

import gzip
import hashlib
import io
import os
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.factories import AchievementFactory, AttachmentFactory, AuditEventFactory, DemandFactory
from transfer.backup import database, uploads
from transfer.backup.archive import Archive, Manifest, Writer
from transfer.backup.errors import BackupError
from transfer.backup.making import make_backup
from transfer.backup.restoring import restore_backup
from transfer.backup.sealing import MAGIC, PIECE_BYTES, TAG_BYTES, Opener, Sealer

KEY = "a long key of letters, for tests only 0123456789"
OTHER_KEY = "another key of letters, for tests only 987654321"


# --- The sealed stream ------------------------------------------------------------------------


def sealed(content: bytes) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, KEY)
    sealer.write(content)
    sealer.finish()
    return out.getvalue()


def opened(data: bytes, key: str = KEY) -> bytes:
    source = io.BytesIO(data)
    assert source.read(len(MAGIC)) == MAGIC
    opener, content = Opener(source, key), b""
    while piece := opener.read(100_000):
        content += piece
    return content


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES])
def test_sealed_stream_of_any_length_opens_with_its_key_only(size: int):
    content = os.urandom(size)

    data = sealed(content)

    assert opened(data) == content
    assert sealed(content) != data, "two files under one key look alike"
    with pytest.raises(BackupError, match="BACKUP_KEY does not open"):
        opened(data, OTHER_KEY)


def test_sealed_stream_refuses_what_was_changed_moved_left_out_or_cut_off():
    header, piece = len(MAGIC) + 16, PIECE_BYTES + TAG_BYTES
    data = sealed(os.urandom(2 * PIECE_BYTES + 5))
    pieces = [data[header + n * piece : header + (n + 1) * piece] for n in range(3)]
    flipped = [
        data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        for at in (len(MAGIC), header + piece - 1, len(data) - 1)
    ]
    others = [
        data[:-1],
        data[: header + 2 * piece],  # at the end of a piece
        data[:header],
        data + b"\0",
        data[:header] + pieces[1] + pieces[0] + pieces[2],
        data[:header] + pieces[0] + pieces[2],
    ]

    for changed in [*flipped, *others]:
        with pytest.raises(BackupError):
            opened(changed)


# --- The archive ------------------------------------------------------------------------------


def write_archive(path: Path, sql: bytes, files: dict[str, bytes]) -> Manifest:
    """An archive that is whole, whatever it holds."""
    with path.open("wb") as out:
        writer = Writer(out)
        writer.add_part(0, gzip.compress(sql))
        for name, content in files.items():
            writer.add(name, len(content), io.BytesIO(content))
        manifest = writer.tally.manifest(made_at="2026-11-22", migrations=[])
        writer.finish(manifest)
    return manifest


def test_archive_gives_back_what_it_was_given(tmp_path: Path):
    names = ("files/附件/a.txt", "files/" + "long/" * 60 + "b", "files/caf\udce9")
    path = tmp_path / "archive"

    manifest = write_archive(
        path, b"SELECT 1;", {name: name.encode("utf-8", "replace") for name in names}
    )

    assert Archive(path, "").check() == manifest
    assert [entry.name for entry in Archive(path, "").read()] == ["database/00000000", *names]
    assert manifest.files == 3


@pytest.mark.parametrize(
    "name", ["files/../../evil", "/etc/passwd", "files/..\\evil", "other/file"]
)
def test_archive_with_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    write_archive(tmp_path / "archive", b"", {name: b"x"})

    with pytest.raises(BackupError, match="was not made here"):
        Archive(tmp_path / "archive", "").check()


def test_archive_not_sealed_is_refused_when_damaged_cut_off_or_something_else(tmp_path: Path):
    path = tmp_path / "archive"
    write_archive(path, b"SELECT 1;", {"files/a": b"hello" * 1000})
    data = path.read_bytes()
    at = data.index(b"hellohello") + 700
    cases = [
        data[:at] + b"J" + data[at + 1 :],
        data[: len(data) // 2],
        data[:512],
        b"",
        b"text" * 999,
    ]

    for changed in cases:
        path.write_bytes(changed)
        with pytest.raises(BackupError, match="no backup, or it is damaged"):
            Archive(path, "").check()


def test_archive_of_large_files_passes_through_little_memory(tmp_path: Path):
    class Zeros:
        def read(self, size: int) -> bytes:
            return bytes(size)

    size = 96 * 1024 * 1024
    tracemalloc.start()
    with (tmp_path / "archive").open("wb") as out:
        sealer = Sealer(out, KEY)
        writer = Writer(sealer)
        writer.add("files/large", size, Zeros())
        writer.finish(writer.tally.manifest(made_at="2026-11-22", migrations=[]))
        sealer.finish()
    manifest = Archive(tmp_path / "archive", KEY).check()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert manifest.files_bytes == size
    assert peak < 24 * 1024 * 1024


# --- The site ---------------------------------------------------------------------------------

ROWS = "SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM public.{} t"
SHAPES = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, attstorage, atttypid::regtype)
  FROM pg_attribute WHERE attrelid::regclass::text LIKE 'matching_indexentry%' AND attnum > 0
UNION ALL SELECT sequencename || ' ' || coalesce(last_value, 0) FROM pg_sequences
  WHERE schemaname = 'public'
"""


def rows() -> dict[str, tuple[int, str]]:
    """Count and hash of every table."""
    tables = sorted(connection.introspection.table_names())
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(ROWS.format(connection.ops.quote_name(table)))
            found[table] = cursor.fetchone()
        return found


def shapes() -> list[str]:
    """Indexes, constraints, triggers, how columns are stored, and sequences."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPES)
        found = [row[0] for row in cursor.fetchall()]
    # How a condition shows the casts of its words changes when it is read in again.
    return sorted(re.sub(r"::(character varying|text)(\[\])?|[()]", "", row) for row in found)


def contents(folder: Path) -> dict[str, str]:
    """Hash of every file."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def original(transactional_db: None, settings: Any, tmp_path: Path) -> Path:
    """A site with rows in both languages and files; the folder of its uploads."""
    settings.MEDIA_ROOT, settings.BACKUP_KEY = str(tmp_path / "media"), KEY
    AttachmentFactory(listing=AchievementFactory(title_zh="钙钛矿太阳能电池"))
    AttachmentFactory(listing=DemandFactory())
    AuditEventFactory()
    (tmp_path / "media" / "附件").mkdir()
    (tmp_path / "media" / "附件" / "空.txt").touch()
    return tmp_path / "media"


@pytest.fixture
def target(original: Path, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """From `move_to_target` on, another and empty site; its folder of uploads."""
    before = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS transfer_restored")
        cursor.execute("CREATE DATABASE transfer_restored")
    yield tmp_path / "restored"
    connection.close()
    connection.settings_dict["NAME"] = before
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE transfer_restored")


def move_to_target(settings: Any, target: Path) -> None:
    connection.close()
    connection.settings_dict["NAME"] = "transfer_restored"
    settings.MEDIA_ROOT = str(target)


def test_restored_copy_equals_the_original_by_every_row_and_file(
    original: Path, target: Path, settings: Any, tmp_path: Path
):
    backup = tmp_path / "site.backup"
    written, shaped, files = rows(), shapes(), contents(original)
    call_command("backup", str(backup), verbosity=0)
    assert "钙钛矿".encode() not in backup.read_bytes()
    assert backup.stat().st_mode & 0o077 == 0
    move_to_target(settings, target)
    with pytest.raises(BackupError, match="holds no site"):
        make_backup(tmp_path / "empty.backup")

    # A wrong key, a flipped byte, half a file: nothing is written.
    data = backup.read_bytes()
    damaged = tmp_path / "damaged.backup"
    for content, key in (
        (data, OTHER_KEY),
        (data, ""),
        (data[:-100] + bytes([data[-100] ^ 4]) + data[-99:], KEY),
        (data[: len(data) // 2], KEY),
    ):
        damaged.write_bytes(content)
        settings.BACKUP_KEY = key
        with pytest.raises(CommandError):
            call_command("restore", str(damaged))
        assert connection.introspection.table_names() == []
        assert not target.exists()

    settings.BACKUP_KEY = KEY
    call_command("restore", str(backup))

    assert rows() == written
    assert shapes() == shaped
    assert contents(target) == files
    assert len(files) == 3
    assert written["achievements_listing"][0] == 2

    # What was lost meanwhile comes back, and what came meanwhile goes; but only with --force.
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE newer (listing bigint REFERENCES achievements_listing (id))")
        cursor.execute("TRUNCATE accounts_auditevent CASCADE")
    changed = rows()
    with pytest.raises(CommandError, match=r"is not empty.*--force"):
        call_command("restore", str(backup))
    assert rows() == changed
    call_command("restore", str(backup), "--force")
    assert rows() == written
    assert contents(target) == files


def test_restore_that_fails_on_the_way_leaves_everything_as_it_was(
    original: Path, settings: Any, tmp_path: Path
):
    settings.BACKUP_KEY = ""
    before, files = rows(), contents(original)
    backup = tmp_path / "site.backup"

    write_archive(backup, b"CREATE TABLE new (n int);\nSELECT 1/0;\n", {"files/new": b"x"})
    with pytest.raises(BackupError, match=r"is as it was: .*division by zero"):
        restore_backup(backup, force=True)
    assert (rows(), contents(original)) == (before, files)

    # An end of this process in the middle, which closes the pipe to psql.
    with database.Load() as load:
        load._send(b"CREATE TABLE new (n int);\n")
        assert load._process.stdin is not None
        load._process.stdin.close()
        load._process.wait()
    assert rows() == before


def test_restore_of_a_newer_release_or_beside_files_is_refused(
    original: Path, settings: Any, tmp_path: Path
):
    settings.BACKUP_KEY = ""
    backup = tmp_path / "site.backup"
    with backup.open("wb") as out:
        writer = Writer(out)
        writer.finish(writer.tally.manifest(made_at="", migrations=["accounts.9999_later"]))

    with pytest.raises(BackupError, match=r"accounts\.9999_later"):
        restore_backup(backup, force=True)
    with pytest.raises(BackupError, match="There is no file"):
        restore_backup(tmp_path / "missing", force=True)
    settings.BACKUP_KEY = KEY
    with pytest.raises(BackupError, match="not encrypted, though BACKUP_KEY is set"):
        restore_backup(backup, force=True)
    assert uploads.is_taken()


def test_backup_names_what_keeps_it_from_being_made(
    original: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "taken").touch()

    for path, words in (
        (tmp_path / "taken", "is there already"),
        (tmp_path / "none" / "site.backup", "There is no folder"),
        (original / "site.backup", "outside MEDIA_ROOT"),
    ):
        with pytest.raises(BackupError, match=words):
            make_backup(path)
    settings.MEDIA_ROOT = str(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="the database names files in it: set MEDIA_ROOT"):
        make_backup(tmp_path / "site.backup")
    settings.MEDIA_ROOT = str(original)
    monkeypatch.setattr(database, "WHEEL", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump of PostgreSQL 18 is needed"):
        make_backup(tmp_path / "site.backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["media", "taken"]
