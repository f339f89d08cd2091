"""The smallest study: one residential area, one facility that has room for all its children, no options and no plan."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from tests import town

STUDY = """\
version: 1
name: 一个村
service: childcare_cn
language: LANGUAGE
area: { path: layers/area.gpkg, crs: EPSG:4547 }
years: { base: 2020, phases: [2026] }
layers:
  residents: { path: layers/homes.gpkg, datum: cgcs2000 }
  facilities: { path: layers/facilities.csv, datum: wgs84, columns: { facility_id: id } }
  streets: { path: { nodes: layers/nodes.parquet, edges: layers/edges.parquet }, datum: cgcs2000 }
demand:
  share: { m06_12: 0, m12_24: 0, m24_36: 0.05 }
  uptake: 1.0
travel:
  all: { mode: walk, limit_m: 700 }
"""


def build(folder: Path, language: str = "zh") -> Path:
    """Write it below a folder: home A and facility F1 of the town; returns the path of the study."""
    path = town.build(folder, STUDY.replace("LANGUAGE", language))
    homes = gpd.read_file(folder / "layers" / "homes.gpkg")
    homes[homes["demand_id"] == "A"].assign(name="甲村").to_file(folder / "layers" / "homes.gpkg", driver="GPKG")
    rows = (folder / "layers" / "facilities.csv").read_text(encoding="utf-8-sig").splitlines()
    text = "\n".join(rows[:2]).replace("First {{7*7}}", "甲托育园") + "\n"
    (folder / "layers" / "facilities.csv").write_text(text, encoding="utf-8-sig")
    return path
