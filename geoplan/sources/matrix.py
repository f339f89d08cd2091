"""Travel cost that another program computed: rows of pairs, or demand points as rows and places as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings
from geoplan.sources._matrix_cells import (
    SHOWN,
    Ids,
    Pairs,
    Rows,
    Values,
    check_header,
    long_columns,
    long_table,
    wide_table,
)
from geoplan.sources._matrix_files import Source, load
from geoplan.sources._messages import finding, refuse

UNITS: dict[str, tuple[Literal["m", "s"], float]] = {"m": ("m", 1.0), "km": ("m", 1000.0), "min": ("s", 60.0), "s": ("s", 1.0)}  # fmt: skip
ODD = 100.0  # a median this many times above or below the limit is probably in another unit

DEMAND = {"things": "demand points", "things_zh": "需求点"}
PLACES = {"things": "places", "things_zh": "设施或备选点"}


@dataclass(frozen=True, eq=False)
class Matrix:
    """The pairs of a file: rows of `demand_ids` and of `place_ids` (both text, in order), and the cost in `unit`.

    An id that stands in the file without any finite cost is in the lists too: it is known, and beyond every limit.
    """

    file: str
    demand_ids: pd.Index
    place_ids: pd.Index
    demand: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    cost: Values
    unit: Literal["m", "s"]

    def __len__(self) -> int:
        return len(self.cost)

    def between(self, demand_ids: pd.Index, place_ids: pd.Index) -> tuple[Rows, Rows, Values]:
        """The pairs between these ids: rows of `demand_ids`, rows of `place_ids`, cost in `unit`."""
        demand = demand_ids.get_indexer(self.demand_ids)[self.demand]
        place = place_ids.get_indexer(self.place_ids)[self.place]
        if (keep := (demand >= 0) & (place >= 0)).all():
            return demand, place, self.cost
        return demand[keep], place[keep], self.cost[keep]


def read_matrix(
    source: Source, unit: str, *, columns: Mapping[str, str] | None = None, findings: Findings | None = None
) -> Matrix:
    """The travel cost in a CSV, Parquet or XLSX file or a frame, in metres or seconds; the ids are sorted.

    Either each row is a pair (columns demand_id, place_id and cost, by a usual name or as `columns` says), or each row is a
    demand point (its id in the first column) and each other column a place. `unit` is that of the file: m, km, min or s. An
    empty or infinite cost is beyond every limit, as a pair that is absent is; a note counts them. Raises one `InputError`:
    a missing column or id, a cost that is no number or negative, a pair given twice, no rows.

    >>> given = pd.DataFrame({"origin": ["a", "a", "b"], "destination": ["F", "G", "F"], "minutes": [5.0, None, 10.5]})
    >>> matrix = read_matrix(given, "min")
    >>> list(matrix.demand_ids), list(matrix.place_ids), matrix.cost.tolist(), matrix.unit
    (['a', 'b'], ['F', 'G'], [300.0, 630.0], 's')
    """
    found, file = Findings(), "(frame)" if isinstance(source, pd.DataFrame) else str(source)
    if unit not in UNITS:
        refuse("GP-M101", file, "unit", unit)
    given = load(source, file, found)
    check_header(given, columns or {}, found)
    found.raise_errors()
    names = long_columns(given, columns or {}, found)
    found.raise_errors()
    ids, pairs, cost = long_table(given, names, found) if names else wide_table(given, columns or {}, found)
    found.raise_errors()
    matrix = _finite(file, ids, pairs, cost, unit, found)
    if findings is not None:
        findings.add(*found)
    return matrix


def check_ids(
    matrix: Matrix, demand_ids: pd.Index | None, place_ids: pd.Index | None, findings: Findings, limit: float = np.inf
) -> None:
    """Hold a matrix against the ids of the layers and a limit in its unit.

    Ids that no layer has are a note with their count; if no demand point or no place is known, it is an error, which says so
    where the ids fit the other way round (rows are places). A note where the median cost is a hundred times off the limit.
    """
    sides = ((matrix.demand_ids, demand_ids, DEMAND), (matrix.place_ids, place_ids, PLACES))
    hits, turned = _hits(matrix, demand_ids, place_ids), _hits(matrix, place_ids, demand_ids)
    if 0 in hits and sum(hits) < sum(turned):
        findings.add(finding("GP-M109", matrix.file, value=", ".join(matrix.demand_ids[:SHOWN])))
    else:
        for given, known, words in sides:
            if known is not None:
                _check_side(matrix.file, given, given[~given.isin(known)], words, findings)
    median = float(np.median(matrix.cost)) if len(matrix) else 0.0
    if np.isfinite(limit) and median and not limit / ODD <= median <= limit * ODD:
        middle, bound = (f"{value:,.4g} {matrix.unit}" for value in (median, limit))
        findings.add(finding("GP-M113", matrix.file, severity="note", given=middle, limit=bound))


def note_missing(matrix: Matrix, demand_ids: pd.Index, place_ids: pd.Index, findings: Findings) -> None:
    """Notes, with their count, on demand points and on places that stand nowhere in a matrix: nothing is known of them."""
    sides = ((demand_ids, matrix.demand_ids, "GP-M110", "demand"), (place_ids, matrix.place_ids, "GP-M111", "places"))
    for wanted, there, code, place in sides:
        missing = wanted[~wanted.isin(there)]
        if len(missing):
            shown, count = ", ".join(map(str, missing[:SHOWN])), len(missing)
            findings.add(finding(code, matrix.file, place, shown, severity="note", count=count, number=count))


def note_street_changes(matrix: Matrix, findings: Findings) -> None:
    """A note that street changes of a scenario do not reach costs that were computed elsewhere."""
    findings.add(finding("GP-M118", matrix.file, severity="note"))


def _hits(matrix: Matrix, demand_ids: pd.Index | None, place_ids: pd.Index | None) -> list[int]:
    """How many ids of each side of a matrix are known, if its rows are these and its columns those."""
    sides = ((matrix.demand_ids, demand_ids), (matrix.place_ids, place_ids))
    return [int(given.isin(known).sum()) for given, known in sides if known is not None]


def _check_side(file: str, given: pd.Index, strange: pd.Index, words: Mapping[str, str], findings: Findings) -> None:
    shown, count = ", ".join(strange[:SHOWN]), len(strange)
    fields: Any = {"number": count, **words}
    if count == len(given):
        findings.add(finding("GP-M108", file, words["things"], shown, **fields))
    elif count:
        findings.add(finding("GP-M107", file, words["things"], shown, severity="note", count=count, **fields))


def _finite(file: str, ids: Ids, pairs: Pairs, cost: Values, unit: str, findings: Findings) -> Matrix:
    """The matrix of the pairs that have a cost; those that have none are beyond every limit, and counted."""
    counted, factor = UNITS[unit]
    keep = np.isfinite(cost)
    if empty := int((~keep).sum()):
        findings.add(finding("GP-M117", file, severity="note", count=empty, number=empty))
        pairs, cost = (pairs[0][keep], pairs[1][keep]), cost[keep]
    return Matrix(file, *ids, *pairs, cost if factor == 1 else cost * factor, counted)
