"""What the models with a decay share: the decay of each pair, checked, and a claim on an objective that is no whole number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.errors import UsageError
from geoplan.location._claim import _claimed
from geoplan.location._graph import Floats
from geoplan.location._maxcover import prefixes
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem

ROUNDING = 4e-9  # of all people: what rounding, sums of doubles and HiGHS's tolerances explain


def decays(problem: LocationProblem, model: str) -> list[Floats]:
    """By place, in the order of the problem: the decay of its pairs within reach (1 where the problem gives none).

    Raises `UsageError` with the first cost at which the decay is below 0, above 1, missing, or rises.
    """
    cost = problem.cost
    stop = prefixes(cost, problem.reach)
    shares = []
    for begin, end in zip(cost.start[:-1], stop, strict=True):
        at = cost.cost[begin:end] / float(cost.scale)
        share = np.ones(len(at)) if problem.decay is None else np.asarray(problem.decay(at), float)
        wrong = np.flatnonzero(~((share >= 0) & (share <= 1)) | (np.diff(share, prepend=share[:1]) > 0))
        if len(wrong):
            k = wrong[0]
            raise UsageError(
                f"{model}: decay must fall from at most 1 to 0, not be {share[k]:g} at a cost of {at[k]:g} {cost.unit}"
            )
        shares.append(share)
    return shares


def claim_people(
    problem: LocationProblem,
    model: str,
    sites: tuple[str, ...],
    assignment: pd.DataFrame,
    objective: float,
    bound: float,
    gap: float,
) -> Plan:
    """The plan with what it claims, where people served are no whole thousandths: a bound is not rounded down.

    A bound so near that rounding alone explains the distance counts as reached.
    """
    ahead = bound - objective
    settled = ahead <= ROUNDING * max(1.0, float(problem.weights().to_numpy().sum()))
    return _claimed(problem, model, sites, assignment, objective, objective if settled else bound, gap, settled, "most")
