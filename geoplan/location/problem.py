"""LocationProblem: the question that every location model answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geoplan.errors import InputError
from geoplan.location import _checks
from geoplan.network.cost import CostMatrix


@dataclass(frozen=True, eq=False)
class LocationProblem:
    """Which places to open so that demand is served best.

    `cost`: demand × place, absent pairs cannot be served. `weight`: people by demand id (a Series), or by demand id and age
    band (a DataFrame with bands as columns). `reach`: largest travel cost that serves, in the unit of `cost` (None: the limit
    of `cost`). `p`: how many places to open, beside the fixed. `fixed`: places open anyway; `required`: places that the plan
    must open (they count in `p` and cost money); `refused`: places not to be used.
    `capacity`: by place id (Series), or place id and band (DataFrame); None: without bound. `fixed_cost`: yuan to open a
    place, by id; places in `fixed` cost nothing more. `budget`: yuan in all. `site`: by place id, the site that it stands on;
    at most one place a site is opened. `single_source`: the demand of a point and band is served by one place or not at all.
    `neighbours`: how many places near each point count (lscp_backup, p_median_nearest). `decay`: from travel costs to the
    share (1 … 0, falling) of a point that a place so far away covers (mclp_gradual, mclp_cooperative).
    """

    cost: CostMatrix
    weight: pd.Series | pd.DataFrame
    reach: float | None = None
    p: int | None = None
    fixed: Sequence[str] = ()
    required: Sequence[str] = ()
    refused: Sequence[str] = ()
    capacity: pd.Series | pd.DataFrame | None = None
    fixed_cost: pd.Series | None = None
    budget: float | None = None
    site: pd.Series | None = None
    single_source: bool = False
    neighbours: int = 1
    decay: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        problems = list(_checks.findings(self))
        if problems:
            raise InputError(problems)
        for name in ("fixed", "required", "refused"):
            given = getattr(self, name)
            object.__setattr__(self, name, tuple(sorted(given) if isinstance(given, set | frozenset) else given))
        object.__setattr__(self, "p", None if self.p is None else int(self.p))
        object.__setattr__(self, "neighbours", int(self.neighbours))

    def reachable(self) -> CostMatrix:
        """The pairs that can serve: within reach."""
        return self.cost if self.reach is None else self.cost.within(self.reach)

    def weights(self) -> pd.DataFrame:
        """The weight as demand × band, in the order of the cost matrix; one band called "all" where none is given."""
        frame = self.weight.to_frame("all") if isinstance(self.weight, pd.Series) else self.weight
        return frame.reindex(self.cost.demand_ids).astype(float)

    def capacities(self) -> pd.DataFrame | None:
        """The capacity as place × band, in the order of the cost matrix, with the bands of `weights`."""
        if self.capacity is None:
            return None
        frame = self.capacity.to_frame("all") if isinstance(self.capacity, pd.Series) else self.capacity
        return frame.reindex(index=self.cost.place_ids, columns=self.weights().columns).astype(float)

    def settled(self) -> LocationProblem:
        """The same question with the required places fixed, and `p` and the budget what is left for the others.

        What stands on the site of a required place is refused; where the required places take the whole budget, so are those that
        cost anything. `p` is at most the number of places that are left.
        """
        if not self.required:
            return self
        prices = [] if self.fixed_cost is None else self.fixed_cost.loc[list(self.required)].tolist()
        left = None if self.budget is None else _checks.written(self.budget) - sum(map(_checks.written, prices))
        fixed, refused = (*self.fixed, *self.required), list(self.refused)
        free = [i for i in self.cost.place_ids if i not in {*fixed, *refused}]
        if self.site is not None:
            taken = {self.site[r] for r in self.required}
            refused += [i for i in free if self.site[i] in taken]
        if self.fixed_cost is not None and left is not None and left <= 0:
            refused += [i for i in free if self.fixed_cost[i] > 0 and i not in set(refused)]
        spare = len(self.cost.place_ids) - len({*fixed, *refused})
        p = None if self.p is None else min(self.p - len(self.required), spare)
        budget = float(left) if left is not None and left > 0 else None
        return replace(self, fixed=fixed, required=(), refused=refused, p=p, budget=budget)
