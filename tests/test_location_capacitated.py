"""The models with capacity: equal to brute force on tiny problems, and to published optima on small files."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geoplan import CostMatrix, LocationProblem, check, solve
from geoplan.errors import CheckFailed, InputError, ResourceError, UsageError
from geoplan.location import _capacitated_kernels as kernels
from geoplan.location._capacitated import build_case
from geoplan.location._capacitated_bound import FINE, QUICK, Relaxation, bound, reduced
from geoplan.location._capacitated_plans import Service
from geoplan.location.models import p_median_capacitated
from tests.location_problems import allowed, plane, shuffled, tiny_problems

DATA = Path(__file__).parents[1] / "../shared/data"
MODELS = ("p_median_capacitated", "cflp")


def least_travel(problem: LocationProblem, sites: tuple[str, ...]) -> float:
    """The least weight · cost that serves everybody from these sites and the fixed; infinite where that cannot be."""
    cost, weights, capacity = problem.reachable().to_frame(), problem.weights(), problem.capacities()
    cost = cost[cost["place_id"].isin([*problem.fixed, *sites])]
    return sum(
        _band(problem.single_source, cost, weights[b], None if capacity is None else capacity[b]) for b in weights
    )


def _band(single: bool, cost: pd.DataFrame, weight: pd.Series, capacity: pd.Series | None) -> float:
    weight = weight[weight > 0]
    cost = cost[cost["demand_id"].isin(weight.index)]
    if cost["demand_id"].nunique() < len(weight):
        return math.inf
    if not len(weight):
        return 0.0
    places = sorted(set(cost["place_id"]))
    room = np.full(len(places), weight.sum()) if capacity is None else capacity[places].to_numpy()
    if single:
        return _whole(cost, weight, places, room)
    rows = [(cost["demand_id"] == d).to_numpy(float) for d in weight.index]
    tops = [(cost["place_id"] == p).to_numpy(float) for p in places]
    answer = linprog(cost["cost"], A_ub=np.array(tops), b_ub=room, A_eq=np.array(rows), b_eq=weight)
    return float(answer.fun) if answer.status == 0 else math.inf


def _whole(cost: pd.DataFrame, weight: pd.Series, places: list[str], room: Any) -> float:
    best = math.inf
    choices = [cost[cost["demand_id"] == d][["place_id", "cost"]].to_numpy().tolist() for d in weight.index]
    for choice in product(*choices):
        load = dict.fromkeys(places, 0.0)
        for (place, _), people in zip(choice, weight, strict=True):
            load[place] += people
        if all(load[p] <= r + 1e-9 for p, r in zip(places, room, strict=True)):
            best = min(best, sum(c * w for (_, c), w in zip(choice, weight, strict=True)))
    return best


def least(problem: LocationProblem, model: str) -> float:
    """The objective of the best plan by brute force; infinite where there is none."""
    prices = problem.fixed_cost if model == "cflp" and problem.fixed_cost is not None else None
    values = [
        least_travel(problem, sites) + (0.0 if prices is None else float(prices[list(sites)].sum()))
        for sites in allowed(problem)
        if model == "cflp" or len(sites) == problem.p
    ]
    return min(values, default=math.inf)


@st.composite
def tiny(draw: Any) -> tuple[LocationProblem, str]:
    """A tiny problem with a model: one band or two, split or single source, with or without a budget and sites."""
    problem, model = draw(tiny_problems()), draw(st.sampled_from(MODELS))
    few = problem.cost.demand_ids[:4]
    frame = problem.cost.to_frame()
    frame = frame[frame["demand_id"].isin(few)]
    cost = CostMatrix.from_pairs(frame, demand_ids=few, place_ids=problem.cost.place_ids)
    people = problem.weight.loc[few] * draw(st.sampled_from([1, 2]))  # type: ignore[union-attr]
    one = draw(st.booleans())
    assert problem.capacity is not None
    return replace(
        problem,
        cost=cost,
        weight=people["young"] if one else people,
        capacity=problem.capacity["young"] if one else problem.capacity,  # type: ignore[call-overload]
        budget=None if model == "p_median_capacitated" or draw(st.booleans()) else problem.budget,
        site=None if draw(st.booleans()) else problem.site,
        p=problem.p if model == "cflp" else draw(st.integers(0, len(cost.place_ids) - len(problem.fixed))),
        single_source=draw(st.booleans()),
    ), model


@settings(max_examples=60, deadline=None)
@given(tiny())
def test_brute_force_finds_nothing_better(asked: tuple[LocationProblem, str]) -> None:
    """The plan costs what the best of all choices and assignments costs; where there is none, that is proven."""
    problem, model = asked
    best, plan = least(problem, model), solve(problem, model)
    check(problem, plan)
    if best == math.inf:
        assert plan.status == "infeasible"
    else:
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, abs=1e-6)


def scattered(model: str, **changes: Any) -> LocationProblem:
    """A problem on a plane with room for all: one band, twenty places, whole people."""
    base = plane(3, demand=40, fixed=1, options=20)
    assert isinstance(base.weight, pd.DataFrame)
    assert base.fixed_cost is not None
    weight = base.weight["young"].round() + 1
    given: dict[str, Any] = {
        "weight": weight,
        "capacity": pd.Series(30.0, base.cost.place_ids),
        "fixed_cost": base.fixed_cost / 1000,
        "budget": None,
        "p": 6 if model == "p_median_capacitated" else None,
    }
    frame = base.cost.to_frame()
    at = pd.MultiIndex.from_product([base.cost.demand_ids, base.cost.place_ids], names=["demand_id", "place_id"])
    near = frame.set_index(["demand_id", "place_id"])["cost"].reindex(at, fill_value=1500.0).reset_index()
    cost = CostMatrix.from_pairs(near, demand_ids=base.cost.demand_ids, place_ids=base.cost.place_ids)
    return replace(base, cost=cost, **(given | changes))


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_row_order_changes_nothing(model: str, single: bool) -> None:
    """Any order of demand points and places gives the same plan, assignment and bound."""
    asked = scattered(model, single_source=single)
    plan, other = solve(asked, model), solve(shuffled(asked, 2), model)
    check(asked, plan)
    assert (sorted(plan.sites), plan.objective, plan.bound) == (sorted(other.sites), other.objective, other.bound)
    pd.testing.assert_frame_equal(plan.assignment, other.assignment)


@pytest.mark.parametrize("model", MODELS)
def test_more_room_never_costs_more(model: str) -> None:
    """Greater capacity costs no more; splitting costs no more than single source."""
    costs = []
    for room in (20.0, 30.0, 60.0):
        asked = scattered(model)
        assert isinstance(asked.capacity, pd.Series)
        asked = replace(asked, capacity=asked.capacity * 0 + room)
        whole = solve(replace(asked, single_source=True), model).objective
        split = solve(asked, model).objective
        assert split <= whole + 1e-6
        costs.append((whole, split))
    assert costs == sorted(costs, reverse=True)


def test_a_start_is_never_made_worse() -> None:
    """The answer is no worse than the plan that it began with, whatever the gap that would do."""
    asked = scattered("cflp")
    best = solve(asked, "cflp")
    assert solve(asked, "cflp", gap=0.5, start=best.sites).objective <= best.objective + 1e-6


def test_a_gap_that_is_reached_ends_the_work() -> None:
    """With a gap asked, the plan is within it and says `feasible` unless it is proven."""
    plan = solve(scattered("cflp", single_source=True), "cflp", gap=0.05)
    assert plan.gap is not None
    assert plan.gap <= 0.05
    assert plan.status in ("feasible", "optimal")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_bound_is_below_and_reduced_costs_cut_nothing_off(data: Any) -> None:
    """The Lagrangian bound is not above the best plan, and what it rules out is not in that plan."""
    problem, model = data.draw(tiny())
    best = least(problem, model)
    case = build_case(problem, model == "cflp", model != "cflp")
    if best == math.inf or not len(case.size):
        return
    relaxation = Relaxation(case)
    first = bound(relaxation, relaxation.first(), QUICK, lambda _: False, lambda *_: best)
    proof = bound(relaxation, first.prices, FINE, lambda _: False, lambda *_: best)
    assert first.least <= proof.least <= best + 1e-6
    plan, rest = solve(problem, model), reduced(relaxation, proof.prices).left(best)
    places = problem.cost.place_ids[case.place]
    opened = places.isin([*plan.sites, *problem.fixed])
    assert not (opened & ~rest.may_open).any()
    assert not (~opened & ~case.fixed & ~rest.may_close).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 20)), min_size=1, max_size=7), st.integers(0, 25))
def test_knapsacks_against_every_choice(items: list[tuple[int, int]], room: int) -> None:
    """The exact knapsack is the best of all choices; each item's loss is what having it in takes from that."""
    size, profit = np.array(items, np.int64).T
    start, node = np.array([0, len(items)]), np.arange(len(items))
    choices = np.array(list(product((0, 1), repeat=len(items))))
    choices = choices[choices @ size <= room]
    take, worth, cut = np.empty(len(items)), np.empty(1), np.empty(1)
    pairs = (start, node, np.zeros(len(items)), size, np.array([room]), profit.astype(float))
    kernels.pack(*pairs, False, take, cut)
    kernels.pack(*pairs, True, take, worth)
    assert worth[0] == (choices @ profit).max() == (take * profit).sum()
    assert (take * size).sum() <= room
    assert cut[0] >= worth[0] - 1e-9
    fits = size <= room
    for cells in (10_000, 0):
        loss = np.zeros(len(items))
        keep = np.flatnonzero(fits)
        some = (np.array([0, len(keep)]), keep, np.zeros(len(keep)), size, np.array([room]), profit.astype(float))
        small = np.empty(len(keep))
        kernels.forced(*some, cells, worth, small)
        loss[keep] = small
        for item in keep:
            true = worth[0] - (choices[choices[:, item] == 1] @ profit).max()
            assert loss[item] == true if cells else loss[item] <= true + 1e-9


def test_nobody_to_serve() -> None:
    """Without people a p-median opens p places all the same, and a cflp none."""
    asked = replace(scattered("cflp"), weight=scattered("cflp").weight * 0)
    assert solve(asked, "cflp").sites == ()
    plan = solve(replace(asked, p=3), "p_median_capacitated")
    check(replace(asked, p=3), plan)
    assert (len(plan.sites), plan.objective, plan.status) == (3, 0.0, "optimal")


@pytest.mark.parametrize("model", MODELS)
def test_too_little_room_is_proven(model: str) -> None:
    """Where the rooms are too small in all, or a point too large for each, no plan exists and the answer says so."""
    asked = scattered(model)
    assert isinstance(asked.capacity, pd.Series)
    small = solve(replace(asked, capacity=asked.capacity * 0.01), model)
    assert (small.status, small.sites) == ("infeasible", ())
    large = asked.weight.where(asked.weight.index != "D000", 31.0)  # type: ignore[call-overload]
    assert solve(replace(asked, weight=large, single_source=True), model).status == "infeasible"


def test_what_makes_no_question_is_refused() -> None:
    """A p-median without p, and people finer than thousandths, are refused with the reason."""
    asked = scattered("cflp")
    with pytest.raises(InputError, match="p_median_capacitated"):
        solve(asked, "p_median_capacitated")
    with pytest.raises(UsageError, match="give p"):
        p_median_capacitated.solve(asked)
    with pytest.raises(InputError, match="thousandths"):
        solve(replace(asked, weight=asked.weight / 7), "cflp")


def test_no_plan_in_the_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no plan is found in the time there is none in the answer, but the reason and what to do."""
    monkeypatch.setattr(Service, "serve", lambda *_: math.inf)
    with pytest.raises(ResourceError, match=r"no plan was found in 0\.01 s.*give more time"):
        solve(scattered("cflp"), "cflp", time_limit_s=0.01)


def test_time_that_runs_out_is_told() -> None:
    """A plan that was stopped by the clock says so with its gap, and is a plan all the same."""
    asked = scattered("cflp", single_source=True)
    plan = solve(asked, "cflp", time_limit_s=1e-6)
    check(asked, plan)
    assert plan.status == "stopped"
    assert plan.gap is not None


@pytest.mark.parametrize("model", MODELS)
def test_a_recount_finds_who_is_left_out(model: str) -> None:
    """A plan whose assignment leaves somebody out, or whose objective is not the sum, fails its recount."""
    asked = scattered(model)
    plan = solve(asked, model, gap=0.1)
    with pytest.raises(CheckFailed, match="everybody is served"):
        check(asked, replace(plan, assignment=plan.assignment.iloc[1:]))
    with pytest.raises(CheckFailed, match="objective"):
        check(asked, replace(plan, objective=plan.objective - 1))


def capacitated_p_median(name: str) -> tuple[LocationProblem, float]:
    """An instance of OR-Library: each point costs its distance, whatever its demand."""
    row = pd.read_csv(DATA / "pmedcap/index.csv", index_col=0).loc[name]
    table = pd.read_csv(DATA / f"pmedcap/{name}.csv")
    at, demand = table[["x", "y"]].to_numpy(float), table["demand"].to_numpy(float)
    distance = np.floor(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 1e-9)
    ids = [f"{i:03d}" for i in table["id"]]
    cost = CostMatrix.from_dense(pd.DataFrame(distance / demand[:, None], ids, ids))
    room = pd.Series(float(row["capacity"]), ids)
    problem = LocationProblem(cost, pd.Series(demand, ids), p=int(row["p"]), capacity=room, single_source=True)
    return problem, float(row["reported_value"])


def facility_location(name: str) -> tuple[LocationProblem, float]:
    """An instance of Holmberg or Delmaire: the rows are the cost of serving all of a customer's demand."""
    numbers = np.array((DATA / f"sscflp/{name}.txt").read_text().split(), float)
    places, customers = int(numbers[0]), int(numbers[1])
    cuts = np.cumsum([2, places, places, customers])
    _, room, price, demand, rows = np.split(numbers, cuts)
    ids, names = [f"D{i:03d}" for i in range(customers)], [f"P{j:03d}" for j in range(places)]
    cost = CostMatrix.from_dense(pd.DataFrame(rows.reshape(customers, places) / demand[:, None], ids, names))
    best = pd.read_csv(DATA / "sscflp/optima.csv", index_col=0).loc[name, "single_source_optimum"]
    problem = LocationProblem(
        cost,
        pd.Series(demand, ids),
        capacity=pd.Series(room, names),
        fixed_cost=pd.Series(price, names),
        single_source=True,
    )
    return problem, float(best)


@pytest.mark.skipif(not (DATA / "pmedcap").is_dir(), reason="the published instances are not on this computer")
@pytest.mark.parametrize(
    ("name", "read", "model"),
    [
        ("pmedcap_03", capacitated_p_median, "p_median_capacitated"),
        ("pmedcap_05", capacitated_p_median, "p_median_capacitated"),
        ("holmberg_p07", facility_location, "cflp"),
        ("delmaire_p03", facility_location, "cflp"),
    ],
)
def test_published_optima(name: str, read: Any, model: str) -> None:
    """The published optimum, proven."""
    problem, best = read(name)
    plan = solve(problem, model)
    check(problem, plan)
    assert (plan.status, plan.objective) == ("optimal", pytest.approx(best, abs=1e-6))
