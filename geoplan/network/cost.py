"""CostMatrix: what it costs to get from demand to places, as sparse pairs up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, InputError, Text

Unit = Literal["m", "s", ""]
Made = TypeVar("Made")

MANY_PAIRS = 200  # of a place on average: sorting each by itself is then quicker than all at once
REMEMBERED = 2  # results that a matrix keeps: each may take as much memory as the matrix itself


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


def _in_order(start: npt.NDArray[np.int64], demand: npt.NDArray[np.int32], cost: npt.NDArray[Any]) -> bool:
    """Whether the pairs of each place rise by cost, ties by demand row."""
    after = np.flatnonzero(cost[1:] <= cost[:-1]) + 1  # the few that do not rise: ties, and where a place begins
    first = np.zeros(len(cost) + 1, dtype=bool)
    first[start] = True
    after = after[~first[after]]
    return bool(((cost[after] == cost[after - 1]) & (demand[after] > demand[after - 1])).all())


def _ties_by_row(
    start: npt.NDArray[np.int64], demand: npt.NDArray[np.int32], cost: npt.NDArray[Any]
) -> npt.NDArray[np.int32]:
    """The demand rows with those of equal costs put in order, where the costs rise within each place already."""
    same = np.append(cost[1:] == cost[:-1], False)  # as the next one
    same[start[1:][start[1:] > 0] - 1] = False
    tied = np.flatnonzero(same | np.append(False, same[:-1]))
    place = np.searchsorted(start, tied, side="right")
    settled = demand.copy()
    settled[tied] = demand[tied[np.lexsort((demand[tied], cost[tied], place))]]
    return settled


def _twice(start: npt.NDArray[np.int64], demand: npt.NDArray[np.int32], rows: int) -> bool:
    """Whether a place has a demand row twice: each pair writes its number at its row, and finds another's if there are two."""
    last = np.zeros(rows, np.int64)
    for begin, end in pairwise(start.tolist()):
        own, number = demand[begin:end], np.arange(begin, end)
        last[own] = number
        if (last[own] != number).any():
            return True
    return False


def _by_row(row: npt.NDArray[Any], order: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """An order of pairs, stably sorted by their whole-number row: scipy counts the rows instead of comparing them."""
    from scipy.sparse import csc_array

    # a matrix of one column a pair, whose one entry stands in the row of the pair; by rows it is in the wanted order
    pairs = np.arange(len(order) + 1)
    table = csc_array((order, row[order], pairs), shape=(rows, len(order)))
    sorted_: npt.NDArray[np.int64] = table.tocsr().data
    return sorted_


def _by_cost(place: npt.NDArray[Any], cost: npt.NDArray[Any], start: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """An order of pairs by place, then cost; places with many pairs are sorted one by one, where all fits the cache."""
    places = len(start) - 1
    if len(cost) < MANY_PAIRS * places:
        return _by_row(place, np.argsort(cost), places)
    order = _by_row(place, np.arange(len(cost)), places)
    given = cost[order]
    for begin, end in pairwise(start.tolist()):
        order[begin:end] = order[begin:end][np.argsort(given[begin:end])]
    return order


@dataclass(frozen=True, eq=False)
class CostMatrix:
    """Sparse travel cost from demand to places up to a limit, ordered by place and by cost within a place.

    `start[k]:start[k+1]` are the pairs of place `k`; `demand[i]` is the row of a pair's demand point, `cost[i]` its cost
    (ties by demand row). So the pairs within any smaller limit are a prefix of each place. A pair that is absent costs
    more than `limit`; limits are inclusive. Costs from a network are whole numbers inside: `scale` of them make one `unit`
    (1000 millimetres a metre, 1000 milliseconds a second); given costs keep their float64 and scale 1. `unjoined` are the
    demand points, `unjoined_places` the places, that do not join the network. The arrays must not be changed afterwards:
    what is computed from them is kept (`remember`).

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
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        pairs = len(self.demand)
        problem = ""
        if len(self.start) != len(self.place_ids) + 1 or self.start[0] != 0 or self.start[-1] != pairs:
            problem = f"start has {len(self.start)} entries up to {self.start[-1]} for {len(self.place_ids)} places, {pairs} pairs"
        elif len(self.cost) != pairs:
            problem = f"{len(self.cost)} costs for {pairs} pairs"
        elif pairs and (self.demand.min() < 0 or self.demand.max() >= len(self.demand_ids)):
            problem = f"demand rows run to {self.demand.max()} for {len(self.demand_ids)} demand points"
        elif pairs and not (self.cost.min() >= 0 and self.cost.max() < np.inf):
            problem = "costs must be finite and not negative"
        elif pairs and not self._ordered():
            problem = "pairs must be ordered by cost, then demand row, within each place"
        if problem:
            raise ValueError(f"CostMatrix: {problem}")

    def _ordered(self) -> bool:
        return _in_order(self.start, self.demand, self.cost)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": {}}

    def remember(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives for a key, computed once; those of the last keys that were asked for are kept."""
        made: Made = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = made
        for oldest in list(self._kept)[:-REMEMBERED]:
            del self._kept[oldest]
        return made

    def _part(self, **changes: Any) -> CostMatrix:
        """A matrix that holds some of these pairs in the same order: what was checked once is not checked again."""
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__ | changes | {"_kept": {}})
        return part

    @classmethod
    def from_arrays(
        cls, demand_ids: Any, place_ids: Any, demand: Any, place: Any, cost: Any, **more: Any
    ) -> CostMatrix:
        """Build from three equally long arrays: demand row, place row, cost; sorts the pairs. Raises on a pair given twice."""
        demand_ids, place_ids = unique_ids(demand_ids, "demand_id"), unique_ids(place_ids, "place_id")
        demand, place, cost = np.asarray(demand, np.int32), np.asarray(place, np.int64), np.asarray(cost)
        if len(cost) and not (cost.min() >= 0 and cost.max() < np.inf):
            problem = Text("a cost is missing, infinite or negative", "成本缺失、无穷或为负")
            advice = Text("leave pairs that cannot be reached out", "不可达的配对请不要列出")
            raise InputError(Finding("GP-N022", "", "pairs", problem, advice))
        start = np.zeros(len(place_ids) + 1, np.int64)
        np.cumsum(np.bincount(place, minlength=len(place_ids)), out=start[1:])
        if (place[1:] < place[:-1]).any() or not _in_order(start, demand, cost):
            order = _by_cost(place, cost, start)
            cost = cost[order]
            demand = _ties_by_row(start, demand[order], cost)
        if _twice(start, demand, len(demand_ids)):
            problem = Text("a pair of demand and place is given twice", "同一需求点与设施的成本重复给出")
            raise InputError(Finding("GP-N021", "", "pairs", problem, Text("keep one of each", "每对只保留一条")))
        return cls(demand_ids, place_ids, start, demand, cost, **more)

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

    def within(self, limit: float) -> CostMatrix:
        """The pairs that cost at most `limit` (in `unit`, inclusive)."""
        # 1.005 m is 1005 mm, though 1.005 * 1000 is a little less in binary; given costs (scale 1) are compared as they are
        bound = limit if self.scale == 1 or not np.isfinite(limit) else round(limit * self.scale)
        last = self.start[1:][np.diff(self.start) > 0] - 1
        if not len(last) or self.cost[last].max() <= bound:
            return self if limit >= self.limit else self._part(limit=limit)
        stop = self._stop(bound)
        start = np.concatenate(([0], np.cumsum(stop - self.start[:-1])))
        demand, cost = self._slices(self.start[:-1], stop)
        return self._part(start=start, demand=demand, cost=cost, limit=min(limit, self.limit))

    def _stop(self, bound: float) -> npt.NDArray[np.int64]:
        """Where the pairs of each place that cost at most `bound` end, by halving within all places at once."""
        low, high = self.start[:-1].copy(), self.start[1:].copy()
        while (open_ := np.flatnonzero(low < high)).size:
            middle = (low[open_] + high[open_]) // 2
            inside = self.cost[middle] <= bound
            low[open_[inside]], high[open_[~inside]] = middle[inside] + 1, middle[~inside]
        return low

    def _slices(self, begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> tuple[Any, Any]:
        """The demand rows and costs of several runs of pairs, one after the other: whole runs are copied, not pairs."""
        runs = [slice(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True) if a < b]
        if not runs:
            return self.demand[:0], self.cost[:0]
        return np.concatenate([self.demand[r] for r in runs]), np.concatenate([self.cost[r] for r in runs])

    def nearest(self, k: int = 1) -> pd.DataFrame:
        """The `k` cheapest places of each demand point: columns demand_id, place_id, cost, rank; ties by lowest place id."""
        place, size = self.place, len(self.demand_ids)
        if k == 1:
            least = np.full(size, self.cost.max(initial=0), self.cost.dtype)
            np.minimum.at(least, self.demand, self.cost)
            order = np.flatnonzero(self.cost == least[self.demand])
        else:
            order = np.arange(len(self.cost))
        if not self.place_ids.is_monotonic_increasing:  # ties go by id, so that the order of the places does not matter
            by_id = np.argsort(np.argsort(self.place_ids.to_numpy()))
            order = _by_row(by_id[place], order, len(by_id))
        order = _by_row(self.demand, order[np.argsort(self.cost[order], kind="stable")], size)
        counts = np.bincount(self.demand[order], minlength=size)
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        best = order[rank < k]
        frame = {"demand_id": self.demand_ids[self.demand[best]], "place_id": self.place_ids[place[best]]}
        return pd.DataFrame({**frame, "cost": self.cost[best] / float(self.scale), "rank": rank[rank < k] + 1})

    def select(self, places: Any) -> CostMatrix:
        """The same demand, these places only (ids, in the given order)."""
        chosen = self.place_ids.get_indexer(pd.Index([str(p) for p in places], dtype=object))
        if (chosen < 0).any():
            raise KeyError(
                f"places not in the cost matrix: {[p for p, c in zip(places, chosen, strict=True) if c < 0][:5]}"
            )
        if np.array_equal(chosen, np.arange(len(self.place_ids))):
            return self
        demand, cost = self._slices(self.start[chosen], self.start[chosen + 1])
        start = np.concatenate(([0], np.cumsum(np.diff(self.start)[chosen])))
        lost = self.unjoined_places[self.unjoined_places.isin(self.place_ids[chosen])]
        place_ids = self.place_ids[chosen]
        return self._part(place_ids=place_ids, start=start, demand=demand, cost=cost, unjoined_places=lost)

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
        demand = _ties_by_row(self.start, self.demand, cost)  # rounding makes ties
        limit = np.rint(self.limit * factor * 1000) / 1000
        return replace(self, demand=demand, cost=cost, unit="s", scale=1000, limit=limit)

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
