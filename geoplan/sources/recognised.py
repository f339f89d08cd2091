"""Which columns of a file a role's reader will find by their usual names, and which it needs and will not find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geoplan.errors import Findings, Text
from geoplan.sources._aliases import BY_ROLE, COLUMNS, IDS
from geoplan.sources._given import Given
from geoplan.sources._land_codes import HINTS, likely_columns
from geoplan.sources._resolve import column_of
from geoplan.sources._roles import BIRTHS, CENSUS, MOVES, PLAIN, PUBLIC, RESIDENTIAL, SERVING, Cell, band_columns
from geoplan.sources._site_roles import (
    BOUNDARIES,
    CONTROLS,
    EMPLOYERS_TABLE,
    HAZARDS_TABLE,
    HOSTS,
    IDLE,
    NEW_RESIDENTIAL,
    PARCELS,
    PREMISES,
    RENEWAL,
)
from geoplan.sources._street_columns import NAMES as STREET_NAMES
from geoplan.sources.described import axes_of
from geoplan.sources.field_checks import NEEDED, OTHERS
from geoplan.tables import Column, Table

CHECKED = {n: Text(n.replace("_", " "), n) for n in (*NEEDED, *OTHERS)}
AREA = Table("area", "unit_id", tuple(c for c in CENSUS.columns if c.name == "population"))
CONTRACTS: Mapping[str, Table] = MappingProxyType(
    {
        "area": AREA,
        "residents": RESIDENTIAL,
        "public_places": PUBLIC,
        "census": CENSUS,
        "births": BIRTHS,
        "moves": MOVES,
        "new_residential": NEW_RESIDENTIAL,
        "renewal": RENEWAL,
        "employers": EMPLOYERS_TABLE,
        "facilities": SERVING,
        "hosts": HOSTS,
        "idle": IDLE,
        "parcels": PARCELS,
        "premises": PREMISES,
        "hazards": HAZARDS_TABLE,
        **dict.fromkeys((*CONTROLS, *BOUNDARIES, "rivers", "railways"), PLAIN),
        "field_checks": Table(
            "field_checks", "row", tuple(Column(n, "text", t, required=n in NEEDED) for n, t in CHECKED.items())
        ),
    }
)
UNLABELLED = frozenset({"row", "feature_id", "hazard_id"})  # tables whose rows need no id
UNNAMED = frozenset({"row", "feature_id"})  # ids that no study names
LABELS = ("unit_id", "township_id", "township", "name")  # columns that a table of units finds by itself


@dataclass(frozen=True)
class Recognised:
    """`columns`: geoplan's name and the file's of each column that is found; `needed`: those that are not, with what they mean
    and the columns of the file that look like them; `strange`: columns of the file that no table asks for.
    """

    columns: Mapping[str, str]
    needed: Mapping[str, tuple[Text, tuple[str, ...]]]
    strange: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, int]:
        """How many columns of the file are known by name, and how many it has."""
        known = len(set(self.columns.values()))
        return known, known + len(self.strange)

    @property
    def named(self) -> Mapping[str, str]:
        """The columns that the file calls otherwise than geoplan."""
        return {name: there for name, there in self.columns.items() if name != there}


def recognise(role: str, given: Given, bands: Iterable[str] = ()) -> Recognised:
    """What the reader of a role finds in a file by itself: under its own names, or under the other names that it knows.

    >>> import pandas as pd
    >>> given = Given("a.csv", pd.DataFrame(columns=["项目编号", "规划人口", "备注"]))
    >>> found = recognise("new_residential", given)
    >>> dict(found.columns), found.strange
    ({'project_id': '项目编号', 'population': '规划人口'}, ('备注',))
    """
    if role == "streets" or role not in CONTRACTS:
        return _of_streets(given) if role == "streets" else Recognised({}, {}, tuple(given.names))
    table = CONTRACTS[role]
    per_band = band_columns(table, bands)
    asked = [c for c in (*table.columns, *per_band) if c.name != "geometry"]
    other: Mapping[str, tuple[str, ...]] = {**BY_ROLE.get(table.name, {}), table.index: IDS}
    names = dict.fromkeys((table.index, *(c.name for c in asked)))
    columns = {n: there for n in names if (there := column_of(given, n, {}, Findings(), other=other.get(n, ())))}
    columns |= dict(zip(("lon", "lat"), axes_of(given), strict=False))
    needed = {c.name: (c.meaning, ()) for c in asked if c.required and not _found(c, columns, per_band)}
    if table.index not in (*columns, *UNLABELLED) and role not in ("census", "area"):
        needed = {table.index: (Text("the id of a row", "编号"), ()), **needed}
    labels = {there for n in LABELS for there in given.names if there.casefold() in (n, *COLUMNS.get(n, ()))}
    used = {*columns.values(), *(labels if role in ("area", "census", "births", "moves") else ())}
    columns = {name: there for name, there in columns.items() if name not in UNNAMED}
    codes = _codes(role, given, columns)
    asked_for = {there for _, perhaps in codes.values() for there in perhaps}
    return Recognised(columns, {**needed, **codes}, tuple(n for n in given.names if n not in used | asked_for))


def _found(column: Column, columns: Mapping[str, str], per_band: list[Column]) -> bool:
    """Whether a column is there, or another that stands in for it; of columns by age band one is enough to know the file by."""
    stands_in = column.unless if isinstance(column, Cell) else ""
    any_band = column in per_band and any(c.name in columns for c in per_band)
    return column.name in columns or stands_in in columns or any_band


def _codes(role: str, given: Given, columns: Mapping[str, str]) -> dict[str, tuple[Text, tuple[str, ...]]]:
    """The land codes that parcels must declare: a code means one thing in the survey and another in the plan, so none is guessed."""
    if role != "parcels" or {"survey_code", "planning_code"} & set(columns):
        return {}
    asked = {c.name: c.meaning for c in PARCELS.columns if isinstance(c, Cell) and c.codes}
    likely = likely_columns(given, columns.values())
    hinted = {
        name: tuple(n for n in likely if form.search(n))
        for name, form in ((f"{system}_code", HINTS[system]) for system in HINTS)
    }
    wanted = [name for name in asked if hinted[name] or not any(hinted.values())]
    return {name: (asked[name], hinted[name] or tuple(likely or given.names[:10])) for name in wanted}


def _of_streets(given: Given) -> Recognised:
    folded = {n.casefold(): n for n in reversed(given.names)}
    found = {name: next((folded[k] for k in known if k in folded), "") for name, known in STREET_NAMES.items()}
    columns = {name: there for name, there in found.items() if there}
    return Recognised(columns, {}, tuple(n for n in given.names if n not in columns.values()))
