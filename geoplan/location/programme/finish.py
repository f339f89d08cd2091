"""From the paths chosen to a plan: nothing built for nobody, the assignment, the money, and the words that the bound justifies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoplan.location._checks import written
from geoplan.location._graph import THOUSANDTHS, Ints
from geoplan.location.plan import Status
from geoplan.location.programme.assign import Assigned, Pairs, assign_all, frame, worth_of
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.paths import NONE, upgrade_costs
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem

RELATIVE = 1e-9  # what rounding in sums of doubles can explain
HALF = 0.5 / THOUSANDTHS
COLUMNS = ["phase", "demand_id", "place_id", "band", "amount"]


@dataclass(frozen=True, eq=False)
class Choice:
    """Paths chosen, with their assignment and what it counts (thousandths)."""

    chosen: Ints
    assigned: Assigned
    worth: float


def keeps_rules(instance: Instance, chosen: Ints) -> bool:
    """Whether paths keep every rule: one a site, money, land, pilots, places standing."""
    paths = instance.paths
    if len(np.unique(paths.site[chosen])) < len(chosen):
        return False
    taken = np.zeros(len(paths.small), np.int64)
    taken[chosen] = 1
    return bool((paths.use @ taken <= paths.most).all())


def settle(problem: ProgrammeProblem, instance: Instance, pairs: Pairs, chosen: Ints) -> Choice | None:
    """The assignment of paths, without those that nobody uses and no rule needs; None if floors cannot be kept."""
    found = assign_all(problem, instance, pairs, np.sort(chosen))
    if found is None:
        return None
    whole = Choice(np.sort(chosen), found, worth_of(problem, instance, found, chosen))
    lean = _lean(instance, whole)
    if len(lean) == len(chosen):
        return whole
    if (instance.paths.moves[np.setdiff1d(chosen, lean)] != NONE).any():
        again = assign_all(problem, instance, pairs, lean)
        better = None if again is None else Choice(lean, again, worth_of(problem, instance, again, lean))
        return better if better is not None and better.worth >= whole.worth else whole
    return Choice(lean, found, worth_of(problem, instance, found, lean))


def _lean(instance: Instance, choice: Choice) -> Ints:
    """The paths without those that nobody uses in any phase, dearest first, as far as the rules allow."""
    paths, chosen = instance.paths, choice.chosen
    used = np.zeros(int(max(instance.base.pool.size, 1)), bool)
    used[choice.assigned.place] = True
    idle = ~used[paths.small[chosen]] & ~(used[paths.large[chosen]] & (paths.large[chosen] != NONE))
    keep = chosen
    for path in chosen[idle][np.argsort(-paths.cost[chosen[idle]], kind="stable")]:
        fewer = keep[keep != path]
        keep = fewer if keeps_rules(instance, fewer) else keep
    return keep


def opens_of(problem: ProgrammeProblem, instance: Instance, chosen: Ints) -> dict[str, str]:
    """The phase in which each option of the paths opens, in the order of the problem."""
    paths, opens = instance.paths, {}
    for path in chosen:
        opens[int(paths.small[path])] = int(paths.opens[path])
        if paths.large[path] != NONE:
            opens[int(paths.large[path])] = int(paths.grows[path])
    return {str(problem.cost.place_ids[row]): problem.phases[opens[row]] for row in sorted(opens)}


def paths_of(problem: ProgrammeProblem, instance: Instance, opens: dict[str, str]) -> Ints:
    """The paths that open these options in these phases; those that the problem does not know are left out."""
    paths, phase = instance.paths, {name: k for k, name in enumerate(problem.phases)}
    at = {
        str(problem.cost.place_ids.get_loc(o)): phase[t]
        for o, t in opens.items()
        if t in phase and o in problem.cost.place_ids
    }
    small = np.array([at.get(str(r), NONE) for r in paths.small], np.int64)
    large = np.array([at.get(str(r), NONE) for r in paths.large], np.int64)
    fits = (small == paths.opens) & (paths.large == NONE)
    grown = (small == paths.opens) & (paths.large != NONE) & (large == paths.grows)
    whole = np.isin(paths.site, paths.site[grown])
    return np.flatnonzero(grown | (fits & ~whole))


def spent(problem: ProgrammeProblem, opens: dict[str, str]) -> pd.Series:
    """Yuan by phase: the cost of what opens, an upgrade at its own price."""
    money = dict.fromkeys(problem.phases, written(0.0))
    grown = {b: yuan for (a, b), yuan in upgrade_costs(problem).items() if a in opens and b in opens}
    for option, phase in opens.items():
        price = written(0.0) if problem.fixed_cost is None else written(problem.fixed_cost[option])
        money[phase] += grown.get(option, price)
    return pd.Series({phase: float(yuan) for phase, yuan in money.items()}, dtype=float)


def stranded(problem: ProgrammeProblem, opens: dict[str, str], assignment: pd.DataFrame) -> pd.Series:
    """Places, by phase, of options that opened in an earlier phase and still stand, that nobody uses."""
    order, capacity = {p: k for k, p in enumerate(problem.phases)}, problem.capacities().sum(axis=1)
    grown = {a: b for a, b in upgrade_costs(problem) if a in opens and b in opens}
    used = assignment.groupby(["phase", "place_id"], sort=False)["amount"].sum()
    empty = {}
    for phase, at in order.items():
        stands = [o for o, t in opens.items() if order[t] < at and not (o in grown and order[opens[grown[o]]] <= at)]
        here = used.loc[phase] if phase in used.index.get_level_values(0) else pd.Series(dtype=float)
        empty[phase] = math.fsum(capacity[o] - float(here.get(o, 0.0)) for o in stands)
    return pd.Series({p: round(v, 3) for p, v in empty.items()}, dtype=float)


def finish(
    problem: ProgrammeProblem, instance: Instance, pairs: Pairs, choice: Choice, bound: float, gap: float
) -> ProgrammePlan:
    """The plan of a choice; `bound` in thousandths."""
    table = frame(problem, pairs, choice.assigned)
    opens = opens_of(problem, instance, choice.chosen)
    money = spent(problem, opens)
    demand = [problem.weights_in(t) for t in problem.phases]
    objective, proven, settled = _proven(instance, choice.worth / THOUSANDTHS, bound / THOUSANDTHS)
    known = math.isfinite(proven)
    distance = abs(proven - objective) / max(abs(objective), 1e-9) if known else None
    status: Status = "optimal" if settled else "feasible" if distance is not None and distance <= gap else "stopped"
    served = pd.DataFrame(0.0, index=pd.Index(problem.phases), columns=problem.bands)
    for (phase, band), rows in table.groupby(["phase", "band"], sort=False):
        served.loc[phase, band] = math.fsum(rows["amount"])
    return ProgrammePlan(
        model="programme",
        status=status,
        sites=tuple(opens),
        assignment=table,
        objective=objective,
        bound=proven if known else None,
        gap=distance,
        cost=math.fsum(money),
        demand_total=math.fsum(float(d.to_numpy().sum()) for d in demand),
        opens=opens,
        served_by=served,
        spent=money,
        stranded=stranded(problem, opens, table),
        travel=float((choice.assigned.amount / THOUSANDTHS * choice.assigned.travel).sum()),
    )


def _proven(instance: Instance, objective: float, bound: float) -> tuple[float, float, bool]:
    """Objective and bound in people, and whether the bound proves the plan best: whole thousandths are counted as such."""
    whole = not instance.charge.any() and not instance.base.travel.any() and bool((instance.base.worth % 1 == 0).all())
    if whole:
        objective = round(objective * THOUSANDTHS) / THOUSANDTHS
        bound = math.floor(bound * THOUSANDTHS + 1e-3) / THOUSANDTHS if math.isfinite(bound) else bound
        proven = max(bound, objective)
        return objective, proven, proven - objective < HALF
    close = bound - objective <= RELATIVE * max(1.0, abs(objective))
    return objective, objective if close else bound, close


def nothing(problem: ProgrammeProblem) -> ProgrammePlan:
    """The answer where it is proven that no plan keeps all rules and floors."""
    empty = pd.DataFrame({c: pd.Series(dtype=float if c == "amount" else object) for c in COLUMNS})
    zero = pd.Series(0.0, index=problem.phases)
    total = math.fsum(float(problem.weights_in(t).to_numpy().sum()) for t in problem.phases)
    served = pd.DataFrame(0.0, index=pd.Index(problem.phases), columns=problem.bands)
    return ProgrammePlan(
        "programme",
        "infeasible",
        (),
        empty,
        math.nan,
        None,
        None,
        0.0,
        total,
        served_by=served,
        spent=zero,
        stranded=zero,
    )
