"""Small layers of sites for tests of option kinds: one good row of each role, and a Ground of which everything is known."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from geoplan.profiles.service import ServiceProfile
from geoplan.siting.ground import Ground

CRS = 4547
X, Y = 520_000.0, 4_100_000.0
FAR = box(X + 90_000, Y + 90_000, X + 90_010, Y + 90_010)  # what a layer holds that no site is near
AROUND = box(X - 50_000, Y - 50_000, X + 50_000, Y + 50_000)

BUILDING = {"outdoor_m2": 900, "storey": 1, "fire_rating": 2, "own_entrance": 1}
GOOD: dict[str, dict[str, object]] = {
    "hosts": {"kind": "community_service", "classes": 9, "capacity": 270, "enrolment": 200, "spare_floor_m2": 480, **BUILDING},
    "idle": {"kind": "idle_building", "floor_area_m2": 480, "land_m2": 1300, "farmland_m2": 0, "planning_code": "0702", **BUILDING},
    "premises": {"floor_area_m2": 480, "tenure": "lease, sale, swap", "lease_years": 5, "rent_yuan_m2": 300, "price_yuan_m2": 5000,
                 **BUILDING},
    "parcels": {"land_m2": 1300, "farmland_m2": 0, "survey_code": "0702", "planning_code": "0702", "land_status": "idle"},
    "employers": {"kind": "hospital", "workers": 500, "children_under_3": 48, "spare_floor_m2": 480, **BUILDING},
    "new_residential": {"population": 2766, "delivery_year": 2030, "places_planned": 10, "housing_state": "planned",
                        "planned_state": "done", "built_state": "not_done", "accepted_state": "not_done", "delivered_state": "not_done"},
    "renewal": {"residents": 5362, "year": 2027, "floor_area_m2": 480, **BUILDING},
    "facilities": {"kind": "社区托育点", "places_m06_12": 0, "places_m12_24": 15, "places_m24_36": 20, "enrolled": 10,
                   "floor_area_m2": 700, **BUILDING},
    "villages": {"class": "rural", "population": 900, "people_m06_12": 5, "people_m12_24": 9, "people_m24_36": 9},
    "public_places": {"kind": "hospital", "class": "urban_new", "floor_area_m2": 20_000},
    "search_areas": {},
}  # fmt: skip


def layer(role: str, site: str = "S", at: BaseGeometry | None = None, **columns: object) -> gpd.GeoDataFrame:
    """One site of a role; a good one unless a column says otherwise. Land is a square of 36 m, the rest a point, 50 m from the home."""
    outline = role in ("parcels", "search_areas") or columns.get("kind") == "idle_land"
    shape = box(X, Y, X + 36, Y + 36) if outline else Point(X, Y)
    row = {"name": f"点{site}", "unit_id": "130502", **GOOD[role], **columns}
    return gpd.GeoDataFrame([row], index=[site], geometry=[shape if at is None else at], crs=CRS)


def together(*layers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Several rows of one role."""
    return gpd.GeoDataFrame(pd.concat(layers), crs=CRS)


def homes(class_: str = "urban_new") -> gpd.GeoDataFrame:
    """One home of a class, 50 m from the sites."""
    data = {"class": [class_], "population": [500]}
    return gpd.GeoDataFrame(data, index=["home"], geometry=[Point(X, Y - 50)], crs=CRS)


def clear(service: ServiceProfile, class_: str = "urban_new") -> Ground:
    """A ground of which everything is known and nothing is in the way: hazards and controls are far, boundaries all around."""
    far, around = (gpd.GeoDataFrame(geometry=[shape], crs=CRS) for shape in (FAR, AROUND))
    hazards = gpd.GeoDataFrame({"kind": list(service.hazards)}, geometry=[FAR] * len(service.hazards), crs=CRS)
    layers = dict.fromkeys(service.controls, far) | dict.fromkeys(service.boundaries, around)
    streets = gpd.GeoDataFrame(geometry=[Point(X, Y - 5).buffer(1).boundary], crs=CRS)
    return Ground(homes=homes(class_), controls=layers, hazards=hazards, streets=streets)
