"""The compiled inner loops of the location models: a bound by multipliers, and a flow that follows places as they open and close.

A graph joins demand nodes (a class of demand points in one age band) with pools (the places of a site in one age band).
The pairs of demand node i are `d_start[i]:d_start[i+1]`, with their pools in `d_pool`; the pairs of pool j are
`p_start[j]:p_start[j+1]`, with their demand nodes in `p_demand` and their positions in `d_pool` in `p_pair`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1


# ------------------------------------------------------------------------------------------------------------ the bound


@jit
def cheapest(start: Any, pool: Any, wanted: Any, price: Any, load: Any) -> float:
    """Send each demand node to its pool of least price; the sum of wanted · (1 - price) where the price is below 1."""
    total = 0.0
    for node in range(len(wanted)):
        least, at = 1.0, NONE
        for pair in range(start[node], start[node + 1]):
            if price[pool[pair]] < least:
                least, at = price[pool[pair]], pool[pair]
        if at != NONE:
            total += wanted[node] * (1.0 - least)
            load[at] += wanted[node]
    return total


@jit
def best_of_sites(value: Any, cost: Any, site: Any, multiplier: float, gain: Any, pick: Any) -> tuple[float, float]:
    """The option of each site that is worth most beyond multiplier · cost, if any; the sum of worth and of cost."""
    gain[:] = 0.0
    pick[:] = NONE
    for option in range(len(value)):
        worth = value[option] - multiplier * cost[option]
        if worth > gain[site[option]]:
            gain[site[option]], pick[site[option]] = worth, option
    total, spent = 0.0, 0.0
    for at in range(len(pick)):  # one after another, as `_plain` adds, so that both give equal results
        total += gain[at]
        if pick[at] != NONE:
            spent += cost[pick[at]]
    return total, spent


@jit
def relaxed_knapsack(value: Any, cost: Any, site: Any, sites: int, budget: float, share: Any) -> tuple[float, float]:
    """The linear multiple-choice knapsack: a bound on the value for the budget, its multiplier, and the `share` of each option."""
    gain, pick = np.zeros(sites), np.full(sites, NONE)
    share[:] = 0.0
    worth, spent = best_of_sites(value, cost, site, 0.0, gain, pick)
    if spent <= budget:
        for at in range(sites):
            if pick[at] != NONE:
                share[pick[at]] = 1.0
        return worth, 0.0
    low, high = 0.0, 0.0
    for option in range(len(value)):
        if cost[option] > 0.0:
            high = max(high, value[option] / cost[option])
    for _ in range(50):
        middle = (low + high) / 2
        _, spent = best_of_sites(value, cost, site, middle, gain, pick)
        if spent > budget:
            low = middle
        else:
            high = middle
    _, over = best_of_sites(value, cost, site, low, gain, pick)
    dear = pick.copy()
    worth, under = best_of_sites(value, cost, site, high, gain, pick)
    blend = (budget - under) / (over - under) if over > under else 0.0
    for at in range(sites):
        if dear[at] != NONE:
            share[dear[at]] += blend
        if pick[at] != NONE:
            share[pick[at]] += 1.0 - blend
    return worth + high * budget, high


@jit
def sort_by_profit(order: Any, profit: Any, key: Any) -> None:
    """Sort nodes by falling profit, by insertion as long as few have to move, else from scratch; their profits go to `key`."""
    count, moves = len(order), 0
    for k in range(count):
        node, back = order[k], k - 1
        worth = profit[node]
        while back >= 0 and key[back] < worth:
            key[back + 1], order[back + 1] = key[back], order[back]
            back -= 1
        key[back + 1], order[back + 1] = worth, node
        moves += k - 1 - back
        if moves > 8 * count:
            break
    else:
        return
    for k in range(count):
        key[k] = -profit[order[k]]
    order[:] = order[np.argsort(key[:count], kind="mergesort")]
    for k in range(count):
        key[k] = profit[order[k]]


@jit
def pack(start: Any, order: Any, wanted: Any, profit: Any, places: Any, key: Any, value: Any) -> None:
    """What each set of places is worth at its pool: its people of most profit first; keeps `order` sorted by profit.

    `places` are pool and whole places of each set, sorted by pool; `order` holds the demand nodes of each pool, nearly sorted
    from the round before, so that insertion is quick; `key` is room for the profits of one pool.
    """
    item = 0
    while item < len(places):
        at = places[item, 0]
        begin, count = start[at], start[at + 1] - start[at]
        sort_by_profit(order[begin : begin + count], profit, key)
        while item < len(places) and places[item, 0] == at:
            free, total = places[item, 1], 0.0
            for k in range(count):
                if free <= 0 or key[k] <= 0.0:
                    break
                taken = min(free, wanted[order[begin + k]])
                total += taken * key[k]
                free -= taken
            value[item] = total
            item += 1


@jit
def unpack(start: Any, order: Any, wanted: Any, profit: Any, places: Any, share: Any, load: Any) -> None:
    """Adds to `load`, by demand node, the people whom `pack` sent, times the share of each set of places."""
    for item in range(len(places)):
        if share[item] <= 0.0:
            continue
        at, free = places[item, 0], places[item, 1]
        for k in range(start[at], start[at + 1]):
            node = order[k]
            if free <= 0 or profit[node] <= 0.0:
                break
            taken = min(free, wanted[node])
            load[node] += taken * share[item]
            free -= taken


# ------------------------------------------------------------------------------------------------------------- the flow
#
# graph: d_start, d_pool (pairs by demand node), p_start, p_demand, p_pair (the same pairs by pool), node (demand node of a pair)
# state: flow (by pair), left (people of a demand node without a place), room (places of a pool left empty)
# scratch: seen_node, seen_pool, dead (stamps by node, pool, pool), stamp (search, epoch of dead, epoch of idle),
#          queue, back, forth, before, idle (by pool)


@jit
def send(pair: int, amount: int, graph: Any, state: Any, log: Any, used: int) -> int:
    """Change the flow on a pair, and with it what is left and what room there is; write it down unless the log has no rows; the log's use."""
    flow, left, room = state
    flow[pair] += amount
    left[graph[5][pair]] -= amount
    room[graph[1][pair]] -= amount
    if len(log) == 0:
        return used
    if used == len(log):
        raise MemoryError("location: the log of a trial is full")
    log[used, 0], log[used, 1] = pair, amount
    return used + 1


@jit
def undo(graph: Any, state: Any, log: Any, used: int) -> None:
    """Take back what the log holds."""
    none = log[:0]
    for k in range(used - 1, -1, -1):
        send(log[k, 0], -log[k, 1], graph, state, none, 0)


@jit
def fill_once(at: int, graph: Any, state: Any, scratch: Any, log: Any, used: int, lasting: bool) -> tuple[int, int]:
    """Bring people without a place to the pool `at` along one shortest augmenting path: how many (0: none), and the log's use.

    Pools to which nobody without a place can come are marked idle with the present epoch (stamp[2]) where the state is a
    lasting one: they stay so while options only open, and are not searched again.
    """
    d_start, d_pool, p_start, p_demand, p_pair, _ = graph
    flow, left, room = state
    seen_node, seen_pool, _, stamp, queue, back, forth, before, idle = scratch
    stamp[0] += 1
    now = stamp[0]
    if idle[at] == stamp[2]:
        return 0, used
    queue[0], seen_pool[at], first, last = at, now, 0, 1
    while first < last:
        pool = queue[first]
        first += 1
        for k in range(p_start[pool], p_start[pool + 1]):
            node = p_demand[k]
            if seen_node[node] == now:
                continue
            seen_node[node] = now
            if left[node] > 0:
                amount, here = min(left[node], room[at]), pool
                while here != at:
                    amount, here = min(amount, flow[back[here]]), before[here]
                used = send(p_pair[k], amount, graph, state, log, used)
                here = pool
                while here != at:
                    used = send(back[here], -amount, graph, state, log, used)
                    used = send(forth[here], amount, graph, state, log, used)
                    here = before[here]
                return amount, used
            for pair in range(d_start[node], d_start[node + 1]):
                other = d_pool[pair]
                if flow[pair] > 0 and seen_pool[other] != now and idle[other] != stamp[2]:
                    seen_pool[other] = now
                    back[other], forth[other], before[other] = pair, p_pair[k], pool
                    queue[last] = other
                    last += 1
    if lasting:
        for k in range(last):
            idle[queue[k]] = stamp[2]
    return 0, used


@jit
def place_once(node: int, graph: Any, state: Any, scratch: Any, log: Any, used: int) -> tuple[int, int]:
    """Find places for people of a demand node who are without, moving others on: how many (0: none), and the log's use.

    Pools from which no room can be reached are marked dead with the present epoch (stamp[1]), and not searched again in it.
    """
    d_start, d_pool, p_start, p_demand, p_pair, _ = graph
    flow, left, room = state
    _, seen_pool, dead, stamp, queue, back, forth, before, _ = scratch
    stamp[0] += 1
    now, first, last = stamp[0], 0, 0
    for pair in range(d_start[node], d_start[node + 1]):
        pool = d_pool[pair]
        if dead[pool] != stamp[1] and seen_pool[pool] != now:
            seen_pool[pool], before[pool], forth[pool] = now, NONE, pair
            queue[last] = pool
            last += 1
    while first < last:
        pool = queue[first]
        first += 1
        if room[pool] > 0:
            amount, here = min(left[node], room[pool]), pool
            while before[here] != NONE:
                amount, here = min(amount, flow[back[here]]), before[here]
            here = pool
            while here != NONE:
                used = send(forth[here], amount, graph, state, log, used)
                if before[here] != NONE:
                    used = send(back[here], -amount, graph, state, log, used)
                here = before[here]
            return amount, used
        for k in range(p_start[pool], p_start[pool + 1]):
            if flow[p_pair[k]] > 0:
                for pair in range(d_start[p_demand[k]], d_start[p_demand[k] + 1]):
                    other = d_pool[pair]
                    if dead[other] != stamp[1] and seen_pool[other] != now:
                        seen_pool[other], before[other] = now, pool
                        forth[other], back[other] = pair, p_pair[k]
                        queue[last] = other
                        last += 1
    for k in range(last):
        dead[queue[k]] = stamp[1]
    return 0, used


@jit
def open_pool(at: int, places: int, graph: Any, state: Any, scratch: Any, log: Any, used: int) -> tuple[int, int]:
    """Add places to a pool and fill them; how many more people are served, and the log's use."""
    room, gained = state[2], 0
    room[at] += places
    while room[at] > 0:
        amount, used = fill_once(at, graph, state, scratch, log, used, len(log) == 0 or gained == 0)
        if amount == 0:
            break
        gained += amount
    return gained, used


@jit
def close_pool(at: int, places: int, graph: Any, state: Any, scratch: Any, log: Any, used: int) -> tuple[int, int]:
    """Take places from a pool and find others for their people; how many lose theirs, and the log's use."""
    _, _, p_start, p_demand, p_pair, _ = graph
    flow, left, room = state
    room[at] -= places
    scratch[3][1] += 1
    scratch[3][2] += 1
    lost = 0
    for k in range(p_start[at], p_start[at + 1]):  # first all go, then each looks for another place
        if room[at] >= 0:
            break
        moved = min(flow[p_pair[k]], -room[at])
        if moved > 0:
            used = send(p_pair[k], -moved, graph, state, log, used)
            lost += moved
    if lost > 0:
        for k in range(p_start[at], p_start[at + 1]):
            while left[p_demand[k]] > 0:
                amount, used = place_once(p_demand[k], graph, state, scratch, log, used)
                if amount == 0:
                    break
                lost -= amount
    return lost, used


@jit
def gains(options: Any, pools: Any, places: Any, graph: Any, state: Any, scratch: Any, log: Any, result: Any) -> None:
    """How many more people each option would serve if it alone were opened now; nothing is changed."""
    for k in range(len(options)):
        option, used, total = options[k], 0, 0
        for band in range(pools.shape[1]):
            if places[option, band] > 0:
                gained, used = open_pool(pools[option, band], places[option, band], graph, state, scratch, log, used)
                total += gained
        undo(graph, state, log, used)
        for band in range(pools.shape[1]):
            state[2][pools[option, band]] -= places[option, band]
        result[k] = total


@jit
def losses(options: Any, pools: Any, places: Any, graph: Any, state: Any, scratch: Any, log: Any, result: Any) -> None:
    """How many people each option's closing would leave without a place, the others staying; nothing is changed."""
    for k in range(len(options)):
        option, used, total = options[k], 0, 0
        for band in range(pools.shape[1]):
            if places[option, band] > 0:
                lost, used = close_pool(pools[option, band], places[option, band], graph, state, scratch, log, used)
                total += lost
        undo(graph, state, log, used)
        for band in range(pools.shape[1]):
            state[2][pools[option, band]] += places[option, band]
        result[k] = total
