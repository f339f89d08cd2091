"""Children in facilities, from a known uptake and a known distance decay, so that a back-test can find them again.

Of the children of every band at home i the share UPTAKE looks for a place, if there is any within REACH_M; a family chooses
facility j with the weight places_jb · 2^(−d_ij / HALF_M), d = 1.3 × the straight line; who finds it full chooses again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .common import generator
from .spots import with_middles

BANDS = ("6_12", "12_24", "24_36")  # months
UPTAKE, HALF_M, REACH_M, DETOUR = 0.12, 300.0, 2_000.0, 1.3
GROWTH = 1.08  # of uptake from the year of the list to today
OVER_FULL = 0.03  # share of facilities that take a few more children than they have places
UNKNOWN = 0.08  # share of facilities whose children of today are not known
YEAR = 2025


def children(residents: pd.DataFrame, births: pd.DataFrame, year: int = YEAR) -> pd.DataFrame:
    """Children by residential area and band: half of the unit's births of the year, those of the year before and before that.

    Spread over a unit's areas as its children of age 0 (6–12 months) or of ages 1–4 (the others) were in the census.
    """
    by_year = births.set_index(["year", "unit_id"])["births"]
    columns = {}
    for k, (band, weight, part) in enumerate(zip(BANDS, ("age_0", "age_1_4", "age_1_4"), (0.5, 1, 1), strict=True)):
        among = residents.groupby("unit_id")[weight].transform("sum")
        born = residents["unit_id"].map(by_year.loc[year - k]).astype(float)
        columns[band] = part * born * residents[weight] / among
    return pd.DataFrame(columns)


def enrolled(
    step: str,
    residents: pd.DataFrame,
    people: pd.DataFrame,
    facilities: np.ndarray,
    places: np.ndarray,
    growth: float = 1.0,
) -> np.ndarray:
    """Children at each facility by band, whole; at most its places, but for the few that are over-full.

    `facilities` (n, 2) stand in metres, `places` (n, bands); `growth` is a factor on the uptake.
    """
    rng = generator(step)
    homes = with_middles(residents)[["x", "y"]].to_numpy()
    far = DETOUR * np.hypot(*np.moveaxis(homes[:, None] - facilities[None], -1, 0))
    near = np.where(far <= REACH_M, np.exp2(-far / HALF_M), 0.0)
    over = np.where(rng.random(len(places)) < OVER_FULL, 1.15, 1.0)[:, None]
    room = np.where(places > 0, np.ceil(places * over), 0).astype(int)
    columns = []
    for k, band in enumerate(BANDS):
        reached = near @ places[:, k] > 0
        looking = rng.poisson(np.where(reached, growth * UPTAKE * people[band].to_numpy(), 0))
        columns.append(_chosen(rng, np.repeat(np.arange(len(homes)), looking), near * places[:, k], room[:, k]))
    return np.column_stack(columns)


def _chosen(rng: np.random.Generator, homes: np.ndarray, weight: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Children at each facility, if one child after the other chooses by weight among those with room, or finds none."""
    taken, order = np.zeros(len(room), int), rng.permutation(homes)
    for home in order:
        pull = np.cumsum(np.where(taken < room, weight[home], 0))
        if pull[-1] > 0:
            taken[np.searchsorted(pull, rng.random() * pull[-1], side="right")] += 1
    return taken
