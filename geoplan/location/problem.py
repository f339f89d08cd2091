"""LocationProblem: the question that every location model answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.errors import Finding, InputError, Text
from geoplan.network.cost import CostMatrix


@dataclass(frozen=True, eq=False)
class LocationProblem:
    """Which places to open so that demand is served best.

    `cost`: demand × place, absent pairs cannot be served. `weight`: people by demand id (a Series), or by demand id and age
    band (a DataFrame with bands as columns). `reach`: largest travel cost that serves, in the unit of `cost` (None: the limit
    of `cost`). `p`: how many places to open, beside the fixed. `fixed`: places open anyway; `refused`: places not to be used.
    `capacity`: by place id (Series), or place id and band (DataFrame); None: without bound. `fixed_cost`: yuan to open a
    place, by id; places in `fixed` cost nothing more. `budget`: yuan in all. `site`: by place id, the site that it stands on;
    at most one place a site is opened. `single_source`: the demand of a point and band is served by one place or not at all.
    """

    cost: CostMatrix
    weight: pd.Series | pd.DataFrame
    reach: float | None = None
    p: int | None = None
    fixed: Sequence[str] = ()
    refused: Sequence[str] = ()
    capacity: pd.Series | pd.DataFrame | None = None
    fixed_cost: pd.Series | None = None
    budget: float | None = None
    site: pd.Series | None = None
    single_source: bool = False

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
        for name, chosen in (("fixed", self.fixed), ("refused", self.refused)):
            unknown = sorted(set(chosen) - set(self.cost.place_ids))
            if unknown:
                found("GP-L003", name, "these are no places of the problem", "不在备选范围内", unknown[:5])
        if both := sorted(set(self.fixed) & set(self.refused)):
            found("GP-L004", "fixed", "cannot be fixed and refused at once", "不能既固定又排除", both[:5])
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
