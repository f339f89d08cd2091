"""Every bad input of the catalogue is refused by name, told, or changes nothing: no traceback, no hang, no silent acceptance."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

import geoplan as gp
from geoplan.errors import GeoplanError, InputError, ScenariosFailed
from tests.catalogue import good as good_projects
from tests.catalogue import mutate
from tests.catalogue.cases import Case, cases

CASES = list(cases())
SHOWN = CASES if os.environ.get("GEOPLAN_LONG_LAWS") else CASES[::3]  # the suite takes every third


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], list[Any]]:
    """The good project, its numbers and what is told of it."""
    folder = tmp_path_factory.mktemp("good")
    study = mutate.build(folder)
    return folder, mutate.numbers(study), mutate.told(study)


def test_the_catalogue_has_three_hundred_cases_of_different_names() -> None:
    """No case stands in it twice."""
    assert len({case.name for case in CASES}) == len(CASES) >= 300


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case.name[:60])
def test_a_bad_input_ends_as_it_should(
    case: Case, good: tuple[Path, dict[str, Any], list[Any]], tmp_path: Path
) -> None:
    """A refusal names where the fault is and what to do; what is accepted is told or changes nothing."""
    folder, base, known = good
    project = tmp_path / "project"
    shutil.copytree(folder, project)
    case.spoil(project)
    signal.signal(signal.SIGALRM, mutate._hang)
    signal.alarm(mutate.LONGEST_S)
    results, error = run(project)
    signal.alarm(0)
    if error is not None:
        assert "refuse" in case.ends, f"{case.name}: {error}"
        assert error.exit_code in ({1} if isinstance(error, ScenariosFailed) else {2, 3, 4, 5})
        for finding in error.findings if isinstance(error, InputError) else []:
            assert finding.code
            assert finding.file or finding.place
            assert finding.problem.en != finding.problem.zh
            assert finding.advice.zh
        return
    found = dict(results["base"].numbers)
    told = found.pop("findings") != known
    named = ("sources", "study", "settings")  # they say of what the numbers were made
    same = {k: v for k, v in found.items() if k not in named} == {k: v for k, v in base.items() if k not in named}
    end = "told" if told else "same" if same else "other"
    assert end in case.ends, f"{case.name}: {end}"


def run(project: Path) -> tuple[Any, GeoplanError | None]:
    """The results of a project, or why it is refused."""
    try:
        return gp.run(gp.load_study(project / "study.yaml")), None
    except GeoplanError as error:
        return None, error


def test_projects_with_one_fault_end_as_they_should() -> None:
    """Two dozen projects with a fault by chance: no traceback, no hang, no number accepted that is none (long form: `python -m tests.catalogue.mutate`)."""
    wrong: list[str] = []
    ends = mutate.mutated(25, 3, 0, wrong.append)
    assert not [kind for kind in ends if kind.isupper()], wrong


def test_good_projects_raise_no_alarm() -> None:
    """Towns in forms drawn by chance are neither refused nor repaired, and come to the numbers of the plain form (long form: `python -m tests.catalogue.good`)."""
    wrong: list[str] = []
    assert good_projects.judged(10, seed=7, say=wrong.append) == {"good": 10}, wrong
