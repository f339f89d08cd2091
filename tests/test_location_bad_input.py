"""Bad location problems are refused with the value and the row, all mistakes at once, before any solver runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan import CostMatrix, LocationProblem, solve
from geoplan.errors import InputError, UsageError
from geoplan.location._checks import NEEDS
from geoplan.plugins import names

NAN = float("nan")
COST = CostMatrix.from_pairs(
    [("a", "F", 100.0), ("a", "G", 300.0), ("b", "G", 200.0), ("b", "H", 500.0), ("c", "J", 50.0)],
    unit="m",
    limit=1000.0,
)
GOOD: dict[str, Any] = {
    "cost": COST,
    "weight": pd.Series({"a": 1.0, "b": 2.0, "c": 3.0}),
    "capacity": pd.Series({"F": 1.0, "G": 2.0, "H": 3.0, "J": 4.0}),
    "fixed_cost": pd.Series({"F": 0.1, "G": 0.2, "H": 0.3, "J": 0.4}),
    "site": pd.Series({"F": "f", "G": "g", "H": "g", "J": "j"}),
    "fixed": ["F"],
    "p": 2,
}


def changed(name: str, row: str, value: Any) -> pd.Series:
    """A good column with one value changed."""
    values = GOOD[name].astype(object).copy()
    values[row] = value
    return values


# what is given instead, and what the one finding must name: its code, its place and its value
BAD: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "p over the places": ({"p": 4}, "GP-L005", "p", "4"),
    "p over the places that are not refused": ({"p": 3, "refused": ["H"]}, "GP-L005", "p", "3"),
    "p below 0": ({"p": -1}, "GP-L005", "p", "-1"),
    "p in halves": ({"p": 2.5}, "GP-L005", "p", "2.5"),
    "p a truth value": ({"p": True}, "GP-L005", "p", "True"),
    "p not a number": ({"p": NAN}, "GP-L005", "p", "nan"),
    "p a text": ({"p": "2"}, "GP-L005", "p", "2"),
    "weight missing": ({"weight": changed("weight", "b", NAN)}, "GP-L002", "weight, b", "nan"),
    "weight negative": ({"weight": changed("weight", "c", -1.0)}, "GP-L002", "weight, c", "-1.0"),
    "weight a text": ({"weight": changed("weight", "c", "many")}, "GP-L002", "weight, c", "many"),
    "weight no table": ({"weight": [1.0, 2.0, 3.0]}, "GP-L001", "weight", "list"),
    "capacity infinite": ({"capacity": changed("capacity", "G", np.inf)}, "GP-L002", "capacity, G", "inf"),
    "cost of a place negative": ({"fixed_cost": changed("fixed_cost", "H", -0.5)}, "GP-L002", "fixed_cost, H", "-0.5"),
    "cost of a place missing": ({"fixed_cost": changed("fixed_cost", "H", NAN)}, "GP-L002", "fixed_cost, H", "nan"),
    "an id too few": ({"weight": GOOD["weight"].drop("b")}, "GP-L001", "weight", "b"),
    "an id too many": (
        {"fixed_cost": pd.concat([GOOD["fixed_cost"], pd.Series({"Q": 1.0})])},
        "GP-L001",
        "fixed_cost",
        "Q",
    ),
    "an id twice": ({"weight": pd.concat([GOOD["weight"], pd.Series({"a": 1.0})])}, "GP-L001", "weight", "a"),
    "a place without a site": ({"site": changed("site", "J", None)}, "GP-L002", "site, J", "J"),
    "other bands": (
        {"weight": pd.DataFrame({"young": [1.0] * 3}, list("abc"))},
        "GP-L008",
        "capacity",
        "all, young",
    ),
    "fixed and refused": ({"refused": ["F"]}, "GP-L004", "fixed", "F"),
    "required and refused": ({"required": ["G"], "refused": ["G"]}, "GP-L004", "required", "G"),
    "required and fixed": ({"required": ["F"]}, "GP-L004", "fixed", "F"),
    "fixed twice": ({"fixed": ["F", "F"]}, "GP-L003", "fixed", "F"),
    "refused twice": ({"refused": ["H", "H"]}, "GP-L003", "refused", "H"),
    "fixed unknown": ({"fixed": ["Q"]}, "GP-L003", "fixed", "Q"),
    "fixed one text": ({"fixed": "F"}, "GP-L003", "fixed", "F"),
    "fixed by position": ({"fixed": [0]}, "GP-L012", "fixed", "0"),
    "refused by position": ({"refused": np.array([2])}, "GP-L012", "refused", "2"),
    "required by position": ({"required": [np.int64(3)]}, "GP-L012", "required", "3"),
    "budget 0": ({"budget": 0}, "GP-L006", "budget", "0"),
    "budget negative": ({"budget": -1.0}, "GP-L006", "budget", "-1.0"),
    "budget not a number": ({"budget": NAN}, "GP-L006", "budget", "nan"),
    "budget without costs": ({"budget": 1.0, "fixed_cost": None}, "GP-L006", "budget", "1.0"),
    "reach 0": ({"reach": 0}, "GP-L007", "reach", "0"),
    "reach not a number": ({"reach": NAN}, "GP-L007", "reach", "nan"),
    "reach over the limit": ({"reach": 1000.5}, "GP-L007", "reach", "1000.5"),
    "required dearer than the budget": ({"required": ["G", "J"], "budget": 0.5}, "GP-L014", "required", "0.5"),
    "more required than p": ({"required": ["G", "J"], "p": 1}, "GP-L014", "required", "1"),
    "two required on a site": ({"required": ["G", "H"]}, "GP-L014", "required", "G, H"),
    "no neighbours": ({"neighbours": 0}, "GP-L013", "neighbours", "0"),
    "neighbours in halves": ({"neighbours": 1.5}, "GP-L013", "neighbours", "1.5"),
    "decay that rises": ({"decay": lambda c: c / 1000}, "GP-L015", "decay, at cost 100", "0.05 → 0.1"),
    "decay above 1": ({"decay": lambda c: 2 - c / 1000}, "GP-L015", "decay, at cost 50", "1.95"),
    "decay of one value": ({"decay": lambda _: 1.0}, "GP-L015", "decay", "()"),
    "decay no function": ({"decay": 0.5}, "GP-L015", "decay", "0.5"),
}


@pytest.mark.parametrize("name", BAD)
def test_each_mistake_has_one_finding_that_names_it(name: str) -> None:
    """A mistake is one finding with its code, the field and row, and the value; in Chinese too."""
    given, code, place, value = BAD[name]
    with pytest.raises(InputError) as caught:
        LocationProblem(**(GOOD | given))
    found = caught.value.findings
    assert [(f.code, f.place, f.value) for f in found] == [(code, place, value)]
    assert all(any(ord(c) > 0x2E80 for c in f.sentence("zh")) for f in found)


def test_the_good_problem_is_accepted() -> None:
    """What the table of mistakes changes is a problem without any; a whole number may be written 2.0, or come from numpy."""
    assert LocationProblem(**GOOD).p == 2
    assert LocationProblem(**(GOOD | {"p": 2.0, "neighbours": np.int64(2), "required": np.array(["G"])})).p == 2


def test_all_mistakes_are_told_at_once() -> None:
    """Whoever makes five mistakes reads five findings, not one a run."""
    with pytest.raises(InputError) as caught:
        LocationProblem(**(GOOD | {"p": 9, "reach": 0, "budget": NAN, "fixed": ["Q", 1]}))
    assert sorted(f.code for f in caught.value.findings) == ["GP-L003", "GP-L005", "GP-L006", "GP-L007", "GP-L012"]


def test_missing_and_unknown_ids_are_named_apart() -> None:
    """Ids that are missing and ids that nobody knows are two findings, each with a count."""
    with pytest.raises(InputError) as caught:
        LocationProblem(**(GOOD | {"weight": GOOD["weight"].rename({"b": "B", "c": "C"})}))
    assert [(f.value, f.count) for f in caught.value.findings] == [("b, c", 2), ("B, C", 2)]


def test_a_matrix_changed_after_it_was_built_is_caught() -> None:
    """A cost that is no number, written into the arrays behind the back of the matrix, is refused with its pair."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0), ("a", "G", 2.0)])
    cost.cost[1] = NAN
    with pytest.raises(InputError, match="GP-L011 cost, a to G"):
        LocationProblem(cost, pd.Series({"a": 1.0}))


@pytest.mark.parametrize("value", [NAN, -1.0, np.inf])
def test_a_matrix_of_bad_costs_cannot_be_built(value: float) -> None:
    """A cost that is missing, negative or infinite is refused where the matrix is built."""
    with pytest.raises(InputError, match="GP-N022"):
        CostMatrix.from_pairs([("a", "F", 1.0), ("b", "F", value)])


@pytest.mark.parametrize(
    ("start", "code"), [(["Q"], "GP-L003"), ([0], "GP-L012"), (["G", np.int32(1)], "GP-L012"), ("G", "GP-L003")]
)
def test_a_start_names_places_by_id(start: Any, code: str) -> None:
    """A start that names an unknown place, or a place by position, is refused like any other list."""
    with pytest.raises(InputError, match=code):
        solve(LocationProblem(**GOOD), "mclp", start=start)


@pytest.mark.parametrize("model", names("models"))
def test_every_model_says_what_it_needs(model: str) -> None:
    """Each model has its row in the table of needs, and refuses a problem that lacks what it needs."""
    needs = NEEDS[model]
    bare = LocationProblem(COST, GOOD["weight"])
    lacking = [*needs.every, *(["p or budget"] if needs.either else [])]
    if lacking:
        with pytest.raises(InputError) as caught:
            solve(bare, model)
        assert [(f.code, f.place) for f in caught.value.findings] == [("GP-L016", name) for name in lacking]


def test_a_rule_that_a_model_does_not_keep_is_refused() -> None:
    """No rule is passed over in silence: mclp does not keep people together, nor does it weigh by a decay."""
    asked = LocationProblem(**(GOOD | {"single_source": True, "decay": lambda c: 1 / (1 + c)}))
    with pytest.raises(InputError) as caught:
        solve(asked, "mclp")
    assert [(f.code, f.place) for f in caught.value.findings] == [("GP-L017", "single_source"), ("GP-L017", "decay")]


@pytest.mark.parametrize("threads", [0, 1.5, True])
def test_threads_are_a_whole_number(threads: Any) -> None:
    """No thread, or half a one, is a misuse."""
    with pytest.raises(UsageError, match="threads"):
        solve(LocationProblem(**GOOD), "mclp", threads=threads)


def test_required_places_may_take_the_whole_budget() -> None:
    """Where the required places cost the budget to the last yuan nothing else that costs is opened, and nothing is refused."""
    asked = LocationProblem(**(GOOD | {"required": ["G"], "budget": 0.2}))
    for model in ("mclp", "programme"):
        plan = solve(asked, model)
        assert (plan.sites, plan.cost) == (("G",), 0.2)


def test_a_changed_problem_is_checked_again() -> None:
    """`replace` checks what it makes."""
    with pytest.raises(InputError, match="GP-L004"):
        replace(LocationProblem(**GOOD), refused=["F"])
