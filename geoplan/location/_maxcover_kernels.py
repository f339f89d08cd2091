"""The inner loops of maximal covering: sums over pairs for the bound, and a local search that follows each change of the plan.

`pairs` is (begin, row, first, option) as in `_maxcover.Cover`. `state` of a plan is, in this order: by row how many open options
cover it and the sum of their numbers (so, where it is one, which); by option what it would gain if opened, what would be lost
if it were closed, and whether it is open; by site the open option or -1. All sums are of whole numbers: exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1


# ------------------------------------------------------------------------------------------------------------ the bound


@jit
def worths(begin: Any, row: Any, value: Any, result: Any) -> None:
    """The sum of the values of each option's rows."""
    for i in range(len(result)):
        total = 0.0
        for k in range(begin[i], begin[i + 1]):
            total += value[row[k]]
        result[i] = total


@jit
def loads(begin: Any, row: Any, share: Any, load: Any) -> None:
    """The sum of the shares of the options that cover each row."""
    load[:] = 0.0
    for i in range(len(share)):
        if share[i] > 0.0:
            for k in range(begin[i], begin[i + 1]):
                load[row[k]] += share[i]


@jit
def shared_worths(begin: Any, row: Any, part: Any, value: Any, result: Any) -> None:
    """The sum of the values of each option's rows, each times the part of it that the option covers."""
    for i in range(len(result)):
        total = 0.0
        for k in range(begin[i], begin[i + 1]):
            total += part[k] * value[row[k]]
        result[i] = total


@jit
def shared_loads(begin: Any, row: Any, part: Any, share: Any, load: Any) -> None:
    """The sum of the shares of the options that cover each row, each times the part of the row that it covers."""
    load[:] = 0.0
    for i in range(len(share)):
        if share[i] > 0.0:
            for k in range(begin[i], begin[i + 1]):
                load[row[k]] += part[k] * share[i]


@jit
def nearest_plan(wanted: Any, slope: Any, takes: Any, scarce: float, share: Any) -> None:
    """The nearest plan with shares in 0 … 1 that takes no more than there is: wanted - m · slope, cut off, with m by halving."""
    low, high = 0.0, 0.0
    for i in range(len(wanted)):
        if slope[i] > 0.0:
            high = max(high, wanted[i] / slope[i])
    middle = low
    for _ in range(60):
        taken = 0.0
        for i in range(len(wanted)):
            share[i] = min(max(wanted[i] - middle * slope[i], 0.0), 1.0)
            taken += share[i] * takes[i]
        if taken <= scarce:
            high = middle
        else:
            low = middle
        if high == low:
            return
        middle = (low + high) / 2
    for i in range(len(wanted)):
        share[i] = min(max(wanted[i] - high * slope[i], 0.0), 1.0)


@jit
def turn(weight: Any, step: Any, before: Any, load: Any, part: Any, value: Any, part_sum: Any, load_sum: Any) -> None:
    """One step of the multipliers: each row's share of its weight (`part`, 0 … 1) falls where it is covered more than once.

    `value` becomes weight · part; the parts and the loads are added to their sums.
    """
    for j in range(len(weight)):
        new = part[j] - step[j] * (2.0 * load[j] - before[j] - 1.0)
        new = min(max(new, 0.0), 1.0)
        part[j] = new
        value[j] = weight[j] * new
        part_sum[j] += new
        load_sum[j] += load[j]


# ------------------------------------------------------------------------------------------------------------ the search


@jit
def add(i: int, weight: Any, pairs: Any, site: Any, state: Any) -> int:
    """Open an option; what is covered more."""
    begin, row, first, option = pairs
    count, who, gain, loss, is_open, at_site = state
    total = gain[i]
    is_open[i], at_site[site[i]] = 1, i
    for k in range(begin[i], begin[i + 1]):
        j = row[k]
        w = weight[j]
        if count[j] == 0:
            for a in range(first[j], first[j + 1]):
                gain[option[a]] -= w
            loss[i] += w
        elif count[j] == 1:
            loss[who[j]] -= w
        count[j] += 1
        who[j] += i
    return int(total)


@jit
def drop(i: int, weight: Any, pairs: Any, site: Any, state: Any) -> int:
    """Close an option; what is covered no more."""
    begin, row, first, option = pairs
    count, who, gain, loss, is_open, at_site = state
    total = loss[i]
    is_open[i], at_site[site[i]] = 0, NONE
    loss[i] = 0
    for k in range(begin[i], begin[i + 1]):
        j = row[k]
        w = weight[j]
        count[j] -= 1
        who[j] -= i
        if count[j] == 0:
            for a in range(first[j], first[j + 1]):
                gain[option[a]] += w
        elif count[j] == 1:
            loss[who[j]] += w
    return int(total)


@jit
def best_exchange(
    i: int, opened: Any, weight: Any, pairs: Any, site: Any, cost: Any, spare: int, state: Any, common: Any
) -> Any:
    """Which open option to close for i, and what that changes: delta = gain(i) - loss(out) + weight that i covers of it.

    Only what the money allows (`spare` is left of it) and one option a site; (-1, 0) if nothing is allowed. Ties: the highest number goes.
    """
    begin, row = pairs[0], pairs[1]
    count, who, gain, loss, _, at_site = state
    for k in range(begin[i], begin[i + 1]):
        j = row[k]
        if count[j] == 1:
            common[who[j]] += weight[j]
    must, out, best = at_site[site[i]], NONE, np.int64(0)
    for o in opened:
        delta = gain[i] - loss[o] + common[o]
        common[o] = 0
        if (
            (must in (NONE, o))
            and cost[i] <= spare + cost[o]
            and (out == NONE or delta > best or (delta == best and o > out))
        ):
            out, best = o, delta
    return out, best


@jit
def exchange(
    order: Any,
    rounds: int,
    weight: Any,
    pairs: Any,
    site: Any,
    cost: Any,
    spare: int,
    opened: Any,
    state: Any,
    common: Any,
    level: Any,
) -> Any:
    """Offer each option of `order` in turn a place of an open one; take what covers more, up to `rounds` times through the list.

    With `level` an option of lower number is also taken where it covers the same and costs no more: ties fall to the lowest ids.
    `opened` is kept up to date. What is covered more, and the money that is left.
    """
    total, idle, k = 0, 0, 0
    gain, is_open = state[2], state[4]
    turns = rounds * len(order)
    while idle < len(order) and k < turns and len(opened):
        i = order[k % len(order)]
        k += 1
        idle += 1
        if is_open[i] or (gain[i] == 0 and not level):
            continue
        out, delta = best_exchange(i, opened, weight, pairs, site, cost, spare, state, common)
        if out == NONE or delta < 0:
            continue
        if delta > 0 or (level and i < out and cost[i] <= cost[out]):
            drop(out, weight, pairs, site, state)
            add(i, weight, pairs, site, state)
            for a in range(len(opened)):
                if opened[a] == out:
                    opened[a] = i
            spare += cost[out] - cost[i]
            total += delta
            idle = 0
    return total, spare


@jit
def fill(
    order: Any, most: int, weight: Any, pairs: Any, site: Any, cost: Any, spare: int, priced: bool, state: Any
) -> Any:
    """Open of `order` what gains most (with `priced`: most for its cost), at most `most`, as long as one gains anything.

    Ties: the first in the order. How many were opened and the money that is left.
    """
    gain, is_open, at_site = state[2], state[4], state[5]
    opened = 0
    while opened < most:
        at, best = NONE, 0.0
        for i in order:
            if not is_open[i] and at_site[site[i]] == NONE and cost[i] <= spare and gain[i] > 0:
                worth = gain[i] / max(cost[i], 1e-9) if priced else float(gain[i])
                if worth > best:
                    at, best = i, worth
        if at == NONE:
            break
        add(at, weight, pairs, site, state)
        spare -= cost[at]
        opened += 1
    return opened, spare


@jit
def neighbours(
    begin: Any, row: Any, first: Any, option: Any, sample: int, start: Any, common: Any, found: Any, result: Any
) -> int:
    """For each option those that share rows with it, by a sample of its rows, those that share most first; `start` by option.

    Writes into `result` as long as there is room; how many would have been written.
    """
    used = 0
    for i in range(len(begin) - 1):
        size, met = begin[i + 1] - begin[i], 0
        taken = min(size, sample)
        for t in range(taken):
            j = row[begin[i] + (t * size) // taken]
            for a in range(first[j], first[j + 1]):
                o = option[a]
                if o != i:
                    if common[o] == 0:
                        found[met] = o
                        met += 1
                    common[o] += 1
        keys = np.empty(met, np.int64)
        for a in range(met):
            keys[a] = (np.int64(sample + 1 - common[found[a]]) << 32) | np.int64(found[a])
            common[found[a]] = 0
        keys.sort()
        for a in range(met):
            if used < len(result):
                result[used] = keys[a] & 0xFFFFFFFF
            used += 1
        start[i + 1] = used
    return used


@jit
def around(
    centre: int, wanted: int, most: int, start: Any, neighbour: Any, is_open: Any, seen: Any, result: Any
) -> int:
    """Options near a centre, breadth first along neighbours, until `wanted` open ones or `most` in all are met; how many.

    `seen` is all 0 before and after.
    """
    result[0] = centre
    seen[centre] = 1
    count, at, opened = 1, 0, int(is_open[centre])
    while at < count and opened < wanted and count < most:
        i = result[at]
        at += 1
        for k in range(start[i], start[i + 1]):
            o = neighbour[k]
            if seen[o] == 0 and count < most:
                seen[o] = 1
                result[count] = o
                count += 1
                opened += is_open[o]
                if opened >= wanted:
                    break
    for k in range(count):
        seen[result[k]] = 0
    return count


# ---------------------------------------------------------------------------------------------------- covering together


@jit
def together_turn(i: int, sign: float, weight: Any, pairs: Any, parts: Any, state: Any) -> float:
    """Open (sign 1) or close (-1) an option of cooperative covering; what is covered more.

    `state`: by row the sum of the parts that open options cover; by option what it would gain if opened (of an open one: what a
    second like it would gain), as far as the sums of doubles go.
    """
    begin, row, first, option = pairs
    load, gain = state
    total = 0.0
    for k in range(begin[i], begin[i + 1]):
        j = row[k]
        before = load[j]
        after = max(before + sign * parts[0][k], 0.0)
        if after < 1e-12:
            after = 0.0
        load[j] = after
        w, low, high = weight[j], min(before, 1.0), min(after, 1.0)
        if low == high == 1.0:
            continue
        total += w * (high - low)
        for a in range(first[j], first[j + 1]):
            part = parts[1][a]
            gain[option[a]] += w * ((min(after + part, 1.0) - high) - (min(before + part, 1.0) - low))
    return total


@jit
def together_gains(weight: Any, pairs: Any, parts: Any, load: Any, gain: Any) -> None:
    """What each option would gain if opened, summed afresh."""
    begin, row = pairs[0], pairs[1]
    for i in range(len(gain)):
        total = 0.0
        for k in range(begin[i], begin[i + 1]):
            j = row[k]
            total += weight[j] * (min(load[j] + parts[0][k], 1.0) - min(load[j], 1.0))
        gain[i] = total


@jit
def together_loss(i: int, weight: Any, pairs: Any, parts: Any, load: Any) -> float:
    """What is covered no more if an open option is closed."""
    begin, row = pairs[0], pairs[1]
    total = 0.0
    for k in range(begin[i], begin[i + 1]):
        j = row[k]
        total += weight[j] * (min(load[j], 1.0) - min(max(load[j] - parts[0][k], 0.0), 1.0))
    return total
