"""Batches: scenarios that extend others, sweeps, what is computed once, and a table that is right whatever failed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import geoplan as gp
from geoplan import plugins
from geoplan.cli import app
from geoplan.console.batch import executor_at
from geoplan.errors import InfeasibleError, InputError, ResourceError, UsageError
from geoplan.study.memo import MOST, Memo
from geoplan.study.run import run_batch, split, together
from geoplan.study.schema import Output
from tests import town
from tests.faults import server

HEAD = town.STUDY[: town.STUDY.index("scenarios:")]
SWEEP = (
    HEAD
    + "outputs: [recommended_sites.csv]\nsweep:\n  demand.uptake: [0.25, 0.5, 1.0]\n  travel.all.limit_m: [300, 700]\n  plan.budget_scale: [0.5, 1, 2]\n"
)


def loaded(tmp_path: Path, text: str) -> Any:
    """A study of the town with this text."""
    return gp.load_study(town.build(tmp_path / "town", text))


def test_a_scenario_adds_its_changes_to_those_of_what_it_extends(tmp_path: Path) -> None:
    """Keys are laid over the parent's, changes come after its changes, and to extend in two steps is to extend in one."""
    study = loaded(tmp_path, HEAD + "scenarios:\n  a: { changes: [ close: F1 ], demand: { uptake: 0.5 } }\n  b: { extends: a, changes: [ refuse: K1 ] }\n"
                   "  c: { changes: [ { close: F1 }, { refuse: K1 } ], demand: { uptake: 0.5 } }\n  d: { extends: b }\n")  # fmt: skip
    b, c, d = (study.scenarios[name].settings for name in "bcd")
    assert b == c == d
    assert [c.close or c.refuse for c in b.changes] == ["F1", "K1"]


@pytest.mark.parametrize(("text", "said"), [
    ("scenarios:\n  a: { extends: b }\n  b: { extends: a }\n", "extends itself"),
    ("scenarios:\n  tight: { }\n  a: { extends: tigth }\n", "did you mean tight"),
    ("sweep: { demand.uptake: 0.5 }\n", "a list of values"),
    ("sweep: { demand.uptak: [0.5, 1] }\n", "did you mean uptake"),
    ("sweep: { demand.uptake: [0.5, 7] }\n", "less than or equal to 1"),
    ("sweep: { plan.budget_scale: [0, 1] }\n", "greater than 0"),
    (f"sweep: {{ demand.uptake: {[n / 200 for n in range(1, 150)]}, travel.all.limit_m: {list(range(1, 100))} }}\n", "at most 10,000"),
])  # fmt: skip
def test_what_cannot_be_resolved_is_told_before_anything_runs(tmp_path: Path, text: str, said: str) -> None:
    """A circle, a misspelt parent or key, a value out of range and a sweep beyond all measure are named with their place in the file."""
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, HEAD + text)
    assert said in str(caught.value)
    assert all("study.yaml:" in f.file and not f.file.endswith(":1:1") for f in caught.value.findings)


def test_a_sweep_is_every_combination_of_its_values(tmp_path: Path) -> None:
    """Three by two by three values make eighteen scenarios beside the base, each with its budget scaled and its row in the table."""
    study = loaded(tmp_path, SWEEP)
    assert len(study.scenarios) == 19
    batch = run_batch(study, tmp_path / "out")
    table = batch.table()
    assert not batch.failures
    assert list(table.index) == list(study.scenarios)
    swept = table.iloc[1:]
    assert (swept["demand_total"] == town.DEMAND * swept["demand.uptake"]).all()
    assert study.scenarios["uptake-0-25_limit_m-300_budget_scale-2"].settings.plan.budget == {2026: 20_000_000}
    more = swept.set_index(["demand.uptake", "travel.all.limit_m", "plan.budget_scale"])["served_after"].unstack()
    assert (more.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)  # more money never serves fewer
    assert {p.name for p in (tmp_path / "out" / table.index[1]).iterdir()} == {
        "results.json",
        "recommended_sites.csv",
        "manifest.json",
    }


def test_a_member_of_a_sweep_is_the_scenario_written_by_hand(tmp_path: Path) -> None:
    """One at a time, several at once and on another executor give the same bytes, and a resume finds all done."""
    text = SWEEP.replace("[0.25, 0.5, 1.0]", "[0.5]").replace("[300, 700]", "[700]").replace("[0.5, 1, 2]", "[1, 2]")
    study = loaded(tmp_path, text)
    run_batch(study, tmp_path / "one")
    run_batch(study, tmp_path / "two", jobs=2)
    with ThreadPoolExecutor(1) as executor:
        run_batch(study, tmp_path / "three", executor=executor)
    assert server.prints(tmp_path / "one") == server.prints(tmp_path / "two") == server.prints(tmp_path / "three")
    again = run_batch(study, tmp_path / "two", resume=True)
    assert again.found_done == set(study.scenarios)
    pd.testing.assert_frame_equal(again.table(), run_batch(study, tmp_path / "one", resume=True).table())


def test_one_that_fails_is_named_in_the_table_and_stops_no_other(tmp_path: Path) -> None:
    """A member of which the rules conflict fails by name; the row of each other is there."""
    text = (
        HEAD
        + "sweep:\n  - { demand.uptake: 0.5 }\n  - { plan.pilots: [ { kind: employer_nursery, least: 3, by: 2026 } ] }\n  - { demand.uptake: 0.25 }\n"
    )
    batch = run_batch(loaded(tmp_path, text))
    assert len(batch.failures) == 1
    table = batch.table()
    assert len(table) == 4
    assert table["failed"].notna().sum() == 1
    assert (table["demand_total"].notna() == table["failed"].isna()).all()


def test_what_scenarios_share_is_computed_once(tmp_path: Path) -> None:
    """Members that differ in money alone follow one another, and all but the first of them find people, ways and access done."""
    study = loaded(tmp_path, SWEEP)
    told: list[tuple[str, str]] = []
    run_batch(study, progress=lambda scenario, stage: told.append((scenario, stage)))
    reused = [scenario for scenario, stage in told if stage.startswith("as before") and "measured" in stage]
    groups = together(list(study.scenarios.values()))
    assert len(reused) == len(study.scenarios) - len(groups)
    assert len(groups) == 6
    assert sorted(s.name for g in split(groups, 20) for s in g) == sorted(study.scenarios)


def test_a_memo_keeps_few_of_what_is_large() -> None:
    """However many scenarios a batch has, of each stage only the last used are kept."""
    memo = Memo()
    for number in range(50):
        memo("known", number, object)
    assert len(memo.kept["known"]) == MOST
    first = memo("known", 49, lambda: None)
    assert first is not None


def test_the_outputs_that_can_be_asked_for_are_those_that_there_are() -> None:
    """The names in the schema are those of the registry."""
    assert set(Output.__args__) == set(plugins.OUTPUTS)


def test_a_batch_of_a_hundred_holds_no_results(tmp_path: Path) -> None:
    """Of a scenario that is done only its row stays: the memory does not grow with the tables of all."""
    uptakes = [round(0.1 + n / 100, 2) for n in range(60 if os.environ.get("GEOPLAN_LONG_LAWS") else 6)]
    batch = run_batch(loaded(tmp_path, HEAD + f"sweep: {{ demand.uptake: {uptakes} }}\n"))
    assert set(batch.results.values()) == {None}
    assert len(batch.rows) == len(uptakes) + 1
    assert threading.active_count() < 20


def test_a_dask_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    """Scenarios that a scheduler hands out write what those of one process write, and the table is told; without a cluster the address is named."""
    distributed = pytest.importorskip("distributed")
    text = SWEEP.replace("[0.25, 0.5, 1.0]", "[0.25, 0.5]").replace("[300, 700]", "[700]").replace("[0.5, 1, 2]", "[1]")
    path = town.build(tmp_path / "town", text)
    run_batch(gp.load_study(path), tmp_path / "own")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    ran = subprocess.run([sys.executable, script, path, tmp_path / "dask"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert {n: h for n, h in server.prints(tmp_path / "dask").items() if "/" in n} == server.prints(tmp_path / "own")
    assert distributed


CLUSTER = """
import subprocess, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        words = [sys.executable, "-c", "from geoplan.cli import main; main()", "run", sys.argv[1], "--out", sys.argv[2], "-q"]
        sys.exit(subprocess.run([*words, "--scheduler", cluster.scheduler_address]).returncode)
"""


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense"])
def test_a_scheduler_that_does_not_answer_is_named(address: str) -> None:
    """No cluster at the address, or no address at all, is one message."""
    pytest.importorskip("distributed")
    with pytest.raises((ResourceError, UsageError), match=address), executor_at(address, wait_s=1):
        pass


def test_a_lone_refusal_of_the_command_is_told_once(tmp_path: Path) -> None:
    """Where nothing came out, the command leaves the telling to the one error: no list of scenarios besides."""
    path = town.build(
        tmp_path / "town",
        HEAD.replace("gap: 0", "gap: 0\n  floors: [ { kind: coverage, least: 0.99, by: 2026 } ]"),
    )
    told = CliRunner().invoke(app, ["run", str(path), "--out", str(tmp_path / "out"), "-q"])
    assert isinstance(told.exception, InfeasibleError)
    assert "finished" not in told.output


def test_many_scenarios_are_told_as_a_table_and_found_done_the_next_time(tmp_path: Path) -> None:
    """More than a handful are printed as one table with the values that were swept; only a resume says that nothing is left to do."""
    path = town.build(
        tmp_path / "town",
        HEAD + "sweep: { demand.uptake: [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] }\noutputs: []\n",
    )
    words = ["run", str(path), "--out", str(tmp_path / "out"), "-q"]
    first, again = (CliRunner().invoke(app, [*words, *more]).output for more in ([], ["--resume"]))
    assert "0.25" in first
    assert "scenarios.csv" in first
    assert "nothing left" not in first
    assert "nothing left" in again
