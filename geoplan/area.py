"""The study area: its boundary, its administrative units, and the one working CRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pyproj
from shapely.geometry.base import BaseGeometry

from geoplan.errors import Finding, InputError, Text


@dataclass(frozen=True)
class StudyArea:
    """Where the study plays: `boundary` (a polygon in `crs`), `units` (one row a county-level unit, index `unit_id`, column
    `name`; may carry census columns) and `crs`, the only CRS that geoplan computes in: projected, in metres.
    """

    boundary: BaseGeometry
    units: gpd.GeoDataFrame
    crs: pyproj.CRS
    townships: gpd.GeoDataFrame | None = None

    def __post_init__(self) -> None:
        metric = self.crs.is_projected and all(a.unit_name == "metre" for a in self.crs.axis_info)
        if not metric:
            problem = Text(
                f"the working CRS must be projected and in metres; {self.crs.name} is not",
                f"工作坐标系须为以米为单位的投影坐标系，{self.crs.name} 不符合",
            )
            advice = Text(
                "use a Gauss-Krüger or UTM zone, such as EPSG:4547", "请用高斯-克吕格或 UTM 分带，如 EPSG:4547"
            )
            raise InputError(Finding("GP-A001", "", "area.crs", problem, advice, self.crs.to_string()))

    def unit_of(self, frame: gpd.GeoDataFrame) -> Any:
        """The unit that holds each geometry's representative point, as a Series of `unit_id` (missing where none does).

        A point on a shared border goes to the first unit by id, so that it is counted exactly once.
        """
        points = gpd.GeoDataFrame(geometry=frame.representative_point().to_numpy(), crs=frame.crs)
        units = self.units[["geometry"]].sort_index()
        joined = gpd.sjoin(points, units, how="left", predicate="intersects")
        right = next(c for c in joined.columns if c.startswith("index_right") or c == units.index.name)
        first = joined[right].groupby(level=0).first()
        return first.set_axis(frame.index).rename("unit_id")
