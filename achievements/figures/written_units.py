"""Units as they stand in running text: where one ends, and how it is best written."""

import re

from achievements.units import CHINESE_UNITS, UnknownUnitError, parse_unit

# Words and miswritten symbols → the symbol that a row keeps. Longer ones are tried first.
_WORDS = {
    "per cent": "%",
    "percent": "%",
    "degrees celsius": "°C",
    "degree celsius": "°C",
    "degrees fahrenheit": "°F",
    "degrees c": "°C",
    "degrees f": "°F",
    "deg c": "°C",
    "deg f": "°F",
    "degrees": "°",
    "degree": "°",
    "microns": "µm",
    "micron": "µm",
    "seconds": "s",
    "second": "s",
    "secs": "s",
    "sec": "s",
    "milliseconds": "ms",
    "millisecond": "ms",
    "microseconds": "µs",
    "nanoseconds": "ns",
    "minutes": "min",
    "minute": "min",
    "mins": "min",
    "hours": "h",
    "hour": "h",
    "hrs": "h",
    "hr": "h",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "inches": "inch",
    "feet": "ft",
    "foot": "ft",
    "pounds": "lb",
    "pound": "lb",
    "lbs": "lb",
    "miles": "mile",
    "gallons": "gallon",
    "tonnes": "t",
    "tonne": "t",
    "watt-hours": "Wh",
    "watt hours": "Wh",
    "watts": "W",
    "watt": "W",
    "kilowatts": "kW",
    "megawatts": "MW",
    "milliwatts": "mW",
    "volts": "V",
    "volt": "V",
    "kilovolts": "kV",
    "millivolts": "mV",
    "amperes": "A",
    "amps": "A",
    "amp": "A",
    "milliamps": "mA",
    "newtons": "N",
    "joules": "J",
    "hertz": "Hz",
    "kilohertz": "kHz",
    "megahertz": "MHz",
    "gigahertz": "GHz",
    "pascals": "Pa",
    "kelvin": "K",
    "grams": "g",
    "gram": "g",
    "milligrams": "mg",
    "kilograms": "kg",
    "kilogram": "kg",
    "meters": "m",
    "metres": "m",
    "meter": "m",
    "metre": "m",
    "kilometers": "km",
    "kilometres": "km",
    "centimeters": "cm",
    "centimetres": "cm",
    "millimeters": "mm",
    "millimetres": "mm",
    "micrometers": "µm",
    "nanometers": "nm",
    "nanometres": "nm",
    "liters": "L",
    "litres": "L",
    "liter": "L",
    "litre": "L",
    "milliliters": "mL",
    "decibels": "dB",
    "frames per second": "fps",
    "bits per second": "bit/s",
    "revolutions per minute": "rpm",
}
# Case tells milli from mega, but not where people write capitals by habit.
_MENDED = {
    "KW": "kW",
    "Kw": "kW",
    "kw": "kW",
    "KWh": "kWh",
    "KWH": "kWh",
    "Kwh": "kWh",
    "kwh": "kWh",
    "kW·h": "kWh",
    "kW.h": "kWh",
    "KG": "kg",
    "Kg": "kg",
    "KV": "kV",
    "Kv": "kV",
    "kv": "kV",
    "KVA": "kVA",
    "KN": "kN",
    "KJ": "kJ",
    "KM": "km",
    "Km": "km",
    "CM": "cm",
    "MM": "mm",
    "Mm": "mm",
    "um": "µm",
    "ug": "µg",
    "us": "µs",
    "UM": "µm",
    "NM": "nm",
    "ML": "mL",
    "Mpa": "MPa",
    "MPA": "MPa",
    "mpa": "MPa",
    "KPa": "kPa",
    "Kpa": "kPa",
    "KPA": "kPa",
    "kpa": "kPa",
    "Gpa": "GPa",
    "GPA": "GPa",
    "HZ": "Hz",
    "hz": "Hz",
    "KHz": "kHz",
    "KHZ": "kHz",
    "Khz": "kHz",
    "MHZ": "MHz",
    "Mhz": "MHz",
    "GHZ": "GHz",
    "Ghz": "GHz",
    "db": "dB",
    "DB": "dB",
    "Db": "dB",
    "RPM": "rpm",
    "PPM": "ppm",
    "PPB": "ppb",
    "mah": "mAh",
    "mAH": "mAh",
    "MAH": "mAh",
    "WH": "Wh",
    "wh": "Wh",
    "Gbps": "Gbit/s",
    "Mbps": "Mbit/s",
    "kbps": "kbit/s",
    "Kbps": "kbit/s",
    "sqm": "m²",
    "lpm": "L/min",
    "转/分钟": "r/min",
    "转/分": "r/min",
    "转/min": "r/min",
    "个循环": "次",
    "循环": "次",
    "公里/小时": "km/h",
}
_PREFIXES = "[numµkKMGTpfc]"
_PREFIXED = r"(?:Wh|Ah|AH|ah|eV|Pa|pa|PA|Hz|HZ|hz|bps|bit|mol|VA|cal|bar|[mgsWwVvANJFHSTLlΩΩBK])"
_ALONE = (
    r"(?:rpm|RPM|psi|ksi|mph|knots|ppm|PPM|ppb|PPB|fps|dBm|dBi|dBc|dB|DB|db|min|lbf|lb|ft|inch|"
    r"mile|"
    r"gallon|nit|lm|lx|cd|pixels|px|cycles|week|month|year|day|sqm|lpm|Torr|torr|atm|sr|rad|mrad|"
    r"µrad|deg|WH|wh|KVA|d|h|t|°\s?[CFcf](?![a-z])|[%‰°℃Å])"
)
_CHINESE = "|".join(
    sorted(
        [*CHINESE_UNITS, "转/分钟", "转/分", "转/min", "个循环", "循环", "帧/秒", "元"],
        key=len,
        reverse=True,
    )
)
# A character that is a unit, but here begins another word.
_NO_UNIT = {
    "安": "全装排",
    "天": "然津线气",
    "年": "代度级龄来初底末内前后",
    "次": "级要日生氯磷品",
    "升": "级高温至到降压",
    "克": "服拉隆",
    "米": "粒饭",
    "瓦": "斯",
    "伏": "安",
    "秒": "杀",
    "元": "素件器",
}
_SIGN = rf"(?:{_ALONE}|{_PREFIXES}?{_PREFIXED}|{_CHINESE})"
_POWER = r"(?:\^?\(?-?[1-4]\)?(?!\d|\.\d)|[⁻]?[¹²³⁴])?"
_ATOM = rf"\(?{_SIGN}{_POWER}\)?"
_SYMBOLS = re.compile(rf"[万亿]?{_ATOM}(?:\s?[·•⋅*/]\s?{_ATOM}|(?<=[A-Za-z])-{_ATOM})*")
_SAID = "|".join(sorted((re.escape(word) for word in _WORDS), key=len, reverse=True))
_SPOKEN = re.compile(
    rf"({_SAID}|{_PREFIXES}?{_PREFIXED}|{_ALONE})(?:\s+per\s+(square |cubic )?({_SAID}|{_SIGN}))?"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_SPELT = re.compile(rf"({_SAID})(?![A-Za-z])", re.IGNORECASE)
_LONGEST = 40  # characters of a unit
_LATIN = re.compile(r"[A-Za-z0-9]")


def unit_at(text: str, place: int) -> tuple[str, int]:
    """The unit that begins at ``place``, as a row keeps it, and where it ends.

    ``("", place)`` where none is written that can be converted. ``text`` is folded as in
    :func:`achievements.figures.signs.fold_signs`.
    """
    begin = place
    while begin < len(text) and begin - place < 2 and text[begin] in " \u00a0-":
        begin += 1
    glued = begin == place
    spoken = _spoken(text, begin)
    if spoken is not None:
        return spoken
    found = _SYMBOLS.match(text, begin, begin + _LONGEST)
    if found is None:
        return "", place
    end = found.end()
    while end > begin:
        written = text[begin:end].rstrip("/·•⋅*- ")
        end = begin + len(written)
        unit = _normal(written)
        odd = glued and (_odd(written) or (written == "s" and text.startswith(" of", end)))
        if written and _ends_here(text, end) and _is_unit(unit) and not odd:
            return unit, end
        end -= 1
    return "", place


def _spoken(text: str, begin: int) -> tuple[str, int] | None:
    """A unit in words, as in ``watt-hours per kilogram``; None where it is not one."""
    found = _SPOKEN.match(text, begin, begin + 2 * _LONGEST)
    if found is None or not (_SPELT.match(found[1]) or found[3]):
        return None
    unit = _WORDS.get(found[1].lower(), _MENDED.get(found[1], found[1]))
    if found[3]:
        power = {"square": "²", "cubic": "³"}.get((found[2] or "").strip().lower(), "")
        below = _WORDS.get(found[3].lower(), _MENDED.get(found[3], found[3]))
        unit = f"{unit}/{below}{power}"
    return (unit, found.end()) if _is_unit(unit) else None


def _normal(written: str) -> str:
    """The unit without blanks, with the usual capitals and one sign for times."""
    plain = re.sub(r"\s", "", written).replace("•", "·").replace("⋅", "·")
    scale = plain[0] if plain[:1] in ("万", "亿") else ""
    plain = plain.removeprefix(scale)
    if plain in _MENDED:
        return scale + _MENDED[plain]
    parts = re.split(r"([/·*()])", plain)
    parts = [re.sub(r"^([A-Za-zµ]+)", lambda m: _MENDED.get(m[1], m[1]), part) for part in parts]
    joined = "".join(parts)
    if joined.count("(") != joined.count(")"):
        return ""  # a bracket that belongs to the sentence
    joined = re.sub(r"(?<=[A-Za-z])-(?=[1-4])", "^-", joined)
    return scale + re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", "·", joined)


def _ends_here(text: str, end: int) -> bool:
    """Whether nothing of the same word goes on behind ``end``."""
    after = text[end : end + 1]
    if after and (after in "^⁻" or re.match(r"/\s?[A-Za-zµ\u3400-\u9fff]", text[end : end + 3])):
        return False
    if _LATIN.match(after) and _LATIN.match(text[end - 1]):
        return False
    return after not in _NO_UNIT.get(text[end - 1], "") or not after


def _odd(unit: str) -> bool:
    """What is no unit where it is glued to a number: 4K, 3D, 5G, 2B."""
    return unit in ("K", "T", "B", "F", "H", "S", "d", "A·h")


def _is_unit(unit: str) -> bool:
    if not unit or len(unit) > _LONGEST or unit in ("万", "亿"):
        return False
    try:
        parse_unit(unit)
    except UnknownUnitError:
        return False
    return True
