"""CostMatrix: what it costs to get from demand to places, as sparse pairs up to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, InputError, Text

Unit = Literal["m", "s", ""]


def unique_ids(values: Any, name: str) -> pd.Index:
    """Ids as text, in the given order; raises `InputError` if one is given twice."""
    index = pd.Index([str(v) for v in values], dtype=object, name=name)
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()[:5].tolist()
        problem = Text(f"{name} must be unique", f"{name} 不得重复")
        raise InputError(
            Finding("GP-N020", "", name, problem, Text("give each an id of its own", "请使编号唯一"), str(twice))
        )
    return index


@dataclass(frozen=True, eq=False)
class CostMatrix:
    """Sparse travel cost from demand to places up to a limit, ordered by place and by cost within a place.

    `start[k]:start[k+1]` are the pairs of place `k`; `demand[i]` is the row of a pair's demand point, `cost[i]` its cost
    (ties by demand row). So the pairs within any smaller limit are a prefix of each place. A pair that is absent costs
    more than `limit`; limits are inclusive. Costs from a network are whole numbers inside: `scale` of them make one `unit`
    (1000 millimetres a metre, 1000 milliseconds a second); given costs keep their float64 and scale 1. `unjoined` are the
    demand points, `unjoined_places` the places, that do not join the network.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0)], unit="m")
    >>> cost.within(300).to_frame()
      demand_id place_id   cost
    0         a        F  300.0
    """

    demand_ids: pd.Index
    place_ids: pd.Index
    start: npt.NDArray[np.int64]
    demand: npt.NDArray[np.int32]
    cost: npt.NDArray[Any]
    unit: Unit = ""
    scale: int = 1
    limit: float = np.inf
    unjoined: pd.Index = field(default_factory=lambda: pd.Index([], dtype=object))
    unjoined_places: pd.Index = field(default_factory=lambda: pd.Index([], dtype=object))

    def __post_init__(self) -> None:
        pairs = len(self.demand)
        problem = ""
        if len(self.start) != len(self.place_ids) + 1 or self.start[0] != 0 or self.start[-1] != pairs:
            problem = f"start has {len(self.start)} entries up to {self.start[-1]} for {len(self.place_ids)} places, {pairs} pairs"
        elif len(self.cost) != pairs:
            problem = f"{len(self.cost)} costs for {pairs} pairs"
        elif pairs and (self.demand.min() < 0 or self.demand.max() >= len(self.demand_ids)):
            problem = f"demand rows run to {self.demand.max()} for {len(self.demand_ids)} demand points"
        elif pairs and not (np.isfinite(self.cost).all() and self.cost.min() >= 0):
            problem = "costs must be finite and not negative"
        elif pairs and not self._ordered():
            problem = "pairs must be ordered by cost, then demand row, within each place"
        if problem:
            raise ValueError(f"CostMatrix: {problem}")

    def _ordered(self) -> bool:
        inside = np.ones(len(self.cost), dtype=bool)
        inside[self.start[:-1][self.start[:-1] < len(self.cost)]] = False
        later, before = self.cost[1:], self.cost[:-1]
        rising = (later > before) | ((later == before) & (self.demand[1:] > self.demand[:-1]))
        return bool((rising | ~inside[1:]).all())

    @classmethod
    def from_arrays(
        cls, demand_ids: Any, place_ids: Any, demand: Any, place: Any, cost: Any, **more: Any
    ) -> CostMatrix:
        """Build from three equally long arrays: demand row, place row, cost; sorts the pairs. Raises on a pair given twice."""
        demand_ids, place_ids = unique_ids(demand_ids, "demand_id"), unique_ids(place_ids, "place_id")
        demand, place, cost = np.asarray(demand, np.int32), np.asarray(place, np.int64), np.asarray(cost)
        pair = place * max(len(demand_ids), 1) + demand
        if len(np.unique(pair)) != len(pair):
            problem = Text("a pair of demand and place is given twice", "同一需求点与设施的成本重复给出")
            raise InputError(Finding("GP-N021", "", "pairs", problem, Text("keep one of each", "每对只保留一条")))
        if len(cost) and not (np.isfinite(cost).all() and (cost >= 0).all()):
            problem = Text("a cost is missing, infinite or negative", "成本缺失、无穷或为负")
            advice = Text("leave pairs that cannot be reached out", "不可达的配对请不要列出")
            raise InputError(Finding("GP-N022", "", "pairs", problem, advice))
        order = np.lexsort((demand, cost, place))
        start = np.zeros(len(place_ids) + 1, np.int64)
        np.cumsum(np.bincount(place, minlength=len(place_ids)), out=start[1:])
        return cls(demand_ids, place_ids, start, demand[order], cost[order], **more)

    @classmethod
    def from_pairs(
        cls, pairs: Any, unit: Unit = "", limit: float = np.inf, demand_ids: Any = None, place_ids: Any = None
    ) -> CostMatrix:
        """Build from (demand_id, place_id, cost) rows or a frame with those columns; the costs keep their float64.

        `demand_ids` and `place_ids` give the full lists, for points that have no pair.
        """
        frame = pd.DataFrame(
            pairs, columns=None if isinstance(pairs, pd.DataFrame) else ["demand_id", "place_id", "cost"]
        )
        wanted = unique_ids(frame["demand_id"].astype(str).unique() if demand_ids is None else demand_ids, "demand_id")
        places = unique_ids(frame["place_id"].astype(str).unique() if place_ids is None else place_ids, "place_id")
        rows, columns = (
            wanted.get_indexer(pd.Index(frame["demand_id"].astype(str))),
            places.get_indexer(pd.Index(frame["place_id"].astype(str))),
        )
        if (rows < 0).any() or (columns < 0).any():
            problem = Text("a pair names an id that is not in the list", "配对中的编号不在名单内")
            raise InputError(Finding("GP-N023", "", "pairs", problem, Text("join by the same ids", "请统一编号")))
        cost = frame["cost"].to_numpy(float)
        keep = ~(cost > limit)
        return cls.from_arrays(wanted, places, rows[keep], columns[keep], cost[keep], unit=unit, limit=limit)

    @classmethod
    def from_dense(cls, matrix: Any, unit: Unit = "", limit: float = np.inf) -> CostMatrix:
        """Build from a frame with demand as rows and places as columns (or an array); NaN or inf means cannot be reached."""
        frame = pd.DataFrame(matrix)
        values = frame.to_numpy(float)
        rows, columns = np.nonzero(np.isfinite(values) & ~(values > limit))
        more = {"unit": unit, "limit": limit}
        return cls.from_arrays(frame.index, frame.columns, rows, columns, values[rows, columns], **more)

    @property
    def place(self) -> npt.NDArray[np.int64]:
        """The place row of each pair, shape (pairs,)."""
        return np.repeat(np.arange(len(self.place_ids)), np.diff(self.start))

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The cost of each pair in `unit`, shape (pairs,)."""
        return self.cost / float(self.scale)

    def _keep(self, keep: npt.NDArray[np.bool_], limit: float) -> CostMatrix:
        kept = np.concatenate(([0], np.cumsum(keep)))[self.start]
        parts = (
            self.demand_ids,
            self.place_ids,
            kept,
            self.demand[keep],
            self.cost[keep],
            self.unit,
            self.scale,
            limit,
        )
        return CostMatrix(*parts, self.unjoined, self.unjoined_places)

    def within(self, limit: float) -> CostMatrix:
        """The pairs that cost at most `limit` (in `unit`, inclusive)."""
        # 1.005 m is 1005 mm, though 1.005 * 1000 is a little less in binary; given costs (scale 1) are compared as they are
        bound = limit if self.scale == 1 or not np.isfinite(limit) else round(limit * self.scale)
        return self._keep(self.cost <= bound, min(limit, self.limit))

    def nearest(self, k: int = 1) -> pd.DataFrame:
        """The `k` cheapest places of each demand point: columns demand_id, place_id, cost, rank; ties by lowest place id."""
        by_id = np.argsort(np.argsort(self.place_ids.to_numpy()))  # so that the order of the places does not matter
        order = np.lexsort((by_id[self.place], self.cost, self.demand))
        rows = self.demand[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        best = order[rank < k]
        frame = {"demand_id": self.demand_ids[self.demand[best]], "place_id": self.place_ids[self.place[best]]}
        return pd.DataFrame({**frame, "cost": self.values[best], "rank": rank[rank < k] + 1})

    def select(self, places: Any) -> CostMatrix:
        """The same demand, these places only (ids, in the given order)."""
        chosen = self.place_ids.get_indexer(pd.Index([str(p) for p in places], dtype=object))
        if (chosen < 0).any():
            raise KeyError(
                f"places not in the cost matrix: {[p for p, c in zip(places, chosen, strict=True) if c < 0][:5]}"
            )
        counts = np.diff(self.start)[chosen]
        take = (
            np.concatenate([np.arange(self.start[c], self.start[c + 1]) for c in chosen])
            if len(chosen)
            else np.empty(0, int)
        )
        start = np.concatenate(([0], np.cumsum(counts)))
        parts = (
            self.demand_ids,
            self.place_ids[chosen],
            start,
            self.demand[take],
            self.cost[take],
            self.unit,
            self.scale,
        )
        lost = self.unjoined_places[self.unjoined_places.isin(self.place_ids[chosen])]
        return CostMatrix(*parts, self.limit, self.unjoined, lost)

    def to_frame(self) -> pd.DataFrame:
        """All pairs as columns demand_id, place_id, cost."""
        ids = {"demand_id": self.demand_ids[self.demand], "place_id": self.place_ids[self.place]}
        return pd.DataFrame({**ids, "cost": self.values})

    def in_seconds(self, speed_kph: float) -> CostMatrix:
        """Metres turned into seconds at one speed: s = m / (speed / 3.6), rounded to whole milliseconds."""
        if self.unit != "m" or not speed_kph > 0:
            raise ValueError(
                f"CostMatrix: only metres at a speed above 0 turn into seconds, not {self.unit!r} at {speed_kph}"
            )
        factor = 3.6 / speed_kph
        cost = np.rint(self.values * factor * 1000).astype(np.uint32)
        by_cost = np.lexsort((self.demand, cost, self.place))  # rounding can make ties
        limit = np.rint(self.limit * factor * 1000) / 1000
        moved = {"demand": self.demand[by_cost], "cost": cost[by_cost], "unit": "s", "scale": 1000, "limit": limit}
        return replace(self, **moved)

    def repeat(self, places: Any, names: Any) -> CostMatrix:
        """The pairs of `places` (ids, any of them more than once) under new names: several options at one site."""
        return replace(self.select(places), place_ids=unique_ids(names, "place_id"))


def stack(matrices: Sequence[CostMatrix], demand_ids: Any) -> CostMatrix:
    """Put matrices of different demand points and the same places under one another, in the order of `demand_ids`.

    Each keeps its own limit: a pair that is absent is beyond the limit of its own group; the whole states the largest.
    """
    first = matrices[0]
    if any(m.unit != first.unit or m.scale != first.scale or not m.place_ids.equals(first.place_ids) for m in matrices):
        raise ValueError("stack: the matrices must have the same unit, scale and places")
    ids = unique_ids(demand_ids, "demand_id")
    rows = np.concatenate([ids.get_indexer(m.demand_ids)[m.demand] for m in matrices])
    if sorted(i for m in matrices for i in m.demand_ids) != sorted(ids):
        raise ValueError("stack: each demand point must stand in exactly one matrix")
    place, cost = np.concatenate([m.place for m in matrices]), np.concatenate([m.cost for m in matrices])
    unjoined = ids[ids.isin(np.concatenate([np.asarray(m.unjoined, dtype=object) for m in matrices]))]
    lost = [set(m.unjoined_places) for m in matrices]
    more = {"unjoined": unjoined, "unjoined_places": first.place_ids[first.place_ids.isin(set.intersection(*lost))]}
    limit = max(m.limit for m in matrices)
    return CostMatrix.from_arrays(
        ids, first.place_ids, rows, place, cost, unit=first.unit, scale=first.scale, limit=limit, **more
    )
