"""What a refused site costs: exact where plans are optimal, an honest range where they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoplan.errors import UsageError
from geoplan.explain.refusal import refusal
from geoplan.location.check import check
from geoplan.location.solve import solve
from tests.location_problems import most_served, plane


@pytest.mark.parametrize("seed", range(3))
def test_losses_are_those_of_counting_again(seed: int) -> None:
    """Alone, the loss is that of the plan's other sites; with a replacement it is the difference of two optima, and smaller."""
    problem = plane(seed, demand=80, fixed=4, options=12, budget=4e6)
    plan = solve(problem, "programme")
    answer = refusal(problem, plan, plan.sites[0], "programme")
    rest = most_served(problem, plan.sites[1:])
    assert round((plan.objective - answer.lost_alone) * 1000) == rest
    best = solve(replace(problem, refused=[plan.sites[0]]), "programme").objective
    assert answer.lost_at_least == answer.lost_at_most == pytest.approx(plan.objective - best)
    assert answer.lost_at_most <= answer.lost_alone


def test_the_replacement_is_the_plan_with_what_comes_in_and_goes_out() -> None:
    """The sites of the plan, less the refused and what goes out, with what comes in, are those of the replacement."""
    problem = plane(5, demand=80, fixed=4, options=16, budget=5e6)
    plan = solve(problem, "programme")
    answer = refusal(problem, plan, plan.sites[-1], "programme")
    sites = (set(plan.sites) - {plan.sites[-1], *answer.goes_out}) | set(answer.comes_in)
    assert sites == set(answer.replacement.sites)
    check(replace(problem, refused=[plan.sites[-1]]), answer.replacement)


def test_a_gap_gives_a_range_that_holds_the_loss() -> None:
    """Where both plans are only within a gap, the loss between the optima lies in the range that is given."""
    problem = plane(11, demand=120, fixed=6, options=24)
    plan = solve(problem, "programme", gap=0.05)
    answer = refusal(problem, plan, plan.sites[0], "programme", gap=0.05)
    best = solve(problem, "programme").objective
    without = solve(replace(problem, refused=[plan.sites[0]]), "programme").objective
    assert answer.lost_at_least - 1e-6 <= best - without <= answer.lost_at_most + 1e-6


def test_covering_has_refusals_too() -> None:
    """A covering plan loses no more with a replacement than without, and its p is kept."""
    problem = replace(plane(2, demand=80), budget=None, p=4)
    plan = solve(problem, "mclp")
    answer = refusal(problem, plan, plan.sites[1], "mclp")
    assert answer.lost_at_most <= answer.lost_alone
    assert len(answer.replacement.sites) == 4


def test_only_sites_of_the_plan_can_be_refused() -> None:
    """Refusing what the plan does not open is a misuse, and says so."""
    problem = plane(2, demand=30, options=6)
    with pytest.raises(UsageError, match="no site of the plan"):
        refusal(problem, solve(problem, "programme"), "F00", "programme")
