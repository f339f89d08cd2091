"""Maximal covering (MCLP): which places cover the most people within reach.

Maximise sum over demand points of weight · covered, where a point is covered if a place within reach is open; `p` places are
opened beside the fixed (or, with a budget, as many as it pays for), at most one a site. Places have no limit: a capacity that
the problem gives is not used. Weights of several age bands are added.

Source: Church, R., ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional Science Association 32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.location._bound import settled
from geoplan.location._claim import claim, open_places
from geoplan.location._graph import THOUSANDTHS, Graph, Ints, build_graph
from geoplan.location._highs import Model, maximise
from geoplan.location._search import Found, Service, pruned, search
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem

FINE = 1_000_000  # weights that are no whole thousandths are counted in whole millionths


def solve(
    problem: LocationProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    threads: int = 1,  # noqa: ARG001 - one thread for now, so that the answer is the same on every machine
    start: Sequence[str] = (),  # noqa: ARG001
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """The plan that covers the most weight (objective), with a proven bound; each point goes to its nearest open place.

    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), reach=800, p=1)
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('G',), 20.0, 'optimal')
    """
    began, say = perf_counter(), progress or (lambda _: None)
    weight = problem.weights().sum(axis=1)
    unit = THOUSANDTHS if np.abs(weight * THOUSANDTHS - np.rint(weight * THOUSANDTHS)).max() <= 1e-6 else FINE
    counted = (weight * unit).round() / THOUSANDTHS
    graph = build_graph(replace(problem, weight=counted, capacity=None))
    say("search")
    found = search(graph, gap, lambda: perf_counter() - began < time_limit_s)
    bound = found.bound.served
    time_left = time_limit_s - (perf_counter() - began)
    if not found.reached(gap) and time_left > 0:
        say("branch and bound")
        found, bound = branch(graph, found, gap, time_left)
    chosen = pruned(graph, found.chosen)[0]
    if problem.budget is None:
        chosen = fill_up(graph, chosen)
    sites = tuple(problem.cost.place_ids[np.sort(graph.option[chosen])])
    assignment = nearest_place(problem, sites)
    objective = math.fsum(assignment["amount"])
    slack = 0.0 if unit == THOUSANDTHS else 0.5 * len(weight) / unit
    plan = claim(problem, "mclp", sites, assignment, objective, bound / unit + slack, gap)
    return replace(plan, seconds=perf_counter() - began)


def branch(graph: Graph, found: Found, gap: float, time_limit_s: float) -> tuple[Found, float]:
    """Branch and bound over what reduced costs leave open: a plan at least as good, and the bound."""
    closed, _ = settled(found.tight, found.bound, found.served)
    closed[found.chosen] = False
    model, always = covering_model(graph, closed)
    answer = maximise(model, gap=gap, absolute=0.5, time_limit_s=time_limit_s, first=_start(graph, found.chosen, model))
    bound = max(min(found.bound.served, answer.bound + always + 0.25), float(found.served))
    if answer.x is None:
        return found, bound
    service = Service(graph)
    for option in np.flatnonzero(answer.x[: len(closed)] > 0.5):
        if service.affordable()[option]:
            service.add(int(option))
    if service.served > found.served:
        found = replace(found, chosen=np.flatnonzero(service.open), served=service.served)
    return found, max(bound, float(found.served))


def covering_model(graph: Graph, closed: Any) -> tuple[Model, int]:
    """Church and ReVelle's model over the demand that the fixed leave uncovered; and the weight that the fixed cover.

    Variables: the options, then for each demand node whether it is covered, at most the number of open options within reach.
    """
    options, sites = len(graph.option), graph.sites
    node, pool = graph.pairs[5], graph.pairs[1]
    by_fixed = np.bincount(node, weights=graph.room[pool] > 0, minlength=len(graph.wanted)) > 0
    rows = np.flatnonzero(~by_fixed)
    row = np.full(len(graph.wanted), -1)
    row[rows] = np.arange(len(rows))
    reach = sparse.csr_matrix((np.ones(len(pool)), pool, graph.pairs[0]), shape=(len(graph.wanted), len(graph.room)))
    option_at = sparse.csr_matrix(
        (np.ones(options), (graph.pools[:, 0], np.arange(options))), shape=(len(graph.room), options)
    )
    covers = (reach[rows] @ option_at).tocsr()
    one = sparse.csr_matrix((np.ones(options), (graph.site, np.arange(options))), shape=(sites, options))
    budget = max(graph.budget or 0, 1)
    scarce = sparse.csr_matrix(np.stack((graph.cost / budget, np.ones(options))))
    matrix = sparse.vstack(
        (
            sparse.hstack((-covers, sparse.identity(len(rows)))),
            sparse.hstack((sparse.vstack((one, scarce)), sparse.csr_matrix((sites + 2, len(rows))))),
        )
    )
    limits = [np.inf if graph.budget is None else graph.budget / budget, np.inf if graph.p is None else graph.p]
    model = Model(
        value=np.concatenate((np.zeros(options), graph.wanted[rows].astype(float))),
        matrix=matrix,
        lower=np.full(matrix.shape[0], -np.inf),
        upper=np.concatenate((np.zeros(len(rows)), np.ones(sites), limits)),
        least=np.zeros(options + len(rows)),
        most=np.concatenate((np.where(closed, 0.0, 1.0), np.ones(len(rows)))),
        whole=np.arange(options + len(rows)) < options,
    )
    return model, int(graph.wanted[by_fixed].sum())


def _start(graph: Graph, chosen: Ints, model: Model) -> Any:
    """The best plan so far as a solution of the model."""
    is_open = np.zeros(len(graph.option))
    is_open[chosen] = 1.0
    nodes = len(model.value) - len(is_open)
    within = -(model.matrix.tocsr()[:nodes, : len(is_open)] @ is_open)
    return np.concatenate((is_open, np.minimum(within, 1.0)))


def fill_up(graph: Graph, chosen: Ints) -> Ints:
    """`p` places in all: those that cover nothing more are the lowest ids whose sites are free."""
    taken, result = set(graph.site[chosen]), list(chosen)
    for option in range(len(graph.option)):
        if graph.p is None or len(result) >= graph.p:
            break
        if graph.site[option] not in taken:
            taken.add(graph.site[option])
            result.append(option)
    return np.array(sorted(result), np.int64)


def nearest_place(problem: LocationProblem, sites: tuple[str, ...]) -> pd.DataFrame:
    """All people of each covered point at its nearest open place (ties: lowest id), by band."""
    nearest = problem.reachable().select(sorted(open_places(problem, sites))).nearest(1)
    weights = problem.weights()
    amounts = weights.loc[nearest["demand_id"]].to_numpy(float)
    row, band = np.nonzero(amounts > 0)
    frame = nearest[["demand_id", "place_id"]].iloc[row].reset_index(drop=True)
    frame = frame.assign(band=np.array(weights.columns, object)[band], amount=amounts[row, band])
    return frame.sort_values(["demand_id", "place_id", "band"], kind="stable", ignore_index=True)
