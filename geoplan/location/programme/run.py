"""The programme solved: by branch and bound where it is small, else by multipliers, rounding and exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from geoplan.errors import ResourceError
from geoplan.location._graph import THOUSANDTHS
from geoplan.location._watch import Watch
from geoplan.location.programme.assign import Pairs, pairs_of
from geoplan.location.programme.bound import Prices
from geoplan.location.programme.fair import fairest
from geoplan.location.programme.families import families
from geoplan.location.programme.finish import finish, nothing
from geoplan.location.programme.improve import Work, begin, branch, improve, size_of
from geoplan.location.programme.layers import Base, build_base, build_instance
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem
from geoplan.location.programme.search import Copies, tightened

SMALL = 4_000  # flows up to which HiGHS is asked at once
SAME = (  # what must be the same for the graph of an earlier solve to be used again
    "cost", "weight", "capacity", "fixed", "opens", "closes", "replaces", "priority", "unit", "urban", "floors", "reach", "weights", "fair",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Memory:
    """What a plan keeps for later solves: the graph of its problem, the copies of the search, and the multipliers."""

    problem: ProgrammeProblem
    base: Base
    pairs: Pairs
    copies: Copies | None
    prices: Prices | None


def solve_programme(
    problem: ProgrammeProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    start: Any = (),
    progress: Callable[[str], None] | None = None,
) -> ProgrammePlan:
    """The plan of a phased programme, with its bound.

    `start`: a `ProgrammePlan` of this or a similar problem (its graph and multipliers are used again), or sites. A problem that no
    plan can answer has a plan of status infeasible. Raises `ResourceError` if no plan was found in the time.
    """
    with Watch(time_limit_s, progress) as watch:
        if problem.fair:
            plan = fairest(problem, solve_programme, watch.left, gap)
        else:
            plan = _solved(problem, watch, gap, start)
        return replace(plan, seconds=watch.seconds)


def _solved(problem: ProgrammeProblem, watch: Watch, gap: float, start: Any) -> ProgrammePlan:
    work = _prepared(problem, watch, gap, start)
    none = np.zeros(len(work.instance.paths.small), bool)
    small = size_of(work, none) <= SMALL
    if small or work.prices is None:  # else the search repairs the start, and what it finds counts no less
        begin(work, start)
    if not small or not branch(work, none):
        improve(work, start)
    if work.best is None and work.bound == -np.inf:
        return nothing(problem)
    if work.best is None:
        raise ResourceError("programme: no plan was found in the time that was given; allow more time")
    plan = finish(problem, work.instance, work.pairs, work.best, work.bound, gap)
    memory = Memory(problem, work.instance.base, work.pairs, work.copies, work.prices)
    own = families(problem, work.instance, work.pairs, work.best.chosen) if problem.choice == "nearest" else None
    return replace(plan, proof=memory, families=own)


def _prepared(problem: ProgrammeProblem, watch: Watch, gap: float, start: Any) -> Work:
    """The problem as whole numbers; of a similar problem that was solved before, its graph is used again."""
    memory = start.proof if isinstance(start, ProgrammePlan) and isinstance(start.proof, Memory) else None
    if memory is not None and all(_equal(getattr(problem, n), getattr(memory.problem, n)) for n in SAME):
        work = Work(
            problem, build_instance(problem, memory.base), memory.pairs, watch, gap, memory.copies, memory.prices
        )
        if start.bound is not None and _narrower(problem, memory.problem):
            work.bound = start.bound * THOUSANDTHS
        return work
    watch.tell("graph")
    base = tightened(problem, build_base(problem))
    return Work(problem, build_instance(problem, base), pairs_of(problem), watch, gap)


def _narrower(problem: ProgrammeProblem, before: ProgrammeProblem) -> bool:
    """Whether all that is asked is the same but for more refused or required: what no plan could better before, none can now."""
    others = [f.name for f in fields(problem) if f.name not in {"refused", "required"}]
    same = all(_equal(getattr(problem, n), getattr(before, n)) for n in others)
    refused = set(problem.refused)
    return same and refused >= set(before.refused) and set(problem.required) >= set(before.required) - refused


def _equal(one: Any, other: Any) -> bool:
    """The same object, or plain values that are equal."""
    plain = (str, int, float, tuple, list, dict, type(None))
    return one is other or (isinstance(one, plain) and isinstance(other, plain) and _plainly(one, other))


def _plainly(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_equal(one[k], other[k]) for k in one)
    return bool(one == other)
