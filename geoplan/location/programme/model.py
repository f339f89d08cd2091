"""The programme as a mixed-integer programme: paths and the people on the pairs of every layer, as sparse arrays for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import THOUSANDTHS, Floats, Ints
from geoplan.location._highs import Model
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.paths import NONE

LINKED = 60_000  # pairs up to which the strong links are worth their rows


@dataclass(frozen=True, eq=False)
class Flows:
    """The pairs of a layer that a model has as variables: `pair`, `layer`, and the class and pool of each."""

    pair: Ints
    layer: Ints
    node: Ints
    pool: Ints


def flows_of(instance: Instance, room: Ints, most: Ints) -> Flows:
    """The pairs that can carry anybody: people in the class, and places (now or at most) in the pool of that layer."""
    base = instance.base
    node, pool = base.pairs[5].astype(np.int64), base.pairs[1].astype(np.int64)
    can = (base.wanted[node] > 0) & ((room + most)[pool] > 0)
    pair, layer = np.nonzero(can)
    return Flows(pair, layer, node[pair], pool[pair])


def could_add(instance: Instance, allowed: Any) -> Ints:
    """The places that the allowed paths could bring to each pool in each layer, all together."""
    base, most = instance.base, np.zeros((instance.base.pools, instance.base.layers), np.int64)
    phase_pool = np.repeat(instance.at, base.bands, axis=1)
    path, layer = np.nonzero((instance.add > 0) & allowed[:, None])
    np.add.at(most, (phase_pool[path, layer], layer), instance.add[path, layer])
    return most


def programme_model(instance: Instance, closed: Any, kept: Any, links: bool | None = None) -> tuple[Model, Flows]:
    """Maximise what the people served count; variables: the paths, then the flows in people.

    Rows: people wanted, places at a pool, one path a site, the rules of the paths, the floors, and the strong links (of a class
    no more than wanted · the paths there) where the model is small enough. `closed` and `kept` are paths that are settled.
    """
    base, paths = instance.base, instance.paths
    count, most = len(paths.small), could_add(instance, ~closed)
    flows = flows_of(instance, instance.room, most)
    column = count + np.arange(len(flows.pair))
    ones = np.ones(len(column))
    nodes, rooms = base.wanted.size, base.pools * base.layers
    entries = [
        (flows.node * base.layers + flows.layer, column, ones),
        (nodes + flows.pool * base.layers + flows.layer, column, ones),
        *_places(instance, nodes),
        (nodes + rooms + paths.site, np.arange(count), np.ones(count)),
    ]
    upper = [base.wanted.ravel() / THOUSANDTHS, instance.room.ravel() / THOUSANDTHS, np.ones(paths.sites)]
    top = nodes + rooms + paths.sites
    use, limit = scaled_rules(instance)
    entries.append((top + use.row, use.col, use.data))
    upper.append(limit)
    top += len(limit)
    for k, share in enumerate(instance.shares):
        mine = np.flatnonzero((flows.layer // base.bands == share.phase) & (share.part[flows.node] != 0))
        entries.append((np.full(len(mine), top + k), column[mine], -share.part[flows.node[mine]]))
        upper.append(np.array([-share.least / THOUSANDTHS]))
    top += len(instance.shares)
    if links if links is not None else len(column) <= LINKED:
        more, rows = _links(instance, flows, column, top)
        entries += more
        upper.append(np.zeros(rows))
        top += rows
    row, col, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    people = base.wanted[flows.node, flows.layer] / THOUSANDTHS
    model = Model(
        value=np.concatenate((-instance.charge / THOUSANDTHS, base.worth[flows.node] - base.travel[flows.pair])),
        matrix=sparse.csr_matrix((value, (row, col)), shape=(top, count + len(column))),
        lower=np.full(top, -np.inf),
        upper=np.concatenate(upper),
        least=np.concatenate((kept.astype(float), np.zeros(len(column)))),
        most=np.concatenate((np.where(closed, 0.0, 1.0), people)),
        whole=np.arange(count + len(column)) < count,
    )
    return model, flows


def scaled_rules(instance: Instance) -> tuple[Any, Floats]:
    """The rules with the greatest use of each scaled to 1, so that yuan and pilots weigh alike in the solver's tolerances."""
    use = instance.paths.use.tocoo()
    greatest = np.ones(len(instance.paths.most))
    np.maximum.at(greatest, use.row, np.abs(use.data).astype(float))
    scaled = sparse.coo_matrix((use.data / greatest[use.row], (use.row, use.col)), shape=use.shape)
    return scaled, instance.paths.most / greatest


def _places(instance: Instance, first: int) -> list[Any]:
    """The entries of what paths bring to pools, and what they take away."""
    base = instance.base
    pools = np.repeat(instance.at, base.bands, axis=1)
    path, layer = np.nonzero(instance.add)
    gone, when = np.nonzero(instance.leave)
    bring = (first + pools[path, layer] * base.layers + layer, path, -instance.add[path, layer] / THOUSANDTHS)
    take = (first + instance.left[gone] * base.layers + when, gone, instance.leave[gone, when] / THOUSANDTHS)
    return [bring, take]


def _links(instance: Instance, flows: Flows, column: Ints, first: int) -> tuple[list[Any], int]:
    """The strong links of the pairs at pools where nothing stands but what paths bring."""
    base = instance.base
    mine = np.flatnonzero(instance.room[flows.pool, flows.layer] == 0)
    row = first + np.arange(len(mine))
    pools = np.repeat(instance.at, base.bands, axis=1)
    path, layer = np.nonzero(instance.add)
    key = pools[path, layer] * base.layers + layer
    order = np.argsort(key, kind="stable")
    begin = np.searchsorted(key[order], np.arange(base.pools * base.layers + 1))
    at = flows.pool[mine] * base.layers + flows.layer[mine]
    counts = np.diff(begin)[at]
    take = order[np.repeat(begin[at] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
    people = base.wanted[flows.node[mine], flows.layer[mine]] / THOUSANDTHS
    entries = [
        (row, column[mine], np.ones(len(mine))),
        (np.repeat(row, counts), path[take], -np.repeat(people, counts)),
    ]
    return entries, len(mine)


def room_with(instance: Instance, chosen: Ints) -> Ints:
    """The places of each pool and layer once these paths are taken; nothing below 0."""
    base, room = instance.base, instance.room.copy()
    for path in chosen:
        layers = np.flatnonzero(instance.add[path])
        pools = np.repeat(instance.at[path], base.bands)[layers]
        np.add.at(room, (pools, layers), instance.add[path, layers])
        if instance.left[path] != NONE:
            room[instance.left[path]] -= instance.leave[path]
    return room


def flow_model(instance: Instance, room: Ints, phase: int) -> tuple[Model, Flows]:
    """The people of one phase on given places, floors kept: a linear programme in thousandths."""
    base = instance.base
    only = np.zeros_like(room)
    layers = slice(phase * base.bands, (phase + 1) * base.bands)
    only[:, layers] = room[:, layers]
    flows = flows_of(instance, only, np.zeros_like(room))
    column, nodes = np.arange(len(flows.pair)), base.wanted.size
    entries = [
        (flows.node * base.layers + flows.layer, column, np.ones(len(column))),
        (nodes + flows.pool * base.layers + flows.layer, column, np.ones(len(column))),
    ]
    shares = [s for s in instance.shares if s.phase == phase]
    top = nodes + only.size
    for k, share in enumerate(shares):
        entries.append((np.full(len(column), top + k), column, -share.part[flows.node]))
    row, col, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    upper = np.concatenate((base.wanted.ravel(), only.ravel(), [-s.least for s in shares])).astype(float)
    model = Model(
        value=base.worth[flows.node] - base.travel[flows.pair],
        matrix=sparse.csr_matrix((value, (row, col)), shape=(top + len(shares), len(column))),
        lower=np.full(len(upper), -np.inf),
        upper=upper,
        least=np.zeros(len(column)),
        most=base.wanted[flows.node, flows.layer].astype(float),
        whole=np.zeros(len(column), bool),
    )
    return model, flows
