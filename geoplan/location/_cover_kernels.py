"""The compiled inner loops of covering: lists that hold others, and a search by row weights for a cover with few columns.

Lists are `member[start[i]:start[i+1]]`, sorted; `by_start`, `by_member` the same pairs by member. Without numba the same code
runs uncompiled, with the same result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1
MULTIPLIER, INCREMENT, MODULUS = (
    1103515245,
    12345,
    1 << 31,
)  # the generator of ANSI C: the same numbers on every machine


@jit
def bits_of(start: Any, member: Any, words: int) -> Any:
    """Each list as bits, shape (lists, words)."""
    bits = np.zeros((len(start) - 1, words), np.uint64)
    for at in range(len(start) - 1):
        for k in range(start[at], start[at + 1]):
            bits[at, member[k] >> 6] |= np.uint64(1) << np.uint64(member[k] & 63)
    return bits


@jit
def holds_all(bits: Any, member: Any, begin: int, end: int) -> bool:
    """Whether a list (as bits) has all of the members."""
    for k in range(begin, end):  # noqa: SIM110 - numba compiles no generators
        if not (bits[member[k] >> 6] >> np.uint64(member[k] & 63)) & np.uint64(1):
            return False
    return True


@jit
def rarest(by_start: Any, member: Any, begin: int, end: int) -> int:
    """The member that the fewest lists have."""
    best = member[begin]
    for k in range(begin + 1, end):
        if by_start[member[k] + 1] - by_start[member[k]] < by_start[best + 1] - by_start[best]:
            best = member[k]
    return int(best)


@jit
def drop_larger(start: Any, member: Any, by_start: Any, by_member: Any, bits: Any, order: Any, need: Any, gone: Any) -> None:  # fmt: skip
    """Marks the lists that have all members of another that needs as much or more; of equal lists the first stays."""
    for k in range(len(order)):
        small = order[k]
        begin, end = start[small], start[small + 1]
        if gone[small] or begin == end:
            continue
        at = rarest(by_start, member, begin, end)
        for other in range(by_start[at], by_start[at + 1]):
            large = by_member[other]
            if (
                large == small
                or gone[large]
                or need[large] > need[small]
                or start[large + 1] - start[large] < end - begin
            ):
                continue
            if holds_all(bits[large], member, begin, end):
                gone[large] = True


@jit
def drop_smaller(start: Any, member: Any, by_start: Any, by_member: Any, bits: Any, order: Any, site: Any, alone: Any, gone: Any) -> None:  # fmt: skip
    """Marks the lists whose members another has too, of its own site or alone on its site; of equal lists the first stays."""
    for k in range(len(order)):
        small = order[k]
        begin, end = start[small], start[small + 1]
        if begin == end:
            gone[small] = True
            continue
        at = rarest(by_start, member, begin, end)
        for other in range(by_start[at], by_start[at + 1]):
            large = by_member[other]
            length = start[large + 1] - start[large]
            if large == small or gone[large] or length < end - begin or (length == end - begin and large > small):
                continue
            if (alone[large] or site[large] == site[small]) and holds_all(bits[large], member, begin, end):
                gone[small] = True
                break


# ------------------------------------------------------------------------------------------------------- a small cover
# `pairs`: start and column by row, start and row by column. `state`: by column inside (1: in the cover), score (what it would
# add, or minus what its loss would uncover, in row weights), stamp (when it last moved), free (0: left since its rows last
# changed); by row count, weight, the uncovered rows and where each stands among them; by site the column inside; and numbers.

# of the numbers: columns inside, rows uncovered, random, steps, last added, columns allowed
SIZE, OPEN, SEED, STEP, BARRED, ALLOWED = 0, 1, 2, 3, 4, 5
TRIES = 3  # columns added in a step: one that comes to a taken site puts the other out, so that several may be due


@jit
def enter_column(column: int, pairs: Any, need: Any, site: Any, state: Any) -> None:
    """Put a column into the cover."""
    row_start, row_column, column_start, column_row = pairs
    inside, score, stamp, free, count, weight, uncovered, where, holder, numbers = state
    inside[column], score[column], stamp[column] = 1, -score[column], numbers[STEP]
    holder[site[column]] = column
    numbers[SIZE] += 1
    for at in range(column_start[column], column_start[column + 1]):
        row = column_row[at]
        count[row] += 1
        if count[row] == need[row]:
            numbers[OPEN] -= 1
            last = uncovered[numbers[OPEN]]
            uncovered[where[row]], where[last] = last, where[row]
            for k in range(row_start[row], row_start[row + 1]):
                other = row_column[k]
                free[other] = 1
                if not inside[other]:
                    score[other] -= weight[row]
        elif count[row] == need[row] + 1:
            for k in range(row_start[row], row_start[row + 1]):
                other = row_column[k]
                if inside[other] and other != column:
                    score[other] += weight[row]


@jit
def leave_column(column: int, pairs: Any, need: Any, site: Any, state: Any) -> None:
    """Take a column out of the cover."""
    row_start, row_column, column_start, column_row = pairs
    inside, score, stamp, free, count, weight, uncovered, where, holder, numbers = state
    inside[column], score[column], stamp[column] = 0, -score[column], numbers[STEP]
    holder[site[column]] = NONE
    numbers[SIZE] -= 1
    for at in range(column_start[column], column_start[column + 1]):
        row = column_row[at]
        count[row] -= 1
        if count[row] == need[row] - 1:
            uncovered[numbers[OPEN]], where[row] = row, numbers[OPEN]
            numbers[OPEN] += 1
            for k in range(row_start[row], row_start[row + 1]):
                other = row_column[k]
                free[other] = 1
                if not inside[other] and other != column:
                    score[other] += weight[row]
        elif count[row] == need[row]:
            for k in range(row_start[row], row_start[row + 1]):
                other = row_column[k]
                if inside[other]:
                    score[other] -= weight[row]
    free[column] = 0


@jit
def cover_greedily(pairs: Any, need: Any, site: Any, state: Any) -> None:
    """Put in the column that covers most (ties: the lowest), as long as one on a free site covers anything."""
    inside, score, holder = state[0], state[1], state[8]
    while True:
        best = NONE
        for column in range(len(score)):
            if inside[column] or holder[site[column]] != NONE or score[column] <= 0:
                continue
            if best == NONE or score[column] > score[best]:
                best = column
        if best == NONE:
            return
        enter_column(best, pairs, need, site, state)


@jit
def least_missed(state: Any) -> int:
    """The column inside whose loss uncovers least (ties: the one that moved longest ago, then the lowest), not the last added."""
    inside, score, stamp, numbers = state[0], state[1], state[2], state[9]
    best = NONE
    for column in range(len(score)):
        if not inside[column] or column == numbers[BARRED]:
            continue
        if (
            best == NONE
            or score[column] > score[best]
            or (score[column] == score[best] and stamp[column] < stamp[best])
        ):
            best = column
    return best


@jit
def best_for(row: int, pairs: Any, state: Any) -> int:
    """The column of a row that covers most and is free to come back (ties: the one that moved longest ago, then the lowest)."""
    inside, score, stamp, free = state[:4]
    best = NONE
    for k in range(pairs[0][row], pairs[0][row + 1]):
        column = pairs[1][k]
        if inside[column]:
            continue
        if (
            best == NONE
            or free[column] > free[best]
            or (
                free[column] == free[best]
                and (score[column] > score[best] or (score[column] == score[best] and stamp[column] < stamp[best]))
            )
        ):
            best = column
    return best


@jit
def press(pairs: Any, need: Any, site: Any, state: Any, best: Any, goal: int, steps: int) -> int:
    """Search for covers with fewer columns, at least down to `goal`; the best goes to `best`; its size, or NONE.

    One column out, one in for an uncovered row drawn at random, and what stays uncovered weighs more (Gao, Weise, Li 2015).
    """
    inside, weight, uncovered, holder, numbers = state[0], state[5], state[6], state[8], state[9]
    found = NONE
    for _ in range(steps):
        while numbers[OPEN] == 0:
            best[:] = inside
            found = numbers[SIZE]
            if found <= goal or found == 0:
                return int(found)
            numbers[BARRED], numbers[ALLOWED] = NONE, found - 1
            leave_column(least_missed(state), pairs, need, site, state)
        numbers[STEP] += 1
        out = least_missed(state)
        if out != NONE:
            leave_column(out, pairs, need, site, state)
        for _ in range(TRIES):
            if numbers[SIZE] >= numbers[ALLOWED] or numbers[OPEN] == 0:
                break
            numbers[SEED] = (numbers[SEED] * MULTIPLIER + INCREMENT) % MODULUS
            row = uncovered[(numbers[SEED] >> 8) % numbers[OPEN]]
            column = best_for(row, pairs, state)
            if column == NONE:
                break
            if holder[site[column]] != NONE:
                leave_column(holder[site[column]], pairs, need, site, state)
            enter_column(column, pairs, need, site, state)
            numbers[BARRED] = column
        for k in range(numbers[OPEN]):
            row = uncovered[k]
            weight[row] += 1
            raise_score(row, pairs, state)
    return int(found)


@jit
def raise_score(row: int, pairs: Any, state: Any) -> None:
    """An uncovered row weighs one more: so do the columns that would cover it, and those inside that it cannot lose."""
    inside, score = state[0], state[1]
    for k in range(pairs[0][row], pairs[0][row + 1]):
        score[pairs[1][k]] += -1 if inside[pairs[1][k]] else 1


# ------------------------------------------------------------------------------------------------------------- cliques


@jit
def common(one: Any, other: Any) -> int:
    """How many bits two sets share."""
    count = 0
    for word in range(len(one)):
        left = one[word] & other[word]
        while left != np.uint64(0):
            left &= left - np.uint64(1)
            count += 1
    return count


@jit
def cliques(start: Any, neighbour: Any, bits: Any) -> Any:
    """Cliques that have every edge of a graph in one of them, as starts and members.

    From each edge that has none yet, the vertex is added that leaves most to add (ties: the lowest), until none is left.
    """
    vertices = len(start) - 1
    done = np.zeros_like(bits)
    starts, members, used, count = (
        np.zeros(len(neighbour) // 2 + 2, np.int64),
        np.empty(len(neighbour) + 2, np.int64),
        0,
        0,
    )
    clique = np.empty(vertices, np.int64)
    for one in range(vertices):
        for k in range(start[one], start[one + 1]):
            other = neighbour[k]
            if other < one or (done[one, other >> 6] >> np.uint64(other & 63)) & np.uint64(1):
                continue
            clique[0], clique[1], size = one, other, 2
            left = bits[one] & bits[other]
            while True:
                best, most = NONE, NONE
                for at in range(start[one], start[one + 1]):
                    third = neighbour[at]
                    if (left[third >> 6] >> np.uint64(third & 63)) & np.uint64(1):
                        shared = common(left, bits[third])
                        if shared > most:
                            best, most = third, shared
                if best == NONE:
                    break
                clique[size] = best
                size += 1
                left &= bits[best]
            if used + size > len(members):
                longer = np.empty(2 * len(members) + size, np.int64)
                longer[:used] = members[:used]
                members = longer
            for a in range(size):
                members[used + a] = clique[a]
                for b in range(size):
                    if a != b:
                        done[clique[a], clique[b] >> 6] |= np.uint64(1) << np.uint64(clique[b] & 63)
            used += size
            count += 1
            starts[count] = used
    return starts[: count + 1], members[:used]
