"""Time zones by the names of their places, in the reader's language."""

import csv
import zoneinfo
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts.bilingual import reader_language

AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Brazil": _("Brazil"),
    "Chile": _("Chile"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}


@cache
def chinese_names() -> dict[str, str]:
    """The Chinese name of each zone's place, from ``time_zones.csv``.

    Most are the exemplar cities of the Unicode CLDR (``time_zones.LICENSE``); names that it has no
    longer or not yet were added by hand.
    """
    path = Path(__file__).parent / "time_zones.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["zone"]: row["name_zh"] for row in csv.DictReader(file)}


@cache
def _zones() -> list[str]:
    """The zones of places in these areas; others only repeat them under older names."""
    found = (name.partition("/") for name in zoneinfo.available_timezones())
    return sorted(f"{area}/{place}" for area, _slash, place in found if place and area in AREAS)


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones, grouped by the part of the world; UTC first.

    A zone that no Chinese name is known for is called as in English.
    """
    names = chinese_names() if reader_language() == "zh" else {}
    groups: dict[str, list[tuple[str, str]]] = {"UTC": [("UTC", "UTC")]}
    for zone in _zones():
        area, _slash, place = zone.partition("/")
        label = names.get(zone) or place.replace("_", " ")
        groups.setdefault(str(AREAS[area]), []).append((zone, label))
    return list(groups.items())
