"""A town whose answers follow from arithmetic: one straight street, six homes, three facilities, one kindergarten.

Along the street, at metres from its west end (homes 10 m north of it, facilities 10 m south, so a walk is x + 20 m):

    0 home A, facility F1 (8 places, m24_36)   600 home B, kindergarten K1 (one spare class: 20 places)
    1200 home C, facility F2 (4 places, m06_12 only)   2400 home D, facility F3 (16 places, not filed)   3300 home E

Home G lies on a street of its own, 5 km to the north. Each home wants 16 places in m24_36 and none in the other bands;
reach is 700 m on foot. So A and B reach F1's 8 places and A is nearer: A 8 served, 8 full; B 16 full; C and D reach only
facilities that do not count for them: 32 wrong kind; E 16 too far; G 16 not joined: 96 in all. K1 reaches A, B and C.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

CRS = "EPSG:4547"
WEST, STREET_Y, NORTH_Y = 520_000.0, 4_100_000.0, 4_105_000.0
HOMES = {"A": 0, "B": 600, "C": 1200, "D": 2400, "E": 3300}
ANSWER = {"served": 8, "too_far": 16, "full": 24, "wrong_kind": 32, "not_joined": 16}
DEMAND, POPULATION = 96, 960
PLAN_PLACES, PLAN_SERVED = 20, 28

STUDY = """\
version: 1
name: 小镇 {{7*7}} <script>alert(1)</script> ${1}
service: childcare_cn
language: en
area: { path: layers/area.gpkg, crs: EPSG:4547 }
years: { base: 2020, phases: [2026] }
layers:
  residents:
    path: layers/homes.gpkg
    datum: cgcs2000
  facilities:
    path: layers/facilities.csv
    datum: wgs84
    columns: { facility_id: id }
  hosts: { path: layers/hosts.geojson, datum: cgcs2000 }
  streets: { path: { nodes: layers/nodes.parquet, edges: layers/edges.parquet }, datum: cgcs2000 }
demand:
  share: { m06_12: 0, m12_24: 0, m24_36: 0.1 }
  uptake: 1.0
travel:
  all: { mode: walk, limit_m: 700 }
plan:
  budget: { 2026: 10000000 }
  gap: 0
scenarios:
  poor:
    plan: { budget: { 2026: 1 } }
  closed:
    changes:
      - close: F1
  opened:
    changes:
      - open: { id: F9, at: [LON, LAT], places: { m24_36: 16 } }
  refused:
    changes:
      - refuse: K1
"""


def homes() -> gpd.GeoDataFrame:
    """Six homes of 160 people each; the names are hostile."""
    at = [Point(WEST + x, STREET_Y + 10) for x in HOMES.values()] + [Point(WEST, NORTH_Y + 10)]
    names = [
        "<script>window.__pwned=1</script>",
        "{{7*7}}",
        "${1}",
        "=HYPERLINK(1)",
        "<img src=x onerror=window.__pwned=1>",
        "甲村",
    ]
    data = {"demand_id": [*HOMES, "G"], "name": names, "class": "urban_old", "population": 160}
    return gpd.GeoDataFrame(data, geometry=at, crs=CRS)


def facilities() -> gpd.GeoDataFrame:
    """F1 counts, F2 has the wrong band, F3 is not filed."""
    data = {
        "id": ["F1", "F2", "F3"],
        "name": ["First {{7*7}}", "Second", "Third"],
        "kind": "nursery",
        "status": "open",
        "filed": ["yes", "yes", "no"],
        "places_m06_12": [0, 4, 0],
        "places_m12_24": 0,
        "places_m24_36": [8, 0, 16],
    }
    return gpd.GeoDataFrame(data, geometry=[Point(WEST + x, STREET_Y - 10) for x in (0, 1200, 2400)], crs=CRS)


def hosts() -> gpd.GeoDataFrame:
    """One kindergarten with one spare class of twenty."""
    data = {
        "host_id": ["K1"],
        "name": ["Kindergarten ${1}"],
        "kind": "kindergarten",
        "classes": 3,
        "capacity": 60,
        "enrolment": 40,
    }
    extra = {"outdoor_m2": 500, "storey": 1, "spare_floor_m2": 400, "inclusive": "yes"}
    return gpd.GeoDataFrame(data | extra, geometry=[Point(WEST + 600, STREET_Y - 10)], crs=CRS)


def streets() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Nodes every 100 m from 0 to 3300 m, and a detached street of two nodes in the north."""
    points = [Point(WEST + 100 * i, STREET_Y) for i in range(34)] + [
        Point(WEST - 100, NORTH_Y),
        Point(WEST + 100, NORTH_Y),
    ]
    nodes = gpd.GeoDataFrame({"node_id": range(36)}, geometry=points, crs=CRS)
    pairs = [(i, i + 1) for i in range(33)] + [(34, 35)]
    lines = [LineString([points[u], points[v]]) for u, v in pairs]
    edges = gpd.GeoDataFrame(pairs, columns=["u", "v"], geometry=lines, crs=CRS)
    return nodes, edges.assign(highway="residential", oneway="no")


def build(folder: Path, study: str = STUDY) -> Path:
    """Write the town's layers and its study below a folder; returns the path of the study."""
    layers = folder / "layers"
    layers.mkdir(parents=True)
    outline = box(WEST - 2000, STREET_Y - 2000, WEST + 6000, NORTH_Y + 2000)
    units = gpd.GeoDataFrame({"unit_id": ["130599"], "name": ["小镇"]}, geometry=[outline], crs=CRS)
    units[["geometry"]].to_file(layers / "area.gpkg", layer="boundary", driver="GPKG")
    units.to_file(layers / "area.gpkg", layer="units", driver="GPKG")
    homes().to_file(layers / "homes.gpkg", driver="GPKG")
    degrees = facilities().to_crs(4326)
    table = pd.DataFrame(degrees.drop(columns="geometry")).assign(lon=degrees.geometry.x, lat=degrees.geometry.y)
    table.to_csv(layers / "facilities.csv", index=False, encoding="utf-8-sig")
    hosts().to_crs(4490).to_file(layers / "hosts.geojson", driver="GeoJSON")
    nodes, edges = streets()
    nodes.to_parquet(layers / "nodes.parquet")
    edges.to_parquet(layers / "edges.parquet")
    at = gpd.GeoSeries([Point(WEST + 3300, STREET_Y - 10)], crs=CRS).to_crs(4326).iloc[0]
    path = folder / "study.yaml"
    path.write_text(study.replace("LON", repr(at.x)).replace("LAT", repr(at.y)), encoding="utf-8")
    return path
