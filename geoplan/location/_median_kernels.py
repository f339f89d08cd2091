"""The compiled inner loops of the p-median: swaps that know what each opening and closing is worth, and prices for the bound.

A point's pairs are `start[i]:start[i+1]`, by rising cost, then place; a place's pairs by point. `near_place` and `near_cost` hold,
by point, the `k` nearest open places and the one after them, filled up with no place (NONE) at the cost `far`, which is beyond
every pair: so a point that too few open places reach is dear, and nothing else is special about it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1
LAST = 2147483647  # of the generator of Lehmer (1951), with the factor of Park and Miller (1993)


# ------------------------------------------------------------------------------------------------------------ the pairs


@jit
def turned(start: Any, other: Any, value: Any, rows: int) -> Any:
    """Pairs by row as pairs by the other end, each in order of row: start, row and value."""
    begin = np.zeros(rows + 1, np.int64)
    for pair in range(len(other)):
        begin[other[pair] + 1] += 1
    for row in range(rows):
        begin[row + 1] += begin[row]
    at, line, worth = begin[:-1].copy(), np.empty(len(other), np.int32), np.empty(len(other), np.float64)
    for row in range(len(start) - 1):
        for pair in range(start[row], start[row + 1]):
            to = at[other[pair]]
            line[to], worth[to] = row, value[pair]
            at[other[pair]] = to + 1
    return begin, line, worth


@jit
def sort_rows(start: Any, other: Any, value: Any) -> None:
    """Sort the pairs of each row by value; ties keep their order."""
    for row in range(len(start) - 1):
        begin, end = start[row], start[row + 1]
        order = np.argsort(value[begin:end], kind="mergesort")
        value[begin:end] = value[begin:end][order]
        other[begin:end] = other[begin:end][order]


@jit
def kept_pairs(start: Any, place: Any, cost: Any, usable: Any, limit: Any, begin: Any, to_place: Any, to_cost: Any) -> int:  # fmt: skip
    """Copy the pairs of usable places that cost at most the limit of their point; how many they are."""
    count = 0
    for point in range(len(start) - 1):
        for pair in range(start[point], start[point + 1]):
            if cost[pair] > limit[point]:
                break
            if usable[place[pair]]:
                to_place[count], to_cost[count] = place[pair], cost[pair]
                count += 1
        begin[point + 1] = count
    return count


# ------------------------------------------------------------------------------------------------------------ the state


@jit
def rescan(point: int, points: Any, is_open: Any, near_place: Any, near_cost: Any) -> None:
    """Find the nearest open places of a point."""
    start, place, cost, _, far = points
    found, wanted = 0, near_place.shape[1]
    for pair in range(start[point], start[point + 1]):
        if is_open[place[pair]]:
            near_place[point, found], near_cost[point, found] = place[pair], cost[pair]
            found += 1
            if found == wanted:
                return
    for slot in range(found, wanted):
        near_place[point, slot], near_cost[point, slot] = NONE, far[point]


@jit
def credit(point: int, weight: Any, near_place: Any, near_cost: Any, loss: Any, sign: float) -> None:
    """Add (or take away) what the closing of each of a point's k nearest would cost it."""
    k = near_place.shape[1] - 1
    for slot in range(k):
        if near_place[point, slot] != NONE:
            loss[near_place[point, slot]] += sign * weight[point] * (near_cost[point, k] - near_cost[point, slot])


@jit
def renew(points: Any, state: Any) -> None:
    """Every point's nearest open places, and every place's loss, from scratch."""
    near_place, near_cost, is_open, _, _, _ = state
    for point in range(len(near_place)):
        rescan(point, points, is_open, near_place, near_cost)
    recount_losses(points, state)


@jit
def recount_losses(points: Any, state: Any) -> None:
    """Every place's loss from scratch, so that rounding does not gather."""
    near_place, near_cost, _, loss, _, _ = state
    loss[:] = 0.0
    for point in range(len(near_place)):
        credit(point, points[3], near_place, near_cost, loss, 1.0)


@jit
def total_cost(points: Any, state: Any) -> float:
    """The weighted cost to the k nearest open places, over all points."""
    near_cost, weight, total = state[1], points[3], 0.0
    for point in range(len(near_cost)):
        for slot in range(near_cost.shape[1] - 1):
            total += weight[point] * near_cost[point, slot]
    return total


@jit
def unreached(state: Any) -> int:
    """How many points have fewer than k open places within reach."""
    near_place, count = state[0], 0
    for point in range(len(near_place)):
        if near_place[point, near_place.shape[1] - 2] == NONE:
            count += 1
    return count


@jit
def mark(point: int, below: float, points: Any, dirty: Any) -> None:
    """Mark the places that are nearer to a point than this cost: what they are worth has changed."""
    start, place, cost, _, _ = points
    for pair in range(start[point], start[point + 1]):
        if cost[pair] >= below:
            return
        dirty[place[pair]] = True


@jit
def put_in(opened: int, points: Any, places: Any, state: Any) -> None:
    """Open a place."""
    near_place, near_cost, is_open, loss, dirty, _ = state
    begin, at_point, at_cost = places
    k = near_place.shape[1] - 1
    is_open[opened], loss[opened] = True, 0.0
    for pair in range(begin[opened], begin[opened + 1]):
        point, cost = at_point[pair], at_cost[pair]
        if cost < near_cost[point, k]:
            credit(point, points[3], near_place, near_cost, loss, -1.0)
            mark(point, near_cost[point, k], points, dirty)
            slot = k
            while slot > 0 and near_cost[point, slot - 1] > cost:
                near_place[point, slot] = near_place[point, slot - 1]
                near_cost[point, slot] = near_cost[point, slot - 1]
                slot -= 1
            near_place[point, slot], near_cost[point, slot] = opened, cost
            credit(point, points[3], near_place, near_cost, loss, 1.0)


@jit
def take_out(closed: int, points: Any, places: Any, state: Any) -> None:
    """Close a place."""
    near_place, near_cost, is_open, loss, dirty, _ = state
    begin, at_point, _ = places
    k = near_place.shape[1] - 1
    is_open[closed] = False
    for pair in range(begin[closed], begin[closed + 1]):
        point = at_point[pair]
        for slot in range(k + 1):
            if near_place[point, slot] == closed:
                credit(point, points[3], near_place, near_cost, loss, -1.0)
                rescan(point, points, is_open, near_place, near_cost)
                credit(point, points[3], near_place, near_cost, loss, 1.0)
                mark(point, near_cost[point, k], points, dirty)
                break
    loss[closed], dirty[closed] = 0.0, True


# ----------------------------------------------------------------------------------------------------------- the search


@jit
def gain_of(opened: int, weight: Any, places: Any, near_cost: Any) -> float:
    """What opening a place would save."""
    begin, at_point, at_cost = places
    gain, k = 0.0, near_cost.shape[1] - 1
    for pair in range(begin[opened], begin[opened + 1]):
        saved = near_cost[at_point[pair], k - 1] - at_cost[pair]
        if saved > 0.0:
            gain += weight[at_point[pair]] * saved
    return gain


@jit
def fill(points: Any, places: Any, state: Any, site: Any, taken: Any, left: int) -> int:
    """Open the place that saves most, as often as asked; how many could not be opened, for want of sites.

    What a place saves only falls as others open, so that only the one on top has to be counted again.
    """
    near_cost, is_open, ceiling = state[1], state[2], np.full(len(site), np.inf)
    while left > 0:
        best = NONE
        for place in range(len(site)):
            free = not is_open[place] and taken[site[place]] == NONE
            if free and (best == NONE or ceiling[place] > ceiling[best]):
                best = place
        if best == NONE:
            return left
        gain = gain_of(best, points[3], places, near_cost)
        if gain < ceiling[best]:
            ceiling[best] = gain
            continue  # it stays on top only if no other promises more
        put_in(best, points, places, state)
        taken[site[best]] = best
        left -= 1
    return 0


@jit
def best_partner(opened: int, points: Any, places: Any, state: Any, movable: Any, only: int) -> Any:
    """What the best swap that opens this place saves, and the place to close for it (`only` that one, unless NONE).

    Whitaker (1983), with the losses of Resende and Werneck (2007): a swap saves the gain of what opens, less the loss of what
    closes, plus what the two have to do with each other.
    """
    near_place, near_cost, is_open, loss, _, shared = state
    begin, at_point, at_cost = places
    gain, k = 0.0, near_place.shape[1] - 1
    shared[:] = 0.0
    for pair in range(begin[opened], begin[opened + 1]):
        point, cost = at_point[pair], at_cost[pair]
        after, last = near_cost[point, k], near_cost[point, k - 1]
        if cost < after:
            weight = points[3][point]
            if cost < last:
                gain += weight * (last - cost)
            for slot in range(k):
                if near_place[point, slot] != NONE:
                    shared[near_place[point, slot]] += weight * (after - max(cost, last))
    least, closed = np.inf, NONE
    for place in range(len(movable)):
        if is_open[place] and movable[place] and (only in (NONE, place)) and loss[place] - shared[place] < least:
            least, closed = loss[place] - shared[place], place
    return gain - least, closed


@jit
def descend(points: Any, places: Any, state: Any, movable: Any, site: Any, taken: Any, least: float) -> int:
    """Swap as long as one of the marked places saves more than `least`; how many swaps were made."""
    is_open, dirty = state[2], state[4]
    recount_losses(points, state)
    at, clean, swaps = 0, 0, 0
    while clean < len(movable):
        place, at, clean = at, (at + 1) % len(movable), clean + 1
        if not dirty[place]:
            continue
        dirty[place] = False
        if is_open[place] or not movable[place]:
            continue
        saved, closed = best_partner(place, points, places, state, movable, taken[site[place]])
        if closed != NONE and saved > least:
            put_in(place, points, places, state)
            take_out(closed, points, places, state)
            taken[site[closed]] = NONE
            taken[site[place]] = place
            clean = 0
            swaps += 1
    return swaps


@jit
def drawn(seed: int) -> int:
    """The next number of Lehmer's generator."""
    return seed * 48271 % LAST


@jit
def disturb(points: Any, places: Any, state: Any, movable: Any, site: Any, taken: Any, most: int, near: int, seed: int) -> int:  # fmt: skip
    """Open some places near a point that is drawn, and close as many others that are missed least; the seed after it."""
    start, place = points[0], points[1]
    is_open, loss = state[2], state[3]
    seed = drawn(seed)
    centre = seed % (len(start) - 1)
    seed = drawn(seed)
    count, within = 1 + seed % most, start[centre + 1] - start[centre]
    if within == 0:
        return seed
    seed = drawn(seed)
    if seed % 4 > 0:
        within = min(within, near * count)
    new = np.full(count, NONE)
    added = 0
    for _ in range(count):
        seed = drawn(seed)
        other = place[start[centre] + seed % within]
        if movable[other] and not is_open[other] and taken[site[other]] == NONE:
            put_in(other, points, places, state)
            taken[site[other]] = other
            new[added] = other
            added += 1
    for _ in range(added):
        closed = least_missed(is_open, movable, loss, new)
        take_out(closed, points, places, state)
        taken[site[closed]] = NONE
    return seed


@jit
def least_missed(is_open: Any, movable: Any, loss: Any, new: Any) -> int:
    """The open place that is missed least, a new one only if there is no other."""
    closed, young = NONE, NONE
    for place in range(len(movable)):
        if is_open[place] and movable[place]:
            if (new == place).any():
                young = place if young == NONE or loss[place] < loss[young] else young
            elif closed == NONE or loss[place] < loss[closed]:
                closed = place
    return young if closed == NONE else closed


@jit
def shake(points: Any, places: Any, state: Any, movable: Any, site: Any, taken: Any, most: int, near: int, least: float, rounds: int, seed: int) -> Any:  # fmt: skip
    """Disturb the plan and descend again, so many times; what is worse is taken back. The total cost, and the seed after it."""
    best = total_cost(points, state)
    for _ in range(rounds):
        before = (state[0].copy(), state[1].copy(), state[2].copy(), taken.copy())
        seed = disturb(points, places, state, movable, site, taken, most, near, seed)
        descend(points, places, state, movable, site, taken, least)
        cost = total_cost(points, state)
        if cost > best:
            state[0][:] = before[0]
            state[1][:] = before[1]
            state[2][:] = before[2]
            taken[:] = before[3]
        else:
            best = cost
    recount_losses(points, state)
    return best, seed


# ------------------------------------------------------------------------------------------------------------ the bound


@jit
def price(points: Any, multiplier: Any, worth: Any) -> float:
    """What each place is worth at these multipliers (0 or less): sum of min(0, weight · cost - multiplier); their sum."""
    start, place, cost, weight, _ = points
    worth[:] = 0.0
    total = 0.0
    for point in range(len(multiplier)):
        total += multiplier[point]
        for pair in range(start[point], start[point + 1]):
            reduced = weight[point] * cost[pair] - multiplier[point]
            if reduced >= 0.0:
                break
            worth[place[pair]] += reduced
    return total


@jit
def pick(worth: Any, status: Any, site: Any, sites: int, left: int, picked: Any) -> float:
    """Pick the open places and `left` free ones, one a site, that are worth most; their worth (inf: too few sites)."""
    best, at = np.full(sites, np.inf), np.full(sites, NONE)
    picked[:] = False
    total, count = 0.0, 0
    for place in range(len(worth)):
        if status[place] > 0:
            picked[place] = True
            total += worth[place]
        elif status[place] == 0 and worth[place] < best[site[place]]:
            count += at[site[place]] == NONE
            best[site[place]], at[site[place]] = worth[place], place
    if count < left:
        return np.inf
    order = np.argsort(best, kind="mergesort")
    for rank in range(left):
        picked[at[order[rank]]] = True
        total += best[order[rank]]
    return total


@jit
def shortage(points: Any, multiplier: Any, picked: Any, k: int, short: Any) -> None:
    """By point, k less the number of picked places that serve it at a profit."""
    start, place, cost, weight, _ = points
    for point in range(len(multiplier)):
        missing = k
        for pair in range(start[point], start[point + 1]):
            if weight[point] * cost[pair] >= multiplier[point]:
                break
            if picked[place[pair]]:
                missing -= 1
        short[point] = missing


@jit
def ascend(points: Any, k: int, status: Any, site: Any, sites: int, left: int, goal: float, top: float, rounds: int, pace: Any, best: Any, share: Any) -> float:  # fmt: skip
    """Rounds of a subgradient method with a running direction (Camerini, Fratta, Maffioli 1975); the best bound found.

    `best` holds the multipliers, worths and picked places of the best bound and is bettered, and the direction, kept between calls;
    `share` is the running mean of the picked places; `pace`: the factor of the step, kept between calls. Ends once the bound reaches `goal`; `top` is the cost
    of a plan that is known.
    """
    at, worth, picked = best[0].copy(), np.zeros(len(status)), np.zeros(len(status), np.bool_)
    short, direction = np.zeros(len(at)), best[3]
    found, idle = -np.inf, 0
    for _ in range(rounds):
        bound = k * price(points, at, worth) + pick(worth, status, site, sites, left, picked)
        shortage(points, at, picked, k, short)
        for place in range(len(share)):
            share[place] += 0.1 * (picked[place] - share[place])
        idle += 1
        if bound > found:
            idle = 0 if bound > found + 1e-5 * abs(top - found) else idle
            found = bound
            best[0][:], best[1][:], best[2][:] = at, worth, picked
        if found >= goal or pace[0] < 1e-3:
            break
        if idle >= 15:
            pace[0] *= 0.7
            idle = 0
            at[:] = best[0]
        length = 0.0
        for point in range(len(at)):
            direction[point] = short[point] + 0.7 * direction[point]
            length += direction[point] * direction[point]
        if length < 1e-12:  # the picked places serve everyone just as often as they should: no multipliers are better
            pace[0] = 0.0
            break
        step = pace[0] * max(top - bound, 1e-9 * abs(top)) / length
        for point in range(len(at)):
            at[point] += step * direction[point]
    return found
