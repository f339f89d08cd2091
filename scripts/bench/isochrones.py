"""Isochrones on foot in Porto Alegre: the quick variant against the exact one, and the hull that geoplan never draws."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

import geoplan
from bench.places import PORTO_ALEGRE, ROOT
from bench.table import Row, race, skipped
from geoplan.network.graph import Network
from geoplan.network.isochrones import isochrones as land
from geoplan.network.travel import travel_cost

PLACES, REACH_M, SEED = 40, 1_250.0, 20260101


def isochrones() -> Iterator[Row]:
    """40 places × 1,250 m: seconds of each, and how area and overlap differ from the exact land."""
    extract = PORTO_ALEGRE / "poa_osm.pbf"
    if not extract.exists():
        yield skipped("isochrones", "the Porto Alegre data are absent")
        return
    area = geoplan.read_area(ROOT / "layers" / "porto_alegre" / "area.geojson", "EPSG:32722", datum="wgs84")
    network = geoplan.read_network(extract, "walk", area)
    places = _places(network)
    result = race(
        {
            "ours": lambda: land(network, places, limits_m=[REACH_M]).geometry,
            "buffers and union (exact)": lambda: land(network, places, limits_m=[REACH_M], exact=True).geometry,
            "hull of reached nodes": lambda: _hulls(network, places),
        }
    )
    exact = result["buffers and union (exact)"][1]
    ours_s, quick = result.pop("ours")
    for name, (seconds, found) in result.items():
        other = quick if found is exact else found
        area_off = (other.area / exact.area - 1).to_numpy()
        overlap = (other.intersection(exact).area / other.union(exact).area).mean()
        whose = "ours" if found is exact else "hull"
        said = f"{whose} against exact: area {area_off.min():+.1%} to {area_off.max():+.1%}, overlap {overlap:.2f}"
        yield Row(
            "isochrones", f"{PLACES} × {REACH_M:,.0f} m, {len(network.node_ids):,} nodes", name, seconds, ours_s, said
        )


def _places(network: Network) -> gpd.GeoDataFrame:
    """Random spots on the streets of the main piece."""
    random = np.random.default_rng(SEED)
    rows = random.choice(np.flatnonzero(network.piece[network.u] == 0), PLACES)
    spots = [network.lines[k].interpolate(random.random(), normalized=True) for k in rows]
    return gpd.GeoDataFrame(geometry=spots, index=[f"p{k}" for k in range(PLACES)], crs=network.crs)


def _hulls(network: Network, places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """What is often drawn: the convex hull of the nodes within reach."""
    nodes = gpd.GeoDataFrame(geometry=shapely.points(network.xy), index=network.node_ids.astype(str), crs=network.crs)
    cost = travel_cost(network, nodes, places, limit_m=REACH_M)
    reached = gpd.GeoSeries(nodes.geometry.to_numpy()[cost.demand], crs=network.crs)
    return gpd.GeoSeries(reached.groupby(cost.place).apply(lambda some: some.union_all().convex_hull), crs=network.crs)
