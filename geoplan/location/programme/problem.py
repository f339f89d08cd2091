"""ProgrammeProblem: which options to open in which phase, so that most people are served with the money and the land there is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from geoplan.network.cost import CostMatrix

ALL = "all"  # the one band, and the one county, of those who name none


@dataclass(frozen=True, eq=False)
class Limit:
    """No more than so much of something (land, farmland, loans, …) by a phase, in all or in each group of options.

    `amount`: by option, in any one unit. `most`: by phase, or by (phase, group) where `group` (by option) is given; phases that
    it does not name are free. `cumulative`: what stands in the phase counts; otherwise what opens in it.
    """

    name: str
    amount: pd.Series
    most: Mapping[Hashable, float]
    group: pd.Series | None = None
    cumulative: bool = True


@dataclass(frozen=True, eq=False)
class Pilots:
    """At least so many of these options are opened by a phase."""

    name: str
    options: Sequence[str]
    least: int
    phase: str


@dataclass(frozen=True, eq=False)
class Floor:
    """What must be reached in a phase, in one county (`unit`), or in each where none is named.

    `coverage`: people served / people, at least `least`. `urban_rural`: (served / people) of the rural at least `least` times
    that of the urban. `per_1000`: places standing / (population / 1000), at least `least`. Counties without people (or without
    both urban and rural people) are left out.
    """

    name: str
    kind: Literal["coverage", "urban_rural", "per_1000"]
    least: float
    phase: str
    unit: str | None = None


@dataclass(frozen=True, eq=False)
class ProgrammeProblem:
    """Which options to open in which phase, so that most people are served.

    **Who and where.** `cost`: demand × place, absent pairs (and those beyond `reach`) cannot be served. `weight`: for each phase,
    in their order, the people by demand id (Series) or demand id and band (DataFrame); they may fall. `capacity`: places by
    place id and band. `fixed`: places that stand anyway, from the phase that `opens` gives to that of `closes`, from which one is gone. All other places
    are options. `priority`: what a person served counts, by demand id (1 where none is given). `unit`: county by demand id,
    `place_unit`: county by place id, `urban`: true or false by demand id, `population`: for each phase, by demand id.

    **Opening.** Each option opens in at most one phase, not before `opens`, and stands from then on; at most one a `site`. Along
    `upgrades` (small, large[, yuan]) the small one may open first and the large one take its place in a later phase, for the
    difference of their costs unless yuan are given; an upgrade to an option with fewer places is a conversion back. An option of
    `replaces` closes that fixed place in the phase in which it opens; each is replaced once. `required` options are opened,
    `refused` are not; `p`: most options opened in all (an upgraded one counts once). `kind`: what an option is, for reports.

    **Money and land.** `fixed_cost`: yuan to open, `budget`: yuan that come in each phase; what is not spent carries over.
    `yearly_cost`: yuan a year in each phase in which an option stands, within `yearly_budget`. `sources`: yuan by option and
    source, within `source_budget` by phase and source, which carries over too. `limits`, `pilots`, `floors`: see each.

    **What is best.** The people served, times their priority, summed over the phases; then, with the
    options chosen, the least travel, and none opens that serves nobody whom the rest would not serve. With `weights` {"served", "travel", "cost"} instead: weight · served - weight · travel -
    weight · cost. `fair`: first the least share of a county that is served in the last phase is made as great as it can be.
    `choice` "nearest": the plan also states who would be served if families went to their nearest open place, and on to the next
    where it is full.

    Raises `InputError` with every problem of the input at once.
    """

    cost: CostMatrix
    weight: Mapping[str, Any]
    capacity: Any
    fixed: Sequence[str] = ()
    closes: Mapping[str, str] = field(default_factory=dict)
    fixed_cost: pd.Series | None = None
    yearly_cost: pd.Series | None = None
    budget: Mapping[str, float] | None = None
    yearly_budget: Mapping[str, float] | None = None
    sources: pd.DataFrame | None = None
    source_budget: pd.DataFrame | None = None
    site: pd.Series | None = None
    kind: pd.Series | None = None
    limits: Sequence[Limit] = ()
    pilots: Sequence[Pilots] = ()
    floors: Sequence[Floor] = ()
    replaces: Mapping[str, str] | None = None
    upgrades: Sequence[tuple[Any, ...]] = ()
    opens: Mapping[str, str] | None = None
    p: int | None = None
    required: Sequence[str] = ()
    refused: Sequence[str] = ()
    priority: pd.Series | None = None
    unit: pd.Series | None = None
    urban: pd.Series | None = None
    population: Mapping[str, pd.Series] | None = None
    weights: Mapping[str, float] | None = None
    fair: bool = False
    choice: Literal["planner", "nearest"] = "planner"
    reach: float | None = None
    place_unit: pd.Series | None = None

    def __post_init__(self) -> None:
        from geoplan.location.programme.inputs import require

        require(self)

    @property
    def phases(self) -> list[str]:
        """The phases in order."""
        return list(self.weight)

    @property
    def bands(self) -> list[Any]:
        """The age bands, in the order of the capacity."""
        return [ALL] if isinstance(self.capacity, pd.Series) else list(self.capacity.columns)

    @property
    def options(self) -> list[str]:
        """The places that are not fixed, in the order of the cost matrix."""
        fixed = set(self.fixed)
        return [p for p in self.cost.place_ids if p not in fixed]

    def reachable(self) -> CostMatrix:
        """The pairs that can serve: within reach."""
        return self.cost if self.reach is None else self.cost.within(self.reach)

    def weights_in(self, phase: str) -> pd.DataFrame:
        """The people of a phase as demand × band, in the order of the cost matrix."""
        table = self.weight[phase]
        frame = table.to_frame(ALL) if isinstance(table, pd.Series) else table
        return frame.reindex(index=self.cost.demand_ids, columns=self.bands).astype(float)

    def capacities(self) -> pd.DataFrame:
        """The places as place × band, in the order of the cost matrix."""
        frame = self.capacity.to_frame(ALL) if isinstance(self.capacity, pd.Series) else self.capacity
        return frame.reindex(index=self.cost.place_ids).astype(float)

    def units(self) -> pd.Series:
        """The county by demand id; one for all where none is given."""
        if self.unit is None:
            return pd.Series(ALL, index=self.cost.demand_ids, dtype=object)
        return self.unit.reindex(self.cost.demand_ids).astype(str)

    def units_of(self, floor: Floor) -> list[str]:
        """The counties that a floor is about, in their order."""
        return [str(floor.unit)] if floor.unit is not None else sorted(set(self.units()))

    def places_by_unit(self) -> pd.Series:
        """The county by place id; one for all where no counties are given."""
        if self.place_unit is None:
            return pd.Series(ALL, index=self.cost.place_ids, dtype=object)
        return self.place_unit.reindex(self.cost.place_ids).astype(str)
