"""Who goes where: the greatest number first, then the least travel; exact, conserved, independent of the row order."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from geoplan import CostMatrix, InputError, LocationProblem
from geoplan.access.assignment import assign, served
from tests.location_problems import plane, tiny_problems


def oracle(cost: CostMatrix, wanted: pd.Series, capacity: pd.Series) -> tuple[int, int]:
    """The greatest number of thousandths and the least travel for it, by networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for row, people in wanted.items():
        graph.add_edge("from", ("d", row), capacity=round(people * 1000), weight=0)
    for row, places in capacity.items():
        graph.add_edge(("p", row), "to", capacity=round(places * 1000), weight=0)
    for d, p, c in cost.to_frame().itertuples(index=False):
        graph.add_edge(("d", d), ("p", p), weight=int(c))
    flow = nx.max_flow_min_cost(graph, "from", "to")
    return sum(flow["from"].values()), nx.cost_of_flow(graph, flow)


def totals(cost: CostMatrix, given: pd.DataFrame) -> tuple[int, float]:
    """The thousandths assigned and their travel."""
    travel = given.merge(cost.to_frame(), on=["demand_id", "place_id"], validate="many_to_one")
    return round(given["amount"].sum() * 1000), float((travel["amount"] * travel["cost"] * 1000).sum())


@given(tiny_problems())
@settings(max_examples=80, deadline=None)
def test_as_many_as_networkx_and_as_near(problem: LocationProblem) -> None:
    """No other assignment serves more people, and none that serves as many travels less."""
    capacity = problem.capacities()
    assert capacity is not None
    made = assign(problem.cost, problem.weights(), capacity)
    for band in capacity.columns:
        number, travel = totals(problem.cost, made[made["band"] == band])
        assert (number, pytest.approx(travel)) == oracle(problem.cost, problem.weights()[band], capacity[band])


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_people_and_places_are_conserved(seed: int) -> None:
    """Nobody is assigned twice, no place is overfull, and every amount is a whole number of thousandths above 0."""
    problem = plane(seed)
    capacity = problem.capacities()
    assert capacity is not None
    made = assign(problem.cost, problem.weights(), capacity)
    by_point = made.pivot_table(index="demand_id", columns="band", values="amount", aggfunc="sum").fillna(0)
    by_place = made.pivot_table(index="place_id", columns="band", values="amount", aggfunc="sum").fillna(0)
    assert (by_point <= problem.weights().loc[by_point.index, by_point.columns] + 1e-9).all(axis=None)
    assert (by_place <= capacity.loc[by_place.index, by_place.columns] + 1e-9).all(axis=None)
    assert (made["amount"] > 0).all()
    assert np.allclose(made["amount"] * 1000, (made["amount"] * 1000).round(), atol=1e-6)


def test_row_order_does_not_matter() -> None:
    """The same tables in another row order give the same assignment, ties included."""
    ids, places = [f"d{i}" for i in range(12)], ["p0", "p1", "p2"]
    pairs = pd.DataFrame([(d, p, 5.0) for d in ids for p in places], columns=["demand_id", "place_id", "cost"])
    wanted, capacity = pd.DataFrame({"all": 1.5}, index=ids), pd.DataFrame({"all": 4.0}, index=places)
    one = assign(CostMatrix.from_pairs(pairs), wanted, capacity)
    other = assign(CostMatrix.from_pairs(pairs.iloc[::-1]), wanted.iloc[::-1], capacity.iloc[::-1])
    pd.testing.assert_frame_equal(one, other)


def test_a_nearer_person_does_not_cost_another_the_place() -> None:
    """A point that reaches only one place gets it, though another point is nearer to it and must travel farther then."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0), ("a", "G", 900.0), ("b", "F", 500.0)])
    wanted, capacity = pd.DataFrame({"all": [1.0, 1.0]}, ["a", "b"]), pd.DataFrame({"all": [1.0, 1.0]}, ["F", "G"])
    made = assign(cost, wanted, capacity)
    assert made[["demand_id", "place_id"]].to_numpy().tolist() == [["a", "G"], ["b", "F"]]


def test_places_round_down_to_thousandths() -> None:
    """A capacity that is no whole thousandth is rounded down, never up."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0)])
    made = assign(cost, pd.DataFrame({"all": [2.0]}, ["a"]), pd.DataFrame({"all": [1.0009]}, ["F"]))
    assert made["amount"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("wanted", "capacity", "code"),
    [
        (pd.DataFrame({"all": [0.0005]}, ["a"]), pd.DataFrame({"all": [1.0]}, ["F"]), "GP-S003"),
        (pd.DataFrame({"all": [np.nan]}, ["a"]), pd.DataFrame({"all": [1.0]}, ["F"]), "GP-S002"),
        (pd.DataFrame({"all": [1.0]}, ["a"]), pd.DataFrame({"all": [-1.0]}, ["F"]), "GP-S002"),
        (pd.DataFrame({"all": [1.0]}, ["b"]), pd.DataFrame({"all": [1.0]}, ["F"]), "GP-S001"),
        (pd.DataFrame({"all": [1.0]}, ["a"]), pd.DataFrame({"other": [1.0]}, ["F"]), "GP-S004"),
    ],
)
def test_what_cannot_be_used_is_refused(wanted: pd.DataFrame, capacity: pd.DataFrame, code: str) -> None:
    """Parts of a thousandth, missing or negative numbers, unknown ids and other bands are findings."""
    with pytest.raises(InputError) as raised:
        assign(CostMatrix.from_pairs([("a", "F", 1.0)]), wanted, capacity)
    assert [f.code for f in raised.value.findings] == [code]


def test_nobody_within_reach_is_an_empty_table() -> None:
    """Without pairs or places nobody is assigned, and the columns are still there."""
    cost = CostMatrix.from_pairs([], demand_ids=["a"], place_ids=["F"])
    made = assign(cost, pd.DataFrame({"all": [1.0]}, ["a"]), pd.DataFrame({"all": [1.0]}, ["F"]))
    assert list(made.columns) == ["demand_id", "place_id", "band", "amount"]
    assert made.empty


def highs(cost: CostMatrix, wanted: pd.Series, capacity: pd.Series) -> tuple[float, float]:
    """The most people that HiGHS serves, and the least travel at which it serves as many."""
    pairs = np.arange(len(cost.cost))
    one = np.ones(len(pairs))
    points = coo_array((one, (cost.demand, pairs)), shape=(len(cost.demand_ids), len(pairs)))
    places = coo_array((one, (cost.place, pairs)), shape=(len(cost.place_ids), len(pairs)))
    rows = vstack([points, places]).tocsr()
    bound = np.concatenate((wanted[cost.demand_ids].to_numpy(), capacity[cost.place_ids].to_numpy()))
    most = -linprog(-one, A_ub=rows, b_ub=bound, method="highs").fun
    found = linprog(cost.values, A_ub=rows, b_ub=bound, A_eq=one[None], b_eq=[most - 1e-7], method="highs")
    return most, found.fun


@given(st.integers(0, 10_000), st.floats(0.3, 1.7))
@settings(max_examples=12, deadline=None)
def test_as_many_as_highs_and_as_near(seed: int, share: float) -> None:
    """40 points in a corner fill their nearest places, which are looked at first, and then the farther of 150.

    HiGHS serves no more, nor nearer.
    """
    random = np.random.default_rng(seed)
    at, there = random.uniform(0, 200, (40, 2)), random.uniform(0, 1000, (150, 2))
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round()
    names = [f"d{i}" for i in range(40)], [f"p{j}" for j in range(150)]
    cost = CostMatrix.from_dense(pd.DataFrame(distance, *names), unit="m", limit=random.choice([300.0, 1500.0]))
    wanted = pd.DataFrame({"all": random.integers(0, 9000, 40) / 1000}, names[0])
    room = random.integers(0, 5, 150)
    capacity = pd.DataFrame({"all": np.floor(room * share * wanted["all"].sum() / max(room.sum(), 1))}, names[1])
    number, travel = totals(cost, assign(cost, wanted, capacity))
    most, least = highs(cost, wanted["all"], capacity["all"])
    assert number == pytest.approx(most * 1000, abs=0.5)
    assert travel == pytest.approx(least * 1000, rel=1e-6, abs=2.0)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_served_is_the_assignment_without_its_pairs(seed: int) -> None:
    """The people served of each point and band are those that the assignment names, in the order of the table given."""
    problem = plane(seed)
    capacity = problem.capacities()
    assert capacity is not None
    wanted = problem.weights().iloc[::-1]
    made = assign(problem.cost, wanted, capacity).groupby(["demand_id", "band"])["amount"].sum()
    expected = made.unstack().reindex(index=wanted.index, columns=wanted.columns).fillna(0.0)
    given_ = served(problem.cost, wanted, capacity)
    pd.testing.assert_frame_equal(given_, expected, check_names=False, check_exact=False, atol=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 19))
@settings(max_examples=12, deadline=None)
def test_opening_a_facility_never_lowers_served(seed: int, count: int) -> None:
    """With one facility more, no band serves fewer people."""
    problem = plane(seed)
    capacity = problem.capacities()
    assert capacity is not None
    cost = problem.cost
    fewer, more = cost.place_ids[:count], cost.place_ids[: count + 1]
    before = served(cost.select(fewer), problem.weights(), capacity.loc[fewer]).sum()
    after = served(cost.select(more), problem.weights(), capacity.loc[more]).sum()
    assert (after >= before - 1e-9).all()
