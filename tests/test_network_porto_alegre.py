"""A real city: Porto Alegre's streets against a distance matrix that was made elsewhere (pyrosm, networkx, haversine lengths)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.errors import Findings
from geoplan.network.graph import Network, build_network
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.sources.streets import read_streets

DATA = Path(__file__).parents[1] / "../shared/data/porto_alegre"
CRS = "EPSG:32722"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the Porto Alegre data are not beside the checkout")


def network(source: object) -> Network:
    """The walking network by the rules that the matrix was made with."""
    streets = read_streets(source, CRS, Findings())
    # the matrix was made with pyrosm's filter, which leaves out cycleways even where walking is signed
    walk = load_mode("walk")
    return build_network(streets.nodes, streets.edges, replace(walk, never=walk.never | {"cycleway"}))


@pytest.fixture(scope="module")
def from_tables() -> Network:
    """The network of the given tables."""
    return network((DATA / "walk_nodes.parquet", DATA / "walk_edges.parquet"))


@pytest.fixture(scope="module")
def hexes() -> gpd.GeoDataFrame:
    """The hexagons, put exactly on the street nodes that the matrix was computed between."""
    rows = pd.read_csv(DATA / "poa_hex_snapped.csv").set_index("id")
    nodes = pd.read_parquet(DATA / "walk_nodes.parquet").set_index("osmid").loc[rows["node_osmid"]]
    return gpd.GeoDataFrame(geometry=shapely.points(nodes["lon"], nodes["lat"]), index=rows.index, crs=4326).to_crs(CRS)


@pytest.fixture(scope="module")
def matrix(hexes) -> pd.DataFrame:
    """Metres between hexagons, both ways alike."""
    return pd.read_parquet(DATA / "poa_od_walk_m.parquet").set_index("id").loc[hexes.index, hexes.index]


def dense(
    streets: Network, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, limit_m: float, engine: str = "auto"
) -> np.ndarray:
    """The cost as a table; NaN where beyond the limit."""
    cost = travel_cost(streets, demand, places, limit_m=limit_m, engine=engine)
    table = np.full((len(demand), len(places)), np.nan)
    table[cost.demand, cost.place] = cost.values
    return table


def test_the_network_is_the_known_one(from_tables) -> None:
    """Nodes, edges, length and pieces are those that the source states: 37,667, 44,538, 1,819 km, 77 with 36,943 in the largest."""
    assert (len(from_tables.node_ids), len(from_tables.u)) == (37667, 44538)
    assert int(from_tables.forward.sum(dtype=np.int64)) == pytest.approx(1_819_356_217, abs=44538)
    assert int(from_tables.piece.max()) == 76
    assert int((from_tables.piece == 0).sum()) == 36943


@pytest.mark.parametrize("engine", ["scipy", "numba"])
def test_all_pairs_to_two_kilometres(from_tables, hexes, matrix, engine) -> None:
    """Every pair of the matrix up to 2,000 m is found within a metre, and no other pair is found."""
    found = dense(from_tables, hexes, hexes, 2000, engine)
    known = matrix.to_numpy()
    assert np.nanmax(np.abs(found - known)) < 1
    assert (np.isfinite(found) == (known <= 2000))[(known < 1999) | (known > 2001)].all()


def test_far_pairs(from_tables, hexes, matrix) -> None:
    """A sample of pairs up to 10 km agrees within a metre too: rounding to millimetres does not add up."""
    places = hexes.iloc[::120]
    found = dense(from_tables, hexes, places, 10_000)
    known = matrix[places.index].to_numpy()
    assert np.isfinite(found).sum() > 5000
    assert np.nanmax(np.abs(found - known)) < 1


def test_the_extract_gives_the_same_distances(from_tables, hexes, matrix) -> None:
    """Read from the OSM extract itself, every pair is within 0.1 m of the tables' lines, and 0.4 % of the matrix.

    The tables' own lengths are haversine on a sphere, which by direction is 0.3 % short to 0.1 % long of the ellipsoid here; so both
    networks are measured on their lines in UTM 22S.
    """
    measured = network(
        (
            pd.read_parquet(DATA / "walk_nodes.parquet"),
            pd.read_parquet(DATA / "walk_edges.parquet").drop(columns="length_m"),
        )
    )
    extract = network(DATA / "poa_osm.pbf")
    places = hexes.iloc[::60]
    one, other = (dense(streets, hexes, places, 10_000) for streets in (measured, extract))
    both = np.isfinite(one) & np.isfinite(other)
    assert both.sum() > 10_000
    assert np.abs(one - other)[both].max() < 0.1
    far = both & (other > 1000)
    ratio = other[far] / matrix[places.index].to_numpy()[far]
    assert 0.996 < ratio.min() < ratio.max() < 1.002
