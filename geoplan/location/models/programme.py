"""The capacitated, costed programme: which options serve the most people within the budget, in one phase or several.

Maximise the people served, where each place takes at most its places of each age band and each demand point sends at most the
people it has, to places within reach; at most one option a site, the budget and `p` kept; existing facilities are fixed. Then,
among the assignments to the options chosen, the least travel; and no option that serves nobody whom the rest would not serve.
With `single_source` the people of a demand point and band go to one place together or not at all.

The bound is Lagrangian (`_bound`); what it leaves open is closed by branch and bound in HiGHS. A `ProgrammeProblem`, with
phases, money by phase, land, floors and upgrades, is answered by `geoplan.location.programme`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed
from geoplan.location._bound import settled
from geoplan.location._claim import HALF, assign_to, claim
from geoplan.location._exact import served_model
from geoplan.location._graph import THOUSANDTHS, Floats, Graph, Ints, build_graph
from geoplan.location._highs import maximise
from geoplan.location._search import Found, Service, fill, opened, pruned, search
from geoplan.location._single import solve_single
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.programme.problem import ProgrammeProblem
from geoplan.location.programme.run import solve_programme


def solve(
    problem: LocationProblem | ProgrammeProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    threads: int = 1,  # noqa: ARG001 - one thread for now, so that the answer is the same on every machine
    start: Sequence[str] | Plan = (),
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """The plan that serves the most people (objective, in people), with a proven bound.

    Ends as soon as the bound is within `gap` of the plan; the clock is only a safety net, after which the status is `stopped`.
    `start`: the plan is no worse than these sites, as far as the budget pays for them in their order; for a `ProgrammeProblem` a
    plan of a similar problem, whose multipliers make the new solve quick.
    Raises `InputError` where people are no whole thousandths.

    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 1.0), ("b", "F", 2.0), ("b", "G", 2.0)])
    >>> weight, capacity = pd.Series({"a": 10.0, "b": 20.0}), pd.Series({"F": 12.0, "G": 25.0})
    >>> price = pd.Series({"F": 0.0, "G": 3e6})
    >>> problem = LocationProblem(cost, weight, fixed=["F"], capacity=capacity, fixed_cost=price, budget=3e6)
    >>> solve(problem).summary()
    'programme: 1 sites, 100.0% served, 3,000,000 yuan, optimal'
    """
    if isinstance(problem, ProgrammeProblem):
        return solve_programme(problem, gap=gap, time_limit_s=time_limit_s, start=start, progress=progress)
    begin = tuple(start.sites if isinstance(start, Plan) else start)
    with Watch(time_limit_s, progress) as watch:
        if problem.single_source:
            return replace(solve_single(problem, gap, watch.left), seconds=watch.seconds)
        watch.tell("search")
        graph = build_graph(problem)
        found = begun(problem, graph, search(graph, gap, lambda: watch.going), begin)
        watch.tell("search", found.served / THOUSANDTHS, found.bound.served / THOUSANDTHS)
        bound = found.bound.served
        if not found.reached(gap) and watch.going:
            found, bound = branch(graph, found, gap, watch)
        chosen, served = pruned(graph, found.chosen)
        plan = finish(problem, graph, chosen, served, bound, gap)
        return replace(plan, seconds=watch.seconds)


def begun(problem: LocationProblem, graph: Graph, found: Found, begin: Sequence[str]) -> Found:
    """What was found, or the start where that serves more: as many of its sites as the rules allow, filled up."""
    rows = {row: k for k, row in enumerate(graph.option)}
    at = [rows[row] for row in problem.cost.place_ids.get_indexer(pd.Index(begin, dtype=object)) if row in rows]
    if not at:
        return found
    service = afford(graph, np.array(at))
    if service.served <= found.served:
        return found
    return replace(found, chosen=np.flatnonzero(service.open), served=service.served)


def branch(graph: Graph, found: Found, gap: float, watch: Watch) -> tuple[Found, float]:
    """Branch and bound over what reduced costs leave open: a plan at least as good, and the bound (thousandths)."""
    closed, kept = settled(found.tight, found.bound, found.served)
    closed[found.chosen] = False
    model, pairs = served_model(found.tight, closed, kept & ~closed & np.isin(np.arange(len(closed)), found.chosen))
    first = _start(found, pairs, len(closed))
    answer = maximise(model, gap=gap, absolute=HALF, time_limit_s=watch.left(), first=first, watch=watch)
    bound = max(min(found.bound.served, answer.bound * THOUSANDTHS + 0.25), float(found.served))
    if answer.x is None:
        return found, bound
    service = afford(graph, np.flatnonzero(answer.x[: len(closed)] > 0.5))
    if service.served > found.served:
        found = replace(found, chosen=np.flatnonzero(service.open), served=service.served)
    return found, max(bound, float(found.served))


def _start(found: Found, pairs: Ints, options: int) -> Floats:
    """The best plan so far as a solution of the model."""
    service = opened(found.tight, found.chosen)
    is_open = np.zeros(options)
    is_open[found.chosen] = 1.0
    return np.concatenate((is_open, service.state[0][pairs] / THOUSANDTHS))


def afford(graph: Graph, chosen: Ints) -> Service:
    """The options that a solver chose, as far as whole numbers allow them, then filled up."""
    service = Service(graph)
    for option in chosen:
        if service.affordable()[option]:
            service.add(int(option))
    fill(service, service.gains(np.arange(len(graph.option))).astype(float))
    return service


def finish(problem: LocationProblem, graph: Graph, chosen: Ints, served: int, bound: float, gap: float) -> Plan:
    """The plan of these options, with the assignment of least travel, counted once more from the assignment."""
    sites = tuple(problem.cost.place_ids[np.sort(graph.option[chosen])])
    assignment = assign_to(problem, sites)
    if round(float(assignment["amount"].sum()) * THOUSANDTHS) != served:
        raise CheckFailed(
            f"programme: {served / THOUSANDTHS} served in the search, {assignment['amount'].sum()} assigned"
        )
    return claim(problem, "programme", sites, assignment, served / THOUSANDTHS, bound / THOUSANDTHS, gap)
