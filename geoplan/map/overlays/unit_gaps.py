"""Share of the places wanted in each county-level unit that nobody has."""

from __future__ import annotations

from geoplan.map.overlay import Overlay
from geoplan.map.overlays._features import column, units
from geoplan.map.overlays._grades import grades
from geoplan.map.palette import CAUSE_COLOURS, SHARE_RAMP
from geoplan.map.words import word
from geoplan.result import CAUSES, Result


def overlay(result: Result) -> Overlay | None:
    """1 - served / wanted, in five classes; missing where nothing is wanted."""
    features = units(result)
    table = result.units.reindex(features.geometry.index)
    share = 1 - table["served"] / table["wanted"].where(table["wanted"] > 0)
    of, classes = grades(share, (0.2, 0.4, 0.6, 0.8), SHARE_RAMP, word("no_demand"), scale=100)
    columns = [column(word("unserved_share"), share, "share")]
    columns += [column(title, table[c], "amount", "persons", CAUSE_COLOURS[c], c) for c, title in CAUSES.items()]
    return Overlay(
        "unit_gaps", word("unit_gaps"), "indicator", 15, features, classes, of, word("unit.percent"), tuple(columns)
    )
