"""The time zones that a site can be in."""

from functools import cache
from importlib import resources


@cache
def zone_names() -> tuple[str, ...]:
    """Those that people know a place of, each once, by the name of today: `zone.tab` of the IANA database, and UTC."""
    rows = _read("zone.tab")
    return ("UTC", *sorted(row.split("\t")[2] for row in rows if row and not row.startswith("#")))


@cache
def former_names() -> dict[str, str]:
    """Other names of these, as older systems and some browsers have them, each with that of today."""
    names = set(zone_names())
    links = [row.split() for row in _read("tzdata.zi") if row.startswith("L ")]
    return {former: name for _, name, former in links if name in names and former not in names}


def _read(name: str) -> list[str]:
    return resources.files("tzdata.zoneinfo").joinpath(name).read_text("utf-8").splitlines()
