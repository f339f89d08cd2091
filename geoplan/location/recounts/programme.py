"""The programme recounted: the people assigned, in whole thousandths; a phased plan with every rule that it must keep."""

from __future__ import annotations

import numpy as np

from geoplan.location.check import THOUSANDTHS
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.programme.check import check_programme
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem


def recount(problem: LocationProblem | ProgrammeProblem, plan: Plan) -> float:
    """The people assigned; of a phased programme what they count, once every rule and claim has been recounted."""
    if isinstance(problem, ProgrammeProblem) and isinstance(plan, ProgrammePlan):
        return float(check_programme(problem, plan)["objective"])
    return int(np.rint(plan.assignment["amount"].to_numpy(float) * THOUSANDTHS).sum()) / THOUSANDTHS
