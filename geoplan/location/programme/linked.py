"""The stronger relaxation: an option that is opened by a share takes at most that share of each class of demand.

For any multipliers u >= 0 of the classes and layers, m >= 0 of the rules and v >= 0 of the floors, no plan counts more than

    sum of u · wanted + sum over sets of places of the fixed of pack + sum of m · most - sum of v · least
    + sum over sites of max(0, greatest over its paths of (sum over its sets of pack - m · use - charge)),

where pack is the greatest sum of (worth + sum of v · part - u) · people over those within reach of a pool, at most its places in
all and at most those wanted of each class: a fractional knapsack (Holmberg, Rönnqvist, Yuan 1999). It is much nearer to the best
plan than prices by pool where few people live within reach of an option, and costs a few times more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._bound import loops as packing
from geoplan.location._graph import Floats, Ints
from geoplan.location.programme.bound import Prices, Relaxed
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.paths import NONE


class Linked(Relaxed):
    """The relaxation with multipliers of the demand (`price` is class × layer here)."""

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        base = instance.base
        self.shape = (len(base.wanted), base.layers)
        self.whole = np.ascontiguousarray(base.wanted).ravel()
        self.begin_of, self.order_of = _layered(instance)
        self.sets, self.of_path, self.always = _sets(instance)
        self.key = np.zeros(int(np.diff(self.begin_of).max(initial=0)) + 1)
        self.value = np.zeros(len(self.sets))

    def packed(self, at: Prices) -> tuple[Floats, Floats]:
        """What each set of places is worth, and the profit of a person by class and layer."""
        profit = (self.profit(at.share) - at.price).ravel()
        packing().pack(self.begin_of, self.order_of, self.whole, profit, self.sets, self.key, self.value)
        return self.value, profit

    def worth(self, at: Prices) -> Floats:
        """What each path is worth at these multipliers, before what the rules charge."""
        return np.asarray(self.of_path @ self.packed(at)[0]) - self.instance.charge

    def evaluate(self, at: Prices) -> tuple[float, Prices, Any]:
        """The bound, its slope (people not sent, what rules have left, what is beyond the floors), and the paths of the relaxed plan."""
        value, profit = self.packed(at)
        worth = np.asarray(self.of_path @ value) - self.instance.charge
        sites, paths = self.pick(worth - self.use_of @ at.rule)
        bound = float((at.price * self.wanted).sum()) + float((self.always * value).sum()) + sites
        bound += float((at.rule * self.most).sum()) - float((at.share * self.least).sum())
        taken = np.zeros(len(self.instance.paths.small))
        taken[paths] = 1.0
        open_, load = self.always + self.of_path.T @ taken, np.zeros(self.whole.shape)
        packing().unpack(self.begin_of, self.order_of, self.whole, profit, self.sets, open_, load)
        self.served = load.reshape(self.shape)
        return bound, Prices(self.wanted - self.served, self.most - self.use @ taken, self.beyond()), taken

    def scales(self) -> Prices:
        """Lengths of one step of each multiplier; those of rules and floors as with prices by pool."""
        weak = super().scales()
        return Prices(1.0 / np.sqrt(np.maximum(self.wanted, 1.0)), weak.rule, weak.share)

    def units(self) -> Prices:
        """What each multiplier may come to."""
        weak = super().units()
        return Prices(np.full(self.shape, float(weak.price.max(initial=0.0))), weak.rule, weak.share)

    def from_pools(self, weak: Prices) -> Prices:
        """The multipliers that prices by pool imply: what a person is worth less the least price within reach."""
        start, pool = self.start, self.pool
        most = self.profit(weak.share)
        padded = np.vstack((weak.price[pool], most.max(axis=0, initial=0.0)[None, :]))
        least = np.minimum.reduceat(padded, np.minimum(start[:-1], len(pool)), axis=0)
        reaches = (np.diff(start) > 0)[:, None]
        return Prices(np.where(reaches, np.maximum(most - least, 0.0), 0.0), weak.rule, weak.share)


def _layered(instance: Instance) -> tuple[Ints, Ints]:
    """The pairs of every pool and layer as (start, node): pools are pool · layers + layer, nodes class · layers + layer."""
    base, layers = instance.base, instance.base.layers
    by_pool, node = base.pairs[2].astype(np.int64), base.pairs[3].astype(np.int64)
    sizes = np.repeat(np.diff(by_pool), layers)
    begin = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    first = np.repeat(by_pool[:-1], layers)
    take = np.repeat(first - begin[:-1], sizes) + np.arange(begin[-1])
    layer = np.repeat(np.tile(np.arange(layers), base.pools), sizes)
    return begin, node[take] * layers + layer


def _sets(instance: Instance) -> tuple[Ints, Any, Floats]:
    """The sets of places (pool and layer, places), which a path opens (1) and closes (-1), and which stand anyway."""
    base, layers = instance.base, instance.base.layers
    path, layer = np.nonzero(instance.add)
    pool = np.repeat(instance.at, base.bands, axis=1)[path, layer] * layers + layer
    gone, when = np.nonzero(instance.leave)
    away = instance.left[gone] * layers + when
    room = instance.room.copy()
    moved = {int(f): k for k, f in enumerate(instance.paths.moves) if f != NONE}
    own: list[Ints] = []
    for facility in moved:
        mine = np.flatnonzero(instance.paths.moves == facility)
        places = instance.leave[mine].max(axis=0)
        at = instance.left[mine[0]]
        if at != NONE:
            room[at] -= places
            own.append(np.stack((at * layers + np.flatnonzero(places), places[places > 0]), axis=1))
    standing = np.flatnonzero(room.ravel() > 0)
    rows = [np.stack((pool, instance.add[path, layer]), axis=1), np.stack((away, instance.leave[gone, when]), axis=1)]
    rows += [np.stack((standing, room.ravel()[standing]), axis=1), *own]
    sets, at_set = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
    at_set = at_set.reshape(-1)
    ends = np.cumsum([len(r) for r in rows])
    always = np.bincount(at_set[ends[1] :], minlength=len(sets)).astype(float)
    sign = np.concatenate((np.ones(len(path)), -np.ones(len(gone))))
    shape = (len(instance.paths.small), len(sets))
    matrix = sparse.csr_matrix((sign, (np.concatenate((path, gone)), at_set[: ends[1]])), shape=shape)
    return np.ascontiguousarray(sets), matrix, always
