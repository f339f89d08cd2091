"""HiGHS behind one small door: a model passed whole as arrays, and an answer in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from geoplan.location._graph import Floats
from geoplan.location._watch import Watch

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


def maximise(
    model: Model,
    *,
    gap: float,
    absolute: float,
    time_limit_s: float,
    first: Floats | None = None,
    watch: Watch | None = None,
    restart: bool = True,
    enough: float = -np.inf,
) -> Answer:
    """Solve a mixed-integer model on one thread with a fixed seed, so that the answer does not depend on the machine's load.

    `first`: a solution to start from. `enough`: a bound at which the run may end (heard through the watch). `watch`: told the best and the bound about once a second; a Ctrl-C that it hears ends the
    run with the best so far. `restart`: whether the root may be begun anew once columns are settled, which only loses time where
    the model was reduced before. An "infeasible" is asked again without presolve, in the time that is left, before it is believed.
    """
    began = perf_counter()
    answer = _run(model, gap, absolute, time_limit_s, first, "choose", watch, restart, enough)
    left = time_limit_s - (perf_counter() - began)
    if answer.ended == "infeasible":
        return _run(model, gap, absolute, max(left, 1.0), first, "off", watch, restart, enough)
    return answer


def minimise(model: Model, **options: Any) -> Answer:
    """`maximise` turned round: `value` is what is made least, and so is the bound (-inf where none is known)."""
    answer = maximise(replace(model, value=-model.value), **options)
    return replace(answer, bound=-answer.bound)


def quiet(**options: Any) -> Any:
    """A HiGHS that prints nothing, on one thread with a fixed seed, with these options of its own."""
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS without its own callbacks: to set them up prints a banner on stdout, which belongs to results."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            """Set up none."""

    make: Any = Quiet
    solver = make()
    for name, value in {"output_flag": False, "threads": 1, "random_seed": SEED, **options}.items():
        solver.setOptionValue(name, value)
    return solver


def _run(
    model: Model,
    gap: float,
    absolute: float,
    time_limit_s: float,
    first: Floats | None,
    presolve: str,
    watch: Watch | None,
    restart: bool,
    enough: float,
) -> Answer:
    import highspy

    solver = quiet(
        presolve=presolve,
        mip_rel_gap=gap,
        mip_abs_gap=absolute,
        time_limit=max(time_limit_s, 0.1),
        mip_feasibility_tolerance=TIGHT,
        mip_allow_restart=restart,
    )
    solver.passModel(_as_lp(model))
    if first is not None:
        start = highspy.HighsSolution()
        start.col_value = list(first)
        solver.setSolution(start)
    if watch is not None:
        solver.setCallback(_listener(watch, enough), None)
        kinds = highspy.cb.HighsCallbackType
        for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
            solver.startCallback(kind)
    solver.run()
    return _answer(solver, model)


def _listener(watch: Watch, enough: float) -> Any:
    """What HiGHS calls while it runs: it tells the watch about once a second and asks it whether to stop; so does a bound of `enough`."""
    told = [perf_counter()]

    def listen(_kind: Any, _message: str, state: Any, reply: Any, _data: Any) -> None:
        reply.user_interrupt = watch.interrupted or state.mip_dual_bound <= enough
        if perf_counter() - told[0] >= 1:
            told[0] = perf_counter()
            best, bound = (
                state.mip_primal_bound,
                state.mip_dual_bound,
            )  # in units of the model: only how far apart they are is told
            known = np.isfinite(best) and np.isfinite(bound) and best
            watch.tell("branch and bound" + (f": gap {abs(bound - best) / abs(best):.2%}" if known else ""))

    return listen


def _answer(solver: Any, model: Model) -> Answer:
    """The answer in plain numbers: a bound of a run that was cut short is never below the solution that it gives."""
    import highspy

    status, info = solver.getModelStatus(), solver.getInfo()
    kinds = highspy.HighsModelStatus
    ended = {kinds.kOptimal: "optimal", kinds.kInfeasible: "infeasible"}.get(status, "stopped")
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(solver.getSolution().col_value) if found else None
    if model.whole.any():
        bound = float(info.mip_dual_bound)
    else:  # the value of a linear programme that was stopped proves nothing
        bound = float(info.objective_function_value) if ended == "optimal" else np.inf
    bound = bound if np.isfinite(bound) else np.inf
    return Answer(x, bound if x is None else max(bound, float((model.value * x).sum())), ended)


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
