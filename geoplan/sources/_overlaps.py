"""Residential areas that lie on one another count their people twice."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding

SHARE = 0.03  # of the smaller one; less is how neighbours are drawn
SHOWN = 5


def check_overlaps(places: gpd.GeoDataFrame, people: pd.Series | None, given: Given, findings: Findings) -> None:
    """Add an error for outlines that stand twice, and a note on those that overlap by more than 3 % of the smaller one.

    The note tells how many pairs there are, how many people live in these areas, and the five worst pairs. Points have
    no extent: two of them at one place are noted where the layer is read.
    """
    areas = places[places.geom_type.isin(["Polygon", "MultiPolygon"])]
    shapes = areas.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    shares = shapely.area(shapely.intersection(shapes[left], shapes[right])) / smaller
    same = (shares > 1 - SHARE) & shapely.equals(shapes[left], shapes[right])
    for kind, code in ((same, "GP-L030"), (~same & (shares > SHARE), "GP-L029")):
        pairs = sorted(zip(-shares[kind], left[kind], right[kind], strict=True))
        if pairs:
            _say(code, pairs, areas.index, people, given, findings)


def _say(
    code: str,
    pairs: list[tuple[float, int, int]],
    rows: pd.Index,
    people: pd.Series | None,
    given: Given,
    findings: Findings,
) -> None:
    concerned = rows[sorted({p for _, a, b in pairs for p in (a, b)})]
    count = "?" if people is None else f"{people.loc[concerned].sum():,.0f}"
    worst = ", ".join(f"{rows[a]} + {rows[b]} ({-share:.0%})" for share, a, b in pairs[:SHOWN])
    fields = {"pairs": len(pairs), "areas": len(concerned), "people": count}
    fields |= {"worst": worst + (", …" if len(pairs) > SHOWN else "")}
    place = f"{given.word} {rows[pairs[0][1]]}"
    severity = "error" if code == "GP-L030" else "note"
    findings.add(finding(code, given.file, place, severity=severity, count=len(concerned), **fields))  # type: ignore[arg-type]
