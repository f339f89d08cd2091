"""The command line: each command runs as a user runs it, with its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geoplan import plugins
from tests import town

README = Path(__file__).parents[1] / "README.md"
COMMANDS = ["run", "check", "demo", "init", "compare", "verify", "explain", "list", "schema", "fetch"]


def geoplan(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-W", "error::DeprecationWarning:geoplan", "-m", "geoplan.cli", *map(str, words)]
    environment = {**os.environ, "LANG": "C.UTF-8", "COLUMNS": "160", "TERMINAL_WIDTH": "160"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False, timeout=300)


def test_help_names_every_command() -> None:
    """The help lists every command, and asks nothing of the geographic libraries."""
    done = geoplan("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout
    code = "import sys, geoplan.cli; print([m for m in ('numpy', 'pandas', 'geopandas', 'scipy') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_run_verify_compare_and_explain_in_turn(town_study: Path, tmp_path: Path) -> None:
    """A user runs a study, verifies it, compares its scenarios and asks why a site was chosen."""
    out = tmp_path / "maps"
    done = geoplan("run", town_study, "--out", out, "--only", "base", "--only", "poor", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scenarios"]["base"]["gap_account"] == town.ANSWER
    assert geoplan("verify", out).returncode == 0
    compared = geoplan("compare", out, "--json")
    assert json.loads(compared.stdout)["base"]["served_after"] == town.PLAN_SERVED
    why = geoplan("explain", out / "base", "K1", "--study", town_study, "--json")
    assert why.returncode == 0, why.stderr
    assert json.loads(why.stdout)["lost"] == town.PLAN_PLACES


def test_check_names_every_mistake_and_writes_nothing(tmp_path: Path) -> None:
    """Five mistakes are named with line and column, exit code 3, on stderr."""
    wrong = town.STUDY
    for right, mistake in [
        ("language", "langauge"),
        ("walk", "walking"),
        ("wgs84", "wgs85"),
        ("700", "far"),
        ("gap: 0", "gap: -1"),
    ]:
        wrong = wrong.replace(right, mistake, 1)
    path = town.build(tmp_path, wrong)
    before = sorted(tmp_path.rglob("*"))
    done = geoplan("check", path)
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 5
    for line in (4, 13, 21, 24):
        assert f"study.yaml:{line}:" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_check_accepts_a_good_study(town_study: Path) -> None:
    """A study without errors is said to be so, exit code 0."""
    done = geoplan("check", town_study)
    assert done.returncode == 0, done.stderr
    assert "no errors" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run"], 2),
        (["fly"], 2),
        (["list", "nothing"], 2),
        (["run", "none.yaml"], 3),
        (["verify", "nowhere"], 3),
        (["compare", "nowhere"], 3),
    ],
)
def test_refusals_have_their_exit_codes(words: list[str], code: int, tmp_path: Path) -> None:
    """Usage errors exit with 2, input errors with 3, and none shows a traceback."""
    done = geoplan(*words, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_init_writes_a_study_that_only_lacks_its_layers(tmp_path: Path) -> None:
    """The starter study is valid but for the files that the planner still has to give."""
    assert geoplan("init", tmp_path / "new").returncode == 0
    done = geoplan("check", tmp_path / "new" / "scripts" / "study.yaml")
    assert done.returncode == 3
    assert "GP-S002" not in done.stderr
    assert done.stderr.count("GP-S012") >= 1
    assert geoplan("init", tmp_path / "new").returncode == 2


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_list_names_every_plugin(kind: str) -> None:
    """Every plug-in is listed with a title."""
    done = geoplan("list", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if kind != "standards":
        for line in done.stdout.splitlines():
            assert len(line.split(maxsplit=1)) == 2, line


def test_schema_is_json() -> None:
    """The schema of the study file is a JSON document that names its keys."""
    assert "layers" in json.loads(geoplan("schema").stdout)["properties"]


def test_readme_names_every_command_and_model() -> None:
    """The README mentions each command, model and measure."""
    text = README.read_text(encoding="utf-8")
    for name in [f"geoplan {c}" for c in COMMANDS] + [
        n for k in ("models", "measures", "modes", "services") for n in plugins.names(k)
    ]:
        assert name in text, name
