"""The facts that the place keeps: units with their census, townships, village names, births; checked on reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[2] / "layers" / "xingtai"
CITY = {"residents": 7_111_106, "urban": 3_846_965, "age_0": 65_201, "age_1_4": 404_070}  # persons, census 2020
UNITS, TOWNSHIPS = 19, 201


@dataclass(frozen=True)
class Facts:
    """Units and townships by code; villages and communities by code, with the code of their township.

    `units` carry former_poverty (flag). `births_2022` is an estimate: Hebei's births in the city's share of Hebei's age 0.
    """

    units: pd.DataFrame
    townships: pd.DataFrame
    villages: pd.DataFrame
    births_2022: int


def read_facts() -> Facts:
    """Read layers/xingtai/facts; raise if the census does not add up to the city's totals."""
    text = {"code": str, "name": str}
    units = pd.read_csv(FOLDER / "facts" / "units.csv", dtype=text).set_index("code")
    townships = pd.read_csv(FOLDER / "facts" / "townships.csv", dtype=text).set_index("code")
    villages = pd.read_csv(FOLDER / "facts" / "villages.csv.gz", dtype=text).set_index("code")
    townships["unit_id"] = townships.index.str[:6]
    villages["township"] = villages.index.str[:9]
    wrong = {k: (int(units[k].sum()), v) for k, v in CITY.items() if int(units[k].sum()) != v}
    if wrong or len(units) != UNITS or len(townships) != TOWNSHIPS:
        raise ValueError(
            f"the facts do not add up to the city: {wrong}, {len(units)} units, {len(townships)} townships"
        )
    if not set(townships["unit_id"]) == set(units.index) or not set(villages["township"]) <= set(townships.index):
        raise ValueError("townships or villages name a unit or township that is not there")
    units["former_poverty"] = units.index.isin(_former_poverty(units))
    return Facts(units, townships, villages, _births_2022())


def _former_poverty(units: pd.DataFrame) -> pd.Index:
    """The units on the national or provincial list of 2012; raise if a name is not that of its code."""
    listed = pd.read_csv(FOLDER / "facts" / "former_poverty.csv", dtype=str).set_index("code")
    if not listed["name"].equals(units["name"].reindex(listed.index)):
        raise ValueError("former_poverty.csv names a unit otherwise than units.csv")
    return listed.index


def _births_2022() -> int:
    """Hebei's births 2022 × the city's share of Hebei's age 0 in 2020, to the nearest hundred."""
    known = pd.read_csv(FOLDER / "facts" / "births.csv", dtype={"code": str})
    persons = known.set_index(["code", "year"])["persons"]
    city, province = int(persons["130500", 2020]), int(persons["130000", 2020])
    if city != CITY["age_0"]:
        raise ValueError("births.csv gives another age 0 than units.csv")
    return int(round(int(persons["130000", 2022]) * city / province, -2))
