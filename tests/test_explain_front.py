"""The curve of what is served against money or sites: never falling, bounded, each plan recounted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoplan import check, solve
from geoplan.errors import UsageError
from geoplan.explain.front import front, price_of_fairness
from tests.location_problems import plane

PROBLEM = plane(6, demand=80, fixed=4, options=16)
BUDGETS = [1e6, 5e6, 2e6, 3e6]


@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_more_money_never_serves_fewer(gap: float) -> None:
    """Along the curve objective and bound rise with the budget, and each plan is a true one of its question."""
    curve = front(PROBLEM, "programme", budgets=BUDGETS, gap=gap)
    assert curve.amounts == tuple(sorted(BUDGETS))
    objectives, bounds = [p.objective for p in curve.plans], [p.bound for p in curve.plans]
    assert objectives == sorted(objectives)
    assert bounds == sorted(bounds)  # type: ignore[type-var]
    for budget, plan in zip(curve.amounts, curve.plans, strict=True):
        check(replace(PROBLEM, budget=budget), plan)
        assert plan.objective <= solve(replace(PROBLEM, budget=budget), "programme").objective <= plan.bound + 1e-9  # type: ignore[operator]


def test_more_sites_never_serve_fewer() -> None:
    """Along numbers of sites a covering curve rises by less and less money's worth: covering is submodular."""
    curve = front(replace(PROBLEM, budget=None, p=1), "mclp", sites=[1, 2, 3, 4, 5])
    served = curve.table()["objective"].to_numpy()
    assert (served[1:] >= served[:-1]).all()
    assert [len(p.sites) for p in curve.plans] == [1, 2, 3, 4, 5]


def test_the_marginal_cost_is_money_more_by_people_more() -> None:
    """A person more costs what the next plan costs more, by the people it serves more."""
    table = front(PROBLEM, "programme", budgets=BUDGETS, gap=0.0).table()
    more = (table["money"].diff() / table["served"].diff()).iloc[1:]
    assert table["marginal"].iloc[1:].tolist() == pytest.approx(more.tolist())
    assert table["marginal"].isna().iloc[0]


def test_the_summary_names_both_ends() -> None:
    """The sentence gives the first and last budget, in two languages."""
    curve = front(PROBLEM, "programme", budgets=BUDGETS)
    assert "from 1,000,000 to 5,000,000 yuan" in curve.summary()
    assert "预算从 1,000,000 到 5,000,000" in curve.summary("zh")


def test_either_money_or_sites() -> None:
    """Neither, both, or an empty list of either is a misuse."""
    for given in ({}, {"budgets": [1.0], "sites": [1]}, {"budgets": []}):
        with pytest.raises(UsageError, match="either budgets or sites"):
            front(PROBLEM, "programme", **given)  # type: ignore[arg-type]


def test_fairness_needs_counties() -> None:
    """A problem without counties has no price of fairness."""
    with pytest.raises(UsageError, match="unit"):
        price_of_fairness(PROBLEM)
