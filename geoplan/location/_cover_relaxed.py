"""The relaxed cover: shares of columns that cover every row, by rows added as they are needed; its dual prices prove a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._cover import Cover, by_packing
from geoplan.location._graph import Floats, Ints
from geoplan.location._highs import quiet
from geoplan.location._watch import Watch

SHORT = 1e-6  # a share by which a row may fall short
BATCH = 200  # rows added at once, at least
ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Relaxed:
    """`bound`: what every cover has at least (proven from `price` by row alone, whatever the solver said); `share` by column;
    `rows`: those that were needed.
    """

    bound: float
    price: Floats
    share: Floats
    rows: Ints


def relaxed(cover: Cover, hard: Any, enough: float, watch: Watch) -> Relaxed:
    """The relaxed cover, from the hardest rows on (`hard`: high first); ends early once the bound is above `enough`."""
    rows, columns = cover.matrix.shape
    solver, active = _solver(columns), np.zeros(0, np.int64)
    best = Relaxed(0.0, np.zeros(rows), np.zeros(columns), active)
    new = np.sort(np.argsort(-hard, kind="stable")[: max(columns, BATCH)])
    for _ in range(ROUNDS):
        active = np.concatenate((active, new))
        _add_rows(solver, cover, new)
        solver.setOptionValue("time_limit", solver.getRunTime() + max(watch.left(), 0.01))
        solver.run()
        answer = solver.getSolution()
        if len(answer.row_dual) != len(active) or not watch.going:
            break
        price, share = np.zeros(rows), np.array(answer.col_value)
        price[active] = answer.row_dual
        if (bound := by_packing(cover, price)) > best.bound:
            best = Relaxed(bound, np.maximum(price, 0.0), share, active)
        short = cover.uncovered(share)
        new = np.flatnonzero(short > SHORT)
        new = new[~np.isin(new, active)]
        if not len(new) or best.bound > enough:
            break
        new = np.sort(new[np.argsort(-short[new], kind="stable")[: max(BATCH, columns // 4)]])
    return best


def _solver(columns: int) -> Any:
    """HiGHS with these columns, shares 0 … 1 that cost 1 each, and no rows yet."""
    solver = quiet()
    none, empty = np.zeros(0, np.int32), np.zeros(0)
    solver.addCols(columns, np.ones(columns), np.zeros(columns), np.ones(columns), 0, none, none, empty)
    return solver


def _add_rows(solver: Any, cover: Cover, new: Ints) -> None:
    part = cover.matrix[new]
    start, column = part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32)
    need = cover.need[new].astype(float)
    solver.addRows(len(new), need, np.full(len(new), np.inf), part.nnz, start, column, np.ones(part.nnz))
