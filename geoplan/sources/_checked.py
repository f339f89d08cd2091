"""What a field check may fill: the columns of sites by name, and the words under which a form may give them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geoplan.sources._aliases import COLUMNS
from geoplan.sources._roles import Cell, numbers
from geoplan.sources._site_roles import (
    BOUNDARIES,
    CONTROLS,
    EMPLOYERS_TABLE,
    HAZARD_CLASSES,
    HOSTS,
    IDLE,
    NEW_RESIDENTIAL,
    PARCELS,
    PREMISES,
    RENEWAL,
)
from geoplan.sources._site_words import HAZARDS
from geoplan.tables import Column

LABELS = ("kind",)  # words that mean one thing in one layer and another in the next
SITES = (HOSTS, IDLE, PARCELS, PREMISES, NEW_RESIDENTIAL, RENEWAL, EMPLOYERS_TABLE)

MEASURED = numbers(
    ("land_width_m", "width of the land", "用地宽度", "m"),
    ("frontage_m", "distance to the nearest street", "距最近道路距离", "m"),
    ("slope_percent", "slope", "坡度", "%"),
    ("enrolled", "children enrolled", "在托人数", "persons"),
    ("places", "places", "托位数", "places"),
    ("milestones_behind", "milestones behind the housing", "滞后于住宅的环节数", "milestones"),
    *((f"distance_{h}", f"distance to {h}", f"距{h}距离", "m") for h in HAZARD_CLASSES),
    *((f"overlap_{c}", f"share inside {c}", f"{c}内占比", "share") for c in CONTROLS),
    *((f"outside_{b}", f"share outside {b}", f"{b}外占比", "share") for b in BOUNDARIES),
)


def _fillable(column: Column) -> bool:
    """Whether a column of sites holds what can be measured: a number, a flag, a year, a code, or one of some known words."""
    worded = isinstance(column, Cell) and bool(column.codes or column.known)
    return column.name not in LABELS and (worded or column.kind in ("number", "flag", "year"))


QUANTITIES: Mapping[str, Column] = MappingProxyType(
    {c.name: c for table in SITES for c in table.columns if _fillable(c)} | {c.name: c for c in MEASURED}
)
QUANTITY_WORDS: Mapping[str, str] = MappingProxyType(
    {f"距{word}距离": f"distance_{known}" for word, known in HAZARDS.items()}
    | {word.casefold(): c.name for c in QUANTITIES.values() for word in (*COLUMNS.get(c.name, ()), c.meaning.zh)}
    | {name: name for name in QUANTITIES}
)
