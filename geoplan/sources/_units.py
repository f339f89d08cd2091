"""Which unit and which township a row belongs to: as stated and known, else by where it stands."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest


def units_of(
    given: Given, stated: pd.Series, places: gpd.GeoDataFrame, area: StudyArea, findings: Findings
) -> pd.Series:
    """The unit of each row: as stated (id or name), else the one that holds it, else, just outside, the nearest."""
    known = {str(name): unit for unit, name in area.units["name"].items()} | {u: u for u in area.units.index}
    for row in np.flatnonzero(stated.notna() & ~stated.isin(known.keys())):
        hint = nearest(str(stated.iloc[row]), list(known))
        findings.add(finding("GP-L003", given.file, given.place(int(row), "unit_id"), stated.iloc[row], **hint))
    units = stated.map(known)
    open_rows = places.loc[places.index.isin(units.index[stated.isna()])]
    if len(open_rows):
        found = area.unit_of(open_rows)
        outside = open_rows.loc[found.isna()]
        units.loc[found.index] = found
        units.loc[outside.index] = _nearest(outside, area.units)
        if len(outside):
            place = f"{given.word} {outside.index[0]}"
            findings.add(finding("GP-L004", given.file, place, severity="repair", count=len(outside)))
    return units


def _nearest(places: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> list[str]:
    units = units.sort_index()
    points = shapely.point_on_surface(places.geometry.to_numpy())
    distances = shapely.distance(points[:, None], units.geometry.to_numpy()[None, :])
    return [str(units.index[column]) for column in distances.argmin(axis=1)]


def townships_of(places: gpd.GeoDataFrame, townships: gpd.GeoDataFrame) -> pd.Series:
    """The name of the township that holds each row (on a shared border the first by id), or missing."""
    points = gpd.GeoDataFrame(geometry=places.representative_point(), crs=places.crs)
    ordered = townships.sort_index()[["name", "geometry"]].reset_index(drop=True)
    joined: pd.DataFrame = gpd.sjoin(points, ordered, how="left", predicate="intersects")
    names: pd.Series = joined.sort_values("index_right")["name"].groupby(level=0).first()
    return names.reindex(places.index)
