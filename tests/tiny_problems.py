"""Tiny problems of every location model, drawn from a seed: small enough that every choice can be tried, odd enough to matter.

Ties, zeros, pairs that cannot be reached, places that are fixed, refused or required, several places on one site, two age
bands, ids in no order, people in whole numbers, thousandths or as they come.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from geoplan import CostMatrix, LocationProblem
from geoplan.access.decay import gaussian, linear, stepped
from geoplan.location.programme import Limit, Pilots, ProgrammeProblem

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
    limit = 10.0 if _often(random, 0.3) else np.inf
    cost = CostMatrix.from_dense(pd.DataFrame(table, ids, ids), limit=limit)
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


YEARS = ("2026", "2028", "2030")


def phased(seed: int) -> ProgrammeProblem:
    """A tiny programme of one to three phases with this seed: rules that bind the choice of options, and none that bind people."""
    random = np.random.default_rng([seed, *b"phased"])
    years = YEARS[: random.integers(1, 4)]
    fixed, options = int(random.integers(0, 3)), int(random.integers(1, 5))
    ids = _ids(random, "D", int(random.integers(1, 6)))
    places = [*_ids(random, "F", fixed), *_ids(random, "S", options)]
    mine = places[fixed:]
    cost = CostMatrix.from_dense(pd.DataFrame(_costs(random, len(ids), len(places), 0.3), ids, places))
    weight = {y: pd.DataFrame(np.round(random.uniform(0, 3, (len(ids), 2)), 3), ids, list(BANDS)) for y in years}
    price = pd.Series(random.integers(0, 30, len(places)) / 10, places)
    ground = {s: f"g{random.integers(0, max(2, options))}" for s in mine}
    given: dict[str, Any] = {
        "cost": cost,
        "weight": weight,
        "capacity": pd.DataFrame(random.integers(0, 5, (len(places), 2)).astype(float), places, list(BANDS)),
        "fixed": places[:fixed],
        "fixed_cost": price,
        "budget": {y: float(random.integers(0, 40)) / 10 for y in years[:-1]} | {years[-1]: 2.5},
        "site": pd.Series({p: ground.get(p, p) for p in places}),
    }
    given |= _money_and_land(random, mine, years, price)
    if _often(random, 0.3):
        given["upgrades"] = [u for u in combinations(mine, 2) if ground[u[0]] == ground[u[1]]][:1]
    if _often(random, 0.3):
        given["priority"] = pd.Series(random.integers(0, 4, len(ids)).astype(float), ids)
    if _often(random, 0.3):
        given["opens"] = {mine[0]: years[-1]}
    if fixed and _often(random, 0.3):
        given["closes"] = {places[0]: years[-1]}
    if fixed > 1 and _often(random, 0.5):
        given["replaces"] = dict.fromkeys(mine[:2], places[1])
    if _often(random, 0.3):
        given["p"] = int(random.integers(1, options + 1))
    names = random.permutation(mine)
    given["required"] = [str(n) for n in names[:1]] if _often(random, 0.2) else []
    given["refused"] = [str(n) for n in names[1:2]] if _often(random, 0.3) else []
    return ProgrammeProblem(**given)


def _money_and_land(random: Random, mine: list[str], years: tuple[str, ...], price: pd.Series) -> dict[str, Any]:
    """Some of: money by the year, a source of its own, land by county, pilots, places per 1,000."""
    given: dict[str, Any] = {}
    county = pd.Series({p: "AB"[random.integers(0, 2)] for p in price.index})
    if _often(random, 0.3):
        given |= {
            "yearly_cost": (price.iloc[::-1] / 10).round(2),
            "yearly_budget": {y: float(random.integers(1, 9)) / 10 for y in years},
        }
    if _often(random, 0.3):
        given["sources"] = pd.DataFrame({"loan": random.integers(0, 9, len(price)) / 10}, price.index)
        given["source_budget"] = pd.DataFrame({"loan": random.integers(0, 9, len(years)) / 10}, list(years))
    if _often(random, 0.3):
        land = pd.Series(random.integers(0, 5, len(price)).astype(float), price.index)
        most = {(y, c): float(random.integers(1, 8)) for y in years for c in sorted(set(county[mine]))}
        given["limits"] = [Limit("land", land, most, group=county, cumulative=_often(random, 0.5))]
    if _often(random, 0.3):
        given["pilots"] = [Pilots("pilots", mine[:3], int(random.integers(1, min(3, len(mine)) + 1)), years[-1])]
    return given
