"""The p-median models: equal to brute force, lawful, and at the published optima."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import shortest_path

from geoplan import CostMatrix, LocationProblem, check, solve
from geoplan.errors import CheckFailed, ResourceError
from geoplan.location._median import Search, build_medians
from geoplan.location._median_bound import ascend, first_bound, first_status
from geoplan.location._median_branch import branch
from geoplan.location._median_reach import reaching, surely_none
from geoplan.location._watch import Watch
from geoplan.network import _kernel
from geoplan.plugins import find
from tests.location_problems import shuffled

PMED = Path(__file__).parents[1] / "../shared/data/orlib_pmed"
MODELS = ("p_median", "p_median_nearest")
QUICK = settings(deadline=None, max_examples=60)


@st.composite
def drawn_problems(draw: Any) -> LocationProblem:
    """Up to 7 points in two bands and 7 places, some fixed, refused or on one site; some pairs are absent."""
    points, places, fixed = draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(0, 2))
    demand_ids, free_ids = [f"D{i}" for i in range(points)], [f"S{i}" for i in range(places)]
    place_ids = [f"F{i}" for i in range(fixed)] + free_ids
    kind = draw(st.sampled_from(["whole", "cents", "any"]))
    cells = st.integers(0, 40) if kind != "any" else st.floats(0, 40, allow_nan=False)
    row = st.lists(st.one_of(st.none(), cells, cells, cells), min_size=len(place_ids), max_size=len(place_ids))
    table = np.array(draw(st.lists(row, min_size=points, max_size=points)), float)
    people = draw(st.lists(st.integers(0, 5), min_size=2 * points, max_size=2 * points))
    weight = np.reshape(people, (points, 2)) / (10 if kind == "cents" else 1)
    refused = draw(st.lists(st.sampled_from(free_ids), max_size=1))
    ground = [draw(st.sampled_from("abcdefgh")) for _ in place_ids]
    return LocationProblem(
        cost=CostMatrix.from_dense(pd.DataFrame(table / (100 if kind == "cents" else 1), demand_ids, place_ids)),
        weight=pd.DataFrame(weight, demand_ids, ["young", "old"]),
        p=draw(st.integers(0, places - len(refused))),
        fixed=place_ids[:fixed],
        refused=refused,
        site=draw(st.one_of(st.none(), st.just(pd.Series(ground, place_ids)))),
        neighbours=draw(st.integers(1, 3)),
    )


def asked_of(model: str, problem: LocationProblem) -> LocationProblem:
    """The problem as the model takes it: only one of them counts more than the nearest place."""
    return problem if model == "p_median_nearest" else replace(problem, neighbours=1)


def cost_of(problem: LocationProblem, sites: Any, count: int) -> float:
    """What these sites cost everyone, by a dense table; infinite where somebody is left out."""
    table = problem.cost.to_frame().pivot(index="demand_id", columns="place_id", values="cost")
    table = table.reindex(index=problem.cost.demand_ids, columns=[*problem.fixed, *sites]).fillna(np.inf)
    people = problem.weights().sum(axis=1).to_numpy()
    near = np.sort(np.hstack((table.to_numpy(float), np.full((len(people), count), np.inf))), axis=1)[:, :count]
    return float((people[people > 0, None] * near[people > 0]).sum())


def cheapest(problem: LocationProblem, count: int) -> float:
    """The least cost of any allowed choice, by trying all; infinite where there is none."""
    free = [i for i in problem.cost.place_ids if i not in {*problem.fixed, *problem.refused}]
    choices = [list(c) for c in combinations(free, problem.p or 0)]
    if problem.site is not None:
        choices = [c for c in choices if problem.site[c].is_unique]
    return min((cost_of(problem, c, count) for c in choices), default=np.inf)


def plane(seed: int, points: int = 120, places: int = 40, limit: float = 2000, **given: Any) -> LocationProblem:
    """Points and places scattered in a square of 4 km; pairs up to 2 km, or another limit."""
    random = np.random.default_rng(seed)
    at, there = random.uniform(0, 4000, (points, 2)), random.uniform(0, 4000, (places, 2))
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round()
    ids = [f"D{i:03d}" for i in range(points)], [f"P{i:03d}" for i in range(places)]
    cost = CostMatrix.from_dense(pd.DataFrame(distance, *ids), unit="m", limit=limit)
    weight = pd.Series(random.integers(0, 30, points).astype(float), ids[0])
    return LocationProblem(cost, weight, **({"p": 8} | given))


def published(name: str) -> tuple[LocationProblem, float]:
    """An instance of the OR-Library, distances by shortest paths, and its optimum."""
    if not PMED.exists():
        pytest.skip("the OR-Library files are not here")
    numbers = (PMED / f"{name}.txt").read_text(encoding="utf-8").split()
    size, edges = int(numbers[0]), np.array(numbers[3:], float).reshape(-1, 3)
    last = pd.DataFrame(edges, columns=["i", "j", "cost"])
    last[["i", "j"]] = np.sort(last[["i", "j"]].to_numpy(int), axis=1) - 1
    last = last.drop_duplicates(["i", "j"], keep="last").astype({"i": int, "j": int})
    streets = csr_matrix((last["cost"], (last["i"], last["j"])), shape=(size, size))
    ids = [f"{i:04d}" for i in range(size)]
    cost = CostMatrix.from_dense(pd.DataFrame(shortest_path(streets, directed=False), ids, ids))
    best = pd.read_csv(PMED / "optima.csv", index_col="instance")["pmedian_optimum"][name]
    return LocationProblem(cost, pd.Series(1.0, ids), p=int(numbers[2])), float(best)


@pytest.mark.parametrize("model", MODELS)
@given(problem=drawn_problems())
@QUICK
def test_equal_to_brute_force(model: str, problem: LocationProblem) -> None:
    """The plan is proven and costs what the best of all choices costs; where no choice is allowed it says so."""
    problem = asked_of(model, problem)
    plan, best = solve(problem, model), cheapest(problem, problem.neighbours)
    check(problem, plan)
    assert plan.status == ("infeasible" if np.isinf(best) else "optimal")
    if plan.status == "optimal":
        assert plan.objective == pytest.approx(best, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 1000), sites=st.booleans())
@settings(deadline=None, max_examples=8)
def test_row_order_changes_nothing(model: str, seed: int, sites: bool) -> None:
    """Demand points and places in another order give the same plan, bound and assignment."""
    asked = asked_of(model, plane(seed, fixed=["P007", "P003"], neighbours=2))
    if sites:
        asked = replace(asked, site=pd.Series([f"g{i // 3}" for i in range(40)], asked.cost.place_ids))
    first, other = solve(asked, model), solve(shuffled(asked, seed), model)
    assert (first.objective, first.bound, first.status) == (other.objective, other.bound, other.status)
    assert sorted(first.sites) == sorted(other.sites)
    pd.testing.assert_frame_equal(first.assignment, other.assignment)


@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=8)
def test_more_places_never_cost_more(model: str, seed: int) -> None:
    """With one place more the optimum is no dearer, and so it is with one refused no cheaper."""
    asked = asked_of(model, plane(seed, neighbours=2))
    less, more = solve(asked, model), solve(replace(asked, p=9), model)
    without = solve(replace(asked, refused=less.sites[:1]), model)
    known = [p for p in (more, less, without) if p.status != "infeasible"]
    assert [p.status for p in known] == ["optimal"] * len(known)
    assert more.status != "infeasible" or less.status == "infeasible"
    assert [p.objective for p in known] == sorted(p.objective for p in known)


def test_with_one_neighbour_both_models_are_one() -> None:
    """The model of several nearest places with one place is the p-median."""
    one, other = solve(plane(3), "p_median"), solve(plane(3), "p_median_nearest")
    assert (one.sites, one.objective, one.bound) == (other.sites, other.objective, other.bound)


@given(seed=st.integers(0, 1000), seconds=st.sampled_from([1e-6, 10.0]), gap=st.sampled_from([0.0, 0.05]))
@settings(deadline=None, max_examples=20)
def test_a_start_is_never_made_worse(seed: int, seconds: float, gap: float) -> None:
    """The plan costs no more than the start, however little time there is; and the bound is never above the plan."""
    asked = plane(seed, points=60, p=12)
    given_plan = solve(asked, "p_median")
    if given_plan.status == "infeasible":
        return
    plan = solve(asked, "p_median", start=given_plan.sites, time_limit_s=seconds, gap=gap)
    check(asked, plan)
    assert plan.objective <= given_plan.objective
    assert plan.bound is None or plan.bound <= plan.objective


@pytest.mark.parametrize("start", [["P000"], ["P000", "P001"], [f"P{i:03d}" for i in range(20)]])
def test_a_start_that_breaks_the_rules_does_no_harm(start: list[str]) -> None:
    """A start of too few, too many or on one site gives a plan that keeps the rules."""
    asked = plane(5)
    asked = replace(asked, site=pd.Series([f"g{i // 2}" for i in range(40)], asked.cost.place_ids))
    plan = solve(asked, "p_median", start=start)
    check(asked, plan)
    assert plan.objective == solve(asked, "p_median").objective


@given(problem=drawn_problems())
@settings(deadline=None, max_examples=40)
def test_the_cover_says_whether_all_can_be_reached(problem: LocationProblem) -> None:
    """The cover finds places that reach everyone exactly where trying all finds some."""
    medians = build_medians(problem, problem.neighbours)
    if not len(medians.points[3]) or surely_none(medians):
        return  # nobody to reach, or counting alone settles it
    with Watch(10) as watch:
        chosen = reaching(medians, watch)
    assert (chosen is None) == bool(np.isinf(cheapest(problem, problem.neighbours)))
    if chosen is not None:
        assert np.isfinite(cost_of(problem, problem.cost.place_ids[medians.row[chosen]], problem.neighbours))


@given(problem=drawn_problems())
@settings(deadline=None, max_examples=40)
def test_swaps_keep_true_accounts(problem: LocationProblem) -> None:
    """After any swaps, nearest places and losses are what a count from scratch gives."""
    search = Search(build_medians(problem, problem.neighbours))
    search.fill()
    search.descend()
    search.shake(5)
    near, loss, cost = search.state[1].copy(), search.state[3].copy(), search.cost
    search.put(search.chosen)
    assert np.array_equal(near, search.state[1])
    np.testing.assert_allclose(loss, search.state[3], rtol=1e-12, atol=1e-9)
    assert search.cost == pytest.approx(cost, rel=1e-12)


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=5)
def test_branches_alone_find_the_optimum(seed: int) -> None:
    """From the plan of lowest ids and a poor bound the branches end at the same cost as the whole method."""
    asked = plane(seed, points=30, places=9, p=3, limit=6000)
    best = cheapest(asked, 1)
    medians = build_medians(asked, 1)
    search = Search(medians)
    search.put(np.arange(3))
    bound = ascend(medians, first_status(medians), first_bound(search), np.inf, search.cost, 5, np.array([1.0]))
    with Watch(30) as watch:
        _, cost, least = branch(medians, bound, search.chosen, search.cost, 0.0, watch)
    assert cost == best
    assert least <= cost


@pytest.mark.parametrize("name", ["pmed1", "pmed3", "pmed9", "pmed15", "pmed17", "pmed25"])
def test_published_optima(name: str) -> None:
    """Instances of the OR-Library end at the published optimum, proven, and pass the recount."""
    asked, best = published(name)
    plan = solve(asked, "p_median")
    check(asked, plan)
    assert (plan.objective, plan.bound, plan.status) == (best, best, "optimal")


def test_a_gap_that_is_asked_is_enough() -> None:
    """Work ends once the gap is reached, and the bound says no more than was proven."""
    asked, best = published("pmed17")
    plan = solve(asked, "p_median", gap=0.02)
    check(asked, plan)
    assert plan.status in ("feasible", "optimal")
    assert plan.gap is not None
    assert plan.gap <= 0.02
    assert plan.bound is not None
    assert plan.bound <= best <= plan.objective


def test_no_time_gives_the_first_plan_without_a_proof() -> None:
    """A plan that is stopped at once is whole, and claims nothing that is not proven."""
    plan = solve(plane(1), "p_median", time_limit_s=1e-9)
    check(plane(1), plan)
    assert plan.status == "stopped"


def test_nobody_says_infeasible_without_a_proof() -> None:
    """Where each point has places but no one place reaches all, time is needed to say so; without, it says what to do."""
    pairs = [(f"D{i}", place, 5.0) for place, points in {"A": [0, 1], "B": [1, 2], "C": [0, 2]}.items() for i in points]
    cost = CostMatrix.from_pairs(pairs)
    asked = LocationProblem(cost, pd.Series(1.0, cost.demand_ids), p=1)
    with pytest.raises(ResourceError, match="more time"):
        solve(asked, "p_median", time_limit_s=1e-9)
    assert solve(asked, "p_median").status == "infeasible"
    assert solve(replace(asked, p=2), "p_median").status == "optimal"


def test_progress_tells_the_plan_and_the_bound() -> None:
    """Whoever listens hears of the search, with the best plan and the bound."""
    told: list[str] = []
    asked, _ = published("pmed17")
    solve(asked, "p_median", progress=told.append)
    assert any("bound" in line and "best" in line for line in told)


@pytest.mark.parametrize("model", MODELS)
def test_the_recount_finds_what_is_wrong(model: str) -> None:
    """A plan with too few sites, or that sends somebody to a farther place, does not pass."""
    asked = asked_of(model, plane(2, neighbours=2))
    plan, recount = solve(asked, model), find("recounts", model)
    with pytest.raises(CheckFailed, match="exactly p sites"):
        recount(asked, replace(plan, sites=plan.sites[1:]))
    farther = plan.assignment.copy()
    pairs = asked.cost.to_frame().set_index(["demand_id", "place_id"]).index
    point = farther["demand_id"].iloc[0]
    here = set(farther.loc[farther["demand_id"] == point, "place_id"])
    farther.loc[0, "place_id"] = next(p for p in plan.sites if p not in here and (point, p) in pairs)
    with pytest.raises(CheckFailed, match="nearest"):
        recount(asked, replace(plan, assignment=farther))


@pytest.mark.parametrize("neighbours", [1, 2])
def test_the_plan_is_the_same_without_numba(neighbours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops left uncompiled give equal plans and bounds."""
    asked = plane(4, points=20, places=9, p=3, neighbours=neighbours)
    asked = replace(
        asked,
        cost=CostMatrix.from_pairs(
            asked.cost.to_frame(), demand_ids=asked.cost.demand_ids, place_ids=asked.cost.place_ids
        ),
    )
    compiled = solve(asked, "p_median_nearest")
    uncompile(monkeypatch)
    plain = solve(asked, "p_median_nearest")
    assert (plain.sites, plain.objective, plain.bound) == (compiled.sites, compiled.objective, compiled.bound)


def uncompile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the Python functions in the place of the compiled ones."""
    from geoplan.location import _median_kernels as kernels

    if _kernel.numba is None:  # type: ignore[attr-defined]
        return
    for name, value in list(vars(kernels).items()):
        if hasattr(value, "py_func"):
            monkeypatch.setattr(kernels, name, value.py_func)
