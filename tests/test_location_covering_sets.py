"""Covering everyone (lscp, lscp_backup), the p-centre and the dispersion against brute force, laws and published optima."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from geoplan import CostMatrix, LocationProblem, check, solve
from geoplan.errors import CheckFailed
from geoplan.location import _cover_kernels
from geoplan.location._cover import by_packing, cover_of, reduced
from geoplan.location._cover_search import Search
from geoplan.location._watch import Watch, ctrl_c_ends_the_run
from geoplan.location.plan import Plan
from tests.location_problems import shuffled

DATA = Path(__file__).parents[1] / "../shared/data/orlib_pmed"
COVERING = ("lscp", "lscp_backup")
ALL = (*COVERING, "p_center", "p_dispersion")


@st.composite
def small(draw: Any, dispersion: bool = False) -> LocationProblem:
    """Up to 7 points and 7 places, of which some are fixed, refused or on one site; costs of few whole numbers, so that many tie."""
    places = draw(st.integers(2, 7))
    demand = places if dispersion else draw(st.integers(1, 7))
    ids = [f"S{i}" for i in draw(st.permutations(range(places)))]
    points = ids if dispersion else [f"D{i}" for i in draw(st.permutations(range(demand)))]
    cell = st.one_of(st.none(), *[st.integers(0, 9)] * 4)
    table = draw(st.lists(st.lists(cell, min_size=places, max_size=places), min_size=demand, max_size=demand))
    cost = CostMatrix.from_dense(pd.DataFrame(np.array(table, float), points, ids))
    people = draw(st.lists(st.integers(0, 3), min_size=demand, max_size=demand))
    fixed, refused = draw(st.integers(0, 2)), draw(st.integers(0, 1))
    taken = min(fixed, places - 1)
    site = [draw(st.integers(0, 4)) for _ in ids] if draw(st.booleans()) else None
    return LocationProblem(
        cost,
        pd.Series(np.array(people, float), cost.demand_ids),
        p=draw(st.integers(0, places - taken - refused)) if places > taken + refused else 0,
        fixed=ids[:taken],
        refused=ids[taken : taken + refused],
        site=None if site is None else pd.Series([f"g{s}" for s in site], cost.place_ids),
    )


def for_model(problem: LocationProblem, model: str) -> LocationProblem:
    """The problem without the p that a covering model would refuse."""
    return replace(problem, p=None) if model in COVERING else problem


def value(model: str, problem: LocationProblem, table: Any, rows: Any) -> float | None:
    """What a choice of open places (rows of the places) is worth by the words of the model, None if it breaks a rule of it.

    `table`: the costs by point and place, NaN where there is no way.
    """
    if model == "p_dispersion":
        inside = table[np.ix_(rows, rows)].copy()
        np.fill_diagonal(inside, np.nan)
        return float(np.nanmin(np.append(inside, np.nanmax(np.append(table, 0.0)))))
    near = table[problem.weight.to_numpy() > 0][:, rows]
    if model == "p_center":
        least = np.where(np.isnan(near), np.inf, near).min(axis=1, initial=np.inf)
        return None if np.isinf(least).any() else float(least.max(initial=0.0))
    needs = 1 if model == "lscp" else max(2, problem.neighbours)
    enough = ((~np.isnan(near)).sum(axis=1) >= needs).all()
    return float(len(rows) - len(problem.fixed)) if enough else None


def best(model: str, problem: LocationProblem) -> float | None:
    """The best value of any choice that keeps the rules; None if none does."""
    cost = problem.cost
    table = np.full((len(cost.demand_ids), len(cost.place_ids)), np.nan)
    table[cost.demand, cost.place] = cost.values
    fixed = cost.place_ids.get_indexer(pd.Index(list(problem.fixed), dtype=object)).tolist()
    free = np.flatnonzero(~cost.place_ids.isin([*problem.fixed, *problem.refused])).tolist()
    site = range(len(cost.place_ids)) if problem.site is None else problem.site.tolist()
    counts = range(len(free) + 1) if problem.p is None else [problem.p]
    choices = [c for k in counts for c in combinations(free, k) if len({site[i] for i in c}) == k]
    found = [v for c in choices if (v := value(model, problem, table, [*fixed, *c])) is not None]
    return (max if model == "p_dispersion" else min)(found, default=None)


def compare(model: str, problem: LocationProblem) -> Plan:
    """Solve, and hold the plan against every choice."""
    asked = for_model(problem, model)
    plan, truth = solve(asked, model), best(model, asked)
    check(asked, plan)
    assert plan.status == ("infeasible" if truth is None else "optimal")
    assert truth is None or plan.objective == truth
    return plan


@given(small(), st.sampled_from(["lscp", "lscp_backup", "p_center"]), st.integers(1, 3))
@settings(max_examples=90, deadline=None)
def test_equals_brute_force(problem: LocationProblem, model: str, neighbours: int) -> None:
    """No choice of sites that keeps the rules is better; where none keeps them the plan says infeasible."""
    near = neighbours if model == "lscp_backup" else 1
    compare(model, replace(problem, neighbours=near))


@given(small(dispersion=True))
@settings(max_examples=50, deadline=None)
def test_the_dispersion_equals_brute_force(problem: LocationProblem) -> None:
    """No p places are farther apart, whichever way is asked, with the fixed among them and one place a site."""
    compare("p_dispersion", problem)


def plane(seed: int, demand: int = 120, places: int = 40, **changes: Any) -> LocationProblem:
    """Points and places in a square of 4 km, in whole metres."""
    random = np.random.default_rng(seed)
    at, there = random.uniform(0, 4000, (demand, 2)), random.uniform(0, 4000, (places, 2))
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round()
    table = pd.DataFrame(distance, [f"D{i:03d}" for i in range(demand)], [f"S{i:02d}" for i in range(places)])
    cost = CostMatrix.from_dense(table, unit="m")
    people = pd.Series(random.integers(0, 5, demand).astype(float), cost.demand_ids)
    return LocationProblem(cost, people, **changes)


def candidates(seed: int, places: int = 40, **changes: Any) -> LocationProblem:
    """Places in a square of 4 km with the distances between them."""
    random = np.random.default_rng(seed)
    there = random.uniform(0, 4000, (places, 2))
    distance = np.hypot(*(there[:, None] - there[None]).transpose(2, 0, 1)).round()
    ids = [f"S{i:02d}" for i in range(places)]
    cost = CostMatrix.from_dense(pd.DataFrame(distance, ids, ids), unit="m")
    return LocationProblem(cost, pd.Series(1.0, cost.demand_ids), **changes)


def asked_of(model: str, seed: int = 0, **changes: Any) -> LocationProblem:
    """A problem of some size for a model."""
    if model == "p_dispersion":
        return candidates(seed, p=8, **changes)
    more: dict[str, Any] = {"reach": 1300.0} if model in COVERING else {"p": 6}
    return plane(seed, **(more | changes))


@pytest.mark.parametrize("model", COVERING)
def test_more_reach_never_needs_more_sites(model: str) -> None:
    """The number of places falls, or stays, as the reach grows."""
    counts = [solve(plane(1, reach=r), model).objective for r in (1100.0, 1300.0, 1600.0, 2000.0, 3000.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


@pytest.mark.parametrize(("model", "falls"), [("p_center", True), ("p_dispersion", True)])
def test_more_places_never_a_greater_cost(model: str, falls: bool) -> None:
    """With more places nobody is farther than before; and more places stand nearer to each other."""
    costs = [solve(replace(asked_of(model, 2), p=p), model).objective for p in (2, 3, 5, 9)]
    assert costs == sorted(costs, reverse=falls)


@pytest.mark.parametrize("model", ALL)
def test_row_order_changes_nothing(model: str) -> None:
    """Shuffled rows give the same sites, bound and assignment."""
    problem = asked_of(model, 3)
    plan, other = solve(problem, model), solve(shuffled(problem, 1), model)
    assert sorted(plan.sites) == sorted(other.sites)
    assert (plan.objective, plan.bound) == (other.objective, other.bound)
    pd.testing.assert_frame_equal(plan.assignment, other.assignment)


@pytest.mark.parametrize("model", ALL)
def test_a_refused_site_never_helps(model: str) -> None:
    """Without a site of its plan no problem has a better one; fixed in advance, that site is not named and costs nothing more."""
    problem = asked_of(model, 4)
    plan = solve(problem, model)
    without = solve(replace(problem, refused=plan.sites[:1]), model)
    assert plan.sites[0] not in without.sites
    worse = plan.objective - without.objective if plan.sense == "most" else without.objective - plan.objective
    assert worse >= 0
    less = None if problem.p is None else problem.p - 1
    held = solve(replace(problem, fixed=plan.sites[:1], p=less), model)
    assert plan.sites[0] not in held.sites
    assert held.objective == (plan.objective - 1 if model in COVERING else plan.objective)


@pytest.mark.parametrize("model", ALL)
def test_one_place_a_site(model: str) -> None:
    """Where places share sites in threes, the plan opens one of each at most, and is proven all the same."""
    problem = asked_of(model, 5)
    ids = sorted(problem.cost.place_ids)
    site = pd.Series({i: f"g{k % (len(ids) // 3)}" for k, i in enumerate(ids)}).loc[problem.cost.place_ids]
    plan = solve(replace(problem, site=site), model)
    assert site[list(plan.sites)].is_unique
    assert plan.status == "optimal"
    free = solve(problem, model)
    assert plan.objective <= free.objective if plan.sense == "most" else plan.objective >= free.objective


@pytest.mark.parametrize("model", ALL)
def test_a_start_is_never_made_worse(model: str) -> None:
    """With another plan's sites to begin with, and with a gap that lets it stop early, the answer is as good as that plan."""
    problem = asked_of(model, 6)
    plan = solve(problem, model)
    again = solve(problem, model, start=plan.sites, gap=0.5)
    check(problem, again)
    assert again.objective == plan.objective


def test_a_point_that_nothing_reaches_is_proven() -> None:
    """A point with people out of every reach has no plan; without people it does not matter."""
    cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0)], unit="m")
    far = LocationProblem(cost, pd.Series({"a": 3.0, "b": 1.0}), reach=400.0)
    for model, p in (("lscp", None), ("lscp_backup", None), ("p_center", 1)):
        assert solve(replace(far, p=p), model).status == "infeasible"
    nobody = replace(far, weight=pd.Series({"a": 3.0, "b": 0.0}))
    assert solve(nobody, "lscp").sites == ("F",)
    assert solve(replace(nobody, p=1), "p_center").objective == 300.0


def test_too_few_sites_for_p_is_proven() -> None:
    """Exactly p places on p sites: where the places stand on fewer, there is no plan."""
    problem = candidates(0, 5, p=3)
    one = replace(problem, site=pd.Series(["g", "g", "g", "h", "h"], problem.cost.place_ids))
    assert solve(one, "p_dispersion").status == "infeasible"
    assert solve(one, "p_center").status == "infeasible"
    assert solve(replace(one, p=2), "p_center").status == "optimal"


@pytest.mark.parametrize("model", COVERING)
def test_a_stopped_plan_says_so_with_its_gap(model: str) -> None:
    """Where the time runs out the plan says stopped, its bound is not above the truth, and it can be recounted."""
    problem = plane(7, 1500, 220, reach=700.0)
    plan = solve(problem, model, time_limit_s=0.02)
    check(problem, plan)
    assert plan.status in ("stopped", "optimal")
    assert plan.bound is not None
    assert plan.gap is not None
    assert (plan.gap == 0) == (plan.status == "optimal")
    assert plan.bound <= solve(problem, model, time_limit_s=3).objective <= plan.objective


def test_a_gap_that_was_asked_is_enough() -> None:
    """Within the gap that was asked the plan says feasible (or optimal), and its gap is no greater."""
    problem = plane(8, 600, 120, reach=900.0)
    plan = solve(problem, "lscp", gap=0.2)
    check(problem, plan)
    assert plan.status in ("feasible", "optimal")
    assert plan.gap is not None
    assert plan.gap <= 0.2


def test_ctrl_c_gives_the_best_so_far() -> None:
    """An interruption after the first plan was told hands over a plan that says how far it is proven."""
    problem, told = candidates(9, 150, p=12), []

    def listen(line: str) -> None:
        told.append(line)
        if len(told) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    plan = solve(problem, "p_dispersion", progress=listen)
    check(problem, plan)
    assert plan.status == "stopped"
    assert plan.gap is not None
    assert plan.gap > 0


def test_ctrl_c_ends_a_run_only_inside_a_run() -> None:
    """In a run of the command line an interrupted solve ends the program after it has handed over; before and after it does not."""
    with pytest.raises(KeyboardInterrupt), ctrl_c_ends_the_run(), Watch(60):
        os.kill(os.getpid(), signal.SIGINT)
    with Watch(60) as watch:
        os.kill(os.getpid(), signal.SIGINT)
    assert watch.interrupted


def instances() -> list[Any]:
    """The instances with up to 400 vertices and their published optimum; one that is skipped where the data are absent."""
    if not (DATA / "optima.csv").exists():
        return [pytest.param("", 0.0, marks=pytest.mark.skip(reason="shared/data/orlib_pmed is not here"))]
    table = pd.read_csv(DATA / "optima.csv")
    return [(r.instance, float(r.pcenter_optimum)) for r in table[table["n"] <= 400].itertuples()]


@pytest.mark.parametrize(("name", "optimum"), instances())
def test_published_optima(name: str, optimum: float) -> None:
    """The p-centre of every OR-Library instance up to 400 vertices is proven at the published optimum."""
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").split("\n")
    vertices, _, p = map(int, lines[0].split())
    edges: dict[tuple[int, int], int] = {}
    for line in filter(str.strip, lines[1:]):
        one, other, length = map(int, line.split())
        edges[min(one, other) - 1, max(one, other) - 1] = length
    ends = np.array(list(edges))
    graph = csr_array((list(edges.values()), (ends[:, 0], ends[:, 1])), shape=(vertices, vertices))
    cost = CostMatrix.from_dense(shortest_path(graph, directed=False))
    plan = solve(LocationProblem(cost, pd.Series(1.0, cost.demand_ids), p=p), "p_center")
    assert (plan.objective, plan.status) == (optimum, "optimal")


def test_the_recount_sees_a_plan_that_lies() -> None:
    """A recount refuses a plan that leaves somebody out, and one that sends somebody farther than it must."""
    problem = asked_of("lscp", 1)
    plan = solve(problem, "lscp")
    others = plan.assignment[plan.assignment["place_id"] != plan.sites[0]]
    with pytest.raises(CheckFailed, match="every point with people is covered"):
        check(problem, replace(plan, sites=plan.sites[1:], assignment=others))
    centre = asked_of("p_center", 1)
    plan = solve(centre, "p_center")
    one = plan.assignment["demand_id"].iloc[0]
    ways = centre.cost.to_frame().query("demand_id == @one and place_id in @plan.sites").sort_values("cost")
    worse = plan.assignment.copy()
    worse.loc[worse["demand_id"] == one, "place_id"] = ways["place_id"].iloc[-1]
    with pytest.raises(CheckFailed, match="nearest"):
        check(centre, replace(plan, assignment=worse))


@given(st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=10), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_reductions_keep_the_least_number(rows: list[set[int]], needs: int) -> None:
    """A cover and what its reductions leave of it need the same number of columns; no prices bound it above that."""
    row, column = (
        np.repeat(np.arange(len(rows)), [len(r) for r in rows]),
        np.array([c for r in rows for c in sorted(r)]),
    )
    cover = cover_of(row, column, np.full(len(rows), needs), np.arange(8))

    def fewest(part: Any) -> float:
        masks = [
            np.isin(np.arange(len(part.columns)), c)
            for k in range(9)
            for c in combinations(range(len(part.columns)), k)
        ]
        return min((m.sum() for m in masks if not part.uncovered(m).any()), default=np.inf)

    left = reduced(cover)
    truth = fewest(cover)
    assert left.possible == np.isfinite(truth)
    if left.possible:
        assert fewest(left) + len(left.always) == truth
        assert by_packing(cover, np.linspace(0, 1, len(cover.need))) <= truth


def test_the_search_counts_what_it_changes() -> None:
    """After many steps the counts, scores and uncovered rows are those that a recount from the columns inside gives."""
    problem = plane(3, reach=900.0).cost.within(900.0)
    cover = cover_of(problem.demand, problem.place, np.full(120, 1), np.arange(40) // 2)
    search = Search(cover)
    with Watch(60) as watch:
        search.run(1, 500, watch)
    inside, score, _, _, count, weight, uncovered, _, _, numbers = search.state
    dense = cover.matrix.toarray()
    assert (count == dense @ inside).all()
    assert set(uncovered[: numbers[1]]) == set(np.flatnonzero(count < 1))
    gain = dense.T @ (weight * (count < 1))
    loss = dense.T @ (weight * (count <= 1))
    assert (score == np.where(inside == 1, -loss, gain)).all()
    assert not cover.uncovered(search.best).any()


def test_cliques_hold_every_edge() -> None:
    """Each edge of a graph is in a clique, and each clique has all of its edges."""
    random = np.random.default_rng(5)
    upper = np.triu(random.random((30, 30)) < 0.3, 1)
    graph = csr_array(upper | upper.T)
    start, neighbour = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
    starts, members = _cover_kernels.cliques(start, neighbour, _cover_kernels.bits_of(start, neighbour, 1))
    found = {frozenset(e) for a, b in pairwise(starts) for e in combinations(members[a:b].tolist(), 2)}
    assert found == {frozenset((int(a), int(b))) for a, b in np.argwhere(upper)}
