"""Who goes where in a covering plan: all people of each covered point at its nearest open place, without a loop over points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoplan.location._claim import open_places
from geoplan.location._maxcover import prefixes
from geoplan.location.problem import LocationProblem


def nearest_open(problem: LocationProblem, sites: tuple[str, ...], decayed: bool = False) -> pd.DataFrame:
    """All people of each covered point at its nearest open place (ties: lowest id), by band; in the order of ids.

    `decayed`: those whom the place covers by the problem's decay.
    """
    at, least = nearest_rows(problem, sorted(open_places(problem, sites)))
    rows = np.flatnonzero(at >= 0)
    share = np.ones(len(rows))
    if decayed and problem.decay is not None:
        share = np.asarray(problem.decay(least[rows] / float(problem.cost.scale)), float)
    return assigned(problem, rows, at[rows], share)


def assigned(problem: LocationProblem, demand: Any, place: Any, share: Any) -> pd.DataFrame:
    """The assignment of shares of demand points to places (both as rows), by band, in the order of ids; only what is above 0."""
    weights, ids = problem.weights(), problem.cost.demand_ids
    names, bands = np.asarray(ids, object), np.asarray(weights.columns, object)
    places = np.asarray(problem.cost.place_ids, object)
    if not ids.is_monotonic_increasing or (demand[1:] <= demand[:-1]).any():
        order = np.lexsort((ranks(places)[place], ranks(names)[demand]))
        demand, place, share = demand[order], place[order], share[order]
    by_name = np.argsort(bands.astype(str), kind="stable")
    amounts = weights.to_numpy(float)[demand][:, by_name] * share[:, None]
    k, band = np.nonzero(amounts > 0)
    columns = {"demand_id": names[demand[k]], "place_id": places[place[k]]}
    return pd.DataFrame({**columns, "band": bands[by_name[band]], "amount": amounts[k, band]})


def nearest_rows(problem: LocationProblem, places: list[str]) -> tuple[Any, Any]:
    """By demand point: the row of the nearest of these places (given in the order of ids), -1 where none is within reach; its cost."""
    cost = problem.cost
    stop, chosen = prefixes(cost, problem.reach), cost.place_ids.get_indexer(pd.Index(places, dtype=object))
    at = np.full(len(cost.demand_ids), -1, np.int32)
    least = np.zeros(len(at), cost.cost.dtype)
    for k in chosen:
        rows, price = cost.demand[cost.start[k] : stop[k]], cost.cost[cost.start[k] : stop[k]]
        nearer = (at[rows] < 0) | (price < least[rows])
        at[rows[nearer]], least[rows[nearer]] = k, price[nearer]
    return at, least


def ranks(ids: Any) -> Any:
    """The place of each id in their order."""
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return rank
