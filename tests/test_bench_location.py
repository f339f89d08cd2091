"""The towns, the published instances and the recounts of the location benchmarks."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest

from geoplan import LocationProblem, solve

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from bench import instances
from bench.location import Answer, told
from bench.location_scale import covered, served
from bench.location_towns import covering_town, near, programme_town


def test_a_covering_town_is_clustered_and_the_same_again() -> None:
    """A site reaches about the share asked for, some far more than others; the same seed gives the same town."""
    cost, people = covering_town(3_000, 200, seed=5, share=0.01)
    again, _ = covering_town(3_000, 200, seed=5, share=0.01)
    reached = np.diff(cost.start) / 3_000
    assert reached.mean() == pytest.approx(0.01, rel=0.1)
    assert reached.max() > 4 * np.median(reached)
    assert cost.cost.dtype == np.uint32
    assert cost.demand.dtype == np.int32
    assert (cost.cost == again.cost).all()
    assert (people >= 1).all()


def test_costs_of_a_town_are_distances_and_none_is_left_out() -> None:
    """The pairs of a town are those that a comparison of all with all finds."""
    random = np.random.default_rng(3)
    homes, places = random.uniform(0, 900, (80, 2)), random.uniform(0, 900, (300, 2))
    cost = near(homes, places, 200.0)
    apart = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    assert len(cost.cost) == (apart <= 200).sum()
    assert np.allclose(cost.values, apart[cost.demand, cost.place], atol=0.0005)


def test_a_programme_town_is_scarce() -> None:
    """The fixed places hold less than is wanted, the money does not pay for all options, demand falls over the phases."""
    problem = programme_town(120, 30, 2, phases=3)
    wanted = [problem.weight[p].to_numpy().sum() for p in problem.phases]
    assert problem.capacity.loc[list(problem.fixed)].to_numpy().sum() < wanted[0] / 2
    assert sum(problem.budget.values()) < problem.fixed_cost.sum()
    assert wanted == sorted(wanted, reverse=True)
    assert len(problem.options) == 60


def test_the_bench_counts_what_a_plan_claims() -> None:
    """Counted on the numbers of the town, an honest plan is right; one with more people, places or money than there are is not."""
    problem = programme_town(60, 12, 2, phases=2)
    plan = solve(problem, "programme", gap=0.05)
    assert served(problem, plan)["right"]
    more = plan.assignment.assign(amount=plan.assignment["amount"] * 1.5)
    assert not served(problem, replace(plan, assignment=more))["right"]
    poor = replace(problem, budget=dict.fromkeys(problem.phases, 1.0))
    assert not served(poor, plan)["right"]
    assert not served(problem, replace(plan, objective=plan.objective + 1))["right"]


def test_coverage_is_counted_on_the_pairs() -> None:
    """The bench's count of the covered equals that of the plan; a plan that claims more is found out."""
    cost, people = covering_town(300, 30, share=0.05)
    problem = LocationProblem(cost, people, p=4)
    plan = solve(problem, "mclp")
    assert covered(problem, plan)["right"]
    assert covered(problem, plan)["gap"] == 0
    assert not covered(problem, replace(plan, objective=plan.objective + 1))["right"]


def _instance(model: str = "p_median", **more: bool) -> instances.Instance:
    cost, people = covering_town(20, 5, share=0.5)
    return instances.Instance("one", model, LocationProblem(cost, people, p=1), 100.0, lambda _: 100.0, **more)


def test_a_family_is_told_without_flattery() -> None:
    """What is worse than published, stopped, missing, wrongly proven or better than an optimum is said."""
    one = _instance()
    assert told([Answer(one, 100.0, "optimal", 0.0, 1.0)]) == "1 of 1 at the optimum, 1 proven"
    stopped = told([Answer(one, 102.0, "stopped", 0.05, 1.0), Answer(one, 100.0, "optimal", 0.0, 1.0)])
    assert stopped == "1 of 2 at the optimum, 1 proven, farthest one +2.00%, worst gap one 5.00%"
    assert "WRONGLY PROVEN" in told([Answer(one, 101.0, "optimal", 0.0, 1.0)])
    assert "BETTER THAN AN OPTIMUM" in told([Answer(one, 99.0, "optimal", 0.0, 1.0)])
    assert "BETTER THAN AN OPTIMUM" not in told([Answer(_instance(best_known=True), 90.0, "stopped", 0.1, 1.0)])
    assert "0 of 1 at the optimum" in told([Answer(one, inf, "none", None, 1.0)])
    assert "worst gap one unknown" in told([Answer(one, inf, "none", None, 1.0)])
    assert "0 of 1" in told([Answer(_instance("mclp"), 99.0, "stopped", 0.1, 1.0)])


def test_a_graph_is_read_with_its_last_edges(tmp_path: Path) -> None:
    """Edges have no direction, of one given twice the last counts, costs are shortest paths."""
    path = tmp_path / "graph.txt"
    path.write_text(" 3 4 1\n1 2 9\n2 1 4\n2 3 5\n1 3 20\n", encoding="ascii")
    assert instances._shortest(path).tolist() == [[0, 4, 9], [4, 0, 5], [9, 5, 0]]


def test_a_facility_file_is_read_by_customers(tmp_path: Path) -> None:
    """Two places, three customers; the rows of costs are customers; a full place makes a plan worth nothing."""
    path = tmp_path / "p.txt"
    path.write_text("2 3\n10 8\n100 90\n4 5 6\n1 2\n3 4\n5 6\n", encoding="ascii")
    numbers = instances._facilities(path)
    problem = instances._single_source(numbers)
    assert problem.cost.to_frame().query("place_id == 'f0001'")["cost"].tolist() == [0.5, 0.8, 1.0]
    plan = solve(problem, "cflp")
    assert instances.RECOUNTS["cflp"](numbers, plan) == plan.objective == pytest.approx(100 + 90 + 1 + 3 + 6)
    full = plan.assignment.assign(place_id="f0000")
    assert instances.RECOUNTS["cflp"](numbers, replace(plan, assignment=full)) == inf


@pytest.mark.skipif(not (instances.data_folder() / "mclp_sjc").exists(), reason="the published instances are absent")
def test_published_instances_are_there() -> None:
    """As many of each family as were published, and a plan for one of each recounts as the optimum."""
    families = [list(instances.mclp_sjc()), list(instances.pmedcap()), list(instances.sscflp("holmberg"))]
    assert [len(f) for f in families] == [13, 12, 36]
    case = families[0][0]
    assert case.recount(solve(case.problem, "mclp")) == case.optimum


def test_absent_data_give_no_instances(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the data folder there is nothing to run, and nothing fails."""
    monkeypatch.setenv("GEOPLAN_DATA", str(tmp_path))
    monkeypatch.setattr(instances, "san_francisco_path", lambda: None)
    assert list(instances.orlib_pmed("p_median")) == list(instances.pmedcap()) == list(instances.mclp_sjc()) == []
    assert list(instances.san_francisco()) == []
