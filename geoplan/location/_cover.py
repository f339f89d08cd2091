"""Set covering in whole: which columns (options) cover every row (points that need places), and what can be said of them at once.

A row needs `need` columns; of the columns of one site at most one is taken. `reduced` leaves the same least number of columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import Floats, Ints, classes


@dataclass(frozen=True, eq=False)
class Cover:
    """`matrix`: rows × columns with ones (CSR, sorted); `need` by row; `site` by column.

    `columns`: what each column is called outside (numbers in the order of ids), `always`: columns that were settled and are no
    more in the matrix; `possible`: False if it was proven that no choice covers all.
    """

    matrix: Any
    need: Ints
    site: Ints
    columns: Ints
    always: Ints
    possible: bool = True

    @property
    def pairs(self) -> tuple[Any, ...]:
        """Start and column by row, start and row by column."""
        turned = self.matrix.T.tocsr()
        parts = (self.matrix.indptr, self.matrix.indices, turned.indptr, turned.indices)
        return tuple(p.astype(np.int64 if k % 2 == 0 else np.int32) for k, p in enumerate(parts))

    def uncovered(self, chosen: Any) -> Any:
        """The rows that columns (a mask, or shares) leave short of their need, by how much."""
        return np.maximum(self.need - self.matrix @ np.asarray(chosen, float), 0.0)


def cover_of(row: Ints, column: Ints, need: Ints, site: Ints) -> Cover:
    """A cover from pairs of row and column; rows with the same columns are put together with the greatest of their needs."""
    shape = (len(need), len(site))
    matrix = sparse.csr_matrix((np.ones(len(row), np.int8), (row, column)), shape=shape)
    matrix.sort_indices()
    wanted = np.flatnonzero(need > 0)
    matrix, need = matrix[wanted], need[wanted]
    group = classes(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))
    most = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.maximum.at(most, group, need)
    first = np.sort(
        np.unique(group, return_index=True)[1]
    )  # in the order of rows, not of the sums that stand for lists
    return Cover(matrix[first], most[group[first]], site, np.arange(len(site)), np.zeros(0, np.int64))


def reduced(cover: Cover) -> Cover:
    """The cover without rows and columns that cannot matter, with the columns that every cover has settled; as long as it shrinks.

    Rows that hold all columns of another that needs as much go; so do columns whose rows another column of the same site, or one
    that stands alone on its site, has too (rows that need one place only); a row with no more columns than it needs takes all.
    """
    size = (-1, -1)
    while cover.possible and size != cover.matrix.shape:
        size = cover.matrix.shape
        cover = _settled(_fewer_columns(_fewer_rows(cover)))
    return cover


def _fewer_rows(cover: Cover) -> Cover:
    from geoplan.location import _cover_kernels as kernels

    rows, columns = cover.matrix.shape
    start, column, by_start, by_column = cover.pairs
    gone = np.zeros(rows, bool)
    order = np.lexsort((np.arange(rows), -cover.need, np.diff(start)))
    bits = kernels.bits_of(start, column, columns // 64 + 1)
    kernels.drop_larger(start, column, by_start, by_column, bits, order, cover.need, gone)
    return replace(cover, matrix=cover.matrix[~gone], need=cover.need[~gone])


def _fewer_columns(cover: Cover) -> Cover:
    from geoplan.location import _cover_kernels as kernels

    rows, columns = cover.matrix.shape
    start, column, by_start, by_row = cover.pairs
    gone = np.zeros(columns, bool)
    alone = (np.bincount(cover.site, minlength=1)[cover.site] == 1) & (cover.need.max(initial=1) == 1)
    order = np.lexsort((-np.arange(columns), np.diff(by_start)))
    bits = kernels.bits_of(by_start, by_row, rows // 64 + 1)
    kernels.drop_smaller(by_start, by_row, start, column, bits, order, cover.site, alone, gone)
    return _only(cover, ~gone)


def _only(cover: Cover, keep: Any) -> Cover:
    """The cover with these columns only."""
    matrix = cover.matrix[:, np.flatnonzero(keep)].tocsr()
    matrix.sort_indices()
    return replace(cover, matrix=matrix, site=cover.site[keep], columns=cover.columns[keep])


def _settled(cover: Cover) -> Cover:
    """Take the columns that a row cannot do without; `possible` is False where a row cannot have enough."""
    length = np.diff(cover.matrix.indptr)
    if (length < cover.need).any():
        return replace(cover, possible=False)
    tight = np.flatnonzero(length == cover.need)
    if not len(tight):
        return cover
    taken = np.zeros(len(cover.columns), bool)
    taken[cover.matrix[tight].indices] = True
    if len(np.unique(cover.site[taken])) < taken.sum():
        return replace(cover, possible=False)
    return taken_out(cover, taken)


def taken_out(cover: Cover, taken: Any) -> Cover:
    """The cover that is left when these columns (a mask) are taken: their sites are gone, and rows need as many fewer."""
    need = cover.need - (cover.matrix @ taken.astype(np.int64)).astype(np.int64)
    rows = np.flatnonzero(need > 0)
    left = replace(
        cover, matrix=cover.matrix[rows], need=need[rows], always=np.concatenate((cover.always, cover.columns[taken]))
    )
    return _only(left, ~np.isin(cover.site, cover.site[taken]))


def by_packing(cover: Cover, price: Floats) -> float:
    """What every cover has at least, for any prices of the rows (clipped at 0): sum of need · price - sum over columns of what
    the prices of its rows exceed 1 by (the dual of the relaxed cover).
    """
    price = np.maximum(price, 0.0)
    over = np.maximum(cover.matrix.T @ price - 1.0, 0.0)
    return float((cover.need * price).sum() - over.sum()) - 1e-9 * max(1.0, float(price.sum()))
