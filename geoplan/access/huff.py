"""Huff: which facility people choose by its places and by what it costs to get there, and where they go when it is full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import CheckFailed
from geoplan.network.cost import CostMatrix

Values = npt.NDArray[np.float64]
NEGLIGIBLE = 1e-12  # of all people: fewer are not sent round again

# the weight of a cost by the cost h at which it halves; every form is 1 at no cost and never rises
FORMS: dict[str, Callable[[Values, float], Values]] = {
    "exponential": lambda cost, half: np.exp2(-cost / half),
    "gaussian": lambda cost, half: np.exp2(-((cost / half) ** 2)),
}


@dataclass(frozen=True, eq=False)
class Market:
    """Who may choose what: `people` (demand × band), `places` (place × band, the pull of a facility), `room` (place × band, what
    it can take) and the pairs of `cost`; people who reach no place of their band are not in `people`.
    """

    cost: CostMatrix
    people: Values
    places: Values
    room: Values

    def weights(self, form: str, half: float) -> Any:
        """The sparse weights f(cost), demand × place."""
        from scipy.sparse import csc_array

        pairs = FORMS[form](self.cost.values, half)
        shape = (len(self.cost.demand_ids), len(self.cost.place_ids))
        return csc_array((pairs, self.cost.demand, self.cost.start), shape=shape)


@dataclass(frozen=True, eq=False)
class Choice:
    """How many people each facility has in the end (`taken`), how many choose it first, and how many find nothing.

    `taken` and `first` are by place, over all bands; Σ taken + turned_away = uptake · Σ people, and Σ first as well.
    """

    taken: Values
    first: Values
    turned_away: float


def market(cost: CostMatrix, people: Values, places: Values, room: Values) -> Market:
    """A market from the people of every demand point and the places of every facility (both by band, in the order of `cost`).

    >>> cost = CostMatrix.from_pairs([("a", "F", 5.0)], demand_ids=["a", "b"])
    >>> market(cost, np.array([[4.0], [6.0]]), np.array([[2.0]]), np.array([[2.0]])).people.ravel().tolist()
    [4.0, 0.0]
    """
    reached = np.zeros(people.shape, bool)
    place = cost.place
    for band in range(people.shape[1]):
        reached[cost.demand[places[place, band] > 0], band] = True
    return Market(cost, np.where(reached, people, 0.0), places, room)


def first_choice(market: Market, weights: Any, uptake: float) -> tuple[Values, Values]:
    """How many choose each facility (place × band), and people by unit of pull (demand × band): one round, all are open."""
    pull = weights @ market.places
    share = np.divide(market.people * uptake, pull, out=np.zeros_like(pull), where=pull > 0)
    return market.places * (weights.T @ share), share


def choose(market: Market, weights: Any, uptake: float) -> Choice:
    """Who goes where, if uptake · people_i go out from demand point i and facility j draws them by places_j · f(c_ij).

    1. T_ij = uptake · people_i · places_j f(c_ij) / Σ_k places_k f(c_ik), for each band on its own.
    2. A facility that more people choose than it has room for takes the same share of each origin and is then closed.
    3. Those turned away choose again, by 1., among the facilities that are still open; until nobody is turned away, or
       nothing open is within their reach: `turned_away`.

    As each choice depends on the ratios of the weights alone, it does not matter in which round a facility filled. Raises
    `CheckFailed` if people are lost or made.

    Sources: Huff 1964, Journal of Marketing 28(3), 34–38; Wilson 1971, Environment and Planning 3(1), 1–32 (step 1).

    >>> cost = CostMatrix.from_pairs([("a", "F", 0.0), ("a", "G", 5.0)])
    >>> one = market(cost, np.array([[30.0]]), np.array([[6.0], [6.0]]), np.array([[8.0], [6.0]]))
    >>> answer = choose(one, one.weights("exponential", 5.0), 0.4)
    >>> answer.first.round(9).tolist(), answer.taken.round(9).tolist(), round(answer.turned_away, 9)
    ([8.0, 4.0], [8.0, 4.0], 0.0)
    >>> choose(one, one.weights("exponential", 5.0), 0.5).taken.round(9).tolist()
    [8.0, 6.0]
    """
    load, share = first_choice(market, weights, uptake)
    first, taken, turned_away = load.sum(axis=1), np.zeros_like(load), 0.0
    pull_of, least = market.places, NEGLIGIBLE * market.people.sum() * uptake
    while True:
        left = market.room - taken
        refused = np.divide(load - left, load, out=np.zeros_like(load), where=load > left)
        taken += np.minimum(load, left)
        waiting = share * (weights @ (pull_of * refused))
        pull_of = np.where(load > left, 0.0, pull_of)
        pull = weights @ pull_of
        turned_away += float(waiting[pull <= 0].sum())
        waiting[pull <= 0] = 0.0
        if waiting.sum() <= least:
            break
        share = np.divide(waiting, pull, out=np.zeros_like(pull), where=pull > 0)
        load = pull_of * (weights.T @ share)
    turned_away += float(waiting.sum())
    _check_conserved(market, uptake, float(taken.sum()) + turned_away)
    return Choice(taken.sum(axis=1), first, turned_away)


def _check_conserved(market: Market, uptake: float, counted: float) -> None:
    """Nobody is lost: those who have a place and those turned away are all who went out."""
    stated = uptake * float(market.people.sum())
    if abs(stated - counted) > 1e-6 * max(stated, 1.0):
        raise CheckFailed(f"choice of facilities: {stated} people go out, {counted} arrive or are turned away")
