"""Made-up towns for the location benchmarks: clustered demand, candidates beside it, a limited reach; any size, no dense matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geoplan import CostMatrix, LocationProblem

SEED = 20260101
# demand points, sites, p, and the share of the points that a site reaches: p sites could just reach them all, the hardest case
SIZES = {
    "10k": (10_000, 1_000, 50, 0.02),
    "100k": (100_000, 2_000, 100, 0.01),
    "1M": (1_000_000, 5_000, 200, 0.005),
}
BLOCK = 250  # places whose pairs are looked for at once
DEMAND_A_TOWN = 250  # demand points
BAND_SHARES = (0.15, 0.35, 0.5, 0.25, 0.25)
FIRST_YEAR, YEARS_A_PHASE = 2026, 2
FALL = 0.93  # demand of a phase over that of the one before

Points = npt.NDArray[np.float64]


def covering_problem(size: str, seed: int = SEED) -> LocationProblem:
    """The maximal covering problem of one of SIZES."""
    demand, sites, p, share = SIZES[size]
    cost, weight = covering_town(demand, sites, seed, share)
    return LocationProblem(cost=cost, weight=weight, p=p)


def covering_town(demand: int, sites: int, seed: int = SEED, share: float = 0.005) -> tuple[CostMatrix, pd.Series]:
    """Straight-line costs up to a reach within which a site has `share` of the demand points on average, and the people.

    The costs hold the pairs within reach only (whole millimetres), so `reach` of a problem can stay None. People are whole.
    """
    random = np.random.default_rng(seed)
    homes = _clustered(random, demand)
    places = homes[random.choice(demand, sites, replace=False)] + random.normal(0, 150, (sites, 2))
    cost = near(homes, places, _reach(random, homes, places, share))
    people = np.minimum(np.ceil(random.lognormal(2.0, 1.0, demand)), 500.0)
    return cost, pd.Series(people, cost.demand_ids)


def programme_town(
    demand: int, sites: int, options_a_site: int = 2, phases: int = 1, bands: int = 3, seed: int = SEED
) -> Any:
    """A ProgrammeProblem: a tenth as many fixed places as sites, options of rising size at each site, scarce money.

    All places of the fixed serve about a third of the demand; the money of all phases pays for places for about another third.
    The demand falls from phase to phase, and the money comes in equal parts.
    """
    from geoplan.location.programme import ProgrammeProblem

    random = np.random.default_rng(seed)
    homes = _clustered(random, demand)
    fixed = max(1, sites // 10)
    ground = homes[random.choice(demand, fixed + sites, replace=demand < fixed + sites)]
    ground = ground + random.normal(0, 150, (fixed + sites, 2))
    names = [f"F{i:05}" for i in range(fixed)] + [f"S{i:05}" for i in range(sites)]
    at_site = near(homes, ground, _reach(random, homes, ground, max(0.01, 12 / demand)), names)
    places = [*names[:fixed], *(f"{s}:{k}" for s in names[fixed:] for k in range(options_a_site))]
    cost = at_site.repeat([p.split(":")[0] for p in places], places)
    people = _people(random, demand, bands)
    room, price = _rooms(random, people.sum(axis=0), fixed, sites, options_a_site)
    years = [str(FIRST_YEAR + YEARS_A_PHASE * k) for k in range(phases)]
    weight = {y: np.rint(people * FALL**k * 1000) / 1000 for k, y in enumerate(years)}
    columns = [f"b{b}" for b in range(bands)]
    new = room[fixed:].sum(axis=1)
    money = float(np.round(people.sum() / 3 * (price[fixed:].sum() / new.sum()) / phases, -4))
    return ProgrammeProblem(
        cost=cost,
        weight={y: pd.DataFrame(w, cost.demand_ids, columns) for y, w in weight.items()},
        capacity=pd.DataFrame(room, cost.place_ids, columns),
        fixed=places[:fixed],
        fixed_cost=pd.Series(price, cost.place_ids),
        budget=dict.fromkeys(years, money),
        site=pd.Series([p.split(":")[0] for p in places], cost.place_ids),
    )


def near(homes: Points, places: Points, reach_m: float, names: Any = None) -> CostMatrix:
    """The pairs within reach by a k-d tree, some places at a time: whole millimetres, in the order that a CostMatrix has."""
    tree, rows, costs, counts = cKDTree(homes), [], [], []
    for begin in range(0, len(places), BLOCK):
        block = cKDTree(places[begin : begin + BLOCK])
        found = block.sparse_distance_matrix(tree, reach_m, output_type="ndarray")
        cost = np.rint(found["v"] * 1000).astype(np.uint32)
        order = np.lexsort((found["j"], cost, found["i"]))
        rows.append(found["j"][order].astype(np.int32))
        costs.append(cost[order])
        counts.append(np.bincount(found["i"], minlength=block.n))
    start = np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int64)
    demand_ids = pd.Index([f"D{i:07}" for i in range(len(homes))], dtype=object, name="demand_id")
    place_ids = pd.Index(names or [f"S{j:05}" for j in range(len(places))], dtype=object, name="place_id")
    demand, cost = np.concatenate(rows), np.concatenate(costs)
    return CostMatrix(demand_ids, place_ids, start, demand, cost, unit="m", scale=1000, limit=float(reach_m))


def _clustered(random: np.random.Generator, count: int) -> Points:
    """Seven in ten points round towns of many sizes, wider where larger; the others anywhere. The land grows with the count."""
    towns = max(4, count // DEMAND_A_TOWN)
    side = 1_500.0 * np.sqrt(towns)
    middle, size = random.uniform(0, side, (towns, 2)), random.pareto(1.3, towns) + 1
    size = np.minimum(size / size.sum(), 0.05)
    town = random.choice(towns, count, p=size / size.sum())
    spread = 150.0 * np.sqrt(size[town] * towns).clip(1, 6)
    beside = middle[town] + random.normal(0, 1, (count, 2)) * spread[:, None]
    return np.where(random.random((count, 1)) < 0.7, beside, random.uniform(0, side, (count, 2)))


def _reach(random: np.random.Generator, homes: Points, places: Points, share: float) -> float:
    """The distance within which a place has `share` of the points on average, by a sample of both; whole metres."""
    some = homes[random.choice(len(homes), min(len(homes), 4_000), replace=False)]
    few = places[random.choice(len(places), min(len(places), 500), replace=False)]
    apart = np.hypot(*(some[:, None] - few[None]).transpose(2, 0, 1))
    return float(np.ceil(np.quantile(apart, share)))


def _people(random: np.random.Generator, demand: int, bands: int) -> Points:
    """Children by point and band, in thousandths: a point has few, a band its share of them."""
    share = np.resize(BAND_SHARES, bands)
    total = np.minimum(random.lognormal(1.0, 1.0, (demand, 1)), 60.0)
    return np.rint(total * share / share.sum() * random.uniform(0.7, 1.3, (demand, bands)) * 1000) / 1000


def _rooms(
    random: np.random.Generator, wanted: Points, fixed: int, sites: int, options_a_site: int
) -> tuple[Points, Points]:
    """Places by place and band, and yuan: larger options hold twice as many and cost a little less a place."""
    share = wanted / wanted.sum()
    size = np.tile(wanted.sum() / (3 * fixed), fixed) * random.uniform(0.5, 1.5, fixed)
    step = 2.0 ** np.arange(options_a_site)
    new = np.outer(random.uniform(0.7, 1.3, sites), step) * wanted.sum() * 1.5 / (sites * step.sum())
    a_place = np.outer(random.uniform(0.7, 1.4, sites), 1 - 0.06 * np.arange(options_a_site)) * 60_000
    room = np.ceil(np.outer(np.concatenate((size, new.ravel())), share))
    price = np.round(room[fixed:].sum(axis=1) * a_place.ravel(), -3)
    return room, np.concatenate((np.zeros(fixed), price))
