"""Which unit and which township a row belongs to: as stated and known, else by where it stands."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._unit_codes import Spelling, named_units


def units_of(
    given: Given,
    stated: pd.Series,
    places: gpd.GeoDataFrame,
    area: StudyArea,
    findings: Findings,
    *,
    unit_aliases: Mapping[str, str] | None = None,
    within: Mapping[str, tuple[str, ...]] | None = None,
    values: Mapping[str, pd.Series] | None = None,
    column: str = "unit_id",
) -> pd.Series:
    """The unit of each row: as stated (id, name or alias), else the one that holds it, else, just outside, the nearest.

    `unit_aliases` maps codes and names of the file to units; codes `within` are zones inside units, whose rows belong
    to the unit where they stand. `values` are the layer's columns, from which an error says how many people a code that
    joins nothing would lose; `column` is what the file calls the code.
    """
    spelling = Spelling(unit_aliases or {}, within or {})
    units = named_units(given, stated, column, area, findings, spelling, values or {}, places)
    zones = units.isin(list(spelling.within))
    open_rows = places.loc[places.index.isin(units.index[stated.isna() | zones])]
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
