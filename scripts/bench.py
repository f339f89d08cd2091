"""Benchmarks: one table of job, size, peer, ours, ratio, and whether the results are equal. No argument runs all.

Times are wall seconds in this process, after one warm-up of each side; compare ratios, not absolutes. Peers are run in the same process on the
same input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack

from geoplan import CostMatrix, LocationProblem, load_mode, solve
from geoplan.network.graph import build_network
from geoplan.network.snap import positions, snap
from geoplan.network.travel import _from_places

ROOT = Path(__file__).parents[1]
SEED = 20260101
Row = tuple[str, str, str, float, float, str]


def timed(make: Callable[[], Any]) -> tuple[Any, float]:
    """A value and the seconds that making it took, the second time."""
    make()
    start = time.perf_counter()
    value = make()
    return value, time.perf_counter() - start


def demonstration() -> Any:
    """The walking network of the demonstration place."""
    folder, crs = ROOT / "layers" / "xingtai", "EPSG:4547"
    nodes = gpd.read_parquet(folder / "streets_nodes.parquet").set_index("node_id").to_crs(crs)
    edges = gpd.read_parquet(folder / "streets_edges.parquet").to_crs(crs)
    return build_network(nodes, edges, load_mode("walk"), "m")


def travel() -> list[Row]:
    """Bounded many-to-many travel cost: numba kernel against networkx and against scipy."""
    network = demonstration()
    at_nodes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*network.xy.T), crs=network.crs, index=network.node_ids.astype(str)
    )
    places = at_nodes.iloc[:: max(1, len(at_nodes) // 2000)]
    home, place = (snap(network, positions(f, network)) for f in (at_nodes, places))

    def search(engine: str) -> CostMatrix:
        """The search alone: every node is a demand point, and joining points to streets is done before."""
        found = _from_places(network, home, place, 1_250_000, engine)  # type: ignore[arg-type]
        rows = np.repeat(np.arange(len(places)), np.diff(found.start))
        more = {"unit": "m", "scale": 1000}
        return CostMatrix.from_arrays(at_nodes.index, places.index, found.target, rows, found.cost, **more)

    ours, seconds = timed(lambda: search("numba"))
    plain, scipy_seconds = timed(lambda: search("scipy"))
    size = f"{len(places)} places × 1,250 m, {len(network.node_ids):,} nodes, {len(ours.cost):,} pairs"
    same = np.array_equal(ours.cost, plain.cost) and np.array_equal(ours.demand, plain.demand)
    graph = nx.Graph()
    arcs = network.arcs
    tails = np.repeat(np.arange(len(arcs.indptr) - 1), np.diff(arcs.indptr))
    graph.add_weighted_edges_from(zip(tails.tolist(), arcs.indices.tolist(), arcs.weight.tolist(), strict=True))
    rows = {n: i for i, n in enumerate(network.node_ids.astype(str))}
    sources = [rows[p] for p in places.index[:200]]

    def peer() -> int:
        return sum(len(nx.single_source_dijkstra_path_length(graph, s, cutoff=1_250_000)) for s in sources)

    pairs, peer_seconds = timed(peer)
    equal = pairs == len(ours.select(places.index[:200]).cost)
    scaled = peer_seconds * len(places) / len(sources)
    return [
        ("travel cost", size, "geoplan on scipy", scipy_seconds, seconds, str(same)),
        ("travel cost", size, "networkx (200 sources, scaled)", scaled, seconds, str(equal)),
    ]


def catchments() -> list[Row]:
    """2SFCA against PySAL access on random pairs."""
    from access import Access

    from geoplan import measure_access

    random = np.random.default_rng(SEED)
    demand, supply, each = 20_000, 500, 20
    pairs = pd.DataFrame(
        {"origin": np.repeat(np.arange(demand), each), "dest": random.integers(0, supply, demand * each)}
    )
    pairs = pairs.drop_duplicates().assign(cost=lambda f: random.uniform(0, 30, len(f)))
    people = pd.DataFrame({"id": np.arange(demand), "people": random.integers(1, 200, demand).astype(float)})
    places = pd.DataFrame({"id": np.arange(supply), "places": random.integers(10, 90, supply).astype(float)})

    def peer() -> pd.Series:
        names = {
            "demand_df": people,
            "demand_index": "id",
            "demand_value": "people",
            "supply_df": places,
            "supply_index": "id",
        }
        access = Access(
            **names, supply_value="places", cost_df=pairs, cost_origin="origin", cost_dest="dest", cost_name="cost"
        )
        return access.two_stage_fca(name="x", cost="cost", max_cost=30)["x_places"]

    ids = {"demand_ids": people["id"], "place_ids": places["id"]}
    cost = CostMatrix.from_pairs(pairs.set_axis(["demand_id", "place_id", "cost"], axis=1), limit=30, **ids)
    home = people.set_index(people["id"].astype(str)).drop(columns="id")
    care = places.set_index(places["id"].astype(str)).drop(columns="id")
    theirs, peer_seconds = timed(peer)
    ours, seconds = timed(lambda: measure_access(cost, home, care, "two_step_fca", reach=30, weight="people"))
    equal = np.allclose(ours.to_numpy(), theirs.reindex(people["id"]).to_numpy(), rtol=1e-9)
    return [
        ("2SFCA", f"{demand:,} × {supply}, {len(pairs):,} pairs", "PySAL access", peer_seconds, seconds, str(equal))
    ]


def covering() -> list[Row]:
    """MCLP against the textbook model in scipy.milp (HiGHS), both to proven optimality."""
    random = np.random.default_rng(SEED)
    points, sites, p = 4_000, 300, 20
    home, site = random.uniform(0, 20_000, (points, 2)), random.uniform(0, 20_000, (sites, 2))
    apart = np.hypot(*(home[:, None] - site[None]).transpose(2, 0, 1))
    weight = random.integers(1, 100, points).astype(float)
    cost = CostMatrix.from_dense(pd.DataFrame(apart), limit=1500)
    problem = LocationProblem(cost=cost, weight=pd.Series(weight, [str(i) for i in range(points)]), p=p)

    def peer() -> float:
        i, j = np.nonzero(apart <= 1500)
        cover = coo_array((np.ones(len(i)), (i, j)), shape=(points, sites))
        rows = hstack([-cover, eye_array(points)]).tocsr()
        count = np.concatenate([np.ones(sites), np.zeros(points)])
        limits = [LinearConstraint(rows, -np.inf, 0), LinearConstraint(count[None], -np.inf, p)]
        whole = np.concatenate([np.ones(sites), np.zeros(points)])
        found = milp(
            np.concatenate([np.zeros(sites), -weight]), integrality=whole, bounds=Bounds(0, 1), constraints=limits
        )
        return float(-found.fun)

    best, peer_seconds = timed(peer)
    plan, seconds = timed(lambda: solve(problem, "mclp", gap=0.0))
    equal = abs(plan.objective - best) < 1e-6 * best and plan.status == "optimal"
    return [("MCLP, proven", f"{points:,} × {sites}, p={p}", "scipy.milp", peer_seconds, seconds, str(equal))]


JOBS = {"travel": travel, "catchments": catchments, "covering": covering}


def main() -> None:
    """Run the jobs that are named, or all, and print the table."""
    heads = ("job", "size", "peer", "peer s", "ours s", "ratio", "equal")
    print("{:<14} {:<58} {:<32} {:>8} {:>8} {:>7} {}".format(*heads))
    for name in sys.argv[1:] or JOBS:
        for job, size, peer, theirs, ours, equal in JOBS[name]():
            print(f"{job:<14} {size:<58} {peer:<32} {theirs:>8.2f} {ours:>8.2f} {theirs / ours:>6.1f}× {equal}")


if __name__ == "__main__":
    main()
