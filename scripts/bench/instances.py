"""The published instances as location problems, each with its published optimum and a recount on the numbers of its file.

The data folder is the environment variable GEOPLAN_DATA, or ../shared/data beside the project. What is absent gives no instances.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bench.alone import python_of_peers
from geoplan import CostMatrix, LocationProblem

ROOT = Path(__file__).parents[2]
Table = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Instance:
    """A problem, its model, the published optimum, and the objective of a plan recounted on the data of the file.

    `best_known`: the published value is the best of its time, rounded, and nobody proved it.
    """

    name: str
    model: str
    problem: LocationProblem
    optimum: float
    recount: Callable[[Any], float]
    best_known: bool = False


@dataclass(frozen=True, eq=False)
class Numbers:
    """An instance as its file has it: customers × places what it costs to serve all of a customer, and what the rest is."""

    costs: Table
    weight: Table | None = None
    capacity: Table | None = None
    opening: Table | None = None
    radius: float | None = None


def data_folder() -> Path:
    """Where the published instances lie."""
    return Path(os.environ.get("GEOPLAN_DATA", ROOT / "../shared/data"))


def orlib_pmed(model: str) -> Iterator[Instance]:
    """Beasley's graphs: every vertex is customer and place, costs are shortest paths; for p_median or p_center."""
    folder = data_folder() / "orlib_pmed"
    for row in _index(folder / "optima.csv"):
        costs = _shortest(folder / f"{row.instance}.txt")
        problem = LocationProblem(_matrix(costs), pd.Series(1.0, _names("c", len(costs))), p=row.p)
        optimum = row.pmedian_optimum if model == "p_median" else row.pcenter_optimum
        yield Instance(row.instance, model, problem, optimum, partial(RECOUNTS[model], Numbers(costs)))


def mclp_sjc() -> Iterator[Instance]:
    """São José dos Campos: every node is customer and place, within 800 m in a straight line."""
    folder = data_folder() / "mclp_sjc"
    for row in _index(folder / "optima.csv"):
        nodes = pd.read_csv(folder / f"{row.instance}.csv")
        apart = _apart(nodes[["x_m", "y_m"]].to_numpy(float))
        weight = nodes["demand"].to_numpy(float)
        cost = CostMatrix.from_dense(_frame(apart), unit="m", limit=float(row.radius))
        problem = LocationProblem(cost, pd.Series(weight, _names("c", len(nodes))), p=row.p)
        numbers = Numbers(apart, weight, radius=row.radius)
        name = f"{row.instance} p={row.p}"
        yield Instance(name, "mclp", problem, row.covered_demand, partial(RECOUNTS["mclp"], numbers))


def pmedcap() -> Iterator[Instance]:
    """Osman and Christofides, and Lorena and Senne: one capacity for all, one source, distances not weighted.

    The distances of the first are rounded down; of the others the best known value was published rounded.
    """
    folder = data_folder() / "pmedcap"
    for row in _index(folder / "index.csv"):
        nodes = pd.read_csv(folder / f"{row.instance}.csv")
        apart = _apart(nodes[["x", "y"]].to_numpy(float))
        rounded = row.distance.startswith("floor")
        numbers = Numbers(
            np.floor(apart) if rounded else apart,
            nodes["demand"].to_numpy(float),
            np.full(len(nodes), float(row.capacity)),
        )
        problem = _single_source(numbers, p=row.p)
        recount = partial(RECOUNTS["cflp"], numbers)
        yield Instance(row.instance, "p_median_capacitated", problem, row.reported_value, recount, not rounded)


def sscflp(family: str) -> Iterator[Instance]:
    """Holmberg's or Delmaire's single-source problems: places with opening costs and capacities."""
    folder = data_folder() / "sscflp"
    for row in _index(folder / "optima.csv"):
        if row.instance.startswith(family):
            numbers = _facilities(folder / f"{row.instance}.txt")
            problem = _single_source(numbers)
            recount = partial(RECOUNTS["cflp"], numbers)
            yield Instance(row.instance, "cflp", problem, row.single_source_optimum, recount)


def san_francisco() -> Iterator[Instance]:
    """The case of spopt's own tests: 205 census tracts, 16 stores; inside the package, so absent where it is not installed."""
    path = san_francisco_path()
    if path is None:
        return
    pairs = pd.read_csv(path, dtype={"DestinationName": str})
    table = pairs.pivot_table(index="DestinationName", columns="name", values="distance").sort_index(axis=1)
    people = pairs.groupby("DestinationName")["demand"].first().reindex(table.index).astype(float)
    cost, costs = CostMatrix.from_dense(table, unit="m"), table.to_numpy(float)
    far, near = Numbers(costs, people.to_numpy()), Numbers(costs, people.to_numpy(), radius=5_000)
    asked: list[tuple[str, dict[str, Any], float, Numbers]] = [
        ("lscp", {"reach": 5_000.0}, 8, near),
        ("mclp", {"reach": 5_000.0, "p": 4}, 875_247, near),
        ("p_median", {"p": 4}, 2_848_268_129.7145104, far),
        ("p_center", {"p": 4}, 7_403.063811, far),
    ]
    for model, given, optimum, numbers in asked:
        recount = partial(_by_ids, RECOUNTS[model], numbers, list(table.columns), list(table.index))
        yield Instance("San Francisco", model, LocationProblem(cost, people, **given), optimum, recount)


def san_francisco_path() -> Path | None:
    """The table of distances inside spopt, as the interpreter of the peers finds it."""
    ask = "import importlib.util as u; s = u.find_spec('spopt'); print(s.submodule_search_locations[0] if s else '')"
    ran = subprocess.run([python_of_peers(), "-c", ask], capture_output=True, text=True, check=False)
    folder = Path(ran.stdout.strip() or "/nowhere") / "tests" / "test_locate" / "data"
    path = folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    return path if path.exists() else None


def _index(path: Path) -> list[Any]:
    """The rows of a list of instances; none where it is absent."""
    return list(pd.read_csv(path).itertuples(index=False)) if path.exists() else []


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{k:04}" for k in range(count)]


def _frame(costs: Table) -> pd.DataFrame:
    return pd.DataFrame(costs, _names("c", costs.shape[0]), _names("f", costs.shape[1]))


def _matrix(costs: Table) -> CostMatrix:
    return CostMatrix.from_dense(_frame(costs))


def _apart(points: Table) -> Table:
    """Straight-line distances between points of a plane."""
    return np.asarray(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))


def _shortest(path: Path) -> Table:
    """All shortest paths of a graph `n edges p`, then `i j cost`, undirected; of an edge given twice the last counts."""
    numbers = np.loadtxt(path, skiprows=1, dtype=np.int64)
    size = int(path.read_text(encoding="ascii").split(maxsplit=1)[0])
    edges = {(min(i, j) - 1, max(i, j) - 1): cost for i, j, cost in numbers.tolist()}
    tail, head = np.array(list(edges)).T
    graph = csr_array((np.array(list(edges.values()), float), (tail, head)), shape=(size, size))
    return np.asarray(dijkstra(graph, directed=False))


def _facilities(path: Path) -> Numbers:
    """`m n`, m capacities, m opening costs, n demands, n rows of m costs of serving all of a customer's demand."""
    numbers = np.array(path.read_text(encoding="ascii").split(), float)
    places, customers = (int(n) for n in numbers[:2])
    parts = np.split(numbers[2:], np.cumsum([places, places, customers]))
    return Numbers(parts[3].reshape(customers, places), parts[2], parts[0], parts[1])


def _single_source(numbers: Numbers, p: int | None = None) -> LocationProblem:
    """Weight is the demand, so a unit costs the cost of all of it divided by it."""
    weight, capacity = numbers.weight, numbers.capacity
    assert weight is not None
    assert capacity is not None
    cost = _matrix(numbers.costs / weight[:, None])
    return LocationProblem(
        cost,
        pd.Series(weight, cost.demand_ids),
        capacity=pd.Series(capacity, cost.place_ids),
        fixed_cost=None if numbers.opening is None else pd.Series(numbers.opening, cost.place_ids),
        p=p,
        single_source=True,
    )


# objectives recounted on the numbers of the file: none of it is geoplan's


def _rows(ids: Any) -> npt.NDArray[np.int64]:
    """Positions from ids: the number after the letter."""
    return np.array([int(str(i)[1:]) for i in ids], np.int64)


def _by_ids(
    recount: Callable[[Numbers, Any], float], numbers: Numbers, places: list[str], customers: list[str], plan: Any
) -> float:
    """The recount of a plan whose ids are names: they are numbered first."""
    place, customer = ({name: f"x{k}" for k, name in enumerate(names)} for names in (places, customers))
    sites = tuple(place[s] for s in plan.sites)
    assignment = plan.assignment.assign(
        place_id=plan.assignment["place_id"].map(place), demand_id=plan.assignment["demand_id"].map(customer)
    )
    return recount(numbers, _Sites(sites, assignment))


@dataclass(frozen=True, eq=False)
class _Sites:
    sites: tuple[str, ...]
    assignment: pd.DataFrame


def _nearest(numbers: Numbers, plan: Any) -> Table:
    return np.asarray(numbers.costs[:, _rows(plan.sites)].min(axis=1, initial=np.inf))


def _count_covered(numbers: Numbers, plan: Any) -> float:
    assert numbers.weight is not None
    assert numbers.radius is not None
    return float(numbers.weight[_nearest(numbers, plan) <= numbers.radius].sum())


def _count_sites(numbers: Numbers, plan: Any) -> float:
    assert numbers.radius is not None
    return float(len(set(plan.sites))) if (_nearest(numbers, plan) <= numbers.radius).all() else np.inf


def _count_travel(numbers: Numbers, plan: Any) -> float:
    weight = np.ones(len(numbers.costs)) if numbers.weight is None else numbers.weight
    return float((weight * _nearest(numbers, plan)).sum())


def _count_farthest(numbers: Numbers, plan: Any) -> float:
    return float(_nearest(numbers, plan).max())


def _count_assigned(numbers: Numbers, plan: Any) -> float:
    """Opening and serving each customer whole from its place; infinite where a place is too small or not open."""
    assert numbers.weight is not None
    assert numbers.capacity is not None
    given, sites = plan.assignment, _rows(plan.sites)
    customer, place = _rows(given["demand_id"]), _rows(given["place_id"])
    taken = np.bincount(place, weights=numbers.weight[customer], minlength=len(numbers.capacity))
    kept = sorted(customer.tolist()) == list(range(len(numbers.costs))) and set(place.tolist()) <= set(sites.tolist())
    if not kept or (taken > numbers.capacity + 1e-9).any():
        return np.inf
    opening = 0.0 if numbers.opening is None else numbers.opening[sites].sum()
    return float(numbers.costs[customer, place].sum() + opening)


RECOUNTS: dict[str, Callable[[Numbers, Any], float]] = {
    "mclp": _count_covered,
    "lscp": _count_sites,
    "p_median": _count_travel,
    "p_center": _count_farthest,
    "cflp": _count_assigned,
}
