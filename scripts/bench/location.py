"""Location models against published optima, spopt's own case, and brute force on tiny problems."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite
from pathlib import Path

from bench import instances
from bench.instances import Instance
from bench.location_peers import peer_case
from bench.table import Row, skipped
from geoplan import plugins, solve
from geoplan.errors import GeoplanError

ROOT = Path(__file__).parents[2]
TINY = 500  # problems of each model


@dataclass(frozen=True)
class Answer:
    """What came of an instance: the objective recounted on the data of its file (inf: no plan), word, gap and seconds."""

    instance: Instance
    objective: float
    status: str
    gap: float | None
    seconds: float

    @property
    def off(self) -> float:
        """How far the objective is from the published optimum, as a share of it; below 0 where it is better."""
        worse = self.objective - self.instance.optimum
        worse = -worse if self.instance.model == "mclp" and isfinite(worse) else worse
        near = 1.0 if self.instance.best_known else 1e-6 * max(1.0, self.instance.optimum * 1e-3)
        return 0.0 if abs(worse) <= near else worse / self.instance.optimum


def minute_s() -> float:
    """Seconds that an instance may take: the environment variable BENCH_MINUTE_S, or 60."""
    return float(os.environ.get("BENCH_MINUTE_S", "60"))


def published() -> Iterator[Row]:
    """One row a family: how many at the published optimum, how many proven, the worst gap."""
    families: dict[str, Callable[[], Iterator[Instance]]] = {
        "p-median, OR-Library": partial(instances.orlib_pmed, "p_median"),
        "p-center, OR-Library": partial(instances.orlib_pmed, "p_center"),
        "MCLP, São José dos Campos": instances.mclp_sjc,
        "capacitated p-median": instances.pmedcap,
        "CFLP, Holmberg": partial(instances.sscflp, "holmberg"),
        "CFLP, Delmaire": partial(instances.sscflp, "delmaire"),
    }
    for name, family in families.items():
        yield _family(name, list(family()))


def san_francisco() -> Iterator[Row]:
    """Four models on the case of spopt's tests, against spopt with CBC."""
    cases = list(instances.san_francisco())
    if not cases:
        yield skipped("San Francisco", "spopt is absent: set PEERS_PYTHON to an interpreter that has it")
    for case in cases:
        asked(case)  # to warm up
        ours, theirs = asked(case), peer_case(case.model)
        peer, seconds = "spopt + CBC", None
        if theirs is not None:
            peer, seconds = f"spopt + CBC: {theirs['objective']:,.2f}", theirs["seconds"]
        found = "at the optimum" if not ours.off else f"{ours.off:+.2%}"
        answer = f"{ours.objective:,.2f}, published {case.optimum:,.2f}: {found}, {ours.status}"
        yield Row(f"San Francisco, {case.model}", "205 × 16", peer, seconds, ours.seconds, answer)


def tiny() -> Iterator[Row]:
    """Every model, and the programme in phases, against trying every choice of places."""
    sys.path.insert(0, str(ROOT))
    from tests.test_location_brute import faults, phased_faults

    for model in plugins.names("models"):
        yield _compared(model, partial(faults, model))
    yield _compared("programme in phases", phased_faults)


def _compared(name: str, faults: Callable[[int], Iterator[str]]) -> Row:
    began, wrong = time.perf_counter(), []
    for seed in range(TINY):
        try:
            found = list(faults(seed))
        except (GeoplanError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            found = [f"{type(error).__name__}: {error}"]
        if found:
            wrong.append(f"{seed}: {found[0]}")
    answer = f"{TINY - len(wrong)} of {TINY} equal" + (f"; {'; '.join(wrong[:3])}" if wrong else "")
    return Row(f"tiny, {name}", f"{TINY} problems", "brute force", None, time.perf_counter() - began, answer)


def asked(instance: Instance) -> Answer:
    """Solve an instance to optimality within a minute; what no plan was found for counts as infinitely far."""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            plan = solve(instance.problem, instance.model, time_limit_s=minute_s())
        except GeoplanError as error:
            print(f"{instance.name}: {error}", file=sys.stderr)
            return Answer(instance, inf, "none", None, time.perf_counter() - began)
    return Answer(instance, instance.recount(plan), plan.status, plan.gap, time.perf_counter() - began)


def _family(name: str, family: list[Instance]) -> Row:
    if not family:
        return skipped(name, f"no data in {instances.data_folder()}")
    asked(family[0])  # to warm up: compiled loops are read from the cache, or compiled
    answers = [asked(i) for i in family]
    for a in answers:
        if os.environ.get("BENCH_EACH"):
            each = f"{a.objective:,.9g} of {a.instance.optimum:,.9g}, {a.status}, gap {a.gap}, {a.seconds:.1f} s"
            print(f"  {a.instance.name}: {each}", file=sys.stderr)
    sizes = sorted({(len(i.problem.cost.demand_ids), len(i.problem.cost.place_ids)) for i in family})
    size = " to ".join(f"{n:,} × {m:,}" for n, m in dict.fromkeys((sizes[0], sizes[-1])))
    seconds = sum(a.seconds for a in answers)
    return Row(name, f"{len(family)}: {size}, {minute_s():g} s each", "published optimum", None, seconds, told(answers))


def told(answers: list[Answer]) -> str:
    """What came of a family in words: at the optimum, proven, the worst distance and gap, and whatever cannot be right."""
    at, proven = [a for a in answers if a.off <= 0], [a for a in answers if a.status == "optimal"]
    parts = [f"{len(at)} of {len(answers)} at the optimum, {len(proven)} proven"]
    far = max(answers, key=lambda a: a.off)
    if far.off > 0:
        parts.append(f"farthest {far.instance.name} {far.off:+.2%}")
    gaps = {a.instance.name: a.gap for a in answers if a.status != "optimal"}
    if gaps:
        name, gap = max(gaps.items(), key=lambda g: inf if g[1] is None else g[1])
        parts.append(f"worst gap {name} {'unknown' if gap is None else f'{gap:.2%}'}")
    parts += [f"better than the best known: {a.instance.name} {a.off:+.3%}" for a in answers if a.off < 0]
    parts += [f"WRONGLY PROVEN {a.instance.name}" for a in proven if a.off > 0]
    parts += [f"BETTER THAN AN OPTIMUM {a.instance.name}" for a in answers if a.off < 0 and not a.instance.best_known]
    return ", ".join(parts)
