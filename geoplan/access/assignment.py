"""Who goes where: as many people as possible get a place, and among such assignments the least total travel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Finding, InputError, Text
from geoplan.network.cost import CostMatrix

THOUSANDTHS = 1000
TOLERANCE = 1e-9
FINEST = 1 << 31  # costs that are no whole numbers are rounded to this many steps below the greatest


def assign(cost: CostMatrix, wanted: pd.DataFrame, capacity: pd.DataFrame) -> pd.DataFrame:
    """Assign the people of each demand point and age band to places: the greatest number, then the least travel.

    For each band on its own it answers: maximise the sum of the amounts, then minimise the sum of amount · cost, where a demand
    point gives at most `wanted` (people, demand × band) and a place takes at most `capacity` (places, place × band; rounded
    down to thousandths), over the pairs of `cost` only. A point's people may go to several places. Everything is computed in
    whole thousandths by the network simplex, so the answer is exact; ties fall by the order of the ids, whatever the row order.
    Costs that are no whole numbers inside are compared after rounding to one part in two thousand million of the greatest.

    Returns columns demand_id, place_id, band and amount (people, above 0), in the order of ids and of `wanted`'s bands.
    Raises `InputError` if `wanted` is no multiple of 0.001, or a number is missing or negative, or ids differ from `cost`'s.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0)], unit="m")
    >>> wanted = pd.DataFrame({"all": [2.0, 2.0]}, index=["a", "b"])
    >>> assign(cost, wanted, pd.DataFrame({"all": [3.0]}, index=["F"]))
      demand_id place_id band  amount
    0         a        F  all     2.0
    1         b        F  all     1.0

    Source: Cunningham, W. H. (1976). A network simplex method. Mathematical Programming 11, 105-116.
    """
    pairs = _pairs(cost)
    want, room = _thousandths(wanted, capacity, pairs.demand_ids, pairs.place_ids)
    parts = []
    for band, flow in zip(wanted.columns, _flows(pairs, want, room), strict=True):
        used = np.flatnonzero(flow)
        used = used[np.lexsort((pairs.place[used], pairs.demand[used]))]
        columns = {
            "demand_id": np.array(pairs.demand_ids, object)[pairs.demand[used]],
            "place_id": np.array(pairs.place_ids, object)[pairs.place[used]],
        }
        parts.append(pd.DataFrame({**columns, "band": band, "amount": flow[used] / THOUSANDTHS}))
    empty = pd.DataFrame(
        {"demand_id": pd.Series(dtype=object), "place_id": pd.Series(dtype=object), "band": pd.Series(dtype=object)}
    )
    filled = [p for p in parts if len(p)]
    if not filled:
        return empty.assign(amount=pd.Series(dtype=float))
    return pd.concat(filled, ignore_index=True).astype({"demand_id": object, "place_id": object, "band": object})


def served(cost: CostMatrix, wanted: pd.DataFrame, capacity: pd.DataFrame) -> pd.DataFrame:
    """How many people of each demand point and age band `assign` gives a place: the table of `wanted`, people.

    The same assignment without its pairs, for those who compare many variants. Raises as `assign` does.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0)], unit="m")
    >>> wanted = pd.DataFrame({"all": [2.0, 2.0]}, index=["a", "b"])
    >>> served(cost, wanted, pd.DataFrame({"all": [3.0]}, index=["F"]))["all"].to_dict()
    {'a': 2.0, 'b': 1.0}
    """
    pairs = _pairs(cost)
    want, room = _thousandths(wanted, capacity, pairs.demand_ids, pairs.place_ids)
    sums = [np.bincount(pairs.demand, flow, len(want)) for flow in _flows(pairs, want, room)]
    table = pd.DataFrame(np.rint(np.column_stack(sums)) / THOUSANDTHS, pairs.demand_ids, wanted.columns)
    return table.reindex(wanted.index)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The pairs of a cost matrix by demand row, cost and place row, where rows count the ids in order."""

    demand_ids: list[str]
    place_ids: list[str]
    demand: Any
    place: Any
    cost: Any


def _pairs(cost: CostMatrix) -> _Pairs:
    demand_ids, place_ids = sorted(cost.demand_ids), sorted(cost.place_ids)
    demand = pd.Index(demand_ids).get_indexer(cost.demand_ids)[cost.demand].astype(np.int64)
    place = pd.Index(place_ids).get_indexer(cost.place_ids)[cost.place].astype(np.int64)
    whole = _whole(cost)
    order = np.lexsort((place, whole, demand))
    return _Pairs(demand_ids, place_ids, demand[order], place[order], whole[order])


def _flows(pairs: _Pairs, want: Any, room: Any) -> list[Any]:
    """The flow of each band on each pair; the bands do not touch one another and are computed side by side."""
    with ThreadPoolExecutor(max(want.shape[1], 1)) as pool:
        return list(pool.map(partial(_band, pairs), want.T.copy(), room.T.copy()))


def _band(pairs: _Pairs, want: Any, room: Any) -> Any:
    """The flow of one band on each pair, counted again."""
    demand, place = pairs.demand, pairs.place
    flow = np.zeros(len(demand), np.int64)
    if len(demand) and want.any() and room.any():
        from geoplan.access import _flow

        flow = _flow.transport(demand, place, pairs.cost, want, room)
    check_flow(pairs, flow, want, room)
    return flow


def check_flow(pairs: _Pairs, flow: Any, want: Any, room: Any) -> None:
    """Nobody goes twice, no place is overfull, and nobody else could be given a place; raises `CheckFailed`."""
    demand, place = pairs.demand, pairs.place
    out, into = np.zeros(len(want), np.int64), np.zeros(len(room), np.int64)
    np.add.at(out, demand, flow)
    np.add.at(into, place, flow)
    if (flow < 0).any() or (out > want).any() or (into > room).any():
        raise CheckFailed("assignment: people are not conserved")
    if _could_grow(demand, place, flow, want - out, room - into):
        raise CheckFailed("assignment: more people could be given a place")


def _could_grow(demand: Any, place: Any, flow: Any, left: Any, spare: Any) -> bool:
    """Whether a place with room can be reached from people without one, by moving others on (Ford, Fulkerson 1956)."""
    at_demand, at_place = left > 0, np.zeros(len(spare), bool)
    while True:
        at_place[place[at_demand[demand]]] = True
        moved = at_demand.copy()
        moved[demand[at_place[place] & (flow > 0)]] = True
        if (moved == at_demand).all():
            return bool((at_place & (spare > 0)).any())
        at_demand = moved


def _whole(cost: CostMatrix) -> Any:
    """The costs as whole numbers: as they are where they are whole, else in steps of the greatest cost / 2^31."""
    values = cost.cost
    if not len(values) or np.issubdtype(values.dtype, np.integer):
        return values.astype(np.int64)
    greatest = float(values.max())
    if greatest < FINEST and (values == np.rint(values)).all():
        return values.astype(np.int64)
    return np.rint(values / greatest * FINEST).astype(np.int64)


def _thousandths(
    wanted: pd.DataFrame, capacity: pd.DataFrame, demand_ids: list[str], place_ids: list[str]
) -> tuple[Any, Any]:
    """Both tables as whole thousandths in the order of the ids; raises with everything that is wrong."""
    problems: list[Finding] = []
    advice = Text(
        "give one row an id, finite numbers, people in thousandths", "每个编号一行，有限数值，人数保留三位小数"
    )
    tables = [("wanted", wanted, demand_ids), ("capacity", capacity, place_ids)]
    for name, table, ids in tables:
        values = table.to_numpy(float)
        if not table.index.is_unique or set(table.index) != set(ids):
            other = sorted(map(str, set(table.index) ^ set(ids)))[:5]
            problem = Text("must have one row for each id of the cost matrix", "须与成本矩阵的编号一一对应")
            problems.append(Finding("GP-S001", "", name, problem, advice, str(other)))
        elif not (np.isfinite(values) & (values >= 0)).all():
            bad = table.index[~(np.isfinite(values) & (values >= 0)).all(axis=1)]
            problem = Text("must be finite and not negative", "须为非负有限数")
            problems.append(Finding("GP-S002", "", name, problem, advice, str(bad[:5].tolist()), count=len(bad)))
        elif (
            name == "wanted" and (off := np.abs(np.rint(values * THOUSANDTHS) / THOUSANDTHS - values) > TOLERANCE).any()
        ):
            problem = Text("must be whole thousandths of a person", "须为千分之一人的整数倍")
            bad = table.index[off.any(axis=1)]
            problems.append(Finding("GP-S003", "", name, problem, advice, str(bad[:5].tolist()), count=len(bad)))
    if list(capacity.columns) != list(wanted.columns) and set(capacity.columns) != set(wanted.columns):
        problem = Text("must have the same age bands", "月龄段须一致")
        problems.append(Finding("GP-S004", "", "capacity", problem, advice, str([*wanted.columns, *capacity.columns])))
    if problems:
        raise InputError(problems)
    room = capacity.loc[place_ids, wanted.columns].to_numpy(float) * THOUSANDTHS
    nearest = np.rint(room)
    down = np.where(np.abs(room - nearest) <= TOLERANCE * THOUSANDTHS, nearest, np.floor(room)).astype(np.int64)
    want = np.rint(wanted.loc[demand_ids].to_numpy(float) * THOUSANDTHS).astype(np.int64)
    return np.ascontiguousarray(want), np.ascontiguousarray(down)
