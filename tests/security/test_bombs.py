"""Files that would cost more than 50 MB, or for ever, are refused; none escapes as an error."""

import json
import subprocess
import sys
from pathlib import Path

from achievements.files import MAX_PROPERTIES, document_properties
from tests.security.bombs import BOMBS, packed


def test_bombs_are_refused_within_fifty_megabytes(tmp_path: Path):
    for name, (write, _code) in BOMBS.items():
        write(tmp_path / name)

    read = subprocess.run(
        [sys.executable, "-m", "tests.security.bombs", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = [json.loads(line) for line in read.stdout.splitlines()]
    for name, code, seconds, megabytes in found:
        print(f"{name:24} {code:10} {seconds:6.2f} s {megabytes:7.1f} MB")

    assert read.returncode == 0, read.stderr[-2000:]
    assert {name: code for name, code, *_rest in found} == {
        name: code for name, (_write, code) in BOMBS.items()
    }


def test_properties_of_a_document_are_read_up_to_four_megabytes(tmp_path: Path):
    path = tmp_path / "a.docx"
    packed(lambda: {f"docProps/{number}.xml": "a" * MAX_PROPERTIES for number in range(40)})(path)
    assert len(document_properties(path.read_bytes())) == 4 * MAX_PROPERTIES + 3
