"""The programme where the people of a demand point and band stay together: a generalised assignment, solved by HiGHS as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.errors import ResourceError
from geoplan.location._bound import prove
from geoplan.location._claim import HALF, claim
from geoplan.location._exact import served_model
from geoplan.location._graph import THOUSANDTHS, Floats, Graph, Ints, build_graph
from geoplan.location._highs import Model, maximise
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def solve_single(problem: LocationProblem, gap: float, left: Callable[[], float]) -> Plan:
    """The plan that serves the most people without splitting any demand point and band; then the least travel to its places."""
    graph = build_graph(problem, merge=False)
    none = np.zeros(len(graph.option), bool)
    model, pairs = served_model(graph, none, none, whole=True)
    bound = prove(graph, 0.0).served
    answer = maximise(model, gap=gap, absolute=HALF, time_limit_s=left())
    if answer.x is None:
        raise ResourceError("programme: no plan was found in the time that was given; allow more time")
    bound = min(bound, answer.bound * THOUSANDTHS + 0.25)
    chosen = answer.x[: len(none)] > 0.5
    for option in np.flatnonzero(chosen)[np.argsort(-graph.cost[chosen], kind="stable")]:
        at = len(none) + np.flatnonzero(np.isin(graph.pairs[1][pairs], graph.pools[option]))
        chosen[option] = bool((answer.x[at] > 0.5).any())  # what serves nobody is not built
    served = int(graph.wanted[graph.pairs[5][pairs]][answer.x[len(none) :] > 0.5].sum())
    nearer = _nearer(problem, graph, model, pairs, chosen, answer.x, left())
    sent = pairs[nearer > 0.5]
    sites = tuple(problem.cost.place_ids[np.sort(graph.option[chosen])])
    return claim(
        problem, "programme", sites, _frame(problem, graph, sent), served / THOUSANDTHS, bound / THOUSANDTHS, gap
    )


def _nearer(
    problem: LocationProblem, graph: Graph, model: Model, pairs: Ints, chosen: Any, x: Floats, time_limit_s: float
) -> Floats:
    """The pairs (1 or 0) that serve as many from the same places with the least travel that is found in the time."""
    cost = _travel(problem, graph)[pairs]
    size = model.value[len(chosen) :]
    floor = sparse.csr_matrix(model.value[None, :])
    y = chosen.astype(float)
    again = Model(
        value=np.concatenate((np.zeros(len(chosen)), -size * cost / max(float((size * cost).max(initial=0.0)), 1e-9))),
        matrix=sparse.vstack((model.matrix, floor)),
        lower=np.append(model.lower, float((size * np.rint(x[len(chosen) :])).sum()) - HALF),
        upper=np.append(model.upper, np.inf),
        least=np.concatenate((y, np.zeros(len(pairs)))),
        most=np.concatenate((y, np.ones(len(pairs)))),
        whole=model.whole,
    )
    answer = maximise(
        again, gap=1e-3, absolute=0.0, time_limit_s=time_limit_s, first=np.concatenate((y, np.rint(x[len(y) :])))
    )
    return np.rint((x if answer.x is None else answer.x)[len(chosen) :])


def _places(problem: LocationProblem, graph: Graph, pairs: Any) -> tuple[Ints, Ints]:
    """The demand row and the place row, both in order of ids, of pairs of an unmerged graph."""
    return graph.row[graph.pairs[5][pairs]], graph.pairs[1][pairs] % len(problem.cost.place_ids)


def _travel(problem: LocationProblem, graph: Graph) -> Floats:
    """The travel cost of each pair of an unmerged graph."""
    cost = problem.reachable()
    by_id = pd.MultiIndex.from_arrays([cost.demand_ids[cost.demand], cost.place_ids[cost.place]])
    demand, place = _places(problem, graph, slice(None))
    wanted = pd.MultiIndex.from_arrays(
        [np.array(sorted(cost.demand_ids))[demand], np.array(sorted(cost.place_ids))[place]]
    )
    return np.asarray(pd.Series(cost.values, by_id).reindex(wanted).to_numpy(float))


def _frame(problem: LocationProblem, graph: Graph, pairs: Ints) -> pd.DataFrame:
    """The assignment of these pairs of an unmerged graph."""
    demand, place = _places(problem, graph, pairs)
    node = graph.pairs[5][pairs]
    columns = {
        "demand_id": np.array(sorted(problem.cost.demand_ids), object)[demand],
        "place_id": np.array(sorted(problem.cost.place_ids), object)[place],
        "band": np.array(problem.weights().columns, object)[graph.band[node]],
        "amount": graph.wanted[node] / THOUSANDTHS,
    }
    return pd.DataFrame(columns)
