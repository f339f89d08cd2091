"""The assignment at the heart of the gap account against HiGHS: as many people served, in three age bands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import maximum_flow
from scipy.spatial import KDTree

from bench.table import Row, race
from geoplan import CostMatrix
from geoplan.access.assignment import assign

SEED = 20260101
POINTS, PLACES, TOWNS, SIDE_M = 7_000, 2_000, 200, 110_000
BANDS = ["m06_12", "m12_24", "m24_36"]
THOUSANDTHS = 1_000

Values = npt.NDArray[np.float64]


def assignment() -> Iterator[Row]:
    """A prefecture of towns and villages with as many places as people: the hardest case, for most places fill up.

    HiGHS needs many minutes for the wider reach, so the peer there is a maximum flow. Neither peer looks for the least travel.
    """
    yield _against("HiGHS, most served only", _textbook, 3_000, runs=3)
    yield _against("scipy maximum_flow", _flow, 10_000, runs=3)


def _against(name: str, peer: Any, reach: float, runs: int) -> Row:
    cost, wanted, places = _prefecture(reach)
    contenders: dict[str, Any] = {
        "peer": partial(peer, cost, wanted.to_numpy(), places.to_numpy()),
        "ours": partial(assign, cost, wanted, places),
    }
    result = race(contenders, runs)
    (theirs_s, most), (ours_s, made) = result["peer"], result["ours"]
    served = made.groupby("band")["amount"].sum().reindex(BANDS).to_numpy()
    size = f"{POINTS:,} × {len(BANDS)} × {PLACES:,}, {reach:,} m: {len(cost.cost):,} pairs"
    return Row("assignment", size, name, theirs_s, ours_s, bool(np.allclose(served, most, rtol=0, atol=5e-4)))


def _prefecture(reach: float) -> tuple[CostMatrix, pd.DataFrame, pd.DataFrame]:
    """Straight-line costs, people wanted in thousandths, and as many whole places, scattered round towns of many sizes."""
    random = np.random.default_rng(SEED)
    towns, size = random.uniform(0, SIDE_M, (TOWNS, 2)), random.pareto(1.2, TOWNS) + 1
    homes, sites = (_scatter(random, towns, size / size.sum(), count) for count in (POINTS, PLACES))
    near = KDTree(sites).sparse_distance_matrix(KDTree(homes), reach, output_type="ndarray")
    ids = [f"D{i:04}" for i in range(POINTS)], [f"F{j:04}" for j in range(PLACES)]
    whole = np.rint(near["v"] * 1000).astype(np.uint32)
    cost = CostMatrix.from_arrays(*ids, near["j"], near["i"], whole, unit="m", scale=1000, limit=float(reach))
    wanted = random.integers(0, 20_000, (POINTS, len(BANDS))) / 1000
    room = random.integers(0, 40, (PLACES, len(BANDS)))
    places = np.floor(room * wanted.sum(axis=0) / room.sum(axis=0))
    return cost, pd.DataFrame(wanted, ids[0], BANDS), pd.DataFrame(places, ids[1], BANDS)


def _scatter(random: np.random.Generator, towns: Values, share: Values, count: int) -> Values:
    """Three in five points round the towns, the others anywhere."""
    beside = towns[random.choice(len(towns), count, p=share)] + random.normal(0, 2_500, (count, 2))
    return np.where(random.random((count, 1)) < 0.6, beside, random.uniform(0, SIDE_M, (count, 2)))


def _textbook(cost: CostMatrix, wanted: Values, places: Values) -> Values:
    """The most people served of each band: Σ x over the pairs, each point and place within its bound."""
    pair = np.arange(len(cost.cost))
    one = np.ones(len(pair))
    points = csr_array((one, (cost.demand, pair)), shape=(len(wanted), len(pair)))
    sites = csr_array((one, (cost.place, pair)), shape=(len(places), len(pair)))
    rows = vstack([points, sites]).tocsr()
    found = [
        linprog(-one, A_ub=rows, b_ub=np.concatenate((wanted[:, b], places[:, b])), method="highs")
        for b in range(wanted.shape[1])
    ]
    return np.array([-f.fun for f in found])


def _flow(cost: CostMatrix, wanted: Values, places: Values) -> Values:
    """The same by scipy's maximum flow, in whole thousandths."""
    points, start = len(wanted), len(wanted) + len(places)
    pairs, homes, sites = len(cost.cost), np.arange(points), points + np.arange(len(places))
    tail = np.concatenate((np.full(points, start), cost.demand, sites))
    head = np.concatenate((homes, points + cost.place, np.full(len(places), start + 1)))
    most = []
    for want, room in zip(np.rint(wanted.T * THOUSANDTHS), np.rint(places.T * THOUSANDTHS), strict=True):
        bound = np.concatenate((want, np.full(pairs, want.max()), room)).astype(np.int32)
        graph = csr_array((bound, (tail, head)), shape=(start + 2, start + 2))
        most.append(maximum_flow(graph, start, start + 1).flow_value / THOUSANDTHS)
    return np.array(most)
