"""Laws of the encoding of features."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geoplan.map.cells import DEGREE, encode
from geoplan.map.overlays._grades import grades, round_breaks

WITH_HOLE = Polygon(box(0, 0, 1, 1).exterior.coords, [box(0.4, 0.4, 0.6, 0.6).exterior.coords])


def corners(encoded: dict[str, np.ndarray]) -> np.ndarray:
    """The corners as degrees, added up again."""
    return np.column_stack([np.cumsum(encoded["x"]), np.cumsum(encoded["y"])]) / DEGREE


def test_holes_and_parts_are_rings() -> None:
    """A polygon with a hole has two rings, a multipolygon one for each part and hole, in the order of the features."""
    shapes = gpd.GeoSeries([WITH_HOLE, MultiPolygon([box(2, 2, 3, 3), box(4, 4, 5, 5)]), box(6, 6, 7, 7)], crs=4326)
    encoded = encode(shapes, "polygon")
    assert encoded["parts"].tolist() == [2, 2, 1]
    assert encoded["corners"].tolist() == [5] * 5
    assert corners(encoded)[-5:].min() == 6


coordinates = st.tuples(st.floats(73, 135), st.floats(3, 54))


@settings(deadline=None, max_examples=40)
@given(st.lists(coordinates, min_size=1, max_size=20))
def test_points_come_back(points: list[tuple[float, float]]) -> None:
    """Encoded points are the points to half a millionth of a degree."""
    encoded = encode(gpd.GeoSeries([Point(p) for p in points], crs=4326), "point")
    assert corners(encoded) == pytest.approx(np.array(points), abs=0.51 / DEGREE)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60), st.integers(1, 6))
def test_every_value_has_one_grade(values: list[float], count: int) -> None:
    """Round breaks rise, and each value lies in the class whose limits hold it."""
    breaks = round_breaks(values, count)
    assert breaks == sorted(set(breaks))
    of, classes = grades(values, breaks, ["#000"] * (len(breaks) + 1))
    assert len(classes) == len(breaks) + 1
    limits = [-np.inf, *breaks, np.inf]
    assert all(limits[k] < v <= limits[k + 1] for v, k in zip(values, of, strict=True))
