"""The columns and cells of a travel cost matrix: which are meant, and what each says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings
from geoplan.sources._given import BLANK, Given, as_text
from geoplan.sources._messages import finding, nearest, refuse
from geoplan.sources._parse import HALF_WIDTH, PLAIN
from geoplan.sources._resolve import column_of

Rows = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Ids = tuple[pd.Index, pd.Index]
Pairs = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]

SHOWN = 5  # rows, values or ids that a finding names; the count says how many there are

# what other programs call the three columns (r5r, r5py, ArcGIS, QNEAT3, PySAL access, TransCAD)
NAMES: dict[str, tuple[str, ...]] = {
    "demand_id": ("origin", "origin_id", "originid", "orig", "orig_id", "from", "from_id", "fromid", "o", "o_id", "起点", "起点编号", "出发地", "出发点",
                  "需求点", "需求点编号"),
    "place_id": ("destination", "destination_id", "destinationid", "dest", "dest_id", "to", "to_id", "toid", "d", "d_id", "终点", "终点编号", "目的地",
                 "到达点", "设施", "设施编号"),
    "cost": ("value", "total_cost", "network_cost", "travel_cost", "travel_time", "travel_time_p50", "time", "duration", "distance", "dist", "length",
             "total_length", "total_minutes", "minutes", "seconds", "metres", "meters", "impedance", "成本", "出行成本", "阻抗", "时间", "出行时间", "时长",
             "耗时", "距离", "出行距离"),
}  # fmt: skip


def check_header(given: Given, columns: Mapping[str, str], findings: Findings) -> None:
    names = pd.Index(given.frame.columns)
    for name in names[names.duplicated()].unique():
        findings.add(finding("GP-T102", given.file, "row 1", name))
    for key in columns:
        if key not in NAMES:
            findings.add(finding("GP-M114", given.file, "columns", key, **nearest(key, list(NAMES))))


def long_columns(given: Given, columns: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """The columns of a table of pairs; none if it is a table of demand by place, where one id column at most is named so."""
    folded = {name.casefold() for name in given.names}
    there = {role: [n for n in (role, *NAMES[role]) if n in folded] for role in NAMES}
    if sum(bool(there[role]) or role in columns for role in NAMES) < 2:
        return {}
    if len(there["cost"]) > 1 and "cost" not in columns and "cost" not in folded:
        findings.add(finding("GP-M103", given.file, "row 1", ", ".join(there["cost"])))
        return {}
    names = {r: column_of(given, r, columns, findings, required=True, other=NAMES[r]) for r in NAMES}
    return {role: name for role, name in names.items() if name}


@dataclass
class Tally:
    """Cells with one and the same problem: counted, the first five named."""

    given: Given
    count: int = 0
    places: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def add(self, column: str, rows: Rows) -> None:
        """Count the cells of a column in these rows."""
        self.count += len(rows)
        for row in rows[: SHOWN - len(self.places)].tolist():
            self.places.append(self.given.place(row, column))
            self.values.append(as_text(self.given.frame[column].iloc[row]) or "")

    def tell(self, code: str, findings: Findings) -> None:
        """One error for all of them, if there are any."""
        if self.count:
            place, value = "; ".join(self.places), ", ".join(dict.fromkeys(filter(None, self.values)))
            findings.add(finding(code, self.given.file, place, value, count=self.count, number=self.count))


def long_table(given: Given, names: Mapping[str, str], findings: Findings) -> tuple[Ids, Pairs, Values]:
    """Ids, pairs and costs of a table of pairs, with what is wrong in it."""
    demand, demand_ids = _ids(given, names["demand_id"], findings)
    place, place_ids = _ids(given, names["place_id"], findings)
    cost = _costs(given, {names["cost"]: _numbers(given.frame[names["cost"]])}, findings)[:, 0]
    twice = Tally(given)
    twice.add(names["demand_id"], _repeated(demand.astype(np.int64) * len(place_ids) + place))
    twice.tell("GP-M106", findings)
    return (demand_ids, place_ids), (demand, place), cost


def wide_table(given: Given, columns: Mapping[str, str], findings: Findings) -> tuple[Ids, Pairs, Values]:
    """Ids, pairs and costs of a table of demand by place; columns of words, such as names, are no places."""
    named = column_of(given, "demand_id", columns, findings, other=(*NAMES["demand_id"], "id", "编号"))
    first = named or given.names[0]
    cells = {name: _numbers(given.frame[name]) for name in given.names if name != first}
    words = [name for name, (values, strange) in cells.items() if len(strange) and np.isnan(values).all()]
    places = [name for name in cells if name not in words]
    if not places or (words and len(places) == 1) or "" in places:
        refuse("GP-M102", given.file, "row 1", ", ".join(given.names[:SHOWN]))
    if words:
        shown = ", ".join(words[:SHOWN])
        findings.add(finding("GP-M112", given.file, "row 1", shown, severity="note", count=len(words)))
    demand, demand_ids = _ids(given, first, findings)
    twice = Tally(given)
    twice.add(first, _repeated(demand))
    twice.tell("GP-M115", findings)
    place_ids = pd.Index(sorted(places), dtype=object)
    cost = _costs(given, {name: cells[name] for name in place_ids}, findings)
    pairs = np.tile(demand, len(places)), np.repeat(np.arange(len(places), dtype=np.int32), len(demand))
    return (demand_ids, place_ids), pairs, cost.ravel(order="F")


def _ids(given: Given, column: str, findings: Findings) -> tuple[npt.NDArray[np.int32], pd.Index]:
    """The row of each cell in the sorted ids, and these; only different values are looked at as text."""
    codes, values = pd.factorize(given.frame[column])
    texts = [as_text(value) for value in values]
    ids = pd.Index(sorted({text for text in texts if text}), dtype=object)
    rows = np.append(ids.get_indexer(pd.Index(texts, dtype=object)), -1)[codes]
    missing = Tally(given)
    missing.add(column, np.flatnonzero(rows < 0))
    missing.tell("GP-M116", findings)
    shortened = [text for text in ids if re.fullmatch(r"[0-9](\.[0-9]+)?E\+[0-9]+", text)]
    for code, strange in (("GP-T114", shortened), ("GP-T126", [text for text in ids if not text.isprintable()])):
        findings.add(*(finding(code, given.file, f"column {column}", text) for text in strange[:SHOWN]))
    return rows.astype(np.int32), ids


def _costs(given: Given, cells: Mapping[str, tuple[Values, Rows]], findings: Findings) -> Values:
    """The costs of some columns, rows × columns, NaN where empty; told: what is no number, and what is negative."""
    words, negative = Tally(given), Tally(given)
    for column, (values, strange) in cells.items():
        words.add(column, strange)
        negative.add(column, np.flatnonzero(values < 0))
    words.tell("GP-M104", findings)
    negative.tell("GP-M105", findings)
    return np.array([values for values, _ in cells.values()]).T


def _numbers(column: pd.Series) -> tuple[Values, Rows]:
    """A column as numbers, NaN where empty, and the rows of the cells that are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(float, na_value=np.nan), np.empty(0, np.int64)
    texts = column if isinstance(column.dtype, pd.ArrowDtype) else column.astype(object).map(as_text)
    cells = pc.utf8_trim(pa.array(texts, pa.string(), from_pandas=True), BLANK)
    cells = pc.if_else(pc.equal(cells, ""), None, cells)
    try:
        return pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), np.empty(0, np.int64)
    except pa.ArrowInvalid:
        return _one_by_one(cells.to_pylist())


def _one_by_one(cells: list[str | None]) -> tuple[Values, Rows]:
    """Numbers of which some are written unusually (full-width digits) or are none."""
    values, strange = np.full(len(cells), np.nan), []
    for row, cell in enumerate(cells):
        digits = (cell or "").translate(HALF_WIDTH)
        if PLAIN.fullmatch(digits) or digits.lower() in {"inf", "nan", "-inf"}:
            values[row] = float(digits)
        elif digits:
            strange.append(row)
    return values, np.array(strange, np.int64)


def _repeated(keys: npt.NDArray[Any]) -> Rows:
    """The rows whose key stood before; most files rise from row to row, which is seen at once."""
    if (keys[1:] > keys[:-1]).all():
        return np.empty(0, np.int64)
    return np.flatnonzero(pd.Series(keys).duplicated())
