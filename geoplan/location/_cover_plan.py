"""The plan of a model that covers everyone with the fewest places."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from geoplan.errors import ResourceError
from geoplan.location._claim import claim_least, no_plan
from geoplan.location._cover_ground import ground_of
from geoplan.location._cover_least import least
from geoplan.location._maxcover_assign import nearest_open
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def fewest(
    problem: LocationProblem,
    model: str,
    needs: int,
    *,
    gap: float,
    time_limit_s: float,
    start: Sequence[str],
    progress: Callable[[str], None] | None,
) -> Plan:
    """The fewest places such that every point with people has `needs` open places within reach, of which the fixed count."""
    with Watch(time_limit_s, progress) as watch:
        ground = ground_of(problem)
        found = least(ground.covering(needs), watch, gap, first=ground.columns_of(problem, start))
        if found.columns is None and math.isinf(found.bound):
            return replace(no_plan(problem, model, "least"), seconds=watch.seconds)
        if found.columns is None:
            raise ResourceError(f"{model}: no plan was found in {time_limit_s:g} s; allow more time")
        sites = ground.names(problem, found.columns)
        assignment, count = nearest_open(problem, sites), float(len(sites))
        plan = claim_least(problem, model, sites, assignment, count, found.bound, gap, step=1.0)
        return replace(plan, seconds=watch.seconds)
