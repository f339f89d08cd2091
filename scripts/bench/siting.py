"""Where options may stand: distances and overlaps against geopandas, and all options of the demonstration place with their verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from bench.table import Row, race
from geoplan.siting.surroundings import nearest_m, share_inside

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers" / "xingtai"
CRS = "EPSG:4547"


def siting() -> Iterator[Row]:
    """700 parcels against 5,502 farmland polygons and 1,170 hazards; then everything that could be done in Xingtai."""
    parcels = gpd.read_file(LAYERS / "parcels.gpkg").to_crs(CRS).set_index("site_id")
    hazards = gpd.read_file(LAYERS / "hazards.gpkg").to_crs(CRS)
    farmland = gpd.read_file(LAYERS / "controls.gpkg", layer="YJJBNT").to_crs(CRS)
    result = race({"peer": partial(_nearest, parcels, hazards), "ours": partial(nearest_m, parcels.geometry, hazards)})
    (theirs_s, theirs), (ours_s, ours) = result["peer"], result["ours"]
    size = f"{len(parcels):,} × {len(hazards):,}"
    yield Row(
        "nearest hazard", size, "geopandas sjoin_nearest", theirs_s, ours_s, bool(np.allclose(theirs, ours, atol=1e-6))
    )
    result = race(
        {"peer": partial(_inside, parcels, farmland), "ours": partial(share_inside, parcels.geometry, farmland)}
    )
    (theirs_s, theirs), (ours_s, ours) = result["peer"], result["ours"]
    size = f"{len(parcels):,} × {len(farmland):,}"
    yield Row(
        "share in farmland", size, "geopandas overlay", theirs_s, ours_s, bool(np.allclose(theirs, ours, atol=1e-4))
    )
    yield _everything()


def _nearest(parcels: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame) -> pd.Series:
    found = gpd.sjoin_nearest(parcels[["geometry"]], hazards[["geometry"]], distance_col="metres")
    return found["metres"].groupby(level=0).min().reindex(parcels.index)


def _inside(parcels: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame) -> pd.Series:
    both = gpd.overlay(parcels.reset_index()[["site_id", "geometry"]], farmland[["geometry"]], how="intersection")
    inside = both.dissolve("site_id").area.reindex(parcels.index).fillna(0.0)
    return inside / parcels.area


def _everything() -> Row:
    """All options of the planned year, generated and judged; nobody else does this."""
    from geoplan.study.given import read_given
    from geoplan.study.known import know
    from geoplan.study.memo import Memo
    from geoplan.study.rules import service_of
    from geoplan.study.scenarios import load_study

    study, memo = load_study(ROOT / "scripts" / "xingtai.yaml"), Memo()
    scenario = study.scenarios["base"]
    service = service_of(scenario.settings)
    given = read_given(study, scenario, service, memo)
    know(scenario.settings, given, service, memo)  # to warm up
    started = time.perf_counter()
    options = know(scenario.settings, given, service, memo).options
    seconds = time.perf_counter() - started
    verdicts = int(options["verdicts"].map(len).sum())
    size = f"{len(options):,} options, {verdicts:,} verdicts, {len(service.options)} kinds"
    return Row("options of Xingtai, judged", size, "", None, seconds, "no peer")
