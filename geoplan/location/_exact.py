"""The served-people model as a mixed-integer programme, for what the search and the bound leave open."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import THOUSANDTHS, Floats, Graph
from geoplan.location._highs import Model


def served_model(graph: Graph, closed: Any, opened: Any, whole: bool = False) -> tuple[Model, Any]:
    """Maximise the people on the pairs; the variables are the options, then the pairs that are left, whose rows come second.

    Rows: people wanted, places at a pool, one option a site, budget, number of options, and at pools without fixed places the
    strong links: of a demand node no more than wanted · (sum of the options there). `closed` and `opened` are options that are
    settled. `whole`: a node goes to one pool as a whole or not at all, and a pair counts shares of it.
    """
    options, nodes, pools = len(graph.option), len(graph.wanted), len(graph.room)
    useful = graph.room > 0
    useful[graph.pools[~closed].reshape(-1)] = True
    pairs = np.flatnonzero(useful[graph.pairs[1]])
    node, pool = graph.pairs[5][pairs], graph.pairs[1][pairs]
    people = graph.wanted[node] / THOUSANDTHS
    size = people if whole else np.ones(len(pairs))
    column = options + np.arange(len(pairs))
    option, band = np.nonzero(graph.places)
    places = graph.places[option, band] / THOUSANDTHS
    at = graph.pools[option, band]
    budget = max(graph.budget or 0, 1)
    spend, count = nodes + pools + graph.sites, nodes + pools + graph.sites + 1
    entries: list[Any] = [
        (node, column, np.ones(len(pairs)) if whole else size),
        (nodes + pool, column, size),
        (nodes + at, option, -places),
        (nodes + pools + graph.site, np.arange(options), np.ones(options)),
        (np.full(options, spend), np.arange(options), graph.cost / budget),
        (np.full(options, count), np.arange(options), np.ones(options)),
    ]
    links = np.flatnonzero(graph.room[pool] == 0)
    entries += _links(links, pool, np.ones(len(pairs)) if whole else people, option, at, pools, count + 1, column)
    wanted = np.ones(nodes) if whole else graph.wanted / THOUSANDTHS
    upper: list[Any] = [
        wanted,
        graph.room / THOUSANDTHS,
        np.ones(graph.sites),
        [np.inf if graph.budget is None else graph.budget / budget],
    ]
    upper += [[np.inf if graph.p is None else graph.p], np.zeros(len(links))]
    shape = (count + 1 + len(links), options + len(pairs))
    row, col, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    matrix = sparse.csr_matrix((value, (row, col)), shape=shape)
    lower = np.full(shape[0], -np.inf)
    most = np.concatenate((np.where(closed, 0.0, 1.0), np.ones(len(pairs)) if whole else people))
    model = Model(
        value=np.concatenate((np.zeros(options), size)),
        matrix=matrix,
        lower=lower,
        upper=np.concatenate(upper),
        least=np.concatenate((opened.astype(float), np.zeros(len(pairs)))),
        most=most,
        whole=np.arange(len(most)) < (len(most) if whole else options),
    )
    return model, pairs


def _links(
    links: Any, pool: Any, people: Floats, option: Any, at: Any, pools: int, first: int, column: Any
) -> list[Any]:
    """The entries of the strong links: the pair, and minus its people times each option at its pool."""
    order = np.argsort(at, kind="stable")
    begin = np.searchsorted(at[order], np.arange(pools + 1))
    counts = np.diff(begin)[pool[links]]
    take = order[np.repeat(begin[pool[links]] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
    row = first + np.arange(len(links))
    return [
        (row, column[links], np.ones(len(links))),
        (np.repeat(row, counts), option[take], -np.repeat(people[links], counts)),
    ]
