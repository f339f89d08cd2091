"""Runs that are killed, refused or run twice leave old-whole or new-whole, say what happened, and go on where they were."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import geoplan as gp
from geoplan import files
from geoplan.errors import CheckFailed, Finding, GeoplanError, InputError, ResourceError, ScenariosFailed, Text
from geoplan.study import manifest, run
from geoplan.study.reproduce import reproduce
from tests import smallest, town

ROOT = Path(__file__).parents[1]


def ordered(*words: str, wait: bool = True) -> subprocess.Popen[str] | subprocess.CompletedProcess[str]:
    """A command of geoplan in a process of its own."""
    order = [sys.executable, "-m", "geoplan.cli", *words]
    settings = {"env": {**os.environ, "PYTHONPATH": str(ROOT)}, "text": True}
    if wait:
        return subprocess.run(order, capture_output=True, check=False, **settings)  # type: ignore[call-overload]
    return subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)  # type: ignore[call-overload]


SHORT = [["kills", "--calls", "40", "--every", "30"], ["errors", "--upto", "3", "--every", "4"]]
LONG = [["kills", "--count", "20", "--calls", "44", "--every", "4"], ["errors", "--upto", "44", "--every", "4"]]


@pytest.mark.parametrize("order", LONG if os.environ.get("GEOPLAN_LONG_LAWS") else SHORT)
def test_the_short_forms_of_the_harnesses_hold(order: list[str]) -> None:
    """Kills before calls, and calls that are refused: nothing half-written, every resume byte-equal."""
    command = [sys.executable, "-m", f"tests.faults.{order[0]}", *order[1:]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "byte-equal" in done.stdout


def test_what_a_killed_swap_left_is_ended(tmp_path: Path) -> None:
    """Between its two renames a kill leaves neither at the final name: the new one comes back if it is whole, else the old one."""
    gone = 4_194_000  # no process has this number
    for whole in (True, False):
        folder = tmp_path / f"{whole}" / "base"
        old, new = (folder.with_name(f".base.{state}-{gone}") for state in ("old", "staging"))
        for made, text in ((old, "old"), (new, "new")):
            made.mkdir(parents=True)
            (made / "a").write_text(text, encoding="utf-8")
        files.heal(folder, lambda p, w=whole: w or ".old-" in p.name)  # type: ignore[misc]
        assert (folder / "a").read_text(encoding="utf-8") == ("new" if whole else "old")
        assert [p.name for p in folder.parent.iterdir()] == ["base"]


def test_a_second_run_in_one_folder_is_refused(tmp_path: Path) -> None:
    """It names process and computer of the first; the lock of a dead process is taken over with a word, that of another computer is not."""
    said: list[str] = []
    with (
        files.locked(tmp_path),
        pytest.raises(ResourceError, match=f"process {os.getpid()} on {socket.gethostname()}"),
        files.locked(tmp_path),
    ):
        pass
    (tmp_path / files.LOCK).write_text(json.dumps({"pid": 4_194_000, "host": socket.gethostname()}), encoding="utf-8")
    with files.locked(tmp_path, said.append):
        pass
    assert "4194000" in said[0]
    (tmp_path / files.LOCK).write_text(json.dumps({"pid": 7, "host": "another"}), encoding="utf-8")
    with pytest.raises(ResourceError, match="on another"), files.locked(tmp_path):
        pass


def test_a_terminated_run_ends_soon_with_its_own_code(tmp_path: Path) -> None:
    """SIGTERM ends a run within seconds with code 143 and SIGINT with 130; nothing is left at a final name that is not whole."""
    study = town.build(tmp_path / "town")
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        out = tmp_path / f"out{code}"
        process = ordered("run", str(study), "--out", str(out), wait=False)
        while not (out / files.LOCK).exists() and process.poll() is None:  # type: ignore[union-attr]
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(number)  # type: ignore[union-attr]
        began = time.monotonic()
        process.communicate(timeout=90)  # type: ignore[union-attr]
        assert process.returncode == code
        assert time.monotonic() - began < 90
        assert not [p for p in out.glob("*") if p.is_dir() and not manifest.is_whole(p)] if out.exists() else True


def test_one_failing_scenario_does_not_stop_the_others(tmp_path: Path) -> None:
    """The others are published, the failing one is named, and the code is 1."""
    text = town.STUDY.replace(
        "  poor:\n    plan: { budget: { 2026: 1 } }",
        "  poor:\n    plan: { pilots: [ { kind: employer_nursery, least: 3, by: 2026 } ] }",
    )
    study = gp.load_study(town.build(tmp_path / "town", text))
    for jobs in (2,):
        out = tmp_path / f"out{jobs}"
        with pytest.raises(ScenariosFailed, match="poor") as caught:
            gp.run(study, out, only=["base", "poor", "closed"], jobs=jobs)
        assert list(caught.value.failures) == ["poor"]
        assert caught.value.exit_code == 1
        assert sorted(p.name for p in out.iterdir() if p.is_dir()) == ["base", "closed"]


@pytest.mark.parametrize("error", [
    InputError(Finding("GP-T001", "a.csv", "row 3", Text("x", "x"), Text("y", "y"))), ResourceError("disk"), CheckFailed("no"),
    ScenariosFailed({"poor": ResourceError("disk")}, ["base"]),
])  # fmt: skip
def test_every_refusal_reaches_the_process_that_asked(error: GeoplanError) -> None:
    """An error of a scenario in a process of its own comes back as it was."""
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.exit_code) == (type(error), str(error), error.exit_code)


def test_a_killed_worker_is_tried_again_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario whose process dies twice fails by name; the others come out."""
    batch = run.Batch(gp.load_study(smallest.build(tmp_path)), {}, False, False, run.nothing)
    scenario = batch.study.scenarios["base"]
    monkeypatch.setattr(run.Batch, "in_pool", lambda _self, groups, _jobs: [s for group in groups for s in group])
    batch.in_parallel([[scenario]], 2, None)
    assert isinstance(batch.failures["base"], ResourceError)


def test_an_input_that_changes_during_the_run_stops_it(tmp_path: Path) -> None:
    """The numbers would not be those of the file that the manifest names, so nothing is published and the file is named."""
    study = gp.load_study(smallest.build(tmp_path))

    def change(_scenario: str, stage: str) -> None:
        if stage in {"results.json", "map.html"}:
            with (tmp_path / "layers" / "facilities.csv").open("a", encoding="utf-8") as file:
                file.write("\n")

    with pytest.raises(InputError, match=r"facilities.csv.*changed while the run"):
        gp.run(study, tmp_path / "out", progress=change)
    assert not (tmp_path / "out" / "base").exists()


def test_a_scenario_is_reproduced_byte_by_byte(tmp_path: Path) -> None:
    """All files come out again; a changed input is named; a file that was tampered with differs."""
    study = gp.load_study(smallest.build(tmp_path))
    gp.run(study, tmp_path / "out")
    base = tmp_path / "out" / "base"
    made = reproduce(base)
    assert not made.differ
    assert set(made.same) == {*manifest.read_manifest(base)["files"]}
    record = manifest.read_manifest(base)
    record["files"]["results.json"]["sha256"] = "0" * 64
    (base / "manifest.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"results.json"):
        reproduce(base)
    (tmp_path / "layers" / "facilities.csv").write_bytes(b"id\nF1\n")
    with pytest.raises(InputError, match=r"facilities.csv.*not the one of that run"):
        reproduce(base)


def test_few_file_handles_and_no_home_are_enough(tmp_path: Path) -> None:
    """A run works with 64 open files, without HOME, in a terminal that knows no Chinese; a closed pipe keeps its code."""
    study = smallest.build(tmp_path)
    script = f"ulimit -n 64; env -u HOME LC_ALL=C PYTHONIOENCODING=ascii PYTHONPATH={ROOT} {sys.executable} -m geoplan.cli run {study} --out {tmp_path / 'out'}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    piped = subprocess.run(
        ["bash", "-c", f"set -o pipefail; PYTHONPATH={ROOT} {sys.executable} -m geoplan.cli schema | head -c 10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in piped.stderr


def test_the_same_bytes_under_other_settings(tmp_path: Path) -> None:
    """Hash seed, threads, time zone, locale and working folder change no byte (four settings; all 48 by `python -m tests.faults.settings`)."""
    from tests.faults.settings import run as run_under

    study = smallest.build(tmp_path / "project")
    made = [
        run_under(study, tmp_path / f"out{n}", seed, threads, zone, locale, folder)
        for n, (seed, threads, zone, locale, folder) in enumerate(
            [("0", "1", "UTC", "C", tmp_path), ("random", "2", "Asia/Shanghai", "C.UTF-8", tmp_path / "project")]
        )
    ]
    assert made[0] == made[1]
    assert len(made[0]) > 8


def test_no_module_runs_text_or_reads_pickles() -> None:
    """Nothing in the package evaluates text, starts a shell or a program, or unpickles."""
    import ast

    forbidden = {
        "eval",
        "exec",
        "system",
        "popen",
        "check_output",
        "Popen",
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "subprocess",
    }
    starts_a_program = ROOT / "geoplan" / "sources" / "_child.py"  # the process that reads, which is geoplan's own
    for path in (p for p in (ROOT / "geoplan").rglob("*.py") if p != starts_a_program):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name.split(".")[0] for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                names.append((node.module or "").split(".")[0])
            if isinstance(node, ast.Call):
                names.append(node.func.id if isinstance(node.func, ast.Name) else "")
                assert not [k for k in node.keywords if k.arg == "allow_pickle" and getattr(k.value, "value", False)], (
                    path
                )
            assert not forbidden & set(names), path


def test_results_do_not_depend_on_what_is_done_before(tmp_path: Path) -> None:
    """A batch of one is the single run: the files of a scenario are the same alone and before others."""
    path = smallest.build(tmp_path)
    text = path.read_text(encoding="utf-8") + "scenarios:\n  more: { demand: { uptake: 0.5 } }\n"
    path.write_text(text, encoding="utf-8")
    study = gp.load_study(path)
    gp.run(study, tmp_path / "many")
    gp.run(study, tmp_path / "alone", only=["base"])
    hashes = [manifest.read_manifest(tmp_path / name / "base")["files"] for name in ("many", "alone")]
    assert hashes[0] == hashes[1]
