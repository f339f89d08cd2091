"""The facts that the place keeps: units with their census, townships, village names; checked on reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[2] / "layers" / "xingtai"
CITY = {"residents": 7_111_106, "urban": 3_846_965, "age_0": 65_201, "age_1_4": 404_070}  # persons, census 2020
UNITS, TOWNSHIPS = 19, 201


@dataclass(frozen=True)
class Facts:
    """Units and townships by code; villages and communities by code, with the code of their township."""

    units: pd.DataFrame
    townships: pd.DataFrame
    villages: pd.DataFrame


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
    return Facts(units, townships, villages)
