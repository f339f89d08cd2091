"""Tables without positions, whose rows are units, or units and years: census, births, moves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._aliases import BY_ROLE, COLUMNS, TOTALS
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, refuse
from geoplan.sources._people import check_people
from geoplan.sources._resolve import column_of, keep_rows
from geoplan.sources._roles import BIRTHS, CENSUS, MOVES
from geoplan.sources._township_codes import named_townships
from geoplan.sources._unit_codes import Spelling, named_units
from geoplan.sources._unit_rows import Rows, added
from geoplan.sources._values import values_of
from geoplan.sources.layers import LayerSpec
from geoplan.sources.tables import read_table
from geoplan.tables import Table

LABELS = ("id", "unit_id", "township_id", "township", "name")
CODES = ("code", "编码", "代码")  # an id or a running number is not the code of a unit


def read_census(spec: LayerSpec, area: StudyArea, findings: Findings) -> pd.DataFrame:
    """The census by county-level unit (index `unit_id`), or by township (index `township_id`, and `unit_id`).

    Columns as the file has them: population, age_0 … age_5, age_1_4, age_5_9, registered, migrant_under_3, households
    (persons; households) …; numbers are missing where not stated. It is by township if the file has a column of townships. Rows that
    `unit_aliases` count to one unit are added together; a row of totals is compared with the others and left out.
    Raises one `InputError` with all problems: a code that joins nothing, a unit twice, ages that do not add up.

    >>> import geopandas as gpd, shapely
    >>> from geoplan.sources.read import read_area
    >>> square = gpd.GeoDataFrame({"id": ["130502"], "name": ["襄都区"]},
    ...     geometry=[shapely.box(500000, 4100000, 510000, 4110000)], crs="EPSG:4547")
    >>> table = pd.DataFrame({"区县": ["襄都区"], "0岁": [3671], "1-4岁": [23441]})
    >>> read_census(LayerSpec(table, "census", None), read_area(square, "EPSG:4547"), Findings())
             age_0  age_1_4
    unit_id
    130502  3671.0  23441.0
    """
    found = Findings()
    rows, level = _read(spec, CENSUS, area, found)
    _has_one_of(rows, [c.name for c in CENSUS.columns], found)
    check_people("census", rows.values.by_name, rows.given, found)
    table = added(rows, [level], spec.unit_aliases, found)
    if level == "unit_id":
        _note_silent(table["unit_id"], area, rows.given, found)
    found.raise_errors()
    findings.add(*found)
    return table.set_index(level).sort_index()


def read_births(spec: LayerSpec, area: StudyArea, findings: Findings) -> pd.DataFrame:
    """Births by year, and by unit where the file has units: unit_id (missing = the whole area), year (whole), births
    (observed), births_low, births_mid, births_high (projected); persons.

    At least one column of births is needed, and low ≤ mid ≤ high. Otherwise as `read_census`.
    """
    found = Findings()
    rows, _ = _read(spec, BIRTHS, area, found)
    _has_one_of(rows, [c.name for c in BIRTHS.columns if c.name != "year"], found)
    check_people("births", rows.values.by_name, rows.given, found)
    return _by_year(rows, spec, found, findings)


def read_moves(spec: LayerSpec, area: StudyArea, findings: Findings) -> pd.DataFrame:
    """Net moves by year, and by unit where the file has units: unit_id (missing = the whole area), year (whole),
    net_moves (persons under three who move in less those who move out in that year; may be negative).

    Otherwise as `read_births`.
    """
    found = Findings()
    rows, _ = _read(spec, MOVES, area, found)
    return _by_year(rows, spec, found, findings)


def _by_year(rows: Rows, spec: LayerSpec, found: Findings, findings: Findings) -> pd.DataFrame:
    table = added(rows, ["unit_id", "year"], spec.unit_aliases, found)
    found.raise_errors()
    findings.add(*found)
    front = ["unit_id", "year"]
    table = table[[*front, *(c for c in table.columns if c not in front)]]
    return table.sort_values(front, na_position="first", ignore_index=True)


def _read(spec: LayerSpec, table: Table, area: StudyArea, findings: Findings) -> tuple[Rows, str]:
    """The rows of a table with the unit that each is about, and by what they are indexed."""
    given = keep_rows(_given(spec, findings), spec.keep, spec.columns, findings)
    level, source, more = _unit_column(given, spec, table, findings)
    used = {source, *more.values()}
    other = BY_ROLE.get(table.name, {})
    columns = {k: v for k, v in spec.columns.items() if k not in LABELS}
    values = values_of(given, table.columns, columns, spec.constants, used, other, findings)
    column = source or "unit_id"
    blank = pd.Series([None] * len(given.frame), given.frame.index, dtype=object)
    stated = pd.Series(given.texts(source), given.frame.index, dtype=object) if source else blank
    total = stated.map(lambda t: isinstance(t, str) and t.replace(" ", "").casefold() in TOTALS).astype(bool)
    if table is CENSUS:
        total &= not total.all()  # without units beside them they are no totals, but a unit that is not known
        for row in np.flatnonzero(stated.isna()) if source else ():
            findings.add(finding("GP-T112", given.file, given.place(int(row), column)))
    singly = {name: v.mask(total) if v.dtype == float else v for name, v in values.by_name.items()}
    if level == "township_id":
        units = named_townships(given, stated.mask(total), column, area, findings, singly)
        values.by_name["unit_id"] = _units_of_townships(given, units, more, area, spec, findings)
    else:
        spelling = Spelling(spec.unit_aliases, spec.within)
        units = named_units(given, stated.mask(total), column, area, findings, spelling, singly)
    whole = total if table is CENSUS else total | stated.isna()
    return Rows(given, stated, units, whole, values, column), level


def _given(spec: LayerSpec, findings: Findings) -> Given:
    if not isinstance(spec.path, pd.DataFrame):
        return read_table(spec.path, findings, spec.layer, spec.encoding)
    frame = spec.path.reset_index() if spec.path.index.name else spec.path
    if frame.empty:
        refuse("GP-T105", "(frame)")
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    return Given("(frame)", plain.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0))


def _unit_column(
    given: Given, spec: LayerSpec, table: Table, findings: Findings
) -> tuple[str, str | None, dict[str, str]]:
    """By what the rows are indexed, the file's column of it, and further columns that only name the row."""
    if table is CENSUS:
        names = ("township_id", "township", "unit_id")
        quiet = Findings()  # a unit that is named but absent is said below
        code, name, unit = (column_of(given, n, spec.columns, quiet if n == "unit_id" else findings) for n in names)
        if code or name:
            more = {"unit_id": unit, "township": name if code else None}
            return "township_id", code or name, {k: v for k, v in more.items() if v}
    called = [n for n in given.names if n.casefold() in ("name", *COLUMNS["name"])]
    named = spec.columns.get("unit_id") or spec.columns.get("id")
    mapping, required = {"unit_id": named} if named else {}, table is CENSUS and not called
    source = column_of(given, "unit_id", mapping, findings, required=required, other=CODES)
    if source is None and not named and called:
        source = called[0]
    return "unit_id", source, {"name": called[0]} if called and called[0] != source else {}


def _units_of_townships(
    given: Given, townships: pd.Series, more: dict[str, str], area: StudyArea, spec: LayerSpec, findings: Findings
) -> pd.Series:
    """The unit of each township: as the file says, else as the area's townships say."""
    if area.townships is not None and "unit_id" in area.townships:
        return townships.map(area.townships["unit_id"])
    if "unit_id" not in more:
        return pd.Series([None] * len(townships), townships.index, dtype=object)
    stated = pd.Series(given.texts(more["unit_id"]), given.frame.index, dtype=object)
    spelling = Spelling(spec.unit_aliases, spec.within)
    return named_units(given, stated, more["unit_id"], area, findings, spelling, {})


def _has_one_of(rows: Rows, names: list[str], findings: Findings) -> None:
    if not any(name in rows.values.by_name for name in names):
        findings.add(finding("GP-L038", rows.given.file, "row 1", names=", ".join(names)))


def _note_silent(units: pd.Series, area: StudyArea, given: Given, findings: Findings) -> None:
    silent = [f"{u} {n}" for u, n in area.units["name"].items() if u not in set(units)]
    if silent:
        findings.add(
            finding("GP-L036", given.file, "", ", ".join(silent), severity="note", count=len(silent), rows=len(silent))
        )
