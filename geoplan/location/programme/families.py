"""The families' own choice: each goes to its nearest open place, and on to the next where that is full of nearer ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.location._graph import THOUSANDTHS, Ints
from geoplan.location.programme.assign import Pairs, places_standing
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.problem import ProgrammeProblem


def families(problem: ProgrammeProblem, instance: Instance, pairs: Pairs, chosen: Ints) -> pd.DataFrame:
    """People by phase and band who are served where nobody plans.

    Places take the nearest first (ties: the lowest ids), so that the pairs in rising order of cost, each with as many as are left
    and as fit, give the only assignment in which no family is turned away for one farther off (Gale, Shapley 1962).
    """
    order = np.lexsort((pairs.place_rank[pairs.place], pairs.demand, pairs.exact))
    table = pd.DataFrame(0.0, index=pd.Index(problem.phases), columns=problem.bands)
    for phase, name in enumerate(problem.phases):
        places = places_standing(problem, instance, chosen, phase)
        for band, label in enumerate(problem.bands):
            table.loc[name, label] = _served(pairs, order, pairs.wanted[phase][:, band], places[:, band]) / THOUSANDTHS
    return table


def _served(pairs: Pairs, order: Ints, wanted: Ints, places: Ints) -> int:
    left, room, served = wanted.tolist(), places.tolist(), 0
    useful = order[(places[pairs.place[order]] > 0) & (wanted[pairs.demand[order]] > 0)]
    for demand, place in zip(pairs.demand[useful].tolist(), pairs.place[useful].tolist(), strict=True):
        amount = min(left[demand], room[place])
        if amount:
            left[demand] -= amount
            room[place] -= amount
            served += amount
    return served
