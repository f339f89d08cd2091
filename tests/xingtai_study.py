"""The study of Xingtai as far as tests ask for it: each stage of a scenario is computed once for all of them."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import pandas as pd

from geoplan.network.cost import CostMatrix
from geoplan.profiles.load import load_service
from geoplan.profiles.service import ServiceProfile
from geoplan.study.given import Given, read_given
from geoplan.study.known import Known, know
from geoplan.study.measured import account_of_year
from geoplan.study.memo import Memo
from geoplan.study.scenarios import Scenario, Study, load_study
from geoplan.study.schema import Settings
from geoplan.study.travelled import places_of, travel_all
from tests.xingtai_layers import ROOT

PATH = ROOT / "scripts" / "xingtai.yaml"
YEARS = (2026, 2028, 2030)
# further scenarios, beside those of the study
MORE = """
  flat: { demand: { ages: flat } }
  at_work: { demand: { at_work: 0.5 } }
"""
memo = Memo()


@cache
def study() -> Study:
    """Xingtai's study with the further scenarios."""
    return load_study(PATH, PATH.read_text(encoding="utf-8") + MORE)


@cache
def case(name: str) -> Case:
    """A scenario by its name."""
    return Case(study().scenarios[name])


class Case:
    """A scenario, computed as far as it is asked for."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.scenario.settings

    @cached_property
    def service(self) -> ServiceProfile:
        """Its service profile."""
        return load_service(self.settings.service, self.settings.standards)

    @cached_property
    def given(self) -> Given:
        """Its layers, read once for all scenarios."""
        return read_given(study(), self.scenario, self.service, memo)

    @cached_property
    def known(self) -> Known:
        """Its people, facilities and options; scenarios that differ in their budget alone share them, as they do in a run."""
        key = self.settings.model_dump(mode="json", exclude={"plan"})
        return memo("known to tests", key, lambda: know(self.settings, self.given, self.service, memo))

    @cached_property
    def cost(self) -> CostMatrix:
        """Its travel costs; those of the base where the same points travel to the same places."""
        base, places = case("base"), places_of(self.known)
        if self is not base:
            same = self.known.demand.index.equals(base.known.demand.index)
            if same and set(places.index) <= set(base.cost.place_ids):
                return base.cost
        return travel_all(self.settings, self.given, self.known.demand, places, memo)

    def account(self, year: int) -> pd.DataFrame:
        """Its gap account of a planning year."""
        return memo(
            "account", [self.scenario.name, year], lambda: account_of_year(self.cost, self.known, self.service, year)
        )


def by_unit(table: pd.DataFrame, values: Any) -> dict[str, float]:
    """The sums of a column by the units of a demand table."""
    return values.groupby(table["unit_id"]).sum().to_dict()
