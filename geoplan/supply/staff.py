"""Staff needed: carers by age band, and health staff by the size of a facility."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoplan.errors import UsageError

EXACT = 9  # decimals: 21 / 7 is 3 carers, whatever the binary fraction


def carers(children: pd.DataFrame, children_per_carer: Mapping[str, float]) -> pd.DataFrame:
    """Carers needed by facility: `carers_<band>` and `carers` (persons), NaN where the children are not known.

    carers = Σ_bands ⌈children / children per carer⌉: at least one carer for as many children as the ratio says, and no
    carer shared between bands. `children` has one column a band: places, or children enrolled. Raises
    `UsageError` if the bands differ from those of the ratios, or a ratio is not above 0. Setting standard of 2019,
    article 20; clause D3.

    >>> children = pd.DataFrame({"young": [10, 0], "old": [20, 15]}, index=["a", "b"])
    >>> carers(children, {"young": 3, "old": 7})["carers"].tolist()
    [7.0, 3.0]
    """
    wrong = {b: r for b, r in children_per_carer.items() if not (np.isfinite(r) and r > 0)}
    if wrong or set(children.columns) != set(children_per_carer):
        bands = f"{list(children.columns)}, {list(children_per_carer)}"
        raise UsageError(f"each band needs a ratio above 0: {wrong or bands}")
    ratio = pd.Series(children_per_carer, dtype=float)[children.columns]
    needed: pd.DataFrame = (children.astype(float) / ratio).round(EXACT).apply(np.ceil)
    return needed.add_prefix("carers_").assign(carers=needed.sum(axis=1, skipna=False))


def health_staff(children: pd.Series, full_time_from: float) -> pd.DataFrame:
    """Health staff needed by facility: `health_full_time` and `health_any`, full or part time (persons).

    `full_time_from` children and more (150 in measure No. 76, article 12) need at least 1 full time; fewer need 1
    of either kind; none need none. NaN where the children are not known.

    >>> health_staff(pd.Series([150.0, 149.0, 0.0], index=["a", "b", "c"]), 150).values.tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    some, large = children.gt(0), children.ge(full_time_from)
    columns = {"health_full_time": some & large, "health_any": some & ~large}
    known = children.notna()
    return pd.DataFrame({name: needed.astype(float).where(known) for name, needed in columns.items()})


def in_total(needed: pd.DataFrame) -> pd.DataFrame:
    """The staff of all facilities: one row a column of `needed`, with `persons` (of those known), and how many
    facilities are `known` and `unknown`: an unknown adds nothing and shows.

    >>> in_total(carers(pd.DataFrame({"old": [20, None]}, index=["a", "b"]), {"old": 7})).loc["carers"].to_dict()
    {'persons': 3.0, 'known': 1.0, 'unknown': 1.0}
    """
    known = needed.notna().sum()
    return pd.DataFrame({"persons": needed.sum(), "known": known, "unknown": len(needed) - known})
