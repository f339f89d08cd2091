"""The committed demonstration place as its tests read it, and the modules that make it."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geoplan.sources import datum

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from xingtai import births, bureau, controls, enrolment, facts, hazards, write

__all__ = [
    "CHILDREN", "CLASSES", "FOLDER", "PLACES", "ROOT", "births", "bureau", "control", "controls", "enrolment", "facts", "hazards",
    "layer", "positions", "table", "units", "write",
]  # fmt: skip

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "layers" / "xingtai"

PLACES = ["托位6_12月", "托位12_24月", "托位24_36月"]
CHILDREN = ["在托6_12月", "在托12_24月", "在托24_36月"]
CLASSES = {"乳儿班数": 10, "托小班数": 15, "托大班数": 20}


@cache
def layer(name: str) -> gpd.GeoDataFrame:
    """A committed layer in metres."""
    return gpd.read_file(FOLDER / f"{name}.gpkg", layer="units" if name == "area" else None).to_crs(4547)


@cache
def control(name: str) -> gpd.GeoDataFrame:
    """A layer of the committed controls in metres."""
    return gpd.read_file(FOLDER / "controls.gpkg", layer=name).to_crs(4547)


@cache
def table(name: str) -> pd.DataFrame:
    """A committed table."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype={"unit_id": str, "code": str}, encoding="utf-8-sig")


@cache
def units() -> pd.DataFrame:
    """The census by unit."""
    return table("facts/units").set_index("code")


def positions(frame: pd.DataFrame) -> gpd.GeoSeries:
    """Where facilities stand, in metres, by their id."""
    lon, lat = datum.gcj02_to_wgs84(frame["经度"].to_numpy(), frame["纬度"].to_numpy())
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), frame["编号"], crs=4490).to_crs(4547)
