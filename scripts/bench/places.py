"""Whole jobs on places: Wuhan's streets, and every home and cell of the demonstration place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from bench import peers
from bench.alone import alone
from bench.ours import found, join, many_to_many
from bench.table import Row, race, skipped
from geoplan import load_mode
from geoplan.errors import Findings
from geoplan.network.graph import SCALE, Network, build_network
from geoplan.sources.streets import read_streets

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GEOPLAN_DATA", ROOT / "../shared/data"))
PORTO_ALEGRE, WUHAN = DATA / "porto_alegre", DATA / "wuhan"
SEED = 20260101
XINGTAI_SECONDS, XINGTAI_MB = 20, 2_000  # what was promised


def wuhan() -> Iterator[Row]:
    """92,667 edges as they were published, to the cost of 2,000 random places within 1,250 m."""
    if not WUHAN.exists():
        yield skipped("Wuhan", "the Wuhan data are absent")
        return
    read = race({"ours": _read_wuhan}, runs=3)["ours"]
    network: Network = read[1]
    everywhere = np.flatnonzero(network.piece == 0)
    places = np.random.default_rng(SEED).choice(everywhere, 2_000, replace=False)
    limit = 1_250 * SCALE
    tiles = peers.ScipyTiles(network.arcs_reversed, network.xy, 1_250)
    result = race(
        {
            "peer": partial(tiles.search, places, limit),
            "ours": partial(many_to_many, join(network, everywhere, places), limit),
        }
    )
    (theirs_s, theirs), (ours_s, pairs) = result["peer"], result["ours"]
    size = f"{len(network.u):,} edges, {len(network.node_ids):,} nodes"
    yield Row("Wuhan, read and build", size, "", None, read[0], "")
    same = theirs.equals(found(pairs, everywhere))
    yield Row("Wuhan", f"2,000 × 1,250 m, {len(pairs.cost):,} pairs", "scipy on tiles", theirs_s, ours_s, same)


def _read_wuhan() -> Network:
    nodes = gpd.read_parquet(WUHAN / "street_nodes.parquet")
    edges = gpd.read_parquet(WUHAN / "streets_original.parquet")
    streets = read_streets((nodes, edges), "EPSG:32650", Findings())
    return build_network(
        streets.nodes, streets.edges, load_mode("drive"), "m"
    )  # in metres; no street there is a footway


XINGTAI = """
root = pathlib.Path({root!r})
study = geoplan.load_study(root / "scripts" / "xingtai.yaml")
scenario = next(iter(study.scenarios.values()))
service = load_service(scenario.settings.service, scenario.settings.standards)
given = read_given(study, scenario, service, Memo())
known = know(scenario.settings, given, service)
cells = read_grid(root / "layers" / "xingtai" / "population.tif", given.area, Findings(), "cgcs2000")
points = pandas.concat([known.demand.geometry, cells.geometry])
demand = geopandas.GeoDataFrame(geometry=points.representative_point(), crs=given.area.crs)
options = known.options.set_index("option_id") if "option_id" in known.options else known.options
places = geopandas.GeoDataFrame(
    geometry=pandas.concat([known.facilities.geometry, options.geometry]), crs=given.area.crs)
start_travel = time.perf_counter()
walk = geoplan.travel_cost(
    build_network(given.streets.nodes, given.streets.edges, load_mode("walk"), "m"), demand, places, limit_m=1000)
drive = geoplan.travel_cost(
    build_network(given.streets.nodes, given.streets.edges, load_mode("drive"), "s"), demand, places, limit_min=15)
value = dict(demand=len(demand), places=len(places), walk=len(walk.cost), drive=len(drive.cost),
    travel=time.perf_counter() - start_travel)
"""
IMPORTS = """
import pathlib, geopandas, pandas, geoplan
from geoplan.errors import Findings
from geoplan.network.graph import build_network
from geoplan.profiles.load import load_service
from geoplan.profiles.mode import load_mode
from geoplan.sources.rasters import read_grid
from geoplan.study.given import read_given
from geoplan.study.memo import Memo
from geoplan.study.known import know
"""


def xingtai() -> Iterator[Row]:
    """Every residential area and every populated 250 m cell to all facilities and options, on foot and by car."""
    alone(IMPORTS, XINGTAI.format(root=str(ROOT)))
    ran = alone(IMPORTS, XINGTAI.format(root=str(ROOT)), runs=3)
    assert ran is not None
    v = ran.value
    size = f"{v['demand']:,} × {v['places']:,}, 1 km: {v['walk']:,}, 15 min: {v['drive']:,} pairs"
    kept = ran.seconds < XINGTAI_SECONDS and ran.peak_mb < XINGTAI_MB
    said = f"peak {ran.peak_mb:,.0f} MB; travel {v['travel']:.1f} s; {'within' if kept else 'misses'} 20 s and 2 GB"
    yield Row("whole Xingtai", size, "", None, ran.seconds, said)
