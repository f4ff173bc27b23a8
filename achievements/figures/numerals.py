"""Whole numbers written with Chinese numerals; pure computation."""

CHINESE_DIGITS = "零〇一二两三四五六七八九"
_VALUES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
CHINESE_NUMERAL = f"[{CHINESE_DIGITS}{''.join(_POWERS)}]"


def read_numeral(text: str) -> int:
    """“五十” → 50, “一百二十” → 120, “二〇二七” → 2027, “12” → 12.

    Raises ValueError for anything else.
    """
    if text.isascii():
        return int(text)
    if not any(sign in _POWERS for sign in text):
        return int("".join(str(_digit(sign)) for sign in text))
    total, digit = 0, 0
    for sign in text:
        if sign in _POWERS:
            total += (digit or 1) * _POWERS[sign]
            digit = 0
        else:
            digit = _digit(sign)
    return total + digit


def _digit(sign: str) -> int:
    if sign not in _VALUES:
        raise ValueError(sign)
    return _VALUES[sign]
