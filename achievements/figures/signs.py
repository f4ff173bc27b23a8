"""One sign for each of the many that people type for the same."""

_WIDTH: dict[int, int | str] = {
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；：？！（）"
}
_ONE_SIGN: dict[int, int | str] = {
    0x3000: " ",
    0xA0: " ",
    0x2009: " ",
    0x202F: " ",
    0x2212: "-",
    0x2010: "-",
    0x2011: "-",
    0x223C: "~",
    0x301C: "~",
    0x2266: "≤",
    0x2A7D: "≤",
    0x2267: "≥",
    0x2A7E: "≥",
    0x03BC: "µ",
    0xBA: "°",
    0x2DA: "°",
    0x2126: "Ω",
    0x212B: "Å",
}


def fold_signs(text: str) -> str:
    """One sign for each of the many that mean the same; the length stays."""
    return text.translate(_WIDTH | _ONE_SIGN)
