"""Sound: whether the numbers of a Result can be true at all; what `check_numbers` asks beside sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from geoplan.errors import CheckFailed

CLOSE = 2e-6  # what rounding to six decimals may add to a difference
LEAST = 1e-3  # of an objective; shares of less say nothing after rounding


def check_shares(found: Mapping[str, Any]) -> None:
    """Every share of coverage lies in [0, 1] and does not fall with the reach; raises `CheckFailed`."""
    for name in ("coverage", "coverage_after", "straight_coverage"):
        known = sorted((float(reach), share) for reach, share in found[name].items() if share is not None)
        if wrong := [(reach, share) for reach, share in known if not -CLOSE <= share <= 1 + CLOSE]:
            raise CheckFailed(f"{name} is no share within {wrong[0][0]:g} m: {wrong[0][1]}")
        for (near, less), (far, more) in pairwise(known):
            if more < less - CLOSE:
                raise CheckFailed(f"{name} falls with the reach: {less} within {near:g} m, {more} within {far:g} m")


def check_account(found: Mapping[str, Any]) -> None:
    """No part of a gap account is below 0 or above all places wanted; raises `CheckFailed`."""
    for name in ("gap_account", "gap_after"):
        for cause, amount in found[name].items():
            if not 0 <= amount <= found["demand_total"] + LEAST:
                raise CheckFailed(f"{name}.{cause} is {amount} of {found['demand_total']} places wanted")


def check_proof(made: Mapping[str, Any]) -> None:
    """The gap that is told is that of bound and objective, and "optimal" is said only where it is closed; raises `CheckFailed`."""
    bound, objective, gap = made["bound"], made["objective"], made["gap"]
    if bound is None or objective is None:
        if gap is not None or made["status"] in ("optimal", "feasible"):
            raise CheckFailed(f"plan is {made['status']} with a gap of {gap}, but without a bound")
        return
    if gap is None:
        raise CheckFailed("plan.gap is not told, though there is a bound")
    if abs(objective) < LEAST:
        return
    counted = abs(bound - objective) / abs(objective)
    if not math.isclose(gap, counted, rel_tol=1e-6, abs_tol=CLOSE * (1 + 1 / abs(objective))):
        raise CheckFailed(f"plan.gap is {gap}, but {objective} and its bound {bound} are {counted} apart")


def check_areas(found: Mapping[str, Any]) -> None:
    """Gap areas hold no more people than are without a place, and each as many as its causes; raises `CheckFailed`."""
    rows = found["gap_areas"]
    causes = [c for c in found["gap_account"] if c != "served"]
    for row in rows:
        if abs(row["people"] - math.fsum(row[c] for c in causes)) > LEAST:
            raise CheckFailed(f"gap area {row['gap_area_id']}: {row['people']} people are not those of its causes")
    for cause in causes:
        inside = math.fsum(row[cause] for row in rows)
        if inside > found["gap_account"][cause] + LEAST:
            raise CheckFailed(f"gap areas hold {inside} people of {found['gap_account'][cause]} who are {cause}")
