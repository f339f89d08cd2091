"""MCLP against the textbook model in scipy.milp (HiGHS), both to proven optimality."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack

from bench.table import Row, race
from geoplan import CostMatrix, LocationProblem, solve

SEED = 20260101
REACH_M = 1_500


def covering() -> Iterator[Row]:
    """4,000 demand points, 300 sites on a plane, the best 20."""
    random = np.random.default_rng(SEED)
    points, sites, p = 4_000, 300, 20
    home, site = random.uniform(0, 20_000, (points, 2)), random.uniform(0, 20_000, (sites, 2))
    apart = np.hypot(*(home[:, None] - site[None]).transpose(2, 0, 1))
    weight = random.integers(1, 100, points).astype(float)
    cost = CostMatrix.from_dense(pd.DataFrame(apart), limit=REACH_M)
    problem = LocationProblem(cost=cost, weight=pd.Series(weight, [str(i) for i in range(points)]), p=p)
    contenders: dict[str, Any] = {
        "peer": partial(_textbook, apart, weight, p),
        "ours": partial(solve, problem, "mclp", gap=0.0),
    }
    result = race(contenders)
    (theirs_s, best), (ours_s, plan) = result["peer"], result["ours"]
    equal = bool(abs(plan.objective - best) < 1e-6 * best) and plan.status == "optimal"
    yield Row("MCLP, proven", f"{points:,} × {sites}, p={p}", "scipy.milp", theirs_s, ours_s, equal)


def _textbook(apart: npt.NDArray[Any], weight: npt.NDArray[Any], p: int) -> float:
    """The most weight that p sites can cover: open sites, then covered points, as the variables."""
    points, sites = apart.shape
    i, j = np.nonzero(apart <= REACH_M)
    cover = coo_array((np.ones(len(i)), (i, j)), shape=(points, sites))
    rows = hstack([-cover, eye_array(points)]).tocsr()
    is_site = np.concatenate([np.ones(sites), np.zeros(points)])
    limits = [LinearConstraint(rows, -np.inf, 0), LinearConstraint(is_site[None], -np.inf, p)]
    value = np.concatenate([np.zeros(sites), -weight])
    return float(-milp(value, integrality=is_site, bounds=Bounds(0, 1), constraints=limits).fun)
