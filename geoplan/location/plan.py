"""Plan: what a location model answers, with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Status = Literal["optimal", "feasible", "stopped", "infeasible"]
Sense = Literal["most", "least"]


@dataclass(frozen=True, eq=False)
class Plan:
    """An answer with its proof.

    `sites`: places opened, beside the fixed, in the order of the problem. `assignment`: columns demand_id, place_id, band,
    amount (people served there). `objective`: what the model maximises or minimises; `bound`: what no plan can better, None
    if unknown; `sense`: whether `most` or `least` of the objective is best; `gap`: |bound - objective| / max(|objective|, 1e-9), None if the bound is unknown. `status`: `optimal` only
    if proven; `feasible`: within the gap that was asked; `stopped`: the best found when time ran out; `infeasible`: none
    exists. `cost`: yuan for `sites`. `seconds` is never written to a result file.
    """

    model: str
    status: Status
    sites: tuple[str, ...]
    assignment: pd.DataFrame
    objective: float
    bound: float | None
    gap: float | None
    cost: float
    demand_total: float
    seconds: float = 0.0
    sense: Sense = "most"

    @property
    def served(self) -> float:
        """People assigned to a place."""
        return float(self.assignment["amount"].sum())

    def summary(self) -> str:
        """The plan in one line."""
        share = self.served / self.demand_total if self.demand_total else 0.0
        proof = self.status if not self.gap else f"{self.status}, gap {self.gap:.2%}"
        spend = f", {self.cost:,.0f} yuan" if self.cost else ""
        return f"{self.model}: {len(self.sites)} sites, {share:.1%} served{spend}, {proof}"
