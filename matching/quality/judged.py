"""Judged sets: a corpus, queries, and how relevant which document is to which query.

A set is a folder with ``corpus.jsonl`` or ``corpus.jsonl.gz`` (``_id``, ``title``, ``text``) and
one folder per split with ``queries.jsonl`` (``_id``, ``text``, often ``short``: a title alone) and
``qrels.tsv`` (query-id, corpus-id, score), the layout of BEIR.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Ratings = Mapping[str, Mapping[str, float]]


class JudgedSetError(Exception):
    """The folder is no judged set; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Text:
    """A document or a query. A title may be empty."""

    key: str
    title: str
    body: str


def read_corpus(folder: Path) -> list[Text]:
    """The documents, in the order of the file. Raises JudgedSetError."""
    names = [folder / "corpus.jsonl", folder / "corpus.jsonl.gz"]
    path = next((name for name in names if name.exists()), None)
    if path is None:
        raise JudgedSetError(f"{folder} has neither corpus.jsonl nor corpus.jsonl.gz.")
    return [
        Text(_text(row, "_id", path), row.get("title") or "", row.get("text") or "")
        for row in _rows(path)
    ]


def read_queries(folder: Path, split: str) -> list[Text]:
    """The queries of a split; ``short`` is the title, ``text`` the body. Raises JudgedSetError."""
    path = folder / split / "queries.jsonl"
    return [
        Text(_text(row, "_id", path), row.get("short") or "", _text(row, "text", path))
        for row in _rows(path)
    ]


def read_ratings(folder: Path, split: str) -> Ratings:
    """Query → document → score. Raises JudgedSetError."""
    path = folder / split / "qrels.tsv"
    ratings: dict[str, dict[str, float]] = {}
    with _opened(path) as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t"), start=1):
            if row == ["query-id", "corpus-id", "score"]:
                continue
            try:
                query, document, score = row
                ratings.setdefault(query, {})[document] = float(score)
            except ValueError:
                raise JudgedSetError(
                    f"{path}, line {number}: expected query-id, corpus-id and a score."
                ) from None
    return ratings


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                raise JudgedSetError(f"{path}, line {number}: this is no JSON object.") from None
            if not isinstance(row, dict):
                raise JudgedSetError(f"{path}, line {number}: this is no JSON object.")
            yield row


def _opened(path: Path) -> Any:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8")
        return path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise JudgedSetError(f"{path} cannot be read: {error.strerror}.") from error


def _text(row: dict[str, Any], name: str, path: Path) -> str:
    value = row.get(name)
    if not isinstance(value, str | int):
        raise JudgedSetError(f"{path}: a row has no “{name}”.")
    return str(value)
