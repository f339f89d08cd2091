"""The phased programme: equal to brute force, proven, and recounted; its laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geoplan import CheckFailed, CostMatrix, InputError, LocationProblem, check, solve
from geoplan.location.programme import (
    Floor,
    Limit,
    Pilots,
    ProgrammeProblem,
    _loops_kernels,
    _loops_plain,
    bound,
    check_programme,
    least_money,
)
from geoplan.location.programme.layers import build_instance

PHASES = ["2026", "2028"]
BANDS = ["young", "old"]


@st.composite
def tiny_programmes(draw: Any, rich: bool = True) -> ProgrammeProblem:
    """Two phases and bands, up to 5 demand points, 2 fixed places and 4 options on 3 sites; rules of every kind."""
    demand, fixed, options = draw(st.integers(1, 5)), draw(st.integers(0, 2)), draw(st.integers(1, 4))
    ids = [f"D{i}" for i in range(demand)]
    places = [f"F{i}" for i in range(fixed)] + [f"S{i}" for i in range(options)]
    cells = st.one_of(st.none(), st.integers(1, 50))
    table = draw(
        st.lists(st.lists(cells, min_size=len(places), max_size=len(places)), min_size=demand, max_size=demand)
    )
    numbers = lambda size, most: draw(st.lists(st.integers(0, most), min_size=size, max_size=size))  # noqa: E731
    people = [np.reshape(numbers(2 * demand, 3000), (demand, 2)) / 1000 for _ in PHASES]
    site = [p if p[0] == "F" else f"g{draw(st.integers(0, 2))}" for p in places]
    money = pd.Series(np.array(numbers(len(places), 9)) / 10, places)
    mine = places[fixed:]
    given: dict[str, Any] = {
        "cost": CostMatrix.from_dense(pd.DataFrame(np.array(table, dtype=float), ids, places)),
        "weight": {t: pd.DataFrame(p, ids, BANDS) for t, p in zip(PHASES, people, strict=True)},
        "capacity": pd.DataFrame(np.reshape(numbers(2 * len(places), 6), (-1, 2)).astype(float), places, BANDS),
        "fixed": places[:fixed],
        "fixed_cost": money,
        "budget": {"2026": draw(st.integers(0, 10)) / 10, "2028": draw(st.integers(1, 10)) / 10},
        "site": pd.Series(site, places),
    }
    if rich:
        ups = [(a, b) for a in mine for b in mine if a < b and given["site"][a] == given["site"][b]]
        given["upgrades"] = ups[:1] if draw(st.booleans()) else [(*u, 0.2) for u in ups[:1]]
        given["unit"] = pd.Series(draw(st.lists(st.sampled_from("AB"), min_size=demand, max_size=demand)), ids)
        given["urban"] = pd.Series(draw(st.lists(st.booleans(), min_size=demand, max_size=demand)), ids)
        given["limits"] = [
            Limit("land", money.round(1), {"2028": draw(st.integers(0, 15)) / 10}, cumulative=draw(st.booleans()))
        ]
        if draw(st.booleans()):
            given["pilots"] = [Pilots("two", mine, min(2, len(mine)), "2028")]
        if draw(st.booleans()):
            kind = draw(st.sampled_from(["coverage", "urban_rural"]))
            given["floors"] = [Floor("reached", kind, draw(st.integers(1, 5)) / 10, "2028")]
        if fixed and draw(st.booleans()):
            given["replaces"] = {mine[0]: places[0]}
        if fixed and draw(st.booleans()):
            given["closes"] = {places[fixed - 1]: "2028"}
        given["yearly_cost"], given["yearly_budget"] = money / 10, dict.fromkeys(PHASES, draw(st.integers(1, 20)) / 100)
        if draw(st.booleans()):
            given["priority"] = pd.Series(draw(st.lists(st.integers(0, 3), min_size=demand, max_size=demand)), ids)
    return ProgrammeProblem(**given)


def choices(problem: ProgrammeProblem) -> list[dict[str, int]]:
    """Every choice of phases that the rules allow, counted in whole hundredths."""
    cents = (problem.fixed_cost * 1000).round().astype(int)
    pairs = {(u[0], u[1]): u for u in problem.upgrades}
    found = []
    for when in product(range(-1, len(PHASES)), repeat=len(problem.options)):
        opens = {o: t for o, t in zip(problem.options, when, strict=True) if t >= 0}
        grown = {b: a for a, b in pairs if a in opens and b in opens}
        until = {a: opens[b] for b, a in grown.items()}
        if _sites_fit(problem, opens, grown) and _money_fits(problem, opens, grown, until, cents, pairs):
            found.append(opens)
    return found


def _sites_fit(problem: ProgrammeProblem, opens: dict[str, int], grown: dict[str, str]) -> bool:
    sites = [problem.site[o] for o in opens if o not in grown]
    pilots = all(sum(opens.get(o, 9) <= PHASES.index(p.phase) for o in p.options) >= p.least for p in problem.pilots)
    later = all(opens[b] > opens[a] for b, a in grown.items())
    return len(set(sites)) == len(sites) and later and pilots and not set(opens) & set(problem.refused)


def _money_fits(problem: Any, opens: dict[str, int], grown: Any, until: Any, cents: Any, pairs: Any) -> bool:
    had = used = 0
    for k, phase in enumerate(PHASES):
        price, land = 0, 0
        for o in (o for o, t in opens.items() if t == k):
            a = grown.get(o)
            extra = cents[o] if a is None else max(cents[o] - cents[a], 0)
            given = pairs.get((a, o), ())
            price, land = price + (round(given[2] * 1000) if len(given) == 3 else extra), land + extra
        stands = [o for o, t in opens.items() if t <= k < until.get(o, 9)]
        had, used = had + round(problem.budget[phase] * 1000), used + price
        yearly = problem.yearly_budget is None or sum(cents[o] for o in stands) <= round(
            problem.yearly_budget[phase] * 10000
        )
        if used > had or not yearly:
            return False
        for limit in problem.limits:
            taken = sum(cents[o] for o in stands) if limit.cumulative else land
            if taken > round(limit.most.get(phase, 9.0) * 1000):
                return False
    return True


def standing(problem: ProgrammeProblem, opens: dict[str, int], k: int) -> tuple[str, ...]:
    """The places that stand in a phase."""
    until = {u[0]: opens[u[1]] for u in problem.upgrades if u[0] in opens and u[1] in opens}
    gone = {f for o, f in (problem.replaces or {}).items() if opens.get(o, 9) <= k}
    gone |= {f for f, t in problem.closes.items() if PHASES.index(t) <= k}
    return (*(f for f in problem.fixed if f not in gone), *(o for o, t in opens.items() if t <= k < until.get(o, 9)))


def most_served(problem: ProgrammeProblem, places: tuple[str, ...], k: int) -> float:
    """The most that the people of a phase can count at these places, floors kept, by scipy; -inf if they cannot be kept."""
    cost, people, room = problem.reachable(), problem.weights_in(PHASES[k]), problem.capacities()
    pairs = [
        (d, p, b) for d, p in zip(cost.demand, cost.place, strict=True) for b in range(2) if cost.place_ids[p] in places
    ]
    worth = np.ones(len(people)) if problem.priority is None else problem.priority[cost.demand_ids].to_numpy(float)
    rows, limits = [], []
    for d, b in product(range(len(people)), range(2)):
        rows.append([float(p[0] == d and p[2] == b) for p in pairs])
        limits.append(people.iloc[d, b])
    for j, b in product(range(len(room)), range(2)):
        rows.append([float(p[1] == j and p[2] == b) for p in pairs])
        limits.append(room.iloc[j, b])
    for floor in problem.floors:
        for unit in ("A", "B") if PHASES[k] == floor.phase else ():
            here, urban = (problem.unit == unit).to_numpy(), problem.urban.to_numpy()
            total = people.to_numpy().sum(axis=1)
            part = here / max(total[here].sum(), 1e-9)
            if floor.kind == "urban_rural":
                town, country = total[here & urban].sum(), total[here & ~urban].sum()
                part = (here & ~urban) / max(country, 1e-9) - floor.least * (here & urban) / max(town, 1e-9)
                if not town or not country:
                    continue
            elif not total[here].sum():
                continue
            rows.append([-part[p[0]] for p in pairs])
            limits.append(-floor.least if floor.kind == "coverage" else 0.0)
    if not pairs:
        return 0.0 if min(limits) >= 0 else -np.inf
    answer = linprog([-worth[p[0]] for p in pairs], A_ub=np.array(rows), b_ub=np.array(limits) + 1e-12)
    return -answer.fun if answer.status == 0 else -np.inf


def brute(problem: ProgrammeProblem) -> float:
    """The best of all choices; -inf if none keeps the floors."""
    known: dict[Any, float] = {}
    best = -np.inf
    for opens in choices(problem):
        keys = [(k, frozenset(standing(problem, opens, k))) for k in range(2)]
        for k, places in keys:
            if (k, places) not in known:
                known[k, places] = most_served(problem, tuple(places), k)
        best = max(best, sum(known[key] for key in keys))
    return best


@given(tiny_programmes())
@settings(max_examples=40, deadline=None)
def test_equals_brute_force(problem: ProgrammeProblem) -> None:
    """No choice of options and phases that keeps all rules counts more than the plan, which is proven; or there is none."""
    plan, best = solve(problem, "programme"), brute(problem)
    if best == -np.inf:
        assert plan.status == "infeasible"
        return
    assert plan.objective == pytest.approx(best, abs=3e-3)
    # scipy's floors may be met by parts of a thousandth, the plan's are not
    assert plan.bound >= best - (3e-3 if problem.floors else 1e-6)
    assert plan.status == "optimal" or any(f.kind == "urban_rural" for f in problem.floors)
    check(problem, plan)


def town(seed: int = 0, **changes: Any) -> ProgrammeProblem:
    """40 demand points, 2 fixed places and 8 sites of two options on a square of 4 km; two phases, demand that falls."""
    rng = np.random.default_rng(seed)
    at, there = rng.uniform(0, 4000, (40, 2)), rng.uniform(0, 4000, (10, 2))
    sites = [f"F{i}" for i in range(2)] + [f"S{i}" for i in range(8)]
    ids = [f"D{i:02d}" for i in range(40)]
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round(3)
    base = CostMatrix.from_dense(pd.DataFrame(distance, ids, sites), unit="m", limit=1500.0)
    places = [*sites[:2], *(f"{s}:{k}" for s in sites[2:] for k in ("small", "large"))]
    cost = base.repeat([p.split(":")[0] for p in places], places)
    people = rng.integers(0, 2500, (40, 2)) / 1000
    room = np.where([p.endswith("large") for p in places], 12.0, 6.0)
    price = np.where([p[0] == "F" for p in places], 0.0, np.round(room * rng.uniform(0.8, 1.2, len(places)), 1))
    given: dict[str, Any] = {
        "cost": cost,
        "weight": {t: pd.DataFrame((people * f).round(3), ids, BANDS) for t, f in zip(PHASES, (1.0, 0.6), strict=True)},
        "capacity": pd.DataFrame(dict.fromkeys(BANDS, room), places),
        "fixed": places[:2],
        "fixed_cost": pd.Series(price, places),
        "budget": {"2026": 15.0, "2028": 15.0},
        "site": pd.Series([p.split(":")[0] for p in places], places),
        "unit": pd.Series(np.where(at[:, 0] < 2000, "west", "east"), ids),
        "upgrades": [(f"{s}:small", f"{s}:large") for s in sites[2:]],
    }
    return ProgrammeProblem(**(given | changes))


def test_phases_are_nested_and_money_carries_over() -> None:
    """What stands in a phase stands in the next (or its upgrade), and no more is spent by a phase than has come."""
    problem = town()
    plan = solve(problem, "programme")
    check(problem, plan)
    assert plan.spent.cumsum().le(pd.Series(problem.budget).cumsum() + 1e-9).all()
    assert set(plan.assignment["place_id"]) <= {*plan.opens, *problem.fixed}
    assert plan.status == "optimal"


def test_more_budget_never_serves_fewer() -> None:
    """Served people rise with the budget."""
    served = [solve(town(budget={"2026": b, "2028": b}), "programme").objective for b in (1.0, 8.0, 20.0, 400.0)]
    assert served == sorted(served)


def test_one_phase_is_the_programme_of_one_phase() -> None:
    """With one phase, no upgrades and one budget the plan serves as many as the LocationProblem's programme."""
    base = town(upgrades=())
    one = replace(base, weight={"2026": base.weight["2026"]}, budget={"2026": 25.0})
    other = LocationProblem(
        base.cost,
        base.weight["2026"],
        fixed=base.fixed,
        capacity=base.capacity,
        fixed_cost=base.fixed_cost,
        budget=25.0,
        site=base.site,
    )
    assert solve(one, "programme").objective == solve(other, "programme").objective


def test_refusing_never_betters_and_a_start_makes_no_plan_worse() -> None:
    """Without a site no more are served, whether the plan before is given as a start or not; both say the same."""
    problem = town(1)
    plan = solve(problem, "programme")
    for site in plan.sites[:3]:
        without = replace(problem, refused=[site])
        cold, warm = solve(without, "programme"), solve(without, "programme", start=plan)
        assert warm.objective == cold.objective <= plan.objective
        check(without, warm)


def test_falling_demand_leaves_places_stranded() -> None:
    """Where demand falls to nothing, every place that was built stands empty, and is counted."""
    base = town()
    problem = replace(base, weight={"2026": base.weight["2026"], "2028": base.weight["2028"] * 0.0}, upgrades=())
    plan = solve(problem, "programme")
    early = [o for o, t in plan.opens.items() if t == "2026"]
    assert plan.stranded["2028"] == base.capacity.loc[early].to_numpy().sum() > 0


def test_row_order_changes_nothing() -> None:
    """The same problem with its rows in another order has the same options, phases and numbers."""
    base = town(2)
    pairs = base.cost.to_frame().sample(frac=1.0, random_state=1)
    ids, places = (
        sorted(base.cost.demand_ids, key=lambda d: d[::-1]),
        sorted(base.cost.place_ids, key=lambda p: p[::-1]),
    )
    cost = CostMatrix.from_pairs(pairs, "m", base.cost.limit, demand_ids=ids, place_ids=places)
    other = replace(
        base,
        cost=cost,
        weight={t: w.loc[ids[::-1]] for t, w in base.weight.items()},
        capacity=base.capacity.loc[places],
    )
    one, two = solve(base, "programme"), solve(other, "programme")
    assert (one.opens, one.objective, one.bound) == ({o: two.opens[o] for o in one.opens}, two.objective, two.bound)
    pd.testing.assert_frame_equal(one.assignment, two.assignment)


def test_the_recount_catches_every_tampered_claim() -> None:
    """A plan with any claim changed does not pass."""
    problem = town()
    plan = solve(problem, "programme")
    site, table = plan.sites[0], plan.assignment
    late = "2028" if plan.opens[site] == "2026" else "2026"
    wrong: list[dict[str, Any]] = [
        {"objective": plan.objective + 1},
        {"bound": plan.objective - 1},
        {"gap": 0.5},
        {"cost": plan.cost + 1},
        {"sites": plan.sites[1:]},
        {"opens": plan.opens | {site: late}},
        {"spent": plan.spent + 1},
        {"stranded": plan.stranded + 1},
        {"travel": plan.travel + 1},
        {"served_by": plan.served_by + 1},
        {"demand_total": 1.0},
        {"assignment": table.assign(amount=table["amount"] * 1.5)},
        {"assignment": table.assign(place_id="S9")},
        {"assignment": table.iloc[1:]},
    ]
    for change in wrong:
        with pytest.raises(CheckFailed):
            check_programme(problem, replace(plan, **change))


def test_the_search_finds_what_branch_and_bound_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made to treat a small town as a large one, the search is within its gap and its bound above the optimum."""
    problem = town(
        3, floors=[Floor("west", "coverage", 0.3, "2028", "west")], pilots=[Pilots("one", ["S0:small"], 1, "2026")]
    )
    best = solve(problem, "programme")
    monkeypatch.setattr("geoplan.location.programme.run.SMALL", 0)
    monkeypatch.setattr("geoplan.location.programme.improve.LARGE", 0)
    plan = solve(problem, "programme")
    check(problem, plan)
    assert plan.objective <= best.objective <= plan.bound
    assert plan.objective >= 0.97 * best.objective


def test_the_fairest_plan_has_the_greatest_least_share() -> None:
    """The worst-off county is served no worse than in the plan of most served, and no plan can do much better."""
    problem = town(4)
    most, fair = solve(problem, "programme"), solve(replace(problem, fair=True), "programme")
    check(replace(problem, fair=True), fair)
    assert fair.objective <= most.objective
    assert 0 <= fair.share_bound - fair.least_share <= 2e-3


def test_the_least_money_reaches_the_floor_and_less_does_not() -> None:
    """With the least money the floor is reached; with a tenth less it cannot be."""
    problem = town(5, floors=[Floor("all", "coverage", 0.6, "2028")])
    money = least_money(problem)
    assert money.yuan == pytest.approx(money.bound)
    enough = replace(problem, budget={"2026": 0.0, "2028": money.yuan + 1e-6})
    assert solve(enough, "programme").status == "optimal"
    assert solve(replace(enough, budget={"2026": 0.0, "2028": 0.9 * money.yuan}), "programme").status == "infeasible"


def test_families_are_served_no_better_by_their_own_choice() -> None:
    """The nearest choice never serves more than the plan; the difference is stated."""
    plan = solve(town(6, choice="nearest"), "programme")
    assert (plan.difference.sum(axis=1) >= -1e-9).all()


def test_everything_wrong_is_said_at_once() -> None:
    """Each fault is one finding, in both languages."""
    with pytest.raises(InputError) as caught:
        town(
            budget={"2026": 0.0, "2028": 0.0},
            refused=["S0:small", "nowhere"],
            required=["S0:small"],
            p=99,
            floors=[Floor("x", "coverage", 1.5, "2027")],
            pilots=[Pilots("y", ["S0:small"], 2, "2026")],
            priority=pd.Series(np.nan, town().cost.demand_ids),
        )
    codes = {f.code for f in caught.value.findings}
    assert {"GP-L102", "GP-L103", "GP-L105", "GP-L106", "GP-L109", "GP-L114", "GP-L115"} <= codes
    assert all(f.problem.zh and f.problem.en for f in caught.value.findings)


def test_the_bound_without_numba_is_the_same() -> None:
    """The loop in numpy sends the same people to the same pools as the compiled one, to rounding."""
    relaxed = bound.Relaxed(build_instance(town(7)))
    price = np.random.default_rng(0).random(relaxed.room.shape)
    at = bound.Prices(price, np.zeros(len(relaxed.most)), np.zeros(0))
    sums, loads = [], []
    for loop in (_loops_kernels.cheapest, _loops_plain.cheapest):
        load, served = np.zeros(price.shape), np.zeros(relaxed.wanted.shape)
        travel = relaxed.instance.base.travel
        sums.append(
            loop(relaxed.start, relaxed.pool, travel, relaxed.wanted, relaxed.profit(at.share), price, load, served)
        )
        loads.append(load)
    assert sums[0] == pytest.approx(sums[1], rel=1e-12)
    np.testing.assert_array_equal(*loads)


def test_a_weighted_sum_is_recounted() -> None:
    """With weights the objective is people, travel and yuan together, and dearer money opens fewer."""
    cheap, dear = (solve(town(weights={"served": 1.0, "travel": 1e-4, "cost": w}), "programme") for w in (0.05, 1.0))
    check(town(weights={"served": 1.0, "travel": 1e-4, "cost": 0.05}), cheap)
    assert dear.cost <= cheap.cost
