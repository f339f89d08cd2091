"""The town with children: two units, ages, births by year, and every layer that says who will live where.

The street and its places are those of `tests/town.py`. The west (130502) has the homes A, B, C and G, the east (130505) D and E.
In 2020 each home has 10 children of age 0 and 60 of ages 1 to 4, so a straight line on from age 0 gives 12, 14, 16 and 18. Nobody
dies and nobody moves, so that later years follow from the births:

    year    2021 2022 2023 2024 2025 2026 2027 2028
    west      40   40   40   32   24   16   16    8     of 40 at age 0 in 2020, 10 in each home
    east      20   20   20   20   16   12   12    8     of 20
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point, box

from tests import town

UNITS = {"130502": "襄都区", "130505": "任泽区"}
BORDER = town.WEST + 1800
SURVIVAL = ("survival_birth", "survival_0_1", "survival_1_2", "survival_2_3", "survival_3_4", "survival_4_5")
WEST = (40, 40, 40, 32, 24, 16, 16, 8)
EAST = (20, 20, 20, 20, 16, 12, 12, 8)

STUDY = (
    town.STUDY.split("scenarios:", maxsplit=1)[0]
    .replace("phases: [2026]", "phases: [2026, 2028]")
    .replace("  share: { m06_12: 0, m12_24: 0, m24_36: 0.1 }\n", "")
    .replace("  hosts:", "  births: { path: layers/births.csv }\n  hosts:")
) + f"standards: {{ {', '.join(f'{name}: 1' for name in SURVIVAL)} }}\n"


def homes(**columns: Any) -> gpd.GeoDataFrame:
    """The homes of the town with their ages; further columns replace or add."""
    return town.homes().assign(age_0=10, age_1_4=60, **columns)


def births() -> pd.DataFrame:
    """Births of both units, observed to 2025 and projected after: the middle as above, low half of it, high twice as many."""
    rows = pd.DataFrame({"unit_id": ["130502"] * 8 + ["130505"] * 8, "year": [*range(2021, 2029)] * 2})
    known = pd.Series([*WEST, *EAST])
    later = known.where(rows["year"] > 2025)
    return rows.assign(
        births=known.where(rows["year"] <= 2025), births_low=later / 2, births_mid=later, births_high=2 * later
    )


def units() -> gpd.GeoDataFrame:
    """The two units of the town, side by side."""
    south, north = town.STREET_Y - 2000, town.NORTH_Y + 2000
    shapes = [box(town.WEST - 2000, south, BORDER, north), box(BORDER, south, town.WEST + 6000, north)]
    return gpd.GeoDataFrame({"unit_id": list(UNITS), "name": list(UNITS.values())}, geometry=shapes, crs=town.CRS)


def new_homes(**columns: Any) -> gpd.GeoDataFrame:
    """A new residential area of 64 residents beside F3 in the east, delivered in 2027."""
    data = {"project_id": ["N1"], "name": ["新城"], "population": [64], "delivery_year": [2027]}
    return gpd.GeoDataFrame(
        {**data, **columns}, geometry=[Point(town.WEST + 2450, town.STREET_Y + 10)], crs=town.CRS
    ).dropna(axis=1, how="all")


def employers(**columns: Any) -> gpd.GeoDataFrame:
    """A hospital in the west whose workers have 12 children under three."""
    data = {"employer_id": ["W1"], "name": ["医院"], "kind": ["hospital"], "children_under_3": [12]}
    return gpd.GeoDataFrame(
        {**data, **columns}, geometry=[Point(town.WEST + 100, town.STREET_Y + 10)], crs=town.CRS
    ).dropna(axis=1, how="all")


def build(folder: Path, study: str = STUDY, **layers: pd.DataFrame) -> Path:
    """Write the town with children and its study; `layers` are written beside or in place of its own; returns the study's path."""
    path = town.build(folder, study)
    area = folder / "layers" / "area.gpkg"
    units()[["unit_id", "name", "geometry"]].to_file(area, layer="units", driver="GPKG")
    for name, frame in {"homes": homes(), "births": births(), **layers}.items():
        write(folder, name, frame)
    return path


def write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Write a layer below a folder in place of one of the same name: a frame with positions as GeoPackage, else as CSV."""
    if isinstance(frame, gpd.GeoDataFrame):
        file = folder / "layers" / f"{name}.gpkg"
        file.unlink(missing_ok=True)
        frame.to_file(file, driver="GPKG")
    else:
        frame.to_csv(folder / "layers" / f"{name}.csv", index=False, encoding="utf-8-sig")


def with_layer(role: str, more: str = "", study: str = STUDY) -> str:
    """The study with a further layer, which lies under its role's name; `more` are further keys of `demand`."""
    file = f"{role}.csv" if role in ("census", "moves") else f"{role}.gpkg, datum: cgcs2000"
    return study.replace("  hosts:", f"  {role}: {{ path: layers/{file} }}\n  hosts:").replace(
        "demand:\n", f"demand:\n{more}"
    )
