"""The compiled inner loops of the models with capacity: knapsacks for the bound, and moves of demand between open places.

A bin is a place in one age band: bin `place · bands + band`. The pairs of bin b are `start[b]:start[b+1]`, with their demand nodes
in `node` and what it costs to serve the whole node there in `value`. By node, the pairs are `first[i]:first[i+1]`, with their
bins in `bin_of` (rising) and their costs in `cost`. `size` is whole: what a node takes of a bin's `room`. Without numba the same
functions run uncompiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1
SLIGHT = 1e-9  # of a cost: less is rounding and no gain


# -------------------------------------------------------------------------------------------------------- the knapsacks


@jit
def fractional(size: Any, profit: Any, count: int, room: int, share: Any) -> Any:
    """The most profit of the items in a room where an item may be cut; `share` is how much of each is in."""
    share[:count] = 0.0
    order = np.argsort(-(profit[:count] / size[:count]), kind="mergesort")
    total, left = 0.0, room
    for at in order:
        if size[at] > left:
            share[at] = left / size[at]
            return total + profit[at] * share[at]
        share[at] = 1.0
        total += profit[at]
        left -= size[at]
    return total


@jit
def whole(size: Any, profit: Any, count: int, room: int, share: Any, best: Any, kept: Any) -> float:
    """The most profit of the items in a room where each is in or out (dynamic programming over the room)."""
    old, new = 0, 1
    best[old, : room + 1] = 0.0
    for at in range(count):
        own, gain = size[at], profit[at]
        for space in range(min(own, room + 1)):
            best[new, space] = best[old, space]
            kept[at, space] = 0
        for space in range(own, room + 1):
            more = best[old, space - own] + gain
            better = more > best[old, space]
            kept[at, space] = better
            best[new, space] = more if better else best[old, space]
        old, new = new, old
    left = room
    for at in range(count - 1, -1, -1):
        share[at] = kept[at, left]
        left -= size[at] * kept[at, left]
    return float(best[old, room])


@jit
def pack(
    start: Any, node: Any, value: Any, size: Any, room: Any, price: Any, exact: bool, take: Any, worth: Any
) -> None:
    """For each bin the most of sum(price - value) over nodes that fit into its room: `worth`, and the share of each pair, `take`."""
    most, widest = 1, 1
    for at in range(len(room)):
        most, widest = max(most, start[at + 1] - start[at]), max(widest, room[at] + 1)
    own, profit, share = np.zeros(most, np.int64), np.zeros(most), np.zeros(most)
    pair = np.zeros(most, np.int64)
    best = np.zeros((2, widest if exact else 1))
    kept = np.zeros((most if exact else 1, widest if exact else 1), np.uint8)
    for at in range(len(room)):
        count, load, total = 0, 0, 0.0
        for k in range(start[at], start[at + 1]):
            take[k] = 0.0
            gain = price[node[k]] - value[k]
            if gain > 0:
                own[count], profit[count], pair[count], share[count] = size[node[k]], gain, k, 1.0
                load += size[node[k]]
                total += gain
                count += 1
        if load <= room[at]:
            worth[at] = total
        elif exact:
            worth[at] = whole(own, profit, count, room[at], share, best, kept)
        else:
            worth[at] = fractional(own, profit, count, room[at], share)
        for k in range(count):
            take[pair[k]] = share[k]


@jit
def forced(
    start: Any, node: Any, value: Any, size: Any, room: Any, price: Any, cells: int, worth: Any, loss: Any
) -> None:
    """How much less than `worth` each bin can hold at most where a pair's node has to be in it: `loss` by pair.

    Tables of what the first and the last items can give (while they have no more than `cells` numbers), else the knapsack
    that may cut an item, with the node paid for but still on offer.
    """
    for at in range(len(room)):
        begin, end = start[at], start[at + 1]
        count, space = 0, room[at]
        own, profit = np.zeros(end - begin, np.int64), np.zeros(end - begin)
        place = np.full(end - begin, NONE, np.int64)
        for k in range(begin, end):
            gain = price[node[k]] - value[k]
            if gain > 0:
                own[count], profit[count], place[k - begin] = size[node[k]], gain, count
                count += 1
        if (count + 1) * (space + 1) <= cells:
            ahead, behind = np.zeros((count + 1, space + 1)), np.zeros((count + 1, space + 1))
            for item in range(count):
                fill(ahead[item], own[item], profit[item], ahead[item + 1])
            for item in range(count - 1, -1, -1):
                fill(behind[item + 1], own[item], profit[item], behind[item])
            for k in range(begin, end):
                left, item = space - size[node[k]], place[k - begin]
                rest = ahead[count, left] if item == NONE else joined(ahead[item], behind[item + 1], left)
                loss[k] = max(0.0, worth[at] - (price[node[k]] - value[k]) - rest)
        else:
            share = np.zeros(count)
            for k in range(begin, end):
                rest = fractional(own, profit, count, space - size[node[k]], share)
                loss[k] = max(0.0, worth[at] - (price[node[k]] - value[k]) - rest)


@jit
def fill(before: Any, own: int, gain: float, after: Any) -> None:
    """One more item in the table of the most profit by room."""
    after[:] = before
    for space in range(own, len(before)):
        after[space] = max(before[space], before[space - own] + gain)


@jit
def joined(ahead: Any, behind: Any, left: int) -> float:
    """The most of two tables that share a room."""
    best = 0.0
    for space in range(left + 1):
        best = max(best, ahead[space] + behind[left - space])
    return best


@jit
def choose(order: Any, value: Any, site: Any, fixed: Any, least: int, most: int, picked: Any) -> tuple[int, int, int]:
    """Open what makes the sum of `value` least: the fixed, and `least` … `most` others with one a site, taken in `order`.

    How many beside the fixed; the last one taken (NONE: none); and the next that could have been (NONE: none).
    """
    used = np.zeros(len(site), np.bool_)
    count, last, following = 0, NONE, NONE
    picked[:] = fixed
    for at in range(len(site)):
        if fixed[at]:
            used[site[at]] = True
    for at in order:
        if fixed[at] or used[site[at]]:
            continue
        if count < most and (count < least or value[at] < 0):
            picked[at], used[site[at]], last = True, True, at
            count += 1
        else:
            following = at
            break
    return count, last, following


# --------------------------------------------------------------------------------------------- who goes to which open bin


@jit
def cost_at(first: Any, bin_of: Any, cost: Any, node: int, wanted: int) -> float:
    """What it costs to serve a node at a bin; infinite where it cannot be."""
    low, high = first[node], first[node + 1]
    while low < high:
        middle = (low + high) // 2
        if bin_of[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < first[node + 1] and bin_of[low] == wanted:
        return float(cost[low])
    return np.inf


@jit
def seat(first: Any, bin_of: Any, cost: Any, size: Any, left: Any, is_open: Any, at: Any) -> bool:
    """Give every node a bin, in falling order of what its second choice costs more; False if one can reach none.

    `left` is the room of each bin and goes below 0 where too many come; `at` is the bin of each node.
    """
    regret = np.zeros(len(size))
    for node in range(len(size)):
        one, two = np.inf, np.inf
        for pair in range(first[node], first[node + 1]):
            if is_open[bin_of[pair]]:
                if cost[pair] < one:
                    one, two = cost[pair], one
                elif cost[pair] < two:
                    two = cost[pair]
        if one == np.inf:
            return False
        regret[node] = two - one if two < np.inf else 1e300
    for node in np.argsort(-regret, kind="mergesort"):
        best, least, fullest = NONE, np.inf, -np.inf
        for pair in range(first[node], first[node + 1]):
            b = bin_of[pair]
            if not is_open[b]:
                continue
            spare = min(0.0, float(left[b] - size[node]))
            if spare > fullest or (spare == fullest and cost[pair] < least):
                best, least, fullest = b, cost[pair], spare
        at[node] = best
        left[best] -= size[node]
    return True


@jit
def over(left: int) -> float:
    """By how much a room is too small."""
    return float(-left) if left < 0 else 0.0


@jit
def shift(
    first: Any, bin_of: Any, cost: Any, size: Any, left: Any, is_open: Any, at: Any, fine: float, node: int
) -> bool:
    """Move one node to the bin where it costs least, overload included; whether it moved."""
    old = at[node]
    now = cost_at(first, bin_of, cost, node, old)
    freed = fine * (over(left[old] + size[node]) - over(left[old]))
    best, least = NONE, -SLIGHT * (1.0 + abs(now))
    for pair in range(first[node], first[node + 1]):
        b = bin_of[pair]
        if b == old or not is_open[b]:
            continue
        change = cost[pair] - now + freed + fine * (over(left[b] - size[node]) - over(left[b]))
        if change < least:
            best, least = b, change
    if best == NONE:
        return False
    left[old] += size[node]
    left[best] -= size[node]
    at[node] = best
    return True


@jit
def swap(
    first: Any,
    bin_of: Any,
    cost: Any,
    size: Any,
    left: Any,
    is_open: Any,
    at: Any,
    head: Any,
    chain: Any,
    fine: float,
    node: int,
) -> int:
    """Exchange a node with the one of another bin that makes both together cheapest, overload included; the other node or NONE.

    `head` and `chain` list the nodes of each bin. Only bins that are cheaper for the node are tried, or all if its own is overfull.
    """
    old = at[node]
    now = cost_at(first, bin_of, cost, node, old)
    best, least = NONE, -SLIGHT * (1.0 + abs(now))
    for pair in range(first[node], first[node + 1]):
        b = bin_of[pair]
        if b == old or not is_open[b] or (cost[pair] >= now and left[old] >= 0):
            continue
        other = head[b]
        while other != NONE:
            more = size[other] - size[node]
            change = (
                cost[pair]
                - now
                + fine * (over(left[old] - more) - over(left[old]) + over(left[b] + more) - over(left[b]))
            )
            if change < np.inf:
                there = cost_at(first, bin_of, cost, other, old)
                change += there - cost_at(first, bin_of, cost, other, b)
                if change < least:
                    best, least = other, change
            other = chain[other]
    return best


@jit
def unlink(head: Any, chain: Any, b: int, node: int) -> None:
    """Take a node out of the list of a bin."""
    if head[b] == node:
        head[b] = chain[node]
        return
    before = head[b]
    while chain[before] != node:
        before = chain[before]
    chain[before] = chain[node]


@jit
def link(head: Any, chain: Any, b: int, node: int) -> None:
    """Put a node into the list of a bin."""
    chain[node] = head[b]
    head[b] = node


@jit
def settle(first: Any, bin_of: Any, cost: Any, size: Any, left: Any, is_open: Any, at: Any, fine: float) -> None:
    """Shift and swap nodes until nothing makes the cost with `fine` for each unit of overload less."""
    head, chain = np.full(len(left), NONE, np.int64), np.full(len(size), NONE, np.int64)
    for node in range(len(size)):
        link(head, chain, at[node], node)
    better = True
    while better:
        better = False
        for node in range(len(size)):
            old = at[node]
            if shift(first, bin_of, cost, size, left, is_open, at, fine, node):
                unlink(head, chain, old, node)
                link(head, chain, at[node], node)
                better = True
        if better:
            continue
        for node in range(len(size)):
            other = swap(first, bin_of, cost, size, left, is_open, at, head, chain, fine, node)
            if other != NONE:
                one, two = at[node], at[other]
                for who, away, into in ((node, one, two), (other, two, one)):
                    unlink(head, chain, away, who)
                    link(head, chain, into, who)
                    left[away] += size[who]
                    left[into] -= size[who]
                    at[who] = into
                better = True


@jit
def totals(first: Any, bin_of: Any, cost: Any, at: Any) -> float:
    """What it costs to serve all nodes where they are."""
    total = 0.0
    for node in range(len(at)):
        total += cost_at(first, bin_of, cost, node, at[node])
    return total


@jit
def serving_all(
    start: Any, node: Any, value: Any, at: Any, group: Any, groups: int, bands: int, size: Any, room: Any, out: Any
) -> None:
    """What each place would cost for all members of each group of nodes: `out` (places × groups), infinite where it cannot.

    `group` by node. A place can only take a group that it reaches whole and has room for in each band.
    """
    load = np.zeros((groups, bands), np.int64)
    count = np.zeros(groups, np.int64)
    for i in range(len(at)):
        count[group[i]] += 1
        load[group[i], at[i] % bands] += size[i]
    seen = np.zeros(groups, np.int64)
    for place in range(len(out)):
        out[place] = 0.0
        seen[:] = 0
        for b in range(place * bands, (place + 1) * bands):
            for k in range(start[b], start[b + 1]):
                seen[group[node[k]]] += 1
                out[place, group[node[k]]] += value[k]
        for g in range(groups):
            fits = seen[g] == count[g]
            for band in range(bands):
                fits = fits and load[g, band] <= room[place * bands + band]
            if not fits:
                out[place, g] = np.inf
