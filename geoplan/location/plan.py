"""Plan: what a location model answers, with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import pandas as pd

Status = Literal["optimal", "feasible", "stopped", "infeasible"]
Sense = Literal["most", "least"]

FIRST_ROWS = 10  # of a plan's table, where it prints itself
REPEATED = ("p_median_nearest",)  # models that assign the people of a point to several places each
# what the objective of a model says, where it is not the people served
WORDS = {
    "cflp": "cost and travel {:,.10g}",
    "mclp_cooperative": "covers {:,.10g}",
    "mclp_gradual": "covers {:,.10g}",
    "p_center": "nobody farther than {:,.10g}",
    "p_dispersion": "at least {:,.10g} apart",
    "p_median": "people × travel {:,.10g}",
    "p_median_capacitated": "people × travel {:,.10g}",
    "p_median_nearest": "people × travel {:,.10g}",
}


@dataclass(frozen=True, eq=False)
class Plan:
    """An answer with its proof.

    `sites`: places opened, beside the fixed, in the order of the problem. `assignment`: columns demand_id, place_id, band,
    amount (people served there). `objective`: what the model maximises or minimises; `bound`: what no plan can better, None
    if unknown; `sense`: whether `most` or `least` of the objective is best; `gap`: |bound - objective| / max(|objective|,
    1e-9), None if the bound is unknown. `status`: `optimal` only if proven; `feasible`: within the gap that was asked;
    `stopped`: the best found when time ran out; `infeasible`: none exists, and the objective is not a number. `cost`: yuan for
    `sites`. `seconds` is never written to a result file.

    A plan prints itself: `summary()` in one line, `table()` by place, and both where a notebook shows it.
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
        """The plan in one line: its sites, who is served, the objective where it is something else, money, and the proof."""
        if self.status == "infeasible":
            return f"{self.model}: no plan can keep all the rules"
        parts = [f"{len(self.sites)} sites"]
        if self.model not in REPEATED and (len(self.assignment) or self.model not in WORDS):
            share = self.served / self.demand_total if self.demand_total else 0.0
            parts.append(f"{share:.1%} served")
        if self.model in WORDS:
            parts.append(WORDS[self.model].format(self.objective))
        if self.cost:
            parts.append(f"{self.cost:,.0f} yuan")
        return f"{self.model}: {', '.join(parts)}, {self._proof()}"

    def _proof(self) -> str:
        """The word of the status, with the gap where there is one."""
        if self.gap is None:
            return f"{self.status}, bound unknown"
        return f"{self.status}, gap {self.gap:.2%}" if self.gap else self.status

    def table(self, problem: Any = None) -> pd.DataFrame:
        """One row for each place opened and each fixed place that serves somebody.

        Index place_id; `opened`: True for the sites of the plan; the people served there by age band (by phase, where the plan
        has phases) and `served` in all. With the `problem` also `cost` (yuan, 0 for fixed places) and `places` (capacity in all
        bands), where it gives them.

        >>> given = pd.DataFrame({"demand_id": ["a"], "place_id": ["F"], "band": ["all"], "amount": [3.0]})
        >>> Plan("mclp", "optimal", ("F", "G"), given, 3.0, 3.0, 0.0, 0.0, 4.0).table()["served"].to_dict()
        {'F': 3.0, 'G': 0.0}
        """
        part = "phase" if "phase" in self.assignment.columns else "band"
        sums = self.assignment.pivot_table(index="place_id", columns=part, values="amount", aggfunc="sum")
        also = sorted(set(self.assignment["place_id"]) - set(self.sites))
        rows = pd.Index([*self.sites, *also], name="place_id", dtype=object)
        people = sums.reindex(rows).fillna(0.0)
        people.columns = [str(c) for c in people.columns]
        opened = pd.DataFrame({"opened": rows.isin(list(self.sites))}, index=rows)
        table = opened.join(people) if len(people.columns) > 1 else opened
        table["served"] = people.sum(axis=1)
        if problem is not None and problem.fixed_cost is not None:
            table["cost"] = problem.fixed_cost.reindex(rows).where(table["opened"], 0.0)
        if problem is not None and problem.capacity is not None:
            room = problem.capacity
            table["places"] = (room.sum(axis=1) if isinstance(room, pd.DataFrame) else room).reindex(rows)
        return table

    def __str__(self) -> str:
        table = self.table()
        if table.empty:
            return self.summary()
        more = f"\n… and {len(table) - FIRST_ROWS} more" if len(table) > FIRST_ROWS else ""
        return f"{self.summary()}\n{table.head(FIRST_ROWS).to_string()}{more}"

    def _repr_html_(self) -> str:
        """What a notebook shows: the line, then the first rows of the table."""
        table = self.table()
        head = f"<p>{escape(self.summary())}</p>"
        if table.empty:
            return head
        more = f"<p>… {len(table) - FIRST_ROWS}</p>" if len(table) > FIRST_ROWS else ""
        return head + table.head(FIRST_ROWS).to_html(escape=True) + more
