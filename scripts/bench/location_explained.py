"""The plan of the demonstration place: three phases, what each site is worth, other plans as good, the curve of money, a conflict."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.alone import alone
from bench.location_scale import proof, served
from bench.table import Row, skipped
from geoplan import solve
from geoplan.errors import ResourceError

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "scripts" / "xingtai.yaml"
GAP = 0.005
JOBS = 2  # sites refused at once: an office PC has two cores at least
PATIENCE_S = 300  # for all sites refused
MONEY = 80_000_000.0  # yuan, of the study
# further scenarios, beside those of the study: what no money buys on this land, and what only more money would
MORE = """
  out_of_reach:
    plan:
      budget: { 2026: 8000000 }
      floors: [{ kind: coverage, least: 0.9, by: 2026 }]
  out_of_money:
    plan:
      budget: { 2026: 8000000 }
      floors: [{ kind: coverage, least: 0.3, by: 2026 }]
"""
IMPORTS = "from bench.location_explained import GAP, problem_of_xingtai, proof, served\nfrom geoplan import solve\n"
PHASED = """
problem = problem_of_xingtai("phased")
began = time.perf_counter()
plan = solve(problem, "programme", gap=GAP, time_limit_s=120)
value = {"solve_s": time.perf_counter() - began, **served(problem, plan)}
value["size"] = [len(problem.cost.demand_ids), len(problem.bands), len(problem.options), len(problem.phases)]
value["rules"] = len(problem.floors) + len(problem.pilots)
"""


@cache
def problem_of_xingtai(scenario: str = "base") -> Any:
    """The question that the study asks in a scenario: its stages up to the plan, and no solving."""
    from geoplan.study.given import read_given
    from geoplan.study.known import know
    from geoplan.study.measured import measure
    from geoplan.study.memo import Memo
    from geoplan.study.posed import pose
    from geoplan.study.rules import service_of
    from geoplan.study.scenarios import load_study

    study, memo = load_study(STUDY, STUDY.read_text(encoding="utf-8") + MORE), Memo()
    asked = study.scenarios[scenario]
    settings, service = asked.settings, service_of(asked.settings)
    given = read_given(study, asked, service, memo)
    known = know(settings, given, service, memo)
    measured = measure(settings, given, known, service, memo, lambda _: None)
    return pose(settings, settings.plan, known, measured, service)


@cache
def _planned() -> tuple[Any, Any, float]:
    """The question of the study, its plan, and the seconds that the plan took."""
    problem = problem_of_xingtai()
    solve(problem, "programme", gap=0.2)  # to warm up
    began = time.perf_counter()
    plan = solve(problem, "programme", gap=GAP)
    return problem, plan, time.perf_counter() - began


def xingtai_phased() -> Iterator[Row]:
    """All of Xingtai in the three phases of the study, with its floors, pilots and quotas, in a fresh process."""
    found = alone(IMPORTS, PHASED)
    if found is None:
        yield skipped("Xingtai, phased", "a module is absent")
        return
    points, bands, options, phases = found.value["size"]
    size = (
        f"{points:,} × {bands} bands × {options:,} options × {phases} phases, {found.value['rules']} floors and pilots"
    )
    told = f"{proof(found.value)}; peak {found.peak_mb / 1e3:.2f} GB with the study"
    yield Row("programme, Xingtai", size, "asked: 0.5 % in 60 s, 4 GB", None, found.value["solve_s"], told)


def refused() -> Iterator[Row]:
    """What each site of the plan is worth: solved again without it."""
    from geoplan.explain.refusal import refusals

    problem, plan, _ = _planned()
    began = time.perf_counter()
    told = refusals(problem, plan, "programme", time_limit_s=PATIENCE_S, jobs=JOBS).each
    seconds = time.perf_counter() - began
    kept = sum(t.place_id not in t.replacement.sites and served(problem, t.replacement)["right"] for t in told)
    never_better = sum(t.replacement.objective <= (plan.bound or plan.objective) + 1e-6 for t in told)
    size = f"{len(told)} of {len(plan.sites)} sites, {JOBS} at once"
    answer = f"plan: {proof(served(problem, plan))}; {kept} of {len(told)} recounted, {never_better} not above the bound of the plan"
    yield Row("refusal of each site", size, "asked: 60 s in all", None, seconds, answer)


def substituted() -> Iterator[Row]:
    """Ten plans that differ and are within 1 % of the best."""
    from geoplan.explain.substitutes import substitutes

    problem, plan, _ = _planned()
    began = time.perf_counter()
    told = substitutes(problem, plan, "programme", within=0.01, count=10)
    seconds = time.perf_counter() - began
    plans = [s.plan for s in told.others]
    least = min((served(problem, p)["objective"] for p in plans), default=0.0) / (plan.bound or plan.objective)
    different = len({frozenset(p.sites) for p in [plan, *plans]}) == len(plans) + 1
    kept = sum(served(problem, p)["right"] for p in plans)
    answer = f"{len(plans)} plans, {'all different' if different else 'SOME EQUAL'}, {kept} recounted"
    answer += f", the least serves {least:.2%} of the bound"
    yield Row("substitutes", f"{len(plan.sites)} sites, 10 plans within 1 %", "", None, seconds, answer)


def curve() -> Iterator[Row]:
    """Twelve budgets, from a tenth of the money to nearly two and a half times it."""
    from geoplan.explain.front import front

    problem, _, _ = _planned()
    budgets = [MONEY * k / 10 for k in (1, 2, 3, 4, 6, 8, 10, 12, 14, 17, 20, 24)]
    began = time.perf_counter()
    plans = front(problem, "programme", budgets=budgets, gap=GAP).plans
    seconds = time.perf_counter() - began
    people = [served(problem, p)["objective"] for p in plans]
    rises = all(a <= b + 1e-6 for a, b in pairwise(people))
    money = sum(p.cost <= b + 1e-6 for p, b in zip(plans, budgets, strict=True))
    gap = max(1.0 if p.gap is None else p.gap for p in plans)
    answer = f"{people[0]:,.0f} to {people[-1]:,.0f} people, {'never falls' if rises else 'FALLS'}, worst gap {gap:.2%}"
    answer += f", {money} of {len(plans)} within their money"
    yield Row("front", f"{len(budgets)} budgets", "asked: 90 s", None, seconds, answer)


def impossible() -> Iterator[Row]:
    """90 %, then 30 %, in every county with a tenth of the money: the rules in conflict, and the money that would do."""
    from geoplan.explain.infeasible import infeasible

    for scenario, share in (("out_of_reach", "90 %"), ("out_of_money", "30 %")):
        problem = problem_of_xingtai(scenario)
        began = time.perf_counter()
        try:
            status = solve(problem, "programme", gap=GAP).status
            told = infeasible(problem, "programme", time_limit_s=120).summary()
        except ResourceError as error:
            status, told = "OPEN", str(error)
        seconds = time.perf_counter() - began
        size = f"coverage {share} in each county, {MONEY / 10:,.0f} yuan"
        yield Row("an impossible study", size, "", None, seconds, f"{status}; {told}")
