"""CellLayer: features drawn on canvas tiles from columns of whole numbers, however many there are."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from branca.element import MacroElement
from folium.template import Template

from geoplan.map.overlay import Geometry

DEGREE = 1_000_000  # a millionth of a degree is 0.11 m


class CellLayer(MacroElement):
    """The folium element of one overlay. It carries a name only; features and classes stand in the page's data."""

    _template = Template("{% macro script(this, kwargs) %}geoplan.show({{ this.overlay|tojson }});\n{% endmacro %}")

    def __init__(self, overlay: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id, self.overlay = "CellLayer", overlay, overlay


def encode(geometry: gpd.GeoSeries, kind: Geometry) -> dict[str, npt.NDArray[Any]]:
    """Geometry as columns: `x` and `y` in millionths of a degree, each as the step from the one before.

    Polygons and lines add `parts`, the number of rings or lines of each feature, and `corners`, the points of each; holes
    are rings too, and run the other way round. Points have one pair each.

    >>> encode(gpd.GeoSeries.from_wkt(["POINT (1 2)", "POINT (1.5 2)"], crs=4326), "point")
    {'x': array([1000000,  500000], dtype=int32), 'y': array([2000000,       0], dtype=int32)}
    """
    shapes = geometry.to_crs(4326).to_numpy()
    if kind == "point":
        return steps(shapely.get_coordinates(shapes))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    polygonal = np.isin(shapely.get_type_id(parts), (3,))
    turned = shapely.orient_polygons(parts[polygonal])  # holes run the other way round, so that they stay empty
    rings, ring_of = shapely.get_rings(turned, return_index=True)
    lines = np.concatenate([rings, parts[~polygonal]])
    owners = np.concatenate([owner[polygonal][ring_of], owner[~polygonal]])
    order = np.argsort(owners, kind="stable")
    points, line = shapely.get_coordinates(lines[order], return_index=True)
    counts = {"parts": np.bincount(owners, minlength=len(shapes)), "corners": np.bincount(line, minlength=len(lines))}
    return {**{k: v.astype(np.min_scalar_type(int(v.max(initial=0)))) for k, v in counts.items()}, **steps(points)}


def steps(points: Any) -> dict[str, npt.NDArray[Any]]:
    """Degrees as steps of whole millionths."""
    whole = np.rint(points * DEGREE).astype(np.int64)
    moved = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    return {name: np.ascontiguousarray(moved[:, k], np.int32) for k, name in enumerate("xy")}
