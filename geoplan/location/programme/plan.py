"""ProgrammePlan: what the programme answers, with its proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geoplan.location.plan import Plan


@dataclass(frozen=True, eq=False)
class ProgrammePlan(Plan):
    """An answer of the phased programme.

    `sites`: options opened, in the order of the problem; `opens`: the phase of each. `assignment`: columns phase, demand_id,
    place_id, band, amount. `objective`: people served times their priority, summed over the phases (with weights: the weighted
    sum), and its `bound`. `served_by`: people by phase and band; `spent`: yuan by phase; `stranded`: by phase, places of options
    that opened in an earlier phase and that nobody uses. `travel`: sum of people · cost. `families`: people by phase and band
    who are served where each family goes to its nearest open place (choice "nearest"), None if not asked. `least_share`: the
    least share of a county that is served in the last phase, and `share_bound`, what no plan can better (fair), None if not
    asked. `proof`: multipliers that a later solve begins from; never written to a result file.
    """

    opens: dict[str, str] = field(default_factory=dict)
    served_by: pd.DataFrame = field(default_factory=pd.DataFrame)
    spent: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    stranded: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    travel: float = 0.0
    families: pd.DataFrame | None = None
    least_share: float | None = None
    share_bound: float | None = None
    proof: Any = None

    @property
    def phases(self) -> list[str]:
        """The phases in order."""
        return list(self.served_by.index)

    @property
    def difference(self) -> pd.DataFrame | None:
        """People by phase and band who have a place in the plan but would have none by the families' own choice."""
        return None if self.families is None else self.served_by - self.families

    def by_phase(self) -> pd.DataFrame:
        """The plan as a table: for each phase the options opened, yuan spent, people served, and places stranded."""
        opened = [sum(phase == name for phase in self.opens.values()) for name in self.phases]
        columns = {"opened": opened, "spent": self.spent.to_numpy(), "served": self.served_by.sum(axis=1).to_numpy()}
        return pd.DataFrame({**columns, "stranded": self.stranded.to_numpy()}, index=self.served_by.index)
