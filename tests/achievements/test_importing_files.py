"""Reading files of every form; refusing bombs and damage quickly and in little memory."""

import gzip
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError

from achievements.importing import files, readers
from achievements.importing.readers import read_file

ROWS = [(2, {"标题": "电池", "text": "a\nb"}), (4, {"标题": "涂层", "text": "c"})]
TABLE = '标题,text\n电池,"a\nb"\n涂层,c\n'
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)


def read(path: Path, **limits: Any) -> list[Any]:
    with read_file(path, **limits) as source:
        return list(source.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_gives_the_same_rows(tmp_path, encoding, packed, delimiter):
    data = TABLE.replace(",", delimiter).encode(encoding)
    path = tmp_path / "table.bin"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert read(path) == ROWS


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_come_with_their_lines_and_bad_ones_as_errors(tmp_path, packed):
    data = '{"title": "电池"}\n\nnonsense\n[1]\n{"title": "b"}'.encode()
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(data) if packed else data)
    found = read(path)
    assert [line for line, _row in found] == [1, 3, 4, 5]
    assert [type(row) for _line, row in found] == [dict, ValidationError, ValidationError, dict]


def test_workbook_is_unpacked_where_a_process_that_is_killed_leaves_nothing(tmp_path, monkeypatch):
    space = tmp_path / "temporary"
    space.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(space))
    path = tmp_path / "a.xlsx.gz"
    plain = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(["标题"])
    workbook.active.append(["电池"])
    workbook.save(plain)
    path.write_bytes(gzip.compress(plain.read_bytes()))
    with read_file(path) as source:
        assert next(iter(source.rows)) == (2, {"标题": "电池"})
        assert list(space.iterdir()) == []


@pytest.mark.parametrize("packed", [False, True])
def test_workbook_gives_values_and_skips_empty_rows(tmp_path, packed):
    book = openpyxl.Workbook()
    for row in (["title", "trl"], ["A", 5], [None, None], ["=1+1", 6.5]):
        book.active.append(row)
    book.save(path := tmp_path / "a.xlsx")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert read(path) == [(2, {"title": "A", "trl": 5}), (4, {"title": None, "trl": 6.5})]


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"title": "a"}\n' * 1000))
    with read_file(path) as source:
        for _row in source.rows:
            pass
        assert source.total == path.stat().st_size
        assert source.unit == "B"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "format"),
        (b"<html><table></table></html>", "format"),
        (b'[{"title": "a"}]', "json_list"),
        (b"title\n\xff\xfe\xfd\x80\x81 \xff", "encoding"),
        (b"\x1f\x8b\x08\x00" + b"x" * 40, "damaged"),
        (gzip.compress(b"title\n" + b"row\n" * 5000)[:-30], "damaged"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b'title,text\na,"never closed\n' + b"x\n" * 200_000, "csv"),
        (b"title,title\na,b\n", "header"),
        (b"title\n" + b"x" * (readers.MAX_LINE + 10), "line_too_long"),
        (b"title," + b",".join(b"c%d" % n for n in range(600)), "header"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_a_reason(tmp_path, data, code):
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(ValidationError) as caught:
        read(path)
    assert caught.value.code == code
    assert caught.value.messages[0]


def test_row_with_too_many_cells_is_one_bad_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("title,text\na,b,c\nd,e,\n")
    (first, bad), second = read(path)
    assert (first, bad.code) == (2, "cells")
    assert second == (3, {"title": "d", "text": "e"})


def _bomb(path: Path, name: str = "xl/worksheets/sheet1.xml", size: int = 210_000_000) -> Path:
    block = b"<row><c><v>1</v></c></row>" * 40_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        with archive.open(name, "w") as entry:
            for _part in range(size // len(block) + 1):
                entry.write(block)
    return path


def _refused_in_little_memory(path: Path) -> str:
    tracemalloc.start()
    with pytest.raises(ValidationError) as caught:
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    return str(caught.value.code)


def test_workbook_bomb_is_refused_from_its_directory(tmp_path):
    path = _bomb(tmp_path / "bomb.xlsx")
    assert path.stat().st_size < 1_500_000
    assert _refused_in_little_memory(path) == "bomb"


def test_workbook_with_a_giant_table_of_texts_is_refused(tmp_path):
    path = _bomb(tmp_path / "a.xlsx", "xl/sharedStrings.xml", 70_000_000)
    assert _refused_in_little_memory(path) == "bomb"


def test_zip_with_very_many_entries_is_refused_by_the_length_of_its_directory(tmp_path):
    path = tmp_path / "many.xlsx"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 90_000_000, 0, 0)
    path.write_bytes(b"PK\x03\x04" + b"\0" * 1000 + end)
    assert _refused_in_little_memory(path) == "bomb"


def test_gzip_bomb_stops_at_the_limit(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"title\n" + b"a,b,c,d\n" * 3_000_000))
    with pytest.raises(ValidationError) as caught:
        read(path, max_unpacked=5 * files.MEGABYTE)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_workbook_with_entities_is_refused(tmp_path, doctype):
    book = openpyxl.Workbook()
    book.active.append(["title"])
    book.save(plain := tmp_path / "plain.xlsx")
    path = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            data = source.read(entry).decode()
            if entry.filename == "xl/workbook.xml":
                head, _mark, rest = data.partition("<workbook ")
                data = f"{head}{doctype}<workbook {rest}"
            target.writestr(entry.filename, data)
    with pytest.raises(ValidationError) as caught:
        read(path)
    assert caught.value.code == "xml"


def test_memory_stays_flat_for_many_rows(tmp_path):
    peaks = []
    for number in (2_000, 40_000):
        path = tmp_path / f"{number}.jsonl"
        with path.open("w") as file:
            for row in range(number):
                file.write(json.dumps({"title": f"T {row}", "text": "x" * 300}) + "\n")
        tracemalloc.start()
        with read_file(path) as source:
            assert sum(1 for _row in source.rows) == number
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
