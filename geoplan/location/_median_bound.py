"""What no p-median plan can better: a Lagrangian bound, and what it settles.

For any multipliers u by point, no plan costs less than

    k · sum of u + the sum over the fixed, and over the p free places, one a site, that are worth most (least), of
    sum over points of min(0, weight · cost - u).

Sources: Cornuejols, Fisher, Nemhauser (1977), Location of bank accounts to optimize float, Management Science 23; Beasley (1993),
Lagrangean heuristics for location problems, European Journal of Operational Research 65. A place whose opening (or closing)
would lift the bound to the plan known is closed (opened) for good; so is a pair left out that no better plan can use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location import _median_kernels as kernels
from geoplan.location._graph import Floats, Ints
from geoplan.location._median import Medians, Search

SAFETY = 2e-11  # of what is summed: more than rounding in sums of doubles does
FIRST_PACE = 1.5


@dataclass(frozen=True, eq=False)
class Bound:
    """`cost`: proven; the `multiplier` by point that proves it; by place its `worth`, whether it is `picked`, and how often so
    (`share`); the `direction` in which the multipliers moved last.
    """

    cost: float
    multiplier: Floats
    worth: Floats
    picked: Any
    share: Floats
    direction: Floats


def first_bound(search: Search) -> Bound:
    """No bound yet, with multipliers between the k-th nearest open place of a point and the next."""
    medians, near = search.medians, search.state[1]
    at = medians.points[3] * (near[:, medians.k - 1] + near[:, medians.k]) / 2
    at = np.where(search.state[0][:, medians.k] == kernels.NONE, medians.points[3] * near[:, medians.k - 1], at)
    none = np.zeros(len(medians.movable))
    return Bound(-np.inf, at, none, none > 0, search.state[2].astype(float), np.zeros(len(at)))


def nearest_of_all(medians: Medians) -> float:
    """The plainest bound: everyone at the nearest k of all places, open or not."""
    start, _, cost, weight, _ = medians.points
    return sum(float((weight * cost[start[:-1] + rank]).sum()) for rank in range(medians.k)) * (1 - SAFETY)


def ascend(medians: Medians, status: Any, bound: Bound, goal: float, top: float, rounds: int, pace: Any) -> Bound:
    """A bound that is no worse: `rounds` more rounds; `pace` (changed) is the factor of the next step."""
    left = medians.p - int((status[medians.movable] > 0).sum())
    best = bound.multiplier.copy(), bound.worth.copy(), bound.picked.copy(), bound.direction.copy()
    share = bound.share.copy()
    enough = goal + 4 * SAFETY * float(
        medians.k * np.abs(best[0]).sum()
    )  # so that it is enough once rounding is allowed for
    rules = (medians.k, status, medians.site, medians.sites, left, enough, top, rounds, pace)
    cost = float(kernels.ascend(medians.points, *rules, best, share))
    if np.isfinite(cost):
        cost -= SAFETY * float(medians.k * np.abs(best[0]).sum() + np.abs(best[1][best[2]]).sum())
    return (
        Bound(cost, *best[:3], share, best[3]) if cost > bound.cost else replace(bound, share=share, direction=best[3])
    )


def first_status(medians: Medians) -> Any:
    """What is settled about each place: 1 open, 0 free, -1 closed; at first only the fixed are open."""
    return np.where(medians.movable, 0, 1).astype(np.int8)


def settle(medians: Medians, status: Any, bound: Bound, goal: float) -> Any:
    """The status with what no plan below `goal` can do otherwise, by what a change would lift the bound."""
    free, worth, site = status == 0, bound.worth, medians.site
    picked = free & bound.picked
    best, second = _best_two(medians, free, worth)
    of_site = np.full(medians.sites, np.inf)
    of_site[site[picked]] = worth[picked]
    last = float(worth[picked].max(initial=-np.inf))
    other = float(best[np.isinf(of_site)].min(initial=np.inf))
    dearer = worth - np.where(np.isinf(of_site[site]), last, of_site[site])
    lost = np.minimum(second[site], other) - worth
    after = status.copy()
    after[free & ~picked & (bound.cost + dearer >= goal)] = -1
    for place in np.flatnonzero(picked & (bound.cost + lost >= goal)):
        opened(medians, after, int(place))
    return after


def _best_two(medians: Medians, free: Any, worth: Floats) -> tuple[Floats, Floats]:
    """The least and the next worth of the free places of each site."""
    order = np.lexsort((worth, medians.site))
    order = order[free[order]]
    begin = np.searchsorted(medians.site[order], np.arange(medians.sites + 1))
    padded, least = np.append(worth[order], np.inf), np.full((2, medians.sites), np.inf)
    count = np.diff(begin)
    least[0, count > 0] = padded[begin[:-1][count > 0]]
    least[1, count > 1] = padded[begin[:-1][count > 1] + 1]
    return least[0], least[1]


def opened(medians: Medians, status: Any, place: int) -> None:
    """Settle that a place is open, and with it that the others of its site are not."""
    status[(medians.site == medians.site[place]) & (status == 0)] = -1
    status[place] = 1


def reduced(medians: Medians, status: Any, bound: Bound, goal: float) -> tuple[Medians, Ints]:
    """The problem without the closed places and the pairs that no plan below `goal` uses; and the places that remain."""
    start, place, cost, weight, far = medians.points
    keep = np.flatnonzero(status >= 0)
    number = np.full(len(status), -1, np.int64)
    number[keep] = np.arange(len(keep))
    begin, to_place, to_cost = np.zeros(len(start), np.int64), np.empty(len(place), np.int32), np.empty(len(place))
    limit = (bound.multiplier + (goal - bound.cost)) / weight * (1 + 1e-9)
    count = kernels.kept_pairs(start, place, cost, status >= 0, limit, begin, to_place, to_cost)
    line, value = number[to_place[:count]].astype(np.int32), to_cost[:count].copy()
    smaller = replace(
        medians,
        points=(begin, line, value, weight, far),
        places=kernels.turned(begin, line, value, len(keep)),
        row=keep,
        movable=medians.movable[keep],
        site=np.unique(medians.site[keep], return_inverse=True)[1].astype(np.int64),
        sites=len(np.unique(medians.site[keep])),
    )
    return smaller, keep
