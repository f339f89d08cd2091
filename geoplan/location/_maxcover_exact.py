"""Maximal covering by branch and bound: on what reduced costs leave open, and on one region of the map at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import Ints
from geoplan.location._highs import Model, maximise
from geoplan.location._maxcover import Cover, by_option, by_row, same_reach, summed
from geoplan.location._maxcover_bound import Bound
from geoplan.location._maxcover_together import together_left, without
from geoplan.location._watch import Watch

ABSOLUTE = 0.5  # of the step by which plans differ
BITS = 30  # of the sum of weights that HiGHS is given: what is more is scaled down
DOUBT = 1e-9  # of the bound: what HiGHS's own sums can be off


def reduced(cover: Cover, keep: Any, opened: Ints) -> Cover:
    """The question that is left when `opened` (numbers) are open and, of the others, only `keep` (a mask) may be opened.

    `place` holds the numbers that the options had in `cover`.
    """

    def rows(k: int) -> Any:
        return cover.row[cover.begin[k] : cover.begin[k + 1]]

    place = np.flatnonzero(keep & ~np.isin(cover.site, cover.site[opened]))
    if cover.share is not None:
        return together_left(cover, place, opened)
    weight = cover.weight.copy()
    for k in opened:
        weight[rows(k)] = 0
    group, lead = same_reach(weight, rows, place)
    begin, row = by_option(lead, rows, place)
    first, option = by_row(begin, row, int(lead.max(initial=-1)) + 1)
    left = replace(
        cover, weight=summed(group, weight, len(first) - 1), begin=begin, row=row, first=first, option=option
    )
    return without(cover, left, place, opened, cover.always + int(cover.weight.sum() - weight.sum()))


def settled(cover: Cover, bound: Bound, units: float) -> tuple[Any, Any]:
    """The options that no plan better than `units` can open, and those that every such plan opens (reduced costs)."""
    room = bound.units - (units + cover.step)
    order = np.lexsort((bound.surplus, cover.site))
    last = np.append(cover.site[order][1:] != cover.site[order][:-1], True)[: len(order)]
    best, second = np.zeros(cover.sites), np.zeros(cover.sites)
    best[cover.site[order[last]]] = np.maximum(bound.surplus[order[last]], 0.0)
    others = order[~last]
    np.maximum.at(second, cover.site[others], bound.surplus[others])
    lead = np.zeros(cover.options, bool)
    lead[order[last]] = True
    closed = best[cover.site] - bound.surplus > room
    return closed, lead & (bound.surplus > 0) & (best[cover.site] - second[cover.site] > room)


def model_of(cover: Cover) -> Model:
    """Church and ReVelle's model: the options, then for each row whether it is covered, at most the number of open options there.

    A row that one option alone covers needs no variable: its weight is the option's.
    """
    options, rows = cover.options, len(cover.weight)
    alone = (np.diff(cover.first) == 1) & (cover.share is None)
    own = np.bincount(cover.option[cover.first[:-1][alone]], weights=cover.weight[alone], minlength=options)
    many = np.flatnonzero(~alone)
    parts = np.ones(len(cover.option)) if cover.share is None else cover.share_by_row
    covers = sparse.csr_matrix((parts, cover.option, cover.first), shape=(rows, options))[many]
    one = sparse.csr_matrix((np.ones(options), (cover.site, np.arange(options))), shape=(cover.sites, options))
    one = one[np.bincount(cover.site, minlength=cover.sites) > 1]
    money = max(cover.budget or 0, 1)
    scarce = sparse.csr_matrix(np.stack((cover.cost / money, np.ones(options))))
    rules = sparse.vstack((one, scarce))
    matrix = sparse.bmat(
        [[-covers, sparse.identity(len(many))], [rules, sparse.csr_matrix((rules.shape[0], len(many)))]]
    )
    limits = [np.inf if cover.budget is None else cover.budget / money, float(cover.most)]
    return Model(
        value=np.concatenate((own, cover.weight[many].astype(float))),
        matrix=matrix,
        lower=np.full(matrix.shape[0], -np.inf),
        upper=np.concatenate((np.zeros(len(many)), np.ones(one.shape[0]), limits)),
        least=np.zeros(options + len(many)),
        most=np.ones(options + len(many)),
        whole=np.arange(options + len(many)) < options,
    )


def branch(
    cover: Cover, first: Any, gap: float, time_limit_s: float, watch: Watch | None = None
) -> tuple[Ints | None, float]:
    """The options that HiGHS opens (None if it finds none) and the units that no plan can cover more than, the `always` apart.

    `first`: a mask of the options of a plan to start from.
    """
    if not cover.options or not len(cover.weight):
        return np.zeros(0, np.int64), 0.0
    model, scale = model_of(cover), 2.0 ** max(0, int(cover.weight.sum()).bit_length() - BITS)
    begin = None if first is None else _solution(cover, model, first)
    given: dict[str, Any] = {
        "gap": gap,
        "absolute": ABSOLUTE * cover.step / scale,
        "time_limit_s": time_limit_s,
        "first": begin,
        "watch": watch,
        "restart": False,
    }
    answer = maximise(replace(model, value=model.value / scale), **given)
    bound = answer.bound * scale * (1 + DOUBT)
    return None if answer.x is None else np.flatnonzero(answer.x[: cover.options] > 0.5), bound


def _solution(cover: Cover, model: Model, first: Any) -> Any:
    """A plan as a solution of the model."""
    is_open = first.astype(float)
    rows = len(model.value) - cover.options
    within = -(model.matrix.tocsr()[:rows, : cover.options] @ is_open)
    return np.concatenate((is_open, np.minimum(within, 1.0)))
