"""HiGHS behind one small door: a model passed whole as arrays, and an answer in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._graph import Floats

# gaps in the model's own objective: people
SEED, TIGHT = 0, 1e-9


@dataclass(frozen=True, eq=False)
class Model:
    """Maximise value · x with rows lower <= matrix x <= upper and `least` <= x <= `most`, whole where `whole`."""

    value: Floats
    matrix: Any
    lower: Floats
    upper: Floats
    least: Floats
    most: Floats
    whole: Any


@dataclass(frozen=True, eq=False)
class Answer:
    """`x` is the best found, None if none; `bound` what no solution can better; `ended`: optimal, infeasible or stopped."""

    x: Floats | None
    bound: float
    ended: str


def maximise(model: Model, *, gap: float, absolute: float, time_limit_s: float, first: Floats | None = None) -> Answer:
    """Solve a mixed-integer model on one thread with a fixed seed, so that the answer does not depend on the machine's load.

    An "infeasible" is asked again without presolve before it is believed.
    """
    answer = _run(model, gap, absolute, time_limit_s, first, "choose")
    return _run(model, gap, absolute, time_limit_s, first, "off") if answer.ended == "infeasible" else answer


def _run(model: Model, gap: float, absolute: float, time_limit_s: float, first: Floats | None, presolve: str) -> Answer:
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS without callbacks: to set them up prints a banner on stdout, which belongs to results."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            """Set up none."""

    make: Any = Quiet
    solver = make()
    options: dict[str, Any] = {"output_flag": False, "threads": 1, "random_seed": SEED, "presolve": presolve, "mip_rel_gap": gap,
               "mip_abs_gap": absolute, "time_limit": max(time_limit_s, 0.1), "mip_feasibility_tolerance": TIGHT}  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_as_lp(model))
    if first is not None:
        start = highspy.HighsSolution()
        start.col_value = list(first)
        solver.setSolution(start)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    kinds = highspy.HighsModelStatus
    ended = {kinds.kOptimal: "optimal", kinds.kInfeasible: "infeasible"}.get(status, "stopped")
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(solver.getSolution().col_value) if found else None
    bound = info.mip_dual_bound if model.whole.any() else info.objective_function_value
    return Answer(x, float(bound) if np.isfinite(bound) else np.inf, ended)


def _as_lp(model: Model) -> Any:
    import highspy

    matrix = model.matrix.tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.value, model.least, model.most
    lp.row_lower_, lp.row_upper_ = model.lower, model.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in model.whole]
    return lp
