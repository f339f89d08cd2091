"""The checker of the layers: reads the finished GeoPackage back and compares its sums with the numbers of the result."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from geoplan.errors import CheckFailed
from geoplan.exports.gpkg import demand_layer
from geoplan.result import CAUSES, Result

CLOSE = 1e-3  # people; sums of rows that are rounded are as near


class Claim(NamedTuple):
    """That a column of a layer adds up to a number of the result; "*" counts the rows."""

    layer: str
    column: str
    amount: float


def check(result: Result, path: Path) -> None:
    """Compare the rows and sums of the layers with `results.json`; raises `CheckFailed` with what differs."""
    with closing(sqlite3.connect(path)) as file:
        known = {name for (name,) in file.execute("SELECT table_name FROM gpkg_contents")}
        wrong = [
            f"{c.layer}.{c.column} is {stands}, not {c.amount}"
            for c in claims(result)
            if not math.isclose(stands := _sum(file, c) if c.layer in known else 0.0, c.amount, abs_tol=CLOSE)
        ]
    if wrong:
        raise CheckFailed(f"{path.name} does not hold what the result holds: {'; '.join(wrong[:5])}")


def claims(result: Result) -> Iterator[Claim]:
    """What the layers must add up to: the gap account, the units, the gap areas, the options and the plan."""
    numbers, demand = result.numbers, demand_layer(result)
    yield Claim(demand, "*", numbers["demand_points"])
    yield from (Claim(demand, cause, numbers["gap_account"][cause]) for cause in CAUSES)
    yield Claim(demand, "served_after", numbers["gap_after"]["served"])
    if numbers["population_total"] is not None:
        yield Claim(demand, "population", numbers["population_total"])
    yield Claim("facilities", "*", numbers["facilities"])
    yield Claim("options", "*", numbers["options"]["count"])
    columns = [("units", "wanted", numbers["units"]), ("gap_areas", "people", numbers["gap_areas"])]
    yield from (Claim(layer, c, math.fsum(row[c] for row in rows)) for layer, c, rows in columns)
    if plan := numbers["plan"]:
        yield Claim("plan", "*", len(plan["sites"]))
        yield Claim("plan", "cost", plan["cost"])


def _sum(file: sqlite3.Connection, claim: Claim) -> float:
    of = "COUNT(*)" if claim.column == "*" else f'SUM("{claim.column}")'
    return float(file.execute(f'SELECT {of} FROM "{claim.layer}"').fetchone()[0] or 0.0)
