"""The models with capacity before HiGHS: whole, or a patch of a plan with the rest as it is (POPMUSIC).

Source: Taillard, É. D., Voss, S. (2002). POPMUSIC; Stefanello, F., de Araújo, O. C. B., Müller, F. M. (2015). Matheuristics for the
capacitated p-median problem. International Transactions in Operational Research 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._capacitated import Case
from geoplan.location._capacitated_plans import Found, Service
from geoplan.location._graph import Ints
from geoplan.location._highs import Answer, Model, minimise
from geoplan.location._watch import Watch


@dataclass(frozen=True, eq=False)
class Part:
    """What a model decides: `nodes`, `places` and `pairs` (by node) in it, the rest of a plan as it is outside.

    `least` … `most` of its places that are not fixed are opened, for at most `budget`; `room` is what is left by bin;
    `must` are open in any case.
    """

    nodes: Any
    places: Ints
    pairs: Ints
    room: Ints
    least: int
    most: int
    budget: int | None
    must: Any


def everything(case: Case, may_open: Any, may_close: Any, pairs: Any) -> Part:
    """The whole case with what is left to decide; `pairs` by bin."""
    used = np.flatnonzero(pairs[case.back])
    nodes, places = np.ones(len(case.size), bool), np.flatnonzero(may_open)
    return Part(nodes, places, used, case.room, case.least, case.most, case.budget, ~may_close)


def patch(service: Service, found: Found, inside: Ints, candidates: Ints, pairs: Any) -> Part:
    """Some open places of a plan with all that goes there alone, and closed ones that may take their place; `pairs` by bin."""
    case = service.case
    is_in = np.zeros(len(found.opened), bool)
    is_in[inside] = True
    place = case.bin_of // case.bands
    away = np.bincount(service.pair_node, weights=(found.flow > 0) & ~is_in[place], minlength=len(case.size))
    nodes = away == 0
    elsewhere = found.flow * ~nodes[service.pair_node]
    room = case.room - np.bincount(case.bin_of, weights=elsewhere, minlength=len(case.room)).astype(np.int64)
    outside = np.flatnonzero(found.opened & ~is_in & ~case.fixed)
    taken = np.isin(case.site[candidates], case.site[outside])
    places = np.union1d(inside, candidates[~taken])
    allowed = np.zeros(len(found.opened), bool)
    allowed[places] = True
    used = np.flatnonzero(nodes[service.pair_node] & allowed[place] & (pairs[case.back] | (found.flow > 0)))
    budget = None if case.budget is None else case.budget - int(case.money[outside].sum())
    busy = np.bincount(place, weights=elsewhere, minlength=len(found.opened)) > 0
    most, least = case.most - len(outside), max(case.least - len(outside), 0)
    return Part(nodes, places, used, room, least, most, budget, case.fixed | busy)


def as_model(service: Service, part: Part) -> Model:
    """The mixed-integer model of a part: which places are open, then how much of a node goes over each pair.

    Rows: each node served; the room of each bin, if its place is open; no flow to a closed place; then the rules of the places.
    """
    case, places, pairs = service.case, part.places, part.pairs
    column = _numbers(places, len(case.price))
    nodes = np.flatnonzero(part.nodes)
    node, at = service.pair_node[pairs], case.bin_of[pairs]
    bins, which = np.unique(at, return_inverse=True)
    opened, flows = len(places), np.arange(len(pairs))
    served = _cells(np.ones(len(flows)), _numbers(nodes, len(case.size))[node], flows, (len(nodes), len(flows)))
    scale = np.ones(len(bins)) if case.single else 1.0 / np.maximum(part.room[bins], 1)  # whole sizes make better cuts
    held = _cells(case.size[node] * scale[which], which, flows, (len(bins), len(flows)))
    room = _cells(-part.room[bins] * scale, np.arange(len(bins)), column[bins // case.bands], (len(bins), opened))
    links = _cells(-np.ones(len(flows)), flows, column[at // case.bands], (len(flows), opened))
    rules, lower, upper = _rules(case, part, nodes)
    each, most = np.ones(len(nodes)), np.zeros(len(bins) + len(flows))
    return Model(
        value=np.concatenate((case.price[places], case.cost[pairs])),
        matrix=sparse.vstack(
            (
                sparse.hstack((sparse.csr_matrix((len(nodes), opened)), served)),
                sparse.hstack((room, held)),
                sparse.hstack((links, sparse.identity(len(flows)))),
                sparse.hstack((rules, sparse.csr_matrix((len(lower), len(flows))))),
            )
        ),
        lower=np.concatenate((each, most - np.inf, lower)),
        upper=np.concatenate((each, most, upper)),
        least=np.concatenate((part.must[places].astype(float), np.zeros(len(flows)))),
        most=np.ones(opened + len(flows)),
        whole=np.concatenate((np.ones(opened, bool), np.full(len(flows), case.single))),
    )


def _rules(case: Case, part: Part, nodes: Ints) -> tuple[Any, Any, Any]:
    """The rows of the places with their limits: one a site, the number, the money, and room enough for all in each band."""
    places, opened = part.places, np.arange(len(part.places))
    sites, site = np.unique(case.site[places], return_inverse=True)
    free = (~case.fixed[places]).astype(float)
    room = part.room.reshape(-1, case.bands)[places].T
    rows = np.vstack((free[None], case.money[places][None], room)).astype(float)
    one = _cells(np.ones(len(opened)), site, opened, (len(sites), len(opened)))
    load = np.bincount(case.band[nodes], weights=case.size[nodes], minlength=case.bands)
    budget = np.inf if part.budget is None else float(part.budget)
    lower = np.concatenate((np.full(len(sites), -np.inf), [part.least, -np.inf], load))
    upper = np.concatenate((np.ones(len(sites)), [part.most, budget], np.full(case.bands, np.inf)))
    return sparse.vstack((one, sparse.csr_matrix(rows))), lower, upper


def _cells(values: Any, rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    return sparse.csr_matrix((values.astype(float), (rows, columns)), shape=shape)


def _numbers(chosen: Ints, count: int) -> Ints:
    """The position of each row among those chosen, -1 for the others."""
    number = np.full(count, -1)
    number[chosen] = np.arange(len(chosen))
    return number


def decide(
    service: Service, part: Part, found: Found | None, gap: float, seconds: float, watch: Watch | None = None
) -> Answer:
    """What HiGHS makes of a part; its plan goes to the service, which keeps it if it holds and is better than the best."""
    case, first = service.case, None
    if found is not None:
        share = found.flow[part.pairs] / case.size[service.pair_node[part.pairs]]
        first = np.concatenate((found.opened[part.places].astype(float), share))
    limits = {"gap": gap, "absolute": 0.98 * case.step if case.step else 1e-9, "time_limit_s": seconds}
    answer = minimise(as_model(service, part), first=first, watch=watch, **limits)
    if answer.x is None:
        return answer
    opened = case.fixed.copy() if found is None else found.opened.copy()
    opened[part.places] = (answer.x[: len(part.places)] > 0.5) | case.fixed[part.places]
    if not case.single:
        service.serve(opened)
        return answer
    flow = np.zeros(len(case.cost), np.int64) if found is None else found.flow * ~part.nodes[service.pair_node]
    used = part.pairs[answer.x[len(part.places) :] > 0.5]
    flow[used] = case.size[service.pair_node[used]]
    if keeps(service, opened, flow):
        service.take(opened, flow)
    return answer


def keeps(service: Service, opened: Any, flow: Ints) -> bool:
    """Whether a plan serves every node at open bins with room for it, and opens what it may."""
    case = service.case
    sent = np.bincount(service.pair_node, weights=flow, minlength=len(case.size))
    load = np.bincount(case.bin_of, weights=flow, minlength=len(case.room))
    served = bool((sent == case.size).all() and (load <= np.where(case.bins(opened), case.room, 0)).all())
    return served and service.allowed(opened)
