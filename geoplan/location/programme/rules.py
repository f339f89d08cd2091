"""What each rule of a programme asks, and what a plan reaches of it, counted as the check counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoplan.location.check import exact
from geoplan.location.programme.check import _assignment, _Book, _reached, _taken, problem_units
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem

COLUMNS = ["rule", "name", "unit", "phase", "asked", "reached", "kept"]


def rules(problem: ProgrammeProblem, plan: ProgrammePlan) -> pd.DataFrame:
    """One row a floor and county, pilot and limit: what is asked, what the plan reaches, whether it is kept.

    `rule`: coverage, urban_rural (both shares), per_1000 (places), pilots (options) or limit (its amount, at most); `unit` is ""
    for the whole. A county where nobody is to be counted has no row.
    """
    book = _Book(problem, plan)
    people = _assignment(book)
    rows: list[tuple[Any, ...]] = []
    for floor in problem.floors:
        for unit in problem_units(problem, floor):
            found = _reached(book, floor, unit, people[floor.phase])
            if found is not None:
                share, least = found
                reached = share / least * exact(floor.least) if least else share
                rows.append((floor.kind, floor.name, unit, floor.phase, floor.least, float(reached), share >= least))
    for pilot in problem.pilots:
        count = sum(book.opens.get(o, len(book.at)) <= book.at[pilot.phase] for o in set(pilot.options))
        rows.append(("pilots", pilot.name, "", pilot.phase, pilot.least, count, count >= pilot.least))
    for limit in problem.limits:
        for key, most in limit.most.items():
            phase, group = key if limit.group is not None and isinstance(key, tuple) else (key, None)
            used = float(_taken(book, limit, book.at[str(phase)], group))
            rows.append(("limit", limit.name, "" if group is None else str(group), phase, most, used, used <= most))
    return pd.DataFrame(rows, columns=COLUMNS)
