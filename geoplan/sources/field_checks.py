"""What was found on the spot: a form that was filled in, one row a site and quantity, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._aliases import BY_ROLE, COLUMNS
from geoplan.sources._checked import QUANTITIES, QUANTITY_WORDS
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest, refuse
from geoplan.sources._resolve import column_of, demand_values, keep_rows, parse
from geoplan.sources.layers import LayerSpec
from geoplan.sources.tables import read_table

NEEDED = ("site_id", "quantity", "value")
OTHERS = ("checked_by", "date")
NAMES = BY_ROLE["field_checks"]
Cells = dict[str, str | None]  # geoplan's name: the file's column, None where a constant stands for it


def read_field_checks(spec: LayerSpec, area: StudyArea, findings: Findings) -> pd.DataFrame:  # noqa: ARG001 - as all readers
    """Field checks from a CSV or XLSX table without positions: columns site_id, quantity, value, checked_by, date.

    `quantity` is the column of sites that it fills (storey, fire_rating, distance_filling_station, …); `value` a number, 1 or 0 of
    what is 是/否/有/无, or text of a land code or state. The index `row` is the file's row. A printed form may have titles above
    its header; rows without a value are passed over, with a note. Raises one `InputError` with all problems: a quantity that is
    not known, a value that does not fit it, one that was checked twice with different values.

    >>> import geopandas as gpd, shapely
    >>> from geoplan.sources.read import read_area
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(500000, 4100000, 510000, 4110000)], crs="EPSG:4547")
    >>> form = pd.DataFrame({"编号": ["S-1", "S-1"], "代码": ["storey", "own_entrance"], "实测值": ["2", "有"]})
    >>> spec = LayerSpec(form, "field_checks", None)
    >>> read_field_checks(spec, read_area(square, "EPSG:4547"), Findings())["value"].tolist()
    [2.0, 1.0]
    """
    found = Findings()
    given = keep_rows(_given(spec, found), spec.keep, spec.columns, found)
    columns = {name: _column(given, name, spec, found) for name in (*NEEDED, *OTHERS)}
    found.raise_errors()
    given = _filled(given, columns, found)
    table = pd.DataFrame({name: _texts(given, name, columns, spec.constants) for name in columns}, dtype=object)
    table = table.set_axis(given.frame.index.rename("row"), axis=0)
    for name in ("site_id", "quantity"):
        if columns[name]:
            demand_values(given, str(columns[name]), found)
    table["quantity"] = _quantities(given, table["quantity"], columns["quantity"], found)
    table["value"] = _values(given, table, columns["value"], spec.constants, found)
    table = _once(given, table, found)
    found.raise_errors()
    findings.add(*found)
    return table


def _given(spec: LayerSpec, findings: Findings) -> Given:
    if not isinstance(spec.path, pd.DataFrame):
        return read_table(spec.path, findings, spec.layer, spec.encoding, is_header=_is_header(spec))
    if spec.path.empty:
        refuse("GP-T105", "(frame)")
    return Given("(frame)", spec.path.set_axis(pd.RangeIndex(1, len(spec.path) + 1), axis=0))


def _is_header(spec: LayerSpec) -> Callable[[list[str | None]], bool]:
    """Whether a row names all the columns that are needed."""

    def known(name: str) -> set[str]:
        said = spec.columns.get(name)
        return {said.casefold()} if said else {name, *COLUMNS.get(name, ()), *NAMES[name]}

    wanted = [known(name) for name in NEEDED if name not in spec.constants]

    def is_header(cells: list[str | None]) -> bool:
        names = {c.casefold() for c in cells if c}
        return all(names & words for words in wanted)

    return is_header


def _column(given: Given, name: str, spec: LayerSpec, findings: Findings) -> str | None:
    if name in spec.constants:
        return None
    return column_of(given, name, spec.columns, findings, required=name in NEEDED, other=NAMES[name])


def _filled(given: Given, columns: Cells, findings: Findings) -> Given:
    """The rows that have a value; of the others, those that ask for one are counted."""
    if columns["value"] is None:
        return given
    filled = np.array([t is not None for t in given.texts(columns["value"])], dtype=bool)
    asked = [t is not None for t in given.texts(columns["quantity"])] if columns["quantity"] else [True] * len(filled)
    blank = int((~filled & np.array(asked, dtype=bool)).sum())
    if blank:
        findings.add(finding("GP-L062", given.file, severity="note", count=blank, rows=blank))
    return given.only(filled)


def _texts(given: Given, name: str, columns: Cells, constants: Mapping[str, Any]) -> list[str | None]:
    column = columns[name]
    return given.texts(column) if column else [constants.get(name)] * len(given.frame)


def _quantities(given: Given, stated: pd.Series, column: str | None, findings: Findings) -> pd.Series:
    """The id of each quantity, which may be written in Chinese; an error where there is none of the name."""
    ids = stated.map(lambda word: QUANTITY_WORDS.get(word.casefold()) if isinstance(word, str) else None)
    for row in np.flatnonzero((stated.notna() & ids.isna()).to_numpy()):
        hint = nearest(stated.iloc[row], [*QUANTITY_WORDS])
        findings.add(finding("GP-L060", given.file, given.place(int(row), column or ""), stated.iloc[row], **hint))
    return ids


def _values(
    given: Given, table: pd.DataFrame, column: str | None, constants: Mapping[str, Any], findings: Findings
) -> pd.Series:
    """Each value parsed as a cell of its quantity's own column would be."""
    values = pd.Series([None] * len(table), table.index, dtype=object)
    frame = given.frame if column else given.frame.assign(value=constants.get("value"))
    for quantity in table["quantity"].dropna().unique():
        rows = (table["quantity"] == quantity).to_numpy()
        part = Given(given.file, frame.loc[rows], given.word)
        parsed = parse(part, column or "value", QUANTITIES[quantity], findings)
        numeric = pd.api.types.is_numeric_dtype(parsed.dtype)
        values[rows] = [None if pd.isna(v) else float(v) if numeric else v for v in parsed]
    return values


def _once(given: Given, table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """One row a site and quantity; different values of one are an error."""
    pair = ["site_id", "quantity"]
    known = table["quantity"].notna() & table["site_id"].notna() & table["value"].notna()
    first = table[known].drop_duplicates(pair).reset_index().set_index(pair)
    for row, line in table[known & table.duplicated(pair)].iterrows():
        before = first.loc[(line["site_id"], line["quantity"])]
        if before["value"] != line["value"]:
            said: dict[str, Any] = {"first": f"{given.word} {before['row']}", "before": f"{before['value']}"}
            place = f"{given.word} {row}, {line['site_id']} {line['quantity']}"
            findings.add(finding("GP-L061", given.file, place, line["value"], **said))
    return table[~table.duplicated(pair)]
