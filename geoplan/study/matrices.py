"""Travel costs that another program computed: the matrices of a study, read, held against its layers, and used as costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, InputError, UsageError
from geoplan.network.cost import CostMatrix, unique_ids
from geoplan.network.graph import LARGEST
from geoplan.sources import matrix
from geoplan.sources._matrix_files import Source
from geoplan.study.memo import Memo
from geoplan.study.schema import Journey, Settings


def by_matrix(settings: Settings) -> list[tuple[str, Journey]]:
    """The travel groups whose costs come from a file."""
    return [(group, journey) for group, journey in settings.travel.items() if journey.matrix]


def matrix_key(journey: Journey) -> list[Any]:
    """What a matrix of the study depends on, apart from the bytes of its file."""
    return [journey.matrix, journey.matrix_unit, journey.matrix_columns]


def matrix_role(group: str) -> str:
    """The role of a group's matrix among the files of a study."""
    return f"travel.{group}.matrix"


def read_matrices(
    settings: Settings, files: dict[str, Any], tables: dict[str, Any], memo: Memo, findings: Findings
) -> dict[str, Any]:
    """The travel cost matrices by role, each file read once, held against the ids of the layers and the group's limit."""
    read_: dict[str, Any] = {}
    for group, journey in by_matrix(settings):
        role = matrix_role(group)
        table, found = memo("matrix", matrix_key(journey), lambda j=journey, r=role: _matrix(j, files[r]))  # type: ignore[misc]
        read_[role] = table
        findings.merge(found)
        if table is not None and all(layer is not None for layer in tables.values()):
            said = Findings()
            matrix.check_ids(
                table, tables[settings.demand.source].index, _places(settings, tables), said, journey.limit
            )
            findings.add(*(replace(f, place=f"travel.{group}") for f in said))
    return read_


def _matrix(journey: Journey, file: Path) -> tuple[matrix.Matrix | None, tuple[Finding, ...]]:
    """A matrix with its findings, the file named as the study names it; its errors become findings too."""
    findings, table, written = Findings(), None, str(journey.matrix)
    columns: Any = journey.matrix_columns
    try:
        table = matrix.read_matrix(file, str(journey.matrix_unit), columns=columns, findings=findings)
        table = replace(table, file=written)
    except InputError as error:
        findings.merge(error.findings)
    return table, tuple(replace(f, file=written) for f in findings)


def _places(settings: Settings, tables: dict[str, Any]) -> pd.Index:
    """The ids of everything that can be travelled to: facilities, those that the scenario opens, hosts, idle sites."""
    layers_ = [tables[role].index for role in ("facilities", "hosts", "idle") if tables.get(role) is not None]
    opened = [change.open.id for change in settings.changes if change.open]
    return pd.Index([str(i) for ids in (*layers_, opened) for i in ids], dtype=object).unique()


def given_cost(
    table: matrix.Matrix, demand_ids: pd.Index, place_ids: pd.Index, limit: float = np.inf, scale: int = 1
) -> CostMatrix:
    """A matrix between these ids up to a limit in its unit (inclusive); what stands nowhere in it is unjoined.

    With a `scale` the costs are rounded to so many whole numbers a unit, as those from streets are; else they stay float64.
    Raises `UsageError` for a limit that such whole numbers do not hold.
    """
    demand, place, cost = table.between(demand_ids, place_ids)
    if scale > 1:
        if limit * scale >= LARGEST:
            raise UsageError(f"the limit must be less than {LARGEST // scale} {table.unit}, not {limit}")
        cost, limit = np.rint(cost * scale), round(limit * scale) / scale
    if not (keep := cost <= limit * scale).all():
        demand, place, cost = demand[keep], place[keep], cost[keep]
    lost = {"unjoined": demand_ids[~demand_ids.isin(table.demand_ids)],
            "unjoined_places": place_ids[~place_ids.isin(table.place_ids)]}  # fmt: skip
    whole = cost.astype(np.uint32) if scale > 1 else cost
    more: Any = {"unit": table.unit, "scale": scale, "limit": limit, **lost}
    return CostMatrix.from_arrays(demand_ids, place_ids, demand, place, whole, **more)


def read_cost(
    source: Source,
    unit: str,
    limit: float = np.inf,
    *,
    demand_ids: Any = None,
    place_ids: Any = None,
    columns: Mapping[str, str] | None = None,
    findings: Findings | None = None,
) -> CostMatrix:
    """Travel cost from demand points to places that another program computed, up to a limit (inclusive), in metres or seconds.

    `source` is a CSV, Parquet or XLSX file or a frame. Either each row is a pair: columns demand_id, place_id, cost, by a usual
    name (origin/destination/cost, from_id/to_id/travel_time, 起点/终点/成本, …) or as `columns` says; or each row is a demand
    point, its id in the first column, and each other column a place. `unit` (m, km, min, s) is that of file and `limit`.

    A pair that is absent, empty or infinite is beyond the limit. `demand_ids` and `place_ids` (such as the index of a table)
    name all that are meant: other ids are left out, and one that stands nowhere in the matrix is `unjoined` or in
    `unjoined_places`, for nothing is known of it. Notes on all this go to `findings`. Raises one `InputError` with all problems:
    missing columns and ids, costs that are no numbers or negative, pairs given twice, a matrix that runs from places to demand;
    `UsageError` for a limit that is negative.

    >>> given = pd.DataFrame({"origin": ["a", "a", "b"], "destination": ["F", "G", "F"], "minutes": [5.0, 20.0, 10.5]})
    >>> cost = read_cost(given, "min", 15, demand_ids=["a", "b", "c"])
    >>> cost.to_frame()
      demand_id place_id   cost
    0         a        F  300.0
    1         b        F  630.0
    >>> list(cost.unjoined)
    ['c']
    """
    if not limit >= 0:
        raise UsageError(f"limit must not be negative, not {limit}")
    found = Findings()
    table = matrix.read_matrix(source, unit, columns=columns, findings=found)
    wanted = None if demand_ids is None else unique_ids(demand_ids, "demand_id")
    places = None if place_ids is None else unique_ids(place_ids, "place_id")
    bound = limit * matrix.UNITS[unit][1]
    matrix.check_ids(table, wanted, places, found, bound)
    found.raise_errors()
    wanted, places = table.demand_ids if wanted is None else wanted, table.place_ids if places is None else places
    matrix.note_missing(table, wanted, places, found)
    if findings is not None:
        findings.add(*found)
    return given_cost(table, wanted, places, bound)
