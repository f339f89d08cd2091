"""LocationProblem: the question that every location model answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Finding, InputError, Text
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
        problems: list[Finding] = []

        def found(code: str, place: str, en: str, zh: str, value: object = "") -> None:
            advice = Text("give a complete problem; nothing is filled in", "请给出完整的问题，系统不会代填")
            problems.append(Finding(code, "", place, Text(en, zh), advice, str(value)))

        labels = [("weight", self.weight, self.cost.demand_ids), ("capacity", self.capacity, self.cost.place_ids)]
        labels += [("fixed_cost", self.fixed_cost, self.cost.place_ids), ("site", self.site, self.cost.place_ids)]
        for name, values, ids in labels:
            if values is None:
                continue
            if not values.index.is_unique or set(values.index) != set(ids):
                other = sorted(map(str, set(values.index) ^ set(ids)))[:5]
                found(
                    "GP-L001",
                    name,
                    f"must have one row for each of the {len(ids)} ids",
                    f"须与 {len(ids)} 个编号一一对应",
                    other,
                )
            elif name != "site" and not (
                np.isfinite(values.to_numpy(float)).all() and (values.to_numpy(float) >= 0).all()
            ):
                found("GP-L002", name, "must be finite and not negative", "须为非负有限数")
        for name, chosen in (("fixed", self.fixed), ("required", self.required), ("refused", self.refused)):
            unknown = sorted(set(chosen) - set(self.cost.place_ids))
            if unknown:
                found("GP-L003", name, "these are no places of the problem", "不在备选范围内", unknown[:5])
        for name, one, other in (
            ("fixed", self.fixed, self.refused),
            ("required", self.required, [*self.fixed, *self.refused]),
        ):
            if both := sorted(set(one) & set(other)):
                found(
                    "GP-L004",
                    name,
                    "cannot be fixed, required and refused at once",
                    "不能同时固定、必选或排除",
                    both[:5],
                )
        if self.p is not None and not 0 <= self.p <= len(self.cost.place_ids) - len(self.fixed):
            found(
                "GP-L005",
                "p",
                "must be between 0 and the number of places that are free",
                "须在 0 与可选数量之间",
                self.p,
            )
        if self.budget is not None and not 0 <= self.budget < np.inf:
            found("GP-L006", "budget", "must be finite and not negative", "须为非负有限数", self.budget)
        if self.reach is not None and not 0 <= self.reach <= self.cost.limit:
            found(
                "GP-L007",
                "reach",
                f"must be between 0 and the limit of the cost, {self.cost.limit:g}",
                f"须在 0 与成本上限 {self.cost.limit:g} 之间",
                self.reach,
            )
        if self.capacity is not None and sorted(self._bands(self.capacity)) != sorted(self._bands(self.weight)):
            bands = sorted(set(self._bands(self.capacity)) ^ set(self._bands(self.weight)))
            found("GP-L008", "capacity", "must have the age bands of the weight", "月龄段须与需求一致", bands)
        if problems:
            raise InputError(problems)

    @staticmethod
    def _bands(table: pd.Series | pd.DataFrame) -> list[str]:
        return ["all"] if isinstance(table, pd.Series) else [str(c) for c in table.columns]

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
        """The same question with the required places fixed, and `p` and the budget what is left for the others."""
        if not self.required:
            return self
        prices = [] if self.fixed_cost is None else self.fixed_cost.loc[list(self.required)].tolist()
        budget = self.budget if self.budget is None else float(_written(self.budget) - sum(map(_written, prices)))
        p = None if self.p is None else self.p - len(set(self.required))
        return replace(self, fixed=[*self.fixed, *self.required], required=(), p=p, budget=budget)


def _written(money: float) -> Fraction:
    """Money exactly as it is written: 0.1 is a tenth."""
    return Fraction(repr(float(money)))
