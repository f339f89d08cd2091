"""The compiled flow of the programme: who is served in every layer while paths open and close, with the kernels of `_kernels`.

A path has entries `first[path]:first[path + 1]`: a pool of a layer, and the places that it brings there (below 0: takes away).
`group` is the sum to which what a pool gains is added.
"""

from __future__ import annotations

from typing import Any

from geoplan.location._kernels import close_pool, open_pool, undo
from geoplan.network._kernel import jit


@jit
def change(path: int, sign: int, entries: Any, graph: Any, state: Any, scratch: Any, log: Any, sums: Any) -> int:
    """Open (sign 1) or close (-1) a path and add what each group gains to `sums`; the use of the log."""
    first, pools, places, group = entries
    used = 0
    for k in range(first[path], first[path + 1]):
        at, amount = pools[k], places[k] * sign
        if amount > 0:
            gained, used = open_pool(at, amount, graph, state, scratch, log, used)
            sums[group[at]] += gained
        elif amount < 0:
            lost, used = close_pool(at, -amount, graph, state, scratch, log, used)
            sums[group[at]] -= lost
    return used


@jit
def trials(paths: Any, sign: int, entries: Any, graph: Any, state: Any, scratch: Any, log: Any, sums: Any) -> None:
    """What each path alone would change if it were opened or closed now, by group; nothing is changed."""
    first, pools, places, _ = entries
    for k in range(len(paths)):
        path = paths[k]
        used = change(path, sign, entries, graph, state, scratch, log, sums[k])
        undo(graph, state, log, used)
        closed = False
        for e in range(first[path], first[path + 1]):
            state[2][pools[e]] -= places[e] * sign
            closed = closed or places[e] * sign < 0
        if closed:  # what was marked while places were gone does not hold once they are back
            scratch[3][1] += 1
            scratch[3][2] += 1
