"""Location models on large made-up towns: maximal covering up to a million points, and the programme in one and four phases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bench.alone import alone
from bench.location_peers import compact, spopt_covering
from bench.location_towns import SIZES, covering_problem, programme_town
from bench.table import Row, skipped
from geoplan import LocationProblem, solve

PEER_LIMIT_S = 150.0  # what spopt with CBC, and HiGHS, may take
OUR_LIMIT_S = 120.0
# compiled loops are read from the cache, or compiled, before the clock starts
IMPORTS = """
from geoplan import solve
from bench.location_scale import covered, covering_problem
solve(covering_problem("10k"), "mclp", gap=0.2)
"""
COVER = """
problem = covering_problem({size!r})
began = time.perf_counter()
plan = solve(problem, "mclp", gap={gap}, time_limit_s={limit})
value = {{"solve_s": time.perf_counter() - began, **covered(problem, plan)}}
value["pairs"] = len(problem.cost.cost)
"""


def covering_10k() -> Iterator[Row]:
    """Proven optimum of 10,000 × 1,000 against spopt with CBC and against the compact model in HiGHS."""
    problem = covering_problem("10k")
    solve(problem, "mclp", gap=0.2)  # to warm up
    began = time.perf_counter()
    plan = solve(problem, "mclp", time_limit_s=OUR_LIMIT_S)
    ours_s = time.perf_counter() - began
    ours = covered(problem, plan)
    began = time.perf_counter()
    best, gap = compact(problem, PEER_LIMIT_S)
    yield _against("HiGHS, compact", time.perf_counter() - began, best, f"gap {gap:.2%}", ours_s, ours)
    theirs = spopt_covering(problem, PEER_LIMIT_S)
    if theirs is None:
        yield skipped("MCLP 10k", "spopt is absent: set PEERS_PYTHON to an interpreter that has it")
        return
    built = "not even built" if theirs["built"] is None else f"built in {theirs['built']:.0f} s"
    yield _against("spopt + CBC", theirs["seconds"], theirs["objective"], built, ours_s, ours)


def covering_100k() -> Iterator[Row]:
    """100,000 × 2,000, p = 100, in a fresh process."""
    yield _large("100k", 0.005)


def covering_1m() -> Iterator[Row]:
    """1,000,000 × 5,000, p = 200, in a fresh process: built, solved and proven within 1 %."""
    yield _large("1M", 0.01)


def programmes() -> Iterator[Row]:
    """2,000 demand points × 500 sites × 2 options, in one phase and in four."""
    for phases, limit_s in ((1, 5), (4, 10)):
        problem = programme_town(2_000, 500, 2, phases=phases)
        solve(programme_town(60, 12, 2, phases=phases), "programme", gap=0.2)  # to warm up
        began = time.perf_counter()
        plan = solve(problem, "programme", gap=0.005, time_limit_s=6 * limit_s)
        seconds = time.perf_counter() - began
        size = f"2,000 × 500 × 2 options, {phases} phase{'s' * (phases > 1)}, {len(problem.bands)} bands"
        yield Row("programme", size, f"asked: 0.5 % in {limit_s} s", None, seconds, proof(served(problem, plan)))


def covered(problem: LocationProblem, plan: Any) -> dict[str, Any]:
    """The people whom the sites of a plan cover, counted on the pairs of the problem, and what the plan claims."""
    cost = problem.cost
    row = {site: k for k, site in enumerate(cost.place_ids)}
    is_covered = np.zeros(len(cost.demand_ids), bool)
    for site in plan.sites:
        is_covered[cost.demand[cost.start[row[site]] : cost.start[row[site] + 1]]] = True
    counted = float(problem.weight.to_numpy(float)[is_covered].sum())
    return _claims(plan, counted, len(set(plan.sites)) <= (problem.p or 0))


def served(problem: Any, plan: Any) -> dict[str, Any]:
    """The people whom a plan serves, counted from its assignment; `right`: people, places, reach, sites and money are kept."""
    phases, opens, weight, budget = _in_phases(problem, plan)
    given, cost, fixed = plan.assignment, problem.cost, set(problem.fixed)
    phase = given["phase"].map(phases.index) if "phase" in given else pd.Series(0, given.index)
    standing = dict.fromkeys(fixed, 0) | {site: phases.index(when) for site, when in opens.items()}
    kept = bool((given["place_id"].map(standing) <= phase).all())
    sent = given["amount"].groupby([phase, given["demand_id"], given["band"]]).sum()
    wanted = pd.concat({k: w.stack() for k, w in enumerate(weight)})
    kept &= bool((sent <= wanted.reindex(sent.index, fill_value=0.0) + 1e-6).all())
    taken = given["amount"].groupby([phase, given["place_id"], given["band"]]).sum()
    room = problem.capacity.stack().reindex(taken.index.droplevel(0)).to_numpy()
    kept &= bool((taken.to_numpy() <= room + 1e-6).all())
    rows, columns = cost.demand_ids.get_indexer(given["demand_id"]), cost.place_ids.get_indexer(given["place_id"])
    pairs = cost.demand.astype(np.int64) * len(cost.place_ids) + cost.place
    kept &= bool(np.isin(rows * len(cost.place_ids) + columns, pairs).all())
    kept &= bool(problem.site.loc[list(plan.sites)].is_unique) and not {*plan.sites} & {*problem.refused}
    spent = [sum(problem.fixed_cost[s] for s, when in opens.items() if when == p) for p in phases]
    kept &= bool((np.cumsum(spent) <= np.cumsum(budget) + 1e-6).all())
    return _claims(plan, float(given["amount"].sum()), kept)


def _in_phases(problem: Any, plan: Any) -> tuple[list[str], dict[str, str], list[pd.DataFrame], list[float]]:
    """Phases, the phase of each site, people by phase, money by phase; a problem without phases has one."""
    if isinstance(problem, LocationProblem):
        return [""], dict.fromkeys(plan.sites, ""), [problem.weight], [problem.budget or np.inf]
    money = problem.budget or {}
    weight = [problem.weight[p] for p in problem.phases]
    return problem.phases, plan.opens, weight, [money.get(p, 0.0 if money else np.inf) for p in problem.phases]


def _claims(plan: Any, counted: float, kept: bool) -> dict[str, Any]:
    """What the bench counted beside what the plan says: the gap is that of the bound to what was counted."""
    gap = None if plan.bound is None else abs(plan.bound - counted) / max(abs(counted), 1e-9)
    right = kept and abs(counted - plan.objective) <= 1e-6 * max(1.0, counted)
    return {"objective": counted, "gap": gap, "status": plan.status, "right": right, "sites": len(plan.sites)}


def proof(value: dict[str, Any]) -> str:
    """What was counted and what is claimed, in words."""
    gap = "no bound" if value["gap"] is None else f"gap {value['gap']:.3%}"
    wrong = "" if value["right"] else ", WRONG: the recount differs"
    return f"{value['objective']:,.0f} people, {value['sites']} sites, {gap}, {value['status']}{wrong}"


def _against(peer: str, peer_s: float, best: float | None, told: str, ours_s: float, ours: dict[str, Any]) -> Row:
    demand, sites, p, _ = SIZES["10k"]
    theirs = "no plan" if best is None else f"{best:,.0f}"
    size = f"{demand:,} × {sites:,}, p={p}; peers are stopped after {PEER_LIMIT_S:g} s"
    return Row("MCLP, proven", size, f"{peer}: {theirs}, {told}", peer_s, ours_s, proof(ours))


def _large(size: str, gap: float) -> Row:
    demand, sites, p, _ = SIZES[size]
    found = alone(IMPORTS, COVER.format(size=size, gap=gap, limit=OUR_LIMIT_S))
    if found is None:
        return skipped(f"MCLP {size}", "a module is absent")
    built_s, told = found.seconds - found.value["solve_s"], proof(found.value)
    told += f"; peak {found.peak_mb / 1e3:.2f} GB with making the town, which took {built_s:.0f} s"
    pairs = f"{found.value['pairs'] / 1e6:.1f} million pairs"
    size = f"{demand:,} × {sites:,}, p={p}: {pairs}, asked: {gap:.1%}"
    return Row("MCLP, large", size, "", None, found.value["solve_s"], told)
