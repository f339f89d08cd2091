"""The programme solved: by branch and bound where it is small, else by multipliers, rounding and exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from geoplan.errors import ResourceError
from geoplan.location._graph import THOUSANDTHS
from geoplan.location._highs import maximise
from geoplan.location._watch import Watch
from geoplan.location.programme.assign import pairs_of
from geoplan.location.programme.finish import HALF, finish, nothing, settle
from geoplan.location.programme.layers import build_instance
from geoplan.location.programme.model import programme_model
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem


def solve_programme(
    problem: ProgrammeProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    start: Any = (),
    progress: Callable[[str], None] | None = None,
) -> ProgrammePlan:
    """The plan of a phased programme, with its bound."""
    with Watch(time_limit_s, progress) as watch:
        instance, pairs = build_instance(problem), pairs_of(problem)
        none = np.zeros(len(instance.paths.small), bool)
        model, _ = programme_model(instance, none, none)
        answer = maximise(model, gap=gap, absolute=HALF, time_limit_s=watch.left(), watch=watch)
        if answer.ended == "infeasible":
            return replace(nothing(problem), seconds=watch.seconds)
        if answer.x is None:
            raise ResourceError("programme: no plan was found in the time that was given; allow more time")
        choice = settle(problem, instance, pairs, np.flatnonzero(answer.x[: len(none)] > 0.5))
        assert choice is not None
        plan = finish(problem, instance, pairs, choice, answer.bound * THOUSANDTHS, gap)
        return replace(plan, seconds=watch.seconds)
