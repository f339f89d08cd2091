"""Peers of the location models: spopt over PuLP and CBC in the interpreter PEERS_PYTHON, and the compact model in HiGHS here."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from bench.alone import python_of_peers
from bench.instances import san_francisco_path
from geoplan import LocationProblem

# what a peer does: read what it is given, build and solve, then tell the seconds of both and what it found
SAN_FRANCISCO = """
import json, sys, time
import numpy, pandas, pulp
from spopt.locate import LSCP, MCLP, PCenter, PMedian
pairs = pandas.read_csv(sys.argv[1], dtype={"DestinationName": str})
table = pairs.pivot_table(index="DestinationName", columns="name", values="distance").sort_index(axis=1)
people = pairs.groupby("DestinationName")["demand"].first().reindex(table.index).to_numpy(float)
costs = table.to_numpy(float)
made = {
    "lscp": lambda: LSCP.from_cost_matrix(costs, 5000),
    "mclp": lambda: MCLP.from_cost_matrix(costs, people, 5000, p_facilities=4),
    "p_median": lambda: PMedian.from_cost_matrix(costs, people, p_facilities=4),
    "p_center": lambda: PCenter.from_cost_matrix(costs, p_facilities=4),
}
began = time.perf_counter()
found = made[sys.argv[2]]().solve(pulp.PULP_CBC_CMD(msg=False))
print("PEER " + json.dumps({"seconds": time.perf_counter() - began, "objective": found.problem.objective.value()}))
"""
COVERING = """
import json, sys, time
import numpy, pulp
from spopt.locate import MCLP
given, limit = numpy.load(sys.argv[1]), float(sys.argv[2])
costs = numpy.full((len(given["weight"]), int(given["places"])), 2.0)
costs[given["demand"], given["place"]] = 1.0
began = time.perf_counter()
model = MCLP.from_cost_matrix(costs, given["weight"], 1.5, p_facilities=int(given["p"]))
built = time.perf_counter() - began
print("BUILT " + json.dumps({"built": built}), flush=True)
left = max(limit - built, 1)
model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=left, gapRel=0), results=False)
seconds = time.perf_counter() - began
print("PEER " + json.dumps({"seconds": seconds, "built": built, "objective": model.problem.objective.value()}))
"""


def peer_case(model: str) -> dict[str, Any] | None:
    """The seconds and the objective of a model of spopt on the San Francisco case; None where it is not installed."""
    path = san_francisco_path()
    return None if path is None else _peer(SAN_FRANCISCO, [str(path), model], 600)


def spopt_covering(problem: LocationProblem, limit_s: float) -> dict[str, Any] | None:
    """spopt's MCLP, stopped after `limit_s`; None where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.npz"
        cost = problem.cost
        numbers = {"weight": problem.weight.to_numpy(float), "places": len(cost.place_ids), "p": problem.p}
        np.savez(path, demand=cost.demand, place=cost.place, **numbers)
        return _peer(COVERING, [str(path), str(limit_s)], limit_s + 30)


def _peer(code: str, arguments: list[str], limit_s: float) -> dict[str, Any] | None:
    """What the last line of a peer tells; where it had to be stopped, how far it came."""
    try:
        ran = subprocess.run(
            [python_of_peers(), "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=limit_s
        )
    except subprocess.TimeoutExpired as stopped:
        lines = (stopped.stdout or b"").decode().splitlines()
        told = [json.loads(line.split(" ", 1)[1]) for line in lines if line.startswith("BUILT ")]
        return {"built": None, **(told[0] if told else {}), "seconds": limit_s, "objective": None}
    if "ModuleNotFoundError" in ran.stderr:
        return None
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    line = next(row for row in ran.stdout.splitlines() if row.startswith("PEER "))
    told_all: dict[str, Any] = json.loads(line.removeprefix("PEER "))
    return told_all


def compact(problem: LocationProblem, limit_s: float) -> tuple[float, float]:
    """Church and ReVelle's model passed whole to HiGHS by scipy: the most weight found, and the gap that is left."""
    points, sites = len(problem.cost.demand_ids), len(problem.cost.place_ids)
    pairs: npt.NDArray[np.float64] = np.ones(len(problem.cost.cost))
    cover = csr_array((pairs, (problem.cost.demand, problem.cost.place)), shape=(points, sites))
    rows = hstack([-cover, eye_array(points)]).tocsr()
    is_site = np.concatenate([np.ones(sites), np.zeros(points)])
    limits = [LinearConstraint(rows, -np.inf, 0), LinearConstraint(is_site[None], -np.inf, problem.p)]
    value = np.concatenate([np.zeros(sites), -problem.weight.to_numpy(float)])
    options = {"time_limit": limit_s, "mip_rel_gap": 0.0}
    found = milp(value, integrality=is_site, bounds=Bounds(0, 1), constraints=limits, options=options)
    return (float("nan") if found.x is None else -float(found.fun)), float(found.mip_gap or 0.0)
