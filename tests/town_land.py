"""The town with land: premises, parcels, hazards and every exclusion layer, along its one street, so that verdicts follow from arithmetic.

At metres from the west end, south of the street: premises L1 at 1200 (to let, in order in every way) and L2 at 1250 (fire rating not known); parcel P1 at 1500, so that L1 lies
within 1,000 m of it; parcel P2 at 3250, which nothing convertible is near; parcel P3 at 3400, a village homestead by the survey; a filling
station at 2400. The permanent farmland begins 100 m south of the street, where parcel P4 lies one metre inside it. All classes are urban_old.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely import box
from shapely.geometry import Point, Polygon

from tests import town
from tests.town import CRS, STREET_Y, WEST

FARMLAND_Y = STREET_Y - 100
CONTROLS = (
    "permanent_farmland", "ecological_red_line", "blue_line", "green_line", "purple_line", "yellow_line", "geological_hazard", "flood",
    "mining", "development_boundary", "village_boundary",
)  # fmt: skip
ABSENT = (
    "class_a_b_plant", "inflammable_building", "power_line_110", "power_line_220", "power_line_500", "gas_oil_pipe", "refuse_transfer",
    "substation", "infectious_ward", "entertainment", "shopping_mall", "wholesale_market", "wide_road",
)  # fmt: skip
LAYERS = """\
  premises: { path: layers/premises.gpkg, datum: cgcs2000 }
  parcels: { path: layers/parcels.gpkg, datum: cgcs2000, columns: { survey_code: DLBM, planning_code: GHYT } }
  hazards: { path: layers/hazards.gpkg, datum: cgcs2000 }
"""


def plot(x: float, top: float = STREET_Y - 10, side: float = 40) -> Polygon:
    """A square of land whose north-western corner lies at x metres and a northing."""
    return box(WEST + x, top - side, WEST + x + side, top)


def premises(**changes: Any) -> gpd.GeoDataFrame:
    """L1, in order in every way but for what is changed, and L2 beside it on the second floor, whose fire rating is not known."""
    row = {
        "site_id": "L1", "name": "门面", "floor_area_m2": 420, "storey": 1, "fire_rating": 2, "outdoor_m2": 200, "own_entrance": "yes",
        "tenure": "lease", "rent_yuan_m2": 200, "lease_years": 5, "sunlight_h": 4,
    }  # fmt: skip
    second = row | {"site_id": "L2", "name": "二楼", "storey": 2, "fire_rating": None}
    at = [Point(WEST + x, STREET_Y - 12) for x in (1200, 1250)]
    return gpd.GeoDataFrame([row | changes, second], geometry=at, crs=CRS)


def parcels() -> gpd.GeoDataFrame:
    """P1 and P2 for services by the plan, P3 a homestead by the survey, P4 one metre inside the permanent farmland."""
    rows = [
        ("P1", "1201", "0702", "idle", plot(1500)),
        ("P2", "1201", "0702", "idle", plot(3250)),
        ("P3", "0702", None, "idle", plot(3400)),
        ("P4", "1201", "0702", "idle", plot(3250, FARMLAND_Y + 39)),
    ]
    names = ["site_id", "DLBM", "GHYT", "land_status", "geometry"]
    return gpd.GeoDataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), crs=CRS).assign(farmland_m2=0.0)


def controls() -> dict[str, gpd.GeoDataFrame]:
    """Every exclusion layer: the farmland south of the street, the development boundary round the town, the others far away."""
    far = box(WEST - 1900, STREET_Y + 1500, WEST - 1800, STREET_Y + 1600)
    shapes = dict.fromkeys(CONTROLS, far)
    shapes["permanent_farmland"] = box(WEST - 1900, STREET_Y - 1900, WEST + 5900, FARMLAND_Y)
    shapes["development_boundary"] = box(WEST - 1900, STREET_Y - 1900, WEST + 5900, STREET_Y + 1900)
    return {role: gpd.GeoDataFrame({"name": [role]}, geometry=[shape], crs=CRS) for role, shape in shapes.items()}


def study(more: str = "") -> str:
    """The study file of the town with land; `more` are further lines at the top level."""
    layers = LAYERS + "".join(
        f"  {role}: {{ path: layers/controls.gpkg, layer: {role}, datum: cgcs2000 }}\n" for role in CONTROLS
    )
    text = town.STUDY.replace("demand:\n", layers + "demand:\n", 1)
    siting = f"siting:\n  absent: [{', '.join(ABSENT)}]\n"
    return text[: text.index("scenarios:")] + siting + more


def build(folder: Path, more: str = "", **changes: Any) -> Path:
    """Write the town with land below a folder, with changes to L1; returns the path of the study."""
    path = town.build(folder, study(more))
    layers = folder / "layers"
    premises(**changes).to_file(layers / "premises.gpkg", driver="GPKG")
    parcels().to_file(layers / "parcels.gpkg", driver="GPKG")
    station = gpd.GeoDataFrame({"kind": ["filling_station"]}, geometry=[Point(WEST + 2400, STREET_Y - 40)], crs=CRS)
    station.to_file(layers / "hazards.gpkg", driver="GPKG")
    for role, frame in controls().items():
        frame.to_file(layers / "controls.gpkg", layer=role, driver="GPKG")
    return path
