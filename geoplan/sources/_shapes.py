"""What shape a layer must have: areas where something is inside or outside, outlines where land is measured."""

from __future__ import annotations

import numpy as np

from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding

POLYGONS = ("Polygon", "MultiPolygon")


def check_polygons(given: Given, code: str, findings: Findings) -> None:
    """Add one error of this code, with the count, where rows of a layer of areas are points or lines."""
    shapes = given.frame.geometry
    drawn = (shapes.notna() & ~shapes.is_empty).to_numpy()
    rows = np.flatnonzero(drawn & ~shapes.geom_type.isin(POLYGONS).to_numpy())
    if len(rows):
        kind = shapes.iloc[rows[0]].geom_type
        findings.add(finding(code, given.file, given.place(int(rows[0])), kind, count=len(rows), rows=len(rows)))
