"""Units of measurement as people write them, in either language; pure computation."""

import re
import unicodedata
from decimal import Decimal
from functools import cache

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

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@cache
def parse_unit(text: str) -> pint.Unit:
    """The unit ``text`` names; raises UnknownUnitError. An empty text is a plain number."""
    written = text.strip()
    if written in _WRITTEN:
        name = _WRITTEN[written]
        return _registry.Unit("cycle_count" if name == "cycle" else name)
    if len(written) > 40:
        raise UnknownUnitError(text)
    plain = re.sub(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "**" + m[1].translate(_SUPERSCRIPTS), written)
    plain = unicodedata.normalize("NFKC", plain).replace("·", "*").replace("×", "*")
    plain = plain.replace("°C", "delta_degC").replace("℃", "delta_degC").replace("%", "percent")
    plain = re.sub(r"(?<=[A-Za-z])([23])\b", r"**\1", plain)
    if not re.fullmatch(r"(1/)?[A-Za-zµμΩÅ_][A-Za-zµμΩÅ_0-9*/^()\-. ]*", plain):
        raise UnknownUnitError(text)
    try:
        return _registry.Unit(plain)
    except Exception as error:  # pint raises many kinds for text that names no unit
        raise UnknownUnitError(text) from error


def convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """``value`` in ``unit`` expressed in ``wanted``; None when the two measure different things."""
    source, target = parse_unit(unit), parse_unit(wanted)
    if source == target:
        return value
    try:
        magnitude = _registry.Quantity(float(value), source).to(target).magnitude
    except pint.DimensionalityError:
        return None
    return Decimal(repr(round(magnitude, 9)))
