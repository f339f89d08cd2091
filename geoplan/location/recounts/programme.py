"""The programme recounted: the people assigned, in whole thousandths."""

from __future__ import annotations

import numpy as np

from geoplan.location.check import THOUSANDTHS
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(_: LocationProblem, plan: Plan) -> float:
    """The people assigned."""
    return int(np.rint(plan.assignment["amount"].to_numpy(float) * THOUSANDTHS).sum()) / THOUSANDTHS
