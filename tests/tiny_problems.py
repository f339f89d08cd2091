"""Tiny problems of every location model, drawn from a seed: small enough that every choice can be tried, odd enough to matter.

Ties, zeros, pairs that cannot be reached, places that are fixed, refused or required, several places on one site, two age
bands, ids in no order, people in whole numbers, thousandths or as they come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from geoplan import CostMatrix, LocationProblem
from geoplan.access.decay import gaussian, linear, stepped

Random = np.random.Generator

BANDS = ("young", "old")


def tiny(model: str, seed: int) -> Any:
    """The problem of a model with this seed: the same on every machine."""
    random = np.random.default_rng([seed, *model.encode()])
    return MADE[model](random, model)


def _covering(random: Random, model: str) -> LocationProblem:
    """Maximal covering: p, a budget, or both; weights of any kind."""
    given = _base(random, thousandths=model != "mclp" and _often(random, 0.5))
    given |= _scarce(random, given)
    if model != "mclp":
        given["decay"] = _decay(random)
    return LocationProblem(**given)


def _programme(random: Random, _: str) -> LocationProblem:
    """People in thousandths, capacity by band, often one source."""
    given = _base(random, thousandths=True)
    given |= _rooms(random, given, 0.7)
    if _often(random, 0.9):
        given |= _scarce(random, given)
    return LocationProblem(**given, single_source=_often(random, 0.4))


def _cover_sets(random: Random, model: str) -> LocationProblem:
    """Covering all: no limit but the sites; with few pairs that are absent, so that most can be covered."""
    given = _base(random, absent=0.1)
    if model == "lscp_backup":
        given["neighbours"] = int(random.choice([1, 1, 2, 3]))
    if _often(random, 0.3):
        given |= _prices(random, given)
    return LocationProblem(**given)


def _median(random: Random, model: str) -> LocationProblem:
    """Exactly p places; with few pairs that are absent, so that most can be served."""
    given = _base(random, absent=0.1)
    given["p"] = _p(random, given)
    if model == "p_median_nearest":
        given["neighbours"] = int(random.choice([1, 1, 2, 3]))
    return LocationProblem(**given)


def _capacitated(random: Random, model: str) -> LocationProblem:
    """Room for all is often scarce; split, or one source; the fixed charge with p, a budget, or neither."""
    given = _base(random, absent=0.05, thousandths=True)
    given |= _rooms(random, given, 3.0)
    if model == "cflp":
        given |= _prices(random, given)
        given |= {k: v for k, v in _scarce(random, given).items() if _often(random, 0.4)}
    else:
        given["p"] = _p(random, given)
    return LocationProblem(**given, single_source=_often(random, 0.5))


def _dispersion(random: Random, _: str) -> LocationProblem:
    """Places against places: the way back may differ, pairs may be absent, the diagonal may be there."""
    count = int(random.integers(2, 7))
    ids = _ids(random, "S", count)
    table = _costs(random, count, count, absent=0.15)
    if _often(random, 0.5):
        table = np.fmin(table, table.T)
    if _often(random, 0.5):
        np.fill_diagonal(table, 0.0)
    cost = CostMatrix.from_dense(pd.DataFrame(table, ids, ids))
    given: dict[str, Any] = {"cost": cost, "weight": pd.Series(_people(random, count), cost.demand_ids)}
    given |= _lists(random, ids)
    if _often(random, 0.3):
        given["site"] = pd.Series([f"g{random.integers(0, 4)}" for _ in ids], cost.place_ids)
    if len(given["fixed"]) + _free(given) < 2:  # of one place alone nothing can be said
        given["refused"] = ()
    given["p"] = max(_p(random, given), 2 - len(given["fixed"]))
    return LocationProblem(**given)


def _base(random: Random, absent: float = 0.35, thousandths: bool | None = None) -> dict[str, Any]:
    """Costs, people, a reach, the lists, and sites."""
    demand, places = int(random.integers(1, 8)), int(random.integers(1, 7))
    ids = _ids(random, "S", places)
    table = pd.DataFrame(_costs(random, demand, places, absent), _ids(random, "D", demand), ids)
    cost = CostMatrix.from_dense(table)
    given: dict[str, Any] = {"cost": cost, "weight": _weight(random, cost, thousandths)}
    given |= _lists(random, ids)
    if _often(random, 0.3):
        given["reach"] = float(random.integers(3, 10))
    if _often(random, 0.3):
        given["site"] = _ground(random, given)
    return given


def _costs(random: Random, rows: int, columns: int, absent: float) -> Any:
    """Few whole numbers, so that many tie; or any; NaN where there is no way."""
    shape = (rows, columns)
    drawn = random.integers(0, 10, shape) if _often(random, 0.6) else np.round(random.uniform(0, 10, shape), 3)
    return np.where(random.random(shape) < absent * random.uniform(0, 2), np.nan, drawn.astype(float))


def _people(random: Random, shape: Any) -> Any:
    """Few whole numbers, many of them zero."""
    return random.integers(0, 6, shape).astype(float) * (random.random(shape) < 0.9)


def _weight(random: Random, cost: CostMatrix, thousandths: bool | None) -> pd.Series | pd.DataFrame:
    """People in one band or two: whole, in thousandths, or (where the model allows them) any."""
    two = _often(random, 0.4)
    shape = (len(cost.demand_ids), 2 if two else 1)
    kind = random.integers(0, 2 if thousandths else 3)
    any_ = np.round(random.uniform(0, 5, shape), 3 if kind == 1 else 12)
    people = _people(random, shape) if kind == 0 else any_
    if two:
        return pd.DataFrame(people, cost.demand_ids, list(BANDS))
    return pd.Series(people[:, 0], cost.demand_ids)


def _lists(random: Random, ids: list[str]) -> dict[str, Any]:
    """Which places are fixed, refused and required: at most two, one and one, and one at least stays free."""
    mixed = [ids[k] for k in random.permutation(len(ids))]
    counts = [int(random.integers(0, 3)), int(random.integers(0, 2)), int(_often(random, 0.3))]
    given = {}
    for name, count in zip(("fixed", "refused", "required"), counts, strict=True):
        take = min(count, max(len(mixed) - 1, 0))
        given[name], mixed = tuple(mixed[:take]), mixed[take:]
    return given


def _ground(random: Random, given: dict[str, Any]) -> pd.Series:
    """Few sites for many places."""
    ids = given["cost"].place_ids
    return pd.Series([f"g{random.integers(0, max(2, len(ids) - 1))}" for _ in ids], ids)


def _free(given: dict[str, Any]) -> int:
    """Places that can be opened."""
    return len(given["cost"].place_ids) - len(given["fixed"]) - len(given["refused"])


def _p(random: Random, given: dict[str, Any]) -> int:
    """A number of places to open, not below those that must be."""
    return int(random.integers(max(1, len(given["required"])), _free(given) + 1))


def _prices(random: Random, given: dict[str, Any]) -> dict[str, Any]:
    """What each place costs: unequal, in tenths, some for nothing."""
    ids = given["cost"].place_ids
    return {"fixed_cost": pd.Series(random.integers(0, 60, len(ids)) / 10, ids)}


def _scarce(random: Random, given: dict[str, Any]) -> dict[str, Any]:
    """p, a budget, or both; the budget pays at least for what is required."""
    kind, scarce = random.integers(0, 3), {}
    if kind != 1:
        scarce["p"] = _p(random, given)
    if kind != 0:
        prices = given.get("fixed_cost", _prices(random, given)["fixed_cost"])
        needed = round(sum(prices[i] for i in given["required"]), 1)
        scarce |= {"fixed_cost": prices, "budget": round(needed + random.integers(1, 100) / 10, 1)}
    return scarce


def _rooms(random: Random, given: dict[str, Any], ample: float) -> dict[str, Any]:
    """Places by place (and band): in all about `ample` times the people, some places with none."""
    weight, ids = given["weight"], given["cost"].place_ids
    total = np.atleast_1d(weight.sum(axis=0))
    share = random.uniform(0, 2, (len(ids), len(total))) / len(ids) * (random.random((len(ids), 1)) < 0.9)
    room = np.round(ample * total * share, 3 if _often(random, 0.5) else 0)
    if isinstance(weight, pd.DataFrame):
        return {"capacity": pd.DataFrame(room, ids, list(BANDS))}
    return {"capacity": pd.Series(room[:, 0], ids)}


def _decay(random: Random) -> Any:
    """A decay of one of three forms."""
    made = (linear(float(random.integers(4, 15))), gaussian(float(random.integers(4, 15))))
    steps = stepped([(2.0, 1.0), (5.0, 0.6), (8.0, 0.3)])
    return (*made, steps)[random.integers(0, 3)]


def _ids(random: Random, letter: str, count: int) -> list[str]:
    """Ids in no order."""
    return [f"{letter}{k}" for k in random.permutation(count)]


def _often(random: Random, share: float) -> bool:
    return bool(random.random() < share)


MADE: dict[str, Callable[[Random, str], Any]] = {
    "cflp": _capacitated,
    "lscp": _cover_sets,
    "lscp_backup": _cover_sets,
    "mclp": _covering,
    "mclp_cooperative": _covering,
    "mclp_gradual": _covering,
    "p_center": _median,
    "p_dispersion": _dispersion,
    "p_median": _median,
    "p_median_capacitated": _capacitated,
    "p_median_nearest": _median,
    "programme": _programme,
}
