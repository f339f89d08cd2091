"""All laws are held by name: each has tests over many cases, and those that are checked in every run have their check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import geoplan as gp
from tests import town
from tests.laws.cost import watch
from tests.laws.table import LAWS, Law

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "geoplan"
IN_EVERY_RUN = (1, 2, 7, 8, 9, 13, 14, 21, 34, 36)  # the daggers of the design
# what only some plans need: the greedy plan of a covering plan, a decision of a planner
ON_DEMAND = {
    "geoplan.location.check:check_greedy",
    "geoplan.location.check:check_people",
    "geoplan.location.check:check_given",
}
HARNESSES = {"judged", "mutated"}  # which make so many projects and judge each
PINNED = "plan:\n  decisions: [{ pin: K1, reason: promised }]"


@cache
def tree(path: Path) -> ast.Module:
    """A file as its syntax."""
    return ast.parse(path.read_text(encoding="utf-8"))


def function(file: str, name: str) -> ast.FunctionDef | None:
    """A test of a file below tests/."""
    found = (n for n in tree(TESTS / file).body if isinstance(n, ast.FunctionDef) and n.name == name)
    return next(found, None)


def many(test: ast.FunctionDef) -> bool:
    """Whether a test is drawn by hypothesis, has parameters, calls a harness, or goes through a loop."""
    told = {ast.unparse(d).split("(")[0] for d in test.decorator_list}
    loops = (ast.For, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
    harness = {
        n.func.attr for n in ast.walk(test) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    } & HARNESSES
    drawn = told & {"given", "pytest.mark.parametrize"}
    return bool(drawn or harness) or any(isinstance(n, loops) for n in ast.walk(test))


def called() -> Iterator[tuple[str, str]]:
    """Every name that a module of geoplan calls, or hands on, with the module that calls it."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield name, path.stem


def test_there_are_38_laws_without_a_gap() -> None:
    """The numbers run from 1 to 38, each once, each with a sentence of its own and with tests."""
    assert [law.number for law in LAWS] == list(range(1, 39))
    assert len({law.sentence for law in LAWS}) == 38
    assert all(law.sentence.endswith(".") and law.tests for law in LAWS)
    assert tuple(law.number for law in LAWS if law.checks) == IN_EVERY_RUN


@pytest.mark.parametrize("law", LAWS, ids=lambda law: str(law.number))
def test_the_tests_of_a_law_are_there_and_go_through_many_cases(law: Law) -> None:
    """Each test that is named stands in its file, says its law in a sentence, and is drawn or goes through many cases."""
    found = {name: function(*name.split("::")) for name in law.tests}
    assert [name for name, test in found.items() if test is None] == []
    assert all(test is not None and ast.get_docstring(test) for test in found.values())
    assert [name for name, test in found.items() if test is not None and not many(test)] == []


@pytest.mark.parametrize("check", sorted({c for law in LAWS for c in law.checks}))
def test_a_check_is_a_function_that_the_package_calls(check: str) -> None:
    """Each check stands in geoplan, says in a sentence what it holds, and is called by a module of geoplan."""
    module, name = check.split(":")
    assert getattr(import_module(module), name).__doc__
    assert name in {n for n, _ in called()}


@pytest.mark.parametrize("model", ["programme", "mclp"])
def test_a_run_calls_its_checks(tmp_path: Path, model: str) -> None:
    """A run of the town that writes its files goes through every check; greedy is asked of a covering plan, a given plan of a decision."""
    text = town.STUDY[: town.STUDY.index("scenarios:")]
    text = text.replace("plan:", PINNED) if model == "programme" else text.replace("gap: 0", "gap: 0\n  model: mclp")
    path = town.build(tmp_path / "town", text)
    with watch({check for law in LAWS for check in law.checks}) as clock:
        gp.run(gp.load_study(path), tmp_path / "out")
    missed = {name for name, calls in clock.calls.items() if not calls}
    needed = (
        {"geoplan.location.check:check_given"}
        if model == "programme"
        else ON_DEMAND - {"geoplan.location.check:check_given"}
    )
    assert missed == ON_DEMAND - needed


def test_a_check_that_fails_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever check of the last ones fails, there is no result folder."""
    path = town.build(tmp_path / "town", town.STUDY[: town.STUDY.index("scenarios:")])
    for name in ("geoplan.study.sound:check_shares", "geoplan.map.checker:check", "geoplan.exports.checker:check"):
        module, function_name = name.split(":")

        def fails(*_: object, said: str = name) -> None:
            raise gp.CheckFailed(said)

        with monkeypatch.context() as patch:
            patch.setattr(import_module(module), function_name, fails)
            with pytest.raises(gp.CheckFailed, match=name):
                gp.run(gp.load_study(path), tmp_path / "out")
        assert not (tmp_path / "out" / "base").exists()
