"""Units of measurement as people write them, in either language; pure computation."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

import pint


class UnknownUnitError(ValueError):
    """The text names no unit that can be converted."""


# What people write → what pint reads. Compared after width folding, letters in any case kept.
_WRITTEN = {
    "": "dimensionless",
    "%": "percent",
    "‰": "permille",
    "ppm": "ppm",
    "ppb": "ppb_mass",
    "℃": "degC",
    "°c": "degC",
    "°C": "degC",
    "°F": "degF",
    "°": "degree",
    "′": "arcminute",
    "″": "arcsecond",
    "Ω": "ohm",
    "µm": "micrometer",
    "μm": "micrometer",
    "rpm": "revolutions_per_minute",
    "r/min": "revolutions_per_minute",
    "dB": "decibel_plain",
    "dB(A)": "decibel_plain",
    "dBA": "decibel_plain",
    "dBm": "dbm_plain",
    "cycles": "cycle",
    "cycle": "cycle",
    "times": "cycle",
    "次": "cycle",
    "个循环": "cycle",
    "pixel": "pixel_count",
    "pixels": "pixel_count",
    "px": "pixel_count",
    "摄氏度": "degC",
    "小时": "hour",
    "分钟": "minute",
    "秒": "second",
    "天": "day",
    "个月": "month",
    "年": "year",
    "元": "CNY_plain",
    "fps": "hertz",
    "帧/秒": "hertz",
    "mAh": "milliampere_hour",
    "Ah": "ampere_hour",
}

_registry: pint.UnitRegistry = pint.UnitRegistry(
    autoconvert_offset_to_baseunit=True, cache_folder=None
)
for _line in (
    "ppb_mass = 1e-9",
    "decibel_plain = [sound_level]",
    "dbm_plain = [power_level]",
    "cycle_count = [cycles] = cycle_of_use",
    "CNY_plain = [currency_cny]",
    "pixel_count = [pixels]",
):
    _registry.define(_line)

# Chinese names of units, alone or within a compound such as 吨/天.
CHINESE_UNITS = {
    "平方米": "meter**2",
    "立方米": "meter**3",
    "千瓦时": "kilowatt_hour",
    "摄氏度": "delta_degC",
    "千克": "kilogram",
    "公斤": "kilogram",
    "毫克": "milligram",
    "微克": "microgram",
    "公里": "kilometer",
    "千米": "kilometer",
    "厘米": "centimeter",
    "毫米": "millimeter",
    "微米": "micrometer",
    "纳米": "nanometer",
    "毫升": "milliliter",
    "兆帕": "megapascal",
    "千瓦": "kilowatt",
    "兆瓦": "megawatt",
    "毫瓦": "milliwatt",
    "千伏": "kilovolt",
    "毫安": "milliampere",
    "赫兹": "hertz",
    "小时": "hour",
    "分钟": "minute",
    "毫秒": "millisecond",
    "像素": "pixel_count",
    "个月": "month",
    "吨": "tonne",
    "克": "gram",
    "米": "meter",
    "升": "liter",
    "帕": "pascal",
    "瓦": "watt",
    "伏": "volt",
    "安": "ampere",
    "秒": "second",
    "天": "day",
    "年": "year",
    "次": "cycle_count",
}
_CHINESE = re.compile("|".join(CHINESE_UNITS))

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


# What may follow a power sign: one digit, perhaps with a sign, a half or brackets.
_EXPONENT = re.compile(r"\s*(?:\(\s*)?(?:-\s*)?\d(\.\d)?\s*(?![\d.eE]).*")

_POWER_OF_NUMBER = re.compile(r"\d[\s)]*(\*\*|\^)")


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> pint.Unit:
    """The unit ``text`` names; raises UnknownUnitError. An empty text is a plain number."""
    written = _split_scale(text)[1]
    if written in _WRITTEN:
        name = _WRITTEN[written]
        return _registry.Unit("cycle_count" if name == "cycle" else name)
    if len(written) > 40:
        raise UnknownUnitError(text)
    plain = re.sub(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "**" + m[1].translate(_SUPERSCRIPTS), written)
    plain = unicodedata.normalize("NFKC", plain).replace("·", "*").replace("×", "*")
    plain = plain.replace("°C", "delta_degC").replace("℃", "delta_degC").replace("%", "percent")
    plain = re.sub(r"\bdB\b", "decibel_plain", plain)  # pint cannot convert its own in compounds
    plain = _CHINESE.sub(lambda m: CHINESE_UNITS[m[0]], plain)
    plain = re.sub(r"(?<=[A-Za-z])([23])\b", r"**\1", plain)
    if not re.fullmatch(r"(1/)?[A-Za-zµμΩÅ_][A-Za-zµμΩÅ_0-9*/^()\-. ]*", plain):
        raise UnknownUnitError(text)
    powers = re.split(r"\*\*|\^", plain)[1:]
    if _POWER_OF_NUMBER.search(plain) or not all(_EXPONENT.fullmatch(rest) for rest in powers):
        raise UnknownUnitError(text)  # no real unit has one, and computing it may take for ever
    try:
        return _registry.Unit(plain)
    except Exception as error:  # pint raises many kinds for text that names no unit
        raise UnknownUnitError(text) from error


def _split_scale(text: str) -> tuple[int, str]:
    """A unit written with 万 (10⁴) or 亿 (10⁸) before it, as in 万次, taken apart."""
    written = text.strip()
    for sign, scale in (("万", 10**4), ("亿", 10**8)):
        if written.startswith(sign):
            return scale, written.removeprefix(sign)
    return 1, written


def convert(value: Decimal, unit: str, wanted: str, *, difference: bool = False) -> Decimal | None:
    """``value`` in ``unit`` expressed in ``wanted``; None when the two measure different things.

    ``difference``: the value is a difference of temperatures, so 5 K are 5 °C. Raises
    UnknownUnitError.
    """
    scale, target_scale = _split_scale(unit)[0], _split_scale(wanted)[0]
    source, target = parse_unit(unit), parse_unit(wanted)
    if difference:
        source, target = _as_difference(source), _as_difference(target)
    if source == target:
        return value * scale / target_scale
    try:
        magnitude = _registry.Quantity(float(value) * scale, source).to(target).magnitude
    except (pint.DimensionalityError, OverflowError, ZeroDivisionError):
        return None
    return Decimal(repr(round(magnitude / target_scale, 9)))


def _as_difference(unit: pint.Unit) -> pint.Unit:
    names = {"degree_Celsius": "delta_degC", "degree_Fahrenheit": "delta_degF"}
    return _registry.Unit(names.get(str(unit), str(unit)))
