"""What no programme can better: a Lagrangian bound over all layers, by the volume algorithm (Barahona, Anbil 2000).

For any prices v >= 0 of a place in each pool and layer, multipliers m >= 0 of the rules and u >= 0 of the floors, no plan counts
more than

    sum over classes and layers of wanted · max(0, worth + sum of u · part - cheapest v within reach)
    + sum of v · room + sum of m · most - sum of u · least
    + sum over sites of max(0, greatest over its paths of (sum of v · places - m · use - charge)).

It is a number that anybody can work out again from the problem and (v, m, u); so those of an earlier solve give a bound for a
changed problem at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._bound import SAFETY
from geoplan.location._graph import Floats
from geoplan.location._highs import Model, _as_lp, quiet
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.model import scaled_rules

PATIENCE, SMALLEST = 20, 0.01
EXACT_EVERY = 60  # rounds between two exact solutions for the multipliers of the rules
KEPT = 0.98  # of what is remembered of slopes, a round
AHEAD, NEAR = 0.25, 0.01  # of the bound: how far below it the target of the steps lies at most, at first and at least


@dataclass(frozen=True, eq=False)
class Prices:
    """Multipliers: `price` pool × layer, `rule` by rule (scaled to a greatest use of 1), `share` by floor."""

    price: Floats
    rule: Floats
    share: Floats


@dataclass(frozen=True, eq=False)
class Proof:
    """A proven bound (thousandths) with the multipliers that prove it, and the mean of the relaxed plans, by path."""

    bound: float
    prices: Prices
    mean: Floats


def loops() -> Any:
    """The inner loop: compiled where numba is installed, else in numpy."""
    from geoplan.location.programme import _loops_kernels, _loops_plain
    from geoplan.network import _kernel

    return _loops_plain if _kernel.numba is None else _loops_kernels  # type: ignore[attr-defined]


class Relaxed:
    """The relaxation of one instance: evaluates multipliers, and finds the best multipliers of the rules for given prices."""

    def __init__(self, instance: Instance) -> None:
        base, paths = instance.base, instance.paths
        self.instance, self.start, self.pool = instance, base.pairs[0], base.pairs[1]
        self.wanted, self.room = base.wanted.astype(float), instance.room.astype(float)
        self.shape = self.room.shape
        self.forced = np.zeros(
            0, np.int64
        )  # paths that the relaxed plan takes whatever they are worth: its bound is then of such plans
        use, self.most = scaled_rules(instance)
        self.use, self.use_of = use.tocsr(), use.T.tocsr()
        self.add, self.leave = _joined(instance)
        self.order = np.argsort(paths.site, kind="stable")
        self.begin = np.searchsorted(paths.site[self.order], np.arange(paths.sites))
        self.parts = [
            (
                p,
                sparse.csr_matrix(
                    np.array([s.part for s in instance.shares if s.phase == p]).reshape(-1, len(self.wanted))
                ),
            )
            for p in sorted({s.phase for s in instance.shares})
        ]
        self.rows = [np.array([k for k, s in enumerate(instance.shares) if s.phase == p]) for p, _ in self.parts]
        self.least = np.array([s.least for s in instance.shares], float)
        self.load, self.served = np.zeros(self.room.shape), np.zeros(self.wanted.shape)
        self.flat = np.repeat(base.worth[:, None], base.layers, axis=1)

    def profit(self, share: Floats) -> Floats:
        """What a person served counts by class and layer, floors included."""
        if not len(share) or not share.any():
            return self.flat
        profit, bands = self.flat.copy(), self.instance.base.bands
        for (phase, part), rows in zip(self.parts, self.rows, strict=True):
            profit[:, phase * bands : (phase + 1) * bands] += np.asarray(part.T @ share[rows])[:, None]
        return profit

    def demand(self, at: Prices) -> float:
        """The first part of the bound, with `load` and `served` filled."""
        self.load[:] = 0.0
        kernel = loops().cheapest
        base = self.instance.base
        return float(
            kernel(
                self.start, self.pool, base.travel, self.wanted, self.profit(at.share), at.price, self.load, self.served
            )
        )

    def worth(self, at: Prices) -> Floats:
        """What each path is worth at these prices, before what the rules charge."""
        flat = at.price.ravel()
        return np.asarray(self.add @ flat - self.leave @ flat) - self.instance.charge

    def pick(self, worth: Floats) -> tuple[float, Any]:
        """The best path of each site that is worth more than nothing: the sum, and the paths."""
        if not len(worth):
            return 0.0, np.zeros(0, np.int64)
        sorted_ = worth[self.order]
        best = np.maximum.reduceat(sorted_, self.begin)
        counts = np.diff(np.append(self.begin, len(worth)))
        first = np.where(sorted_ == np.repeat(best, counts), np.arange(len(worth)), len(worth))
        at = self.order[np.minimum.reduceat(first, self.begin)]
        chosen, sites = best > 0, self.instance.paths.site[self.forced]
        at[sites], best[sites], chosen[sites] = self.forced, worth[self.forced], True
        return float(np.where(chosen, best, 0.0).sum()), at[chosen]

    def evaluate(self, at: Prices) -> tuple[float, Prices, Any]:
        """The bound, its slope (what is free: places, of the rules, of the floors), and the paths of the relaxed plan."""
        demand = self.demand(at)
        sites, paths = self.pick(self.worth(at) - self.use_of @ at.rule)
        bound = demand + sites + float((at.price * self.room).sum()) + float((at.rule * self.most).sum())
        bound -= float((at.share * self.least).sum())
        taken = np.zeros(len(self.instance.paths.small))
        taken[paths] = 1.0
        free = self.room + np.asarray(self.add.T @ taken - self.leave.T @ taken).reshape(self.room.shape) - self.load
        return bound, Prices(free, self.most - self.use @ taken, self.beyond()), taken

    def beyond(self) -> Floats:
        """What the people served by the relaxed plan are beyond each floor."""
        result, bands = -self.least, self.instance.base.bands
        for (phase, part), rows in zip(self.parts, self.rows, strict=True):
            result[rows] += part @ self.served[:, phase * bands : (phase + 1) * bands].sum(axis=1)
        return result

    def scales(self) -> Prices:
        """Lengths of one step of each multiplier: larger where few people, places or uses depend on it."""
        places = np.asarray(abs(self.add).sum(axis=0)).reshape(self.room.shape) + self.room
        people = np.zeros(self.room.shape)
        np.add.at(people, self.pool, self.wanted[self.instance.base.pairs[5]])
        each = 1.0 / np.sqrt(np.maximum(people + places, 1.0))
        total = max(float(abs(self.add).sum()), 1.0)
        uses = np.maximum(np.asarray(abs(self.use).sum(axis=1)).ravel(), 1e-9)
        share = [float(abs(s.part).dot(self.wanted.sum(axis=1))) for s in self.instance.shares]
        return Prices(each, np.sqrt(total) / uses, 1.0 / np.sqrt(np.maximum(np.array(share, float), 1.0)))

    def units(self) -> Prices:
        """What each multiplier may come to: half of what a person counts, or a few people a unit of what a rule limits."""
        charged = float(self.instance.charge.sum()) / max(float(abs(self.add).sum()), 1.0)
        person = max(float(self.flat.max(initial=0.0)), charged, 1e-9) / 2
        each = 0.03 * person * float(abs(self.add).sum()) / np.maximum(np.abs(self.most), 1e-9)
        return Prices(np.full(self.room.shape, person), each, np.full(len(self.least), person))

    def best_rules(self, at: Prices) -> Prices:
        """These prices with the best multipliers of the rules: the dual of the linear programme over the paths."""
        if not len(self.most):
            return at
        duals = _rule_duals(self, self.worth(at))
        return at if duals is None else Prices(at.price, duals, at.share)


def _joined(instance: Instance) -> tuple[Any, Any]:
    """The places that paths bring, and those that they take away, as paths × (pool, layer)."""
    base = instance.base
    shape = (len(instance.paths.small), base.pools * base.layers)
    pools = np.repeat(instance.at, base.bands, axis=1)
    path, layer = np.nonzero(instance.add)
    add = (instance.add[path, layer].astype(float), (path, pools[path, layer] * base.layers + layer))
    gone, when = np.nonzero(instance.leave)
    leave = (instance.leave[gone, when].astype(float), (gone, instance.left[gone] * base.layers + when))
    return sparse.csr_matrix(add, shape=shape), sparse.csr_matrix(leave, shape=shape)


def _rule_duals(relaxed: Relaxed, worth: Floats) -> Floats | None:
    """Multipliers >= 0 of the rules from HiGHS's linear programme; None if it finds none."""
    import highspy

    paths = relaxed.instance.paths
    count = len(paths.small)
    one = sparse.csr_matrix((np.ones(count), (paths.site, np.arange(count))), shape=(paths.sites, count))
    scale = max(float(np.abs(worth).max(initial=0.0)), 1e-9)
    forced = np.zeros(count)
    forced[relaxed.forced] = 1.0
    model = Model(
        value=worth / scale,
        matrix=sparse.vstack((relaxed.use, one)).tocsr(),
        lower=np.full(len(relaxed.most) + paths.sites, -np.inf),
        upper=np.concatenate((relaxed.most, np.ones(paths.sites))),
        least=forced,
        most=np.ones(count),
        whole=np.zeros(count, bool),
    )

    solver = quiet()
    solver.passModel(_as_lp(model))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    duals: Floats = np.maximum(np.array(solver.getSolution().row_dual[: len(relaxed.most)]), 0.0) * scale
    return duals


def first_prices(relaxed: Relaxed) -> Prices:
    """Half of what a person served counts, in every pool."""
    half = float(np.median(relaxed.instance.base.worth)) / 2 if len(relaxed.wanted) else 0.0
    return Prices(np.full(relaxed.room.shape, half), np.zeros(len(relaxed.most)), np.zeros(len(relaxed.least)))


class Volume:
    """The volume algorithm from given multipliers on; it may be run on for as long as that is worth it.

    Steps are longer for multipliers on which few people, places or uses depend, and for those whose slope has been small of late
    (Duchi, Hazan, Singer 2011): the geometric mean of both.
    """

    def __init__(self, relaxed: Relaxed, begin: Prices, known: bool = False) -> None:
        """`known`: the multipliers are those of a solve before, their rules' among them."""
        self.relaxed, self.given, self.unit = relaxed, _flat(relaxed.scales()) ** 2, _flat(relaxed.units())
        at = begin if known else relaxed.best_rules(begin)
        bound, free, taken = relaxed.evaluate(at)
        self.best, self.here = Proof(_safe(bound), at, taken), _flat(at)
        self.slope, self.mean = _flat(free), taken
        self.square = self.slope**2
        self.step, self.idle, self.round, self.ahead = 1.0, 0, 0, AHEAD
        self.least = 0.01 * float(abs(relaxed.instance.charge).sum())

    @property
    def proof(self) -> Proof:
        """The best bound so far, with the mean of the relaxed plans."""
        return Proof(self.best.bound, self.best.prices, self.mean)

    def run(self, rounds: int, target: float, gap: float, going: Callable[[], bool]) -> bool:
        """Some rounds more; ends early within `gap` of the target (thousandths known to count); False once nothing moves."""
        for _ in range(rounds):
            metric = self._metric()
            length = float((self.slope * self.slope * metric).sum())
            if self.step < SMALLEST or length < 1e-9:
                return False
            if (np.isfinite(target) and self.best.bound - target <= gap * abs(target)) or not going():
                return True
            goal = max(target, self.best.bound - self.ahead * max(abs(self.best.bound), self.least))
            self._once(metric, max(self.best.bound - goal, 1e-9) / length)
        return True

    def _metric(self) -> Floats:
        usual = np.sqrt(self.square)
        recent = self.unit / (usual + 1e-6 * max(float(usual.max(initial=0.0)), 1e-9))
        return np.asarray(np.sqrt(recent * self.given))

    def _once(self, metric: Floats, length: float) -> None:
        """One step down the slope, and the means that follow it."""
        relaxed = self.relaxed
        there = np.maximum(self.here - self.step * length * metric * self.slope, 0.0)
        at = _prices(there, relaxed.shape, len(relaxed.most))
        self.round += 1
        if self.round % EXACT_EVERY == 0:
            at = relaxed.best_rules(at)
        bound, free, taken = relaxed.evaluate(at)
        new = _flat(free)
        self.square = KEPT * self.square + (1 - KEPT) * new * new
        weight = _blend(self.slope, new, metric)
        self.slope, self.mean = self.slope + weight * (new - self.slope), self.mean + weight * (taken - self.mean)
        self.idle = 0 if bound < self.best.bound - 2e-5 * abs(self.best.bound) else self.idle + 1
        if _safe(bound) < self.best.bound:
            self.step = min(self.step * 1.1, 2.0) if float((new * self.slope * metric).sum()) > 0 else self.step
            self.best, self.here = Proof(_safe(bound), at, taken), _flat(at)
        if self.idle >= PATIENCE:
            self.idle = 0
            if self.ahead > NEAR:
                self.ahead *= 0.5
            else:
                self.step *= 0.66


def _safe(bound: float) -> float:
    """The bound with what rounding in sums of doubles can do added."""
    return bound + SAFETY * abs(bound)


def settled(relaxed: Relaxed, proof: Proof, worth: float) -> Any:
    """The paths that no plan counting more than `worth` takes, by reduced costs."""
    value = relaxed.worth(proof.prices) - relaxed.use_of @ proof.prices.rule
    best = np.zeros(relaxed.instance.paths.sites)
    np.maximum.at(best, relaxed.instance.paths.site, value)
    return best[relaxed.instance.paths.site] - value > proof.bound - worth


def _blend(mean: Floats, new: Floats, metric: Floats) -> float:
    """The weight of the new direction that makes the running mean shortest in the metric, within bounds."""
    change = new - mean
    length = float((change * change * metric).sum())
    return min(max(-float((mean * change * metric).sum()) / length, 0.005), 0.1) if length > 0 else 0.1


def _flat(prices: Prices) -> Floats:
    return np.concatenate((prices.price.ravel(), prices.rule, prices.share))


def _prices(flat: Floats, shape: tuple[int, int], rules: int) -> Prices:
    size = shape[0] * shape[1]
    return Prices(flat[:size].reshape(shape), flat[size : size + rules], flat[size + rules :])
