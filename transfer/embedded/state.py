"""Where the servers of a data folder answer: `servers.json`, readable by its owner only."""

import json
import os
from pathlib import Path

FILE = "servers.json"


def read(data_dir: Path) -> dict[str, object]:
    """What was recorded for this folder; empty when nothing was, or nobody may read it."""
    try:
        state = json.loads((data_dir / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write(data_dir: Path, state: dict[str, object]) -> None:
    """Replace the record in one step, so that a reader never sees half of it."""
    draft = data_dir / f"{FILE}.{os.getpid()}"
    draft.touch(0o600)
    draft.write_text(json.dumps(state, indent=2), "utf-8")
    draft.replace(data_dir / FILE)


def addresses(data_dir: Path) -> dict[str, str]:
    """`DATABASE_URL` and `REDIS_URL` of the servers last started for this folder, if any."""
    state = read(data_dir)
    return {name: str(state[name]) for name in ("DATABASE_URL", "REDIS_URL") if name in state}
