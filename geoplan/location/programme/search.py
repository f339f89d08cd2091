"""Good programmes: rounded from the relaxed plan, filled greedily by exact gains, then improved by exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import Floats, Ints, both_ways
from geoplan.location._highs import Model, maximise
from geoplan.location._search import LOG_ROWS
from geoplan.location.programme.bound import Proof
from geoplan.location.programme.layers import Base, Instance
from geoplan.location.programme.model import scaled_rules
from geoplan.location.programme.paths import NONE
from geoplan.location.programme.problem import ProgrammeProblem

LEVELS = 6  # of priority that the search tells apart
TRIED = 16  # paths tried in place of one, of those near it and of those of most worth
SHORTAGE = 4.0  # what a person short of a floor counts, in people of the highest priority
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Copies:
    """The layers put side by side as one graph: one copy a layer and level of priority, and one a layer of each floor.

    `pairs` as in `_kernels`; `wanted` by node; pools are `copy · pools + pool`. `layer` of each copy, the `group` that it counts
    in, and what a person of a group is `worth` (0: of a floor); `floors` are the rows of the shares that have copies.
    """

    pairs: tuple[Any, ...]
    wanted: Ints
    layer: Ints
    group: Ints
    worth: Floats
    floors: Ints


def build_copies(instance: Instance) -> Copies:
    """The copies of an instance: nested levels of priority, so that weighted service is a sum of greatest flows."""
    base = instance.base
    levels = np.unique(base.worth[base.worth > 0])
    if len(levels) > LEVELS:
        levels = np.unique(np.quantile(levels, np.linspace(0, 1, LEVELS), method="lower"))
    worth = np.diff(levels, prepend=0.0)
    masks = [(layer, k, base.worth >= levels[k]) for k in range(len(levels)) for layer in range(base.layers)]
    floors = [k for k, s in enumerate(instance.shares) if s.least > 0]
    for group, k in enumerate(floors, start=len(levels)):
        share = instance.shares[k]
        masks += [(share.phase * base.bands + b, group, share.part > 0) for b in range(base.bands)]
    pairs, wanted = _flat(base, masks)
    weights = np.concatenate((worth, np.zeros(len(floors))))
    of_layer, of_group = (np.array([m[k] for m in masks], np.int64) for k in (0, 1))
    return Copies(pairs, wanted, of_layer, of_group, weights, np.array(floors, np.int64))


def _flat(base: Base, masks: list[Any]) -> tuple[tuple[Any, ...], Ints]:
    """The graph of all copies: nodes that have people there, and their pairs."""
    start, pool = base.pairs[0], base.pairs[1].astype(np.int64)
    nodes, pools, wanted, count = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for copy, (layer, _, mask) in enumerate(masks):
        rows = np.flatnonzero(mask & (base.wanted[:, layer] > 0))
        sizes = (start[1:] - start[:-1])[rows]
        take = np.repeat(start[rows] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        nodes.append(np.repeat(count + np.arange(len(rows)), sizes))
        pools.append(pool[take] + copy * base.pools)
        wanted.append(base.wanted[rows, layer])
        count += len(rows)
    flat = both_ways(np.concatenate(nodes), np.concatenate(pools), count, len(masks) * base.pools)
    return flat, np.concatenate(wanted)


def tightened(problem: ProgrammeProblem, base: Base) -> Base:
    """The base with no more places of an option than it fills where it alone stands beside the fixed that no option replaces.

    Augmenting paths never empty a place that is filled, and what one more place adds only falls as others open. So each plan
    has a greatest flow that fills no more of any option; and those whom any other flow serves can be served by places that this
    greatest flow fills (Mendelsohn, Dulmage 1958), so that floors and priorities change nothing.
    """
    if base.travel.any() or not base.pools:
        return base
    ids, replaced = problem.cost.place_ids, list((problem.replaces or {}).values())
    masks = [(layer, layer, np.ones(len(base.wanted), bool)) for layer in range(base.layers)]
    flow = Flow(base, _flat(base, masks), np.arange(base.layers))
    without = _room_of(problem, base, set(replaced))
    flow.furnish(np.maximum(base.room - without, 0) if replaced else base.room)
    options = np.flatnonzero(~ids.isin(list(problem.fixed)) & (base.pool != NONE))
    option, layer = np.nonzero(base.most[options])
    first = np.searchsorted(option, np.arange(len(options) + 1))
    pools, places = layer * base.pools + base.pool[options[option]], base.most[options[option], layer]
    sums = np.zeros((len(options), base.layers), np.int64)
    flow.trials(np.arange(len(options)), 1, (first, pools, places, np.repeat(np.arange(base.layers), base.pools)), sums)
    most = base.most.copy()
    most[options] = sums
    return replace(base, most=most)


def _room_of(problem: ProgrammeProblem, base: Base, names: set[str]) -> Ints:
    """The room of some of the fixed, whenever they stand, pool × layer."""
    room = np.zeros_like(base.room)
    for row in np.flatnonzero(problem.cost.place_ids.isin(list(names))):
        if base.pool[row] != NONE:
            room[base.pool[row]] += np.tile(base.places[row], base.phases)
    return room


class Flow:
    """Exact greatest flows in copies of the layers, which follow places as they open and close."""

    def __init__(self, base: Base, flat: tuple[tuple[Any, ...], Ints], layer: Ints) -> None:
        from geoplan.location import _kernels
        from geoplan.location.programme import _flow_kernels

        self.base, self.layer, self.open_pool, self.kernels = base, layer, _kernels.open_pool, _flow_kernels
        self.pairs, wanted = flat
        nodes, pools = len(wanted), len(layer) * base.pools
        self.state = (np.zeros(len(self.pairs[1]), np.int64), wanted.copy(), np.zeros(pools, np.int64))
        numbers = [np.zeros(n, np.int64) for n in (nodes, pools, pools, 3, pools, pools, pools, pools, pools)]
        numbers[3][:] = 1
        self.scratch: Any = tuple(numbers)
        self.log, self.no_log = np.empty((LOG_ROWS, 2), np.int64), np.empty((0, 2), np.int64)

    def furnish(self, room: Ints) -> Ints:
        """Open what the fixed have, pool × layer; the places of it that are filled, by layer of the copies."""
        places = room.T[self.layer].reshape(-1)
        for pool in np.flatnonzero(places):
            self.open_pool(int(pool), int(places[pool]), self.pairs, self.state, self.scratch, self.no_log, 0)
        filled = (places - self.state[2]).reshape(len(self.layer), -1)
        return np.ascontiguousarray(filled.T)

    def change(self, path: int, sign: int, entries: Any, sums: Ints) -> None:
        """Open (1) or close (-1) a path; adds what each group gains to `sums`."""
        self.kernels.change(path, sign, entries, self.pairs, self.state, self.scratch, self.no_log, sums)

    def trials(self, paths: Ints, sign: int, entries: Any, sums: Ints) -> None:
        """What each path alone would change, by group; nothing is changed."""
        self.kernels.trials(paths, sign, entries, self.pairs, self.state, self.scratch, self.log, sums)


def entries_of(instance: Instance, copies: Copies) -> tuple[Ints, Ints, Ints, Ints]:
    """By path: pools of copies with the places that it brings, then those from which it takes places away."""
    base, count = instance.base, len(instance.paths.small)
    pools = np.repeat(instance.at, base.bands, axis=1)
    parts = []
    for copy, layer in enumerate(copies.layer):
        brings = np.flatnonzero(instance.add[:, layer])
        parts.append((brings, copy * base.pools + pools[brings, layer], instance.add[brings, layer], 0 * brings))
        takes = np.flatnonzero(instance.leave[:, layer])
        parts.append((takes, copy * base.pools + instance.left[takes], -instance.leave[takes, layer], 0 * takes + 1))
    path, pool, places, later = (np.concatenate([p[k] for p in parts] or [np.zeros(0, np.int64)]) for k in range(4))
    order = np.lexsort((pool, later, path))
    first = np.searchsorted(path[order], np.arange(count + 1))
    return first, pool[order], places[order], np.repeat(copies.group, base.pools)


def person(instance: Instance) -> float:
    """What a person is of the order of: the highest priority, or the cost of a place where costs are weighed."""
    bring = instance.add.max(axis=1, initial=0)
    each = float((instance.charge[bring > 0] / bring[bring > 0]).max(initial=0.0))
    return max(float(instance.base.worth.max(initial=0.0)), each, TINY)


class Service:
    """Who is served while paths open and close, and what the rules have left."""

    def __init__(self, instance: Instance, copies: Copies, price: Floats) -> None:
        base, paths = instance.base, instance.paths
        self.instance, self.copies = instance, copies
        self.flow = Flow(base, (copies.pairs, copies.wanted), copies.layer)
        self.entries = entries_of(instance, copies)
        self.price = np.maximum(price, TINY)
        self.open, self.taken = np.zeros(len(paths.small), bool), np.zeros(paths.sites, bool)
        self.used = np.zeros(len(paths.most), np.int64)
        self.positive, self.use = paths.use.tocsr(), paths.use.T.tocsr()
        self.least = np.array([instance.shares[k].least for k in copies.floors], float)
        self.penalty = SHORTAGE * person(instance)
        served = self.flow.furnish(instance.room).sum(axis=0)
        self.sums = np.zeros(len(copies.worth), np.int64)
        np.add.at(self.sums, copies.group, served)

    def value(self, sums: Any) -> Any:
        """What sums by group count: worth of the served, less a penalty for what floors are short of."""
        served = sums @ self.copies.worth
        if not len(self.least):
            return served
        reached = sums[..., len(self.copies.worth) - len(self.least) :]
        return served - self.penalty * np.maximum(self.least - reached, 0.0).sum(axis=-1)

    @property
    def merit(self) -> float:
        """What the open paths count now, in thousandths."""
        return float(self.value(self.sums)) - float(self.instance.charge[self.open].sum())

    def short(self) -> bool:
        """Whether a floor is not reached."""
        return bool((self.sums[len(self.copies.worth) - len(self.least) :] < self.least).any())

    def add(self, path: int) -> None:
        """Open a path."""
        self._change(path, 1)

    def drop(self, path: int) -> None:
        """Close a path; its people go elsewhere where they can."""
        self._change(path, -1)

    def _change(self, path: int, sign: int) -> None:
        self.flow.change(path, sign, self.entries, self.sums)
        self.open[path] = self.taken[self.instance.paths.site[path]] = sign > 0
        row = slice(self.use.indptr[path], self.use.indptr[path + 1])
        self.used[self.use.indices[row]] += sign * self.use.data[row]

    def changes(self, paths: Ints, sign: int) -> Floats:
        """How much better (thousandths) it would count if each path alone were opened (1) or closed (-1)."""
        sums = np.zeros((len(paths), len(self.copies.worth)), np.int64)
        self.flow.trials(paths, sign, self.entries, sums)
        after = self.value(self.sums + sums) - self.value(self.sums)
        return np.asarray(after - sign * self.instance.charge[paths])

    def affordable(self) -> Any:
        """The paths on free sites that no rule on money, land or number stands against."""
        paths = self.instance.paths
        free = ~self.open & ~self.taken[paths.site]
        left = paths.most - self.used
        use = self.positive
        over = (use.data > 0) & (use.data > np.repeat(left, np.diff(use.indptr)))
        free[use.indices[over]] = False
        return free

    def fits(self, path: int) -> bool:
        """Whether one path may be opened now."""
        row = slice(self.use.indptr[path], self.use.indptr[path + 1])
        more, rules = self.use.data[row], self.use.indices[row]
        within = ((more <= 0) | (self.used[rules] + more <= self.instance.paths.most[rules])).all()
        return bool(within and not self.taken[self.instance.paths.site[path]])

    def kept(self) -> bool:
        """Whether every rule is kept."""
        return bool((self.used <= self.instance.paths.most).all())


def fill(service: Service, estimate: Floats) -> None:
    """Open the path that adds most for what it takes, as long as one adds anything; `estimate` is taken for a ceiling."""
    price = service.price
    while True:
        score = np.where(service.affordable(), estimate / price, 0.0)
        path = int(np.argmax(score)) if len(score) else 0
        if not len(score) or score[path] <= 0:
            return
        gain = float(service.changes(np.array([path]), 1)[0])
        fell, estimate[path] = gain < estimate[path], gain
        score[path] = 0.0
        if fell and gain / price[path] < score.max():
            continue
        if gain > 0:
            service.add(path)
        estimate[path] = 0.0


def rounded(instance: Instance, mean: Floats, left: float) -> tuple[Ints | None, bool]:
    """Paths that keep every rule, as near as can be to the relaxed plan (None: not found in the time), and if there are any.

    Needed where rules ask for something (pilots, required options, places standing): greedy opening alone may miss them.
    """
    paths, count = instance.paths, len(instance.paths.small)
    use, most = scaled_rules(instance)
    one = sparse.csr_matrix((np.ones(count), (paths.site, np.arange(count))), shape=(paths.sites, count))
    matrix = sparse.vstack((use, one)).tocsr()
    upper, whole = np.concatenate((most, np.ones(paths.sites))), np.ones(count, bool)
    for columns in (mean > 0.01, whole):
        model = Model(
            mean - 0.01, matrix, np.full(matrix.shape[0], -np.inf), upper, np.zeros(count), columns.astype(float), whole
        )
        answer = maximise(model, gap=0.02, absolute=0.0, time_limit_s=max(left, 1.0))
        if answer.x is not None:
            return np.flatnonzero(answer.x > 0.5), True
    return None, answer.ended != "infeasible"


def refill(service: Service, worth: Floats) -> None:
    """Spend what is left on the paths of most worth at the present prices."""
    free = np.flatnonzero(service.affordable())
    rich = free[np.argsort(-worth[free] / service.price[free], kind="stable")[: 4 * TRIED]]
    estimate = np.zeros(len(service.open))
    estimate[rich] = service.changes(rich, 1)
    fill(service, estimate)


def start_plan(service: Service, proof: Proof, least: float, core: Ints | None) -> None:
    """A first plan: a core that keeps what rules ask for, then phase by phase what the relaxed plan has open by `least`.

    What is left of a phase's money is spent at once, on what adds most for its price over all later phases.
    """
    instance, mean = service.instance, proof.mean
    for path in core if core is not None else []:
        if service.fits(int(path)):
            service.add(int(path))
    for phase in range(instance.base.phases):
        for path in _crossing(instance, mean, least, phase):
            if service.fits(int(path)):
                service.add(int(path))
        estimate = ceilings(service)
        estimate[instance.paths.opens != phase] = 0.0
        fill(service, estimate)
    fill(service, ceilings(service))
    advance(service)


def _crossing(instance: Instance, mean: Floats, least: float, phase: int) -> Ints:
    """The best path of each site that the relaxed plan has open by `least` from this phase on, in falling order of share."""
    paths = instance.paths
    share = np.zeros((2, paths.sites))
    for k, until in enumerate((phase - 1, phase)):
        now = paths.opens <= until
        share[k] = np.bincount(paths.site[now], mean[now], minlength=paths.sites)
    crosses = (share[1] >= least) & (share[0] < least)
    mine = np.flatnonzero(crosses[paths.site] & (paths.opens == phase))
    mine = mine[np.lexsort((mine, -mean[mine]))]
    first = mine[np.sort(np.unique(paths.site[mine], return_index=True)[1])]
    return np.asarray(first[np.argsort(-share[1][paths.site[first]], kind="stable")])


def advance(service: Service) -> bool:
    """Let open options open in an earlier phase where money and land are left there, the most gain first."""
    paths, better = service.instance.paths, False
    opened = np.flatnonzero(service.open & (paths.opens > 0))
    for path in opened[np.argsort(-service.price[opened], kind="stable")]:
        better |= _earlier(service, int(path))
    return better


def _earlier(service: Service, path: int) -> bool:
    """Put the earliest path of the same options in the place of one, if the rules allow it and it counts more."""
    paths, before = service.instance.paths, service.merit
    mine = np.flatnonzero((paths.site == paths.site[path]) & (paths.small == paths.small[path]))
    mine = mine[(paths.large[mine] == paths.large[path]) & (paths.grows[mine] <= paths.grows[path])]
    mine = mine[(paths.opens[mine] < paths.opens[path]) | (paths.grows[mine] < paths.grows[path])]
    row = service.use[path].toarray().ravel()
    left = service.instance.paths.most - service.used
    fits = [int(m) for m in mine if ((service.use[m].toarray().ravel() - row) <= left).all()]
    for other in fits[:1]:
        service.drop(path)
        service.add(other)
        if service.merit > before:
            return True
        service.drop(other)
        service.add(path)
    return False


def ceilings(service: Service) -> Floats:
    """What each affordable path would add now."""
    estimate = np.zeros(len(service.open))
    free = np.flatnonzero(service.affordable())
    estimate[free] = service.changes(free, 1)
    return estimate


def exchange(service: Service, worth: Floats, goal: float, going: Callable[[], bool]) -> bool:
    """One pass over the open paths, least loss for its price first: close it, refill; keep what counts more."""
    opened = np.flatnonzero(service.open)
    loss = -service.changes(opened, -1)
    better = False
    for path in opened[np.argsort(loss / service.price[opened], kind="stable")]:
        if service.merit >= goal or not going():
            break
        if service.open[path]:
            better |= replace_one(service, int(path), worth)
    return better


def replace_one(service: Service, path: int, worth: Floats) -> bool:
    """Close a path and spend what it frees on those near it and on those of most worth; False (and as before) if no better."""
    before, were, kept = service.merit, service.open.copy(), service.kept()
    service.drop(path)
    free = np.flatnonzero(service.affordable())
    near = free[np.argsort(-nearness(service.instance, path)[free], kind="stable")[:TRIED]]
    rich = free[np.argsort(-worth[free] / service.price[free], kind="stable")[:TRIED]]
    same = free[service.instance.paths.site[free] == service.instance.paths.site[path]]
    candidates = np.unique(np.concatenate((near, rich, same)))
    candidates = candidates[candidates != path]
    estimate = np.zeros(len(service.open))
    estimate[candidates] = service.changes(candidates, 1)
    fill(service, estimate)
    if service.merit > before + 0.5 and (service.kept() or not kept):
        return True
    back(service, were)
    return False


def back(service: Service, were: Any) -> None:
    """Open and close paths until those are open that were."""
    for path in np.flatnonzero(service.open & ~were):
        service.drop(int(path))
    for path in np.flatnonzero(were & ~service.open):
        service.add(int(path))


def nearness(instance: Instance, path: int) -> Floats:
    """How many pairs the pool of each path shares with that of one path."""
    base = instance.base
    pool = instance.at[path].max()
    counts = np.zeros(base.pools + 1)
    if pool != NONE:
        start, pools, by_pool, node = base.pairs[:4]
        nodes = node[by_pool[pool] : by_pool[pool + 1]]
        sizes = start[nodes + 1] - start[nodes]
        pairs = np.repeat(start[nodes] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        counts[: base.pools] = np.bincount(pools[pairs], minlength=base.pools)
    return np.asarray(counts[instance.at.max(axis=1)])
