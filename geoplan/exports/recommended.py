"""The recommended sites as a spatial plan takes them in: one row a project with id, kind, code, area, year, county, places and cost."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.exports import csv, tables
from geoplan.exports.words import aliases
from geoplan.result import Result

TEXTS = (
    "site_id", "name", "kind", "kind_title", "land_code", "unit_id", "county", "supply_mode", "supply_mode_title", "conditions",
    "paid_by_title", "departments", "clause", "verdict", "unknown",
)  # fmt: skip
ORDER = (
    "site_id", "name", "kind", "kind_title", "land_code", "land_m2", "new_land_m2", "farmland_m2", "floor_area_m2", "outdoor_m2",
    "year", "unit_id", "county", "places", "served", "cost", "annual_cost", "subsidy", "paid_by_title", "supply_mode",
    "supply_mode_title", "conditions", "departments", "clause", "verdict", "unknown", "east_m", "north_m", "lon", "lat",
)  # fmt: skip


def sites(result: Result) -> gpd.GeoDataFrame:
    """The options of the plan as points with the columns of `ORDER`, places also by band; what is not known is missing, never 0."""
    frame = tables.options(result, result.chosen).rename_axis("id")
    point = frame.geometry.representative_point()
    degrees = point.to_crs(4326)
    conditions = {mode: result.text(asked) for mode, (_, asked) in result.service.supply_modes.items()}
    frame["year"] = frame["phase"] if "phase" in frame.columns else frame.get("first_phase")
    frame["county"] = frame["unit_id"].map(result.units["name"]) if "unit_id" in frame.columns else None
    frame["conditions"] = frame["supply_mode"].map(conditions) if "supply_mode" in frame.columns else None
    frame = frame.assign(
        east_m=point.x.round(2), north_m=point.y.round(2), lon=degrees.x.round(6), lat=degrees.y.round(6)
    )
    at = ORDER.index("places") + 1
    order = [*ORDER[:at], *(f"places_{band}" for band in result.service.band_ids), *ORDER[at:]]
    table = pd.DataFrame(frame).reindex(columns=order)
    table = table.assign(**{c: pd.to_numeric(table[c]).astype(float) for c in order if c not in TEXTS and c != "year"})
    table["year"] = pd.to_numeric(table["year"]).astype("Int64")
    table[list(TEXTS)] = table[list(TEXTS)].astype(object).replace({np.nan: None})
    return gpd.GeoDataFrame(table, geometry=point, crs=frame.crs)


def write(result: Result, path: Path | str) -> None:
    """Write the table as CSV with titles in the language of the study; only the titles where the plan builds nothing."""
    table = pd.DataFrame(sites(result).drop(columns="geometry")).reset_index()
    csv.write(table.rename(columns=aliases(result, "recommended_sites", table.columns)), path, index=False)
