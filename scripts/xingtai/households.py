"""What else is known of residential areas: registered people, migrant infants, households, how good the data are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .common import generator, shares

COLUMNS = ("registered", "migrant_under_3", "households", "grade")
HOUSEHOLDS = 2_304_757  # family households of the city, census 2020
REGISTERED = {"urban_old": 1.04, "urban_built": 0.94, "urban_new": 0.72, "rural": 1.33}  # to a resident, in the middle
SIZE = {"urban_old": 2.6, "urban_built": 2.8, "urban_new": 3.0, "rural": 3.1}  # persons a household, relative
MIGRANT = {"urban_old": 0.06, "urban_built": 0.05, "urban_new": 0.10, "rural": 0.004}  # share of those under three
GRADES, UNGRADED = ("A", "B", "C", "D"), 0.07
GRADE_SHARES = {
    "urban_old": (0.25, 0.40, 0.27, 0.08),
    "urban_built": (0.40, 0.38, 0.17, 0.05),
    "urban_new": (0.52, 0.33, 0.11, 0.04),
    "rural": (0.12, 0.38, 0.36, 0.14),
}


def with_households(residents: pd.DataFrame) -> pd.DataFrame:
    """The residential areas with COLUMNS; all households add to the census, all else is invented."""
    rng = generator("households")
    kind, people = residents["class"], residents["population"].to_numpy(float)
    count = len(residents)
    ratio = kind.map(REGISTERED).to_numpy() * rng.lognormal(0, 0.12, count)
    size = kind.map(SIZE).to_numpy() * rng.lognormal(0, 0.05, count)
    under_three = residents["age_0"].to_numpy() + residents["age_1_4"].to_numpy() // 2
    draw = rng.random(count)
    graded = np.array([np.searchsorted(np.cumsum(GRADE_SHARES[c]), d) for c, d in zip(kind, draw, strict=True)])
    grade = pd.Series(np.array(GRADES, object)[np.minimum(graded, 3)], index=residents.index)
    return residents.assign(
        registered=np.round(people * ratio).astype(int),
        migrant_under_3=rng.binomial(under_three, kind.map(MIGRANT).to_numpy()),
        households=shares(HOUSEHOLDS, people / size),
        grade=grade.where(rng.random(count) >= UNGRADED, None),
    )
