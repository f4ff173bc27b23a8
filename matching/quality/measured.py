"""The figures of the judged sets as a file that ships with the release, for pages and the API."""

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("measured.json")


def read_measured(path: Path = PATH) -> dict[str, Any]:
    """What `make quality` wrote last; without figures where there is no such file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"measured_on": None, "embedder": "", "split": "", "figures": []}
    return found
