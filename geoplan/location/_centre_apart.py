"""Places far apart by levels: for each distinct distance, are there p places of which no two are nearer? (Erkut 1990)

The places that are not chosen cover every pair that is too near: at least all but one of each clique of such pairs. So a level is
a cover with needs, and the least cover leaves the most places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._centre_levels import Levels
from geoplan.location._cover import Cover, taken_out
from geoplan.location._cover_least import least
from geoplan.location._graph import Floats, Ints
from geoplan.location._watch import Watch
from geoplan.location.problem import LocationProblem


@dataclass(frozen=True, eq=False)
class Between:
    """The distances between places by number in the order of ids, each pair once (the lesser of both ways), in unit.

    `far`: what a pair that is not listed counts as; `option`: the numbers of the free places, `site` of each; `fixed`: those of
    the fixed; `row`: the row of each number among the places.
    """

    one: Ints
    other: Ints
    cost: Floats
    far: float
    option: Ints
    site: Ints
    fixed: Ints
    row: Ints


def between(problem: LocationProblem) -> Between:
    """The distances of a problem whose demand points are its places; pairs farther than `far` are left out."""
    cost = problem.cost
    row = np.argsort(np.asarray(cost.place_ids, str), kind="stable")
    number = np.empty(len(row), np.int64)
    number[row] = np.arange(len(row))
    ends = np.stack((number[cost.place_ids.get_indexer(cost.demand_ids)][cost.demand], number[cost.place]))
    low, high, values = ends.min(axis=0), ends.max(axis=0), cost.values
    order = np.lexsort((values, high, low))
    order = order[(low < high)[order]]
    first = np.append(True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0))[: len(order)]
    order = order[first]
    far = cost.limit if np.isfinite(cost.limit) else float(values.max(initial=0.0))
    refused, fixed = cost.place_ids.isin(list(problem.refused))[row], cost.place_ids.isin(list(problem.fixed))[row]
    option = np.flatnonzero(~(refused | fixed))
    if problem.site is None:
        site = np.arange(len(option))
    else:
        names = problem.site.reindex(cost.place_ids).to_numpy(str)[row[option]]
        site = np.unique(names, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return Between(low[order], high[order], values[order], far, option, site, np.flatnonzero(fixed), row)


class Apart(Levels):
    """The levels of a dispersion: the distinct distances that the least distance can be, the greatest first."""

    def __init__(self, pairs: Between, p: int, watch: Watch, gap: float) -> None:
        self.pairs, self.p, count = pairs, p, len(pairs.row)
        at = np.full(count, -1)
        at[pairs.option] = np.arange(len(pairs.option))
        self.column, is_fixed = at, np.isin(np.arange(count), pairs.fixed)
        used = (at >= 0) | is_fixed
        self.used = used[pairs.one] & used[pairs.other]
        values = np.unique(np.append(pairs.cost[self.used], pairs.far))[::-1]
        super().__init__(values[values <= pairs.far], watch, gap)
        self.near_fixed = np.full(len(pairs.option), np.inf)  # from each option to the nearest fixed
        for one, other in ((pairs.one, pairs.other), (pairs.other, pairs.one)):
            held = is_fixed[one] & (at[other] >= 0)
            np.minimum.at(self.near_fixed, at[other[held]], pairs.cost[held])
        between_fixed = pairs.cost[is_fixed[pairs.one] & is_fixed[pairs.other]].min(initial=np.inf)
        self.barred = int((self.levels > between_fixed).sum()) - 1
        self.between_fixed = float(between_fixed)

    def run(self, first: Ints) -> None:
        """All of it: a start, then the levels."""
        site = self.pairs.site
        if len(np.unique(site)) < self.p:
            self.barred = len(self.levels) - 1
            return
        self.keep(self.spread(np.zeros(0, np.int64)))
        if len(first) <= self.p and len(np.unique(site[first])) == len(first):
            self.keep(self.spread(first))
        self.settle()

    def spread(self, first: Ints) -> Ints:
        """p columns: these, then one after another the one that is farthest from all so far (ties: the lowest)."""
        pairs, chosen = self.pairs, list(first)
        matrix = self.distances
        near, taken = self.near_fixed.copy(), np.zeros(int(pairs.site.max(initial=-1)) + 1, bool)

        def take(column: int) -> None:
            taken[pairs.site[column]] = True
            there = slice(matrix.indptr[column], matrix.indptr[column + 1])
            near[matrix.indices[there]] = np.minimum(near[matrix.indices[there]], matrix.data[there])

        for column in chosen:
            take(column)
        while len(chosen) < self.p:
            column = int(np.argmax(np.where(taken[pairs.site], -1.0, np.minimum(near, pairs.far))))
            chosen.append(column)
            take(column)
        return np.array(sorted(chosen), np.int64)

    @property
    def distances(self) -> Any:
        """The listed distances between options, both ways."""
        one, other, cost = self._between_options(np.inf)
        shape = (len(self.pairs.option),) * 2
        ends = (np.concatenate((one, other)), np.concatenate((other, one)))
        return sparse.csr_matrix((np.concatenate((cost, cost)), ends), shape=shape)

    def _between_options(self, most: float) -> tuple[Ints, Ints, Floats]:
        """The pairs of columns nearer than `most`, with their distances."""
        one, other, cost = self.column[self.pairs.one], self.column[self.pairs.other], self.pairs.cost
        used = (one >= 0) & (other >= 0) & (cost < most)
        return one[used], other[used], cost[used]

    def keep(self, columns: Ints) -> None:
        """Take a plan of p columns, if its least distance is above the best so far."""
        inside = np.isin(np.arange(len(self.pairs.option)), columns)
        one, other, cost = self._between_options(np.inf)
        least_pair = cost[inside[one] & inside[other]].min(initial=self.pairs.far)
        apart = min(float(least_pair), self.between_fixed, float(self.near_fixed[columns].min(initial=np.inf)))
        self.found(columns, int((self.levels > apart).sum()))

    def ask(self, level: int, quick: bool, watch: Watch) -> bool | None:
        """Whether p places are at least so far apart."""
        apart, columns = self.levels[level], len(self.pairs.option)
        cover = taken_out(self.too_near(float(apart)), self.near_fixed < apart)
        goal = columns - self.p
        answer = least(cover, watch, goal=goal, quick=quick) if goal > 0 else None
        if answer is None:  # all are chosen: at most the level of the plan that has them all
            self.barred = max(self.barred, level)
            return False
        if answer.columns is not None and answer.size <= goal:
            left = np.flatnonzero(~np.isin(np.arange(columns), answer.columns))
            self.keep(left[: self.p])
            return True
        if answer.bound > goal:
            self.barred = max(self.barred, level)
            return False
        return None

    def too_near(self, apart: float) -> Cover:
        """Cliques of columns of which no two may be chosen, each of which needs all but one covered by those not chosen."""
        from geoplan.location import _cover_kernels as kernels

        columns, site = len(self.pairs.option), self.pairs.site
        one, other, _ = self._between_options(apart)
        matrix = sparse.csr_matrix((np.ones(len(one)), (one, other)), shape=(columns, columns))
        ground = sparse.csr_matrix((np.ones(columns), (np.arange(columns), site)))
        graph = (matrix + matrix.T + ground @ ground.T).tocsr()
        graph.setdiag(0)
        graph.eliminate_zeros()
        graph.sort_indices()
        start, neighbour = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
        starts, members = kernels.cliques(start, neighbour, kernels.bits_of(start, neighbour, columns // 64 + 1))
        shape = (len(starts) - 1, columns)
        cliques = sparse.csr_matrix((np.ones(len(members), np.int8), members, starts), shape=shape)
        cliques.sort_indices()
        need = np.diff(starts) - 1
        return Cover(cliques, need, np.arange(columns), np.arange(columns), np.zeros(0, np.int64))
