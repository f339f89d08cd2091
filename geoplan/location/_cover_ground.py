"""What covering models ask of a problem: the points that have people, what each option reaches, and what the fixed places reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._cover import Cover, cover_of
from geoplan.location._graph import Ints
from geoplan.location.problem import LocationProblem


@dataclass(frozen=True, eq=False)
class Ground:
    """Pairs within reach of points with people and options, both as numbers in the order of ids, so that row order is no matter.

    `row`, `column`, `cost` (as kept in the matrix) by pair with an option; `fixed_row`, `fixed_cost` by pair with a fixed place;
    `points`: how many points have people. By option: its row among the places (`option`), its `site`.
    """

    row: Ints
    column: Ints
    cost: Any
    fixed_row: Ints
    fixed_cost: Any
    points: int
    option: Ints
    site: Ints

    @property
    def sites(self) -> int:
        """How many sites the options stand on: no plan opens more."""
        return len(np.unique(self.site))

    def names(self, problem: LocationProblem, columns: Ints) -> tuple[str, ...]:
        """The places of columns, in the order of the problem."""
        return tuple(problem.cost.place_ids[np.sort(self.option[columns])])

    def columns_of(self, problem: LocationProblem, sites: Any) -> Ints:
        """The columns of places that are options here."""
        return np.flatnonzero(problem.cost.place_ids[self.option].isin(list(sites)))

    def covering(self, needs: int) -> Cover:
        """The cover of all points with so many places each, of which the fixed count."""
        by_fixed = np.bincount(self.fixed_row, minlength=self.points)
        need = np.maximum(needs - by_fixed, 0)
        wanted = need[self.row] > 0
        return cover_of(self.row[wanted], self.column[wanted], need, self.site)

    def filled(self, columns: Ints, p: int) -> Ints:
        """`p` columns: these, then the lowest whose site is free."""
        chosen, taken = list(columns), set(self.site[columns].tolist())
        for column, site in enumerate(self.site.tolist()):
            if len(chosen) >= p:
                break
            if site not in taken:
                taken.add(site)
                chosen.append(column)
        return np.array(sorted(chosen), np.int64)


def ground_of(problem: LocationProblem) -> Ground:
    """The pairs of a problem in the order of ids."""
    cost = problem.reachable()
    weight = problem.weights().sum(axis=1).to_numpy()
    by_demand, by_place = (np.argsort(np.asarray(i, str), kind="stable") for i in (cost.demand_ids, cost.place_ids))
    wanted = by_demand[weight[by_demand] > 0]
    fixed, refused = (cost.place_ids.isin(list(names)) for names in (problem.fixed, problem.refused))
    option = by_place[~(fixed | refused)[by_place]]
    row, column = np.full(len(weight), -1), np.full(len(fixed), -1)
    row[wanted], column[option] = np.arange(len(wanted)), np.arange(len(option))
    place, rows = cost.place, row[cost.demand]
    free, held = (rows >= 0) & (column[place] >= 0), (rows >= 0) & fixed[place]
    return Ground(
        row=rows[free],
        column=column[place[free]],
        cost=cost.cost[free],
        fixed_row=rows[held],
        fixed_cost=cost.cost[held],
        points=len(wanted),
        option=option,
        site=_sites(problem, option),
    )


def _sites(problem: LocationProblem, option: Ints) -> Ints:
    """The site of each option as a number; a site of its own where none is given."""
    if problem.site is None:
        return np.arange(len(option))
    names = problem.site.reindex(problem.cost.place_ids).to_numpy(str)[option]
    return np.unique(names, return_inverse=True)[1].reshape(-1).astype(np.int64)
