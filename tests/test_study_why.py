"""Why the answer changed: shares that add up, nothing where nothing differs, and two months held side by side."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import geoplan as gp
from geoplan.cli import app
from geoplan.errors import UsageError
from tests import town

HEAD = town.STUDY[: town.STUDY.index("scenarios:")]
CHANGES = {
    "demand": "demand: { uptake: 0.5 }",
    "travel": "travel: { all: { mode: walk, limit_m: 1300 } }",
    "plan": "plan: { budget: { 2026: 1 } }",
    "supply": "supply: { only_filed: false }",
    "changes": "changes: [ { close: F1 } ]",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town with a scenario for every set of changes."""
    folder = tmp_path_factory.mktemp("why") / "town"
    return town.build(folder, HEAD)


def study_with(home: Path, names: frozenset[str]) -> gp.Study:
    """The town's study with one scenario that has these changes."""
    text = (
        home.read_text(encoding="utf-8")
        + "scenarios:\n  other: { "
        + ", ".join(CHANGES[n] for n in sorted(names))
        + " }\n"
    )
    return gp.load_study(home, text)


@settings(max_examples=100 if os.environ.get("GEOPLAN_LONG_LAWS") else 3, deadline=None)
@given(st.frozensets(st.sampled_from(sorted(CHANGES)), max_size=5))
def test_the_shares_add_up_to_the_whole_change(home: Path, names: frozenset[str]) -> None:
    """Before and the shares of all inputs come to after, for every indicator; each input that differs has a row, and no other."""
    study = study_with(home, names)
    found = gp.why(study, "base", "other")
    results = gp.run(study)
    table = gp.compare(results)
    assert len(found.shares) == len(names)
    assert found.every_order == (len(names) <= 4)
    for name in found.shares.columns:
        assert found.before[name] == pytest.approx(table.loc["base", name] or 0)
        assert found.after[name] == pytest.approx(table.loc["other", name] or 0)
        assert found.before[name] + found.shares[name].sum() == pytest.approx(found.after[name], abs=1e-6)


def test_an_input_that_does_nothing_has_no_share_and_one_alone_has_all(home: Path) -> None:
    """Of a scenario that only closes a facility, the closing has the whole loss; nothing differs between a scenario and itself."""
    study = study_with(home, frozenset({"changes"}))
    found = gp.why(study, "base", "other")
    assert list(found.shares.index) == ["changes"]
    assert found.shares.loc["changes", "served"] == -8
    same = gp.why(study, "other", "other")
    assert same.shares.empty
    assert "nothing" in same.summary()


def test_next_months_layers_are_told_from_the_same_ones_elsewhere(home: Path, tmp_path: Path) -> None:
    """A copy of the project differs in nothing; one whose list of facilities has grown differs in that layer alone."""
    shutil.copytree(home.parent, tmp_path / "later")
    this_month, copy = gp.load_study(home), tmp_path / "later" / home.name
    assert gp.why(this_month, later=gp.load_study(copy)).shares.empty
    facilities = copy.parent / "layers" / "facilities.csv"
    table = pd.read_csv(facilities)
    table.loc[table["id"] == "F1", "places_m24_36"] = 16
    table.to_csv(facilities, index=False)
    found = gp.why(this_month, later=gp.load_study(copy))
    assert list(found.shares.index) == ["layers.facilities"]
    assert found.shares.loc["layers.facilities", "served"] == 8


def test_the_command_tells_the_table_and_the_sentence(home: Path) -> None:
    """The command prints before, each input and after; a scenario that there is not is named."""
    text = home.read_text(encoding="utf-8") + "scenarios:\n  other: { " + CHANGES["demand"] + " }\n"
    study = home.with_name("two.yaml")
    study.write_text(text, encoding="utf-8")
    told = CliRunner().invoke(app, ["why", str(study), "other"])
    assert told.exit_code == 0, told.output
    assert "demand.uptake" in told.output
    assert "before" in told.output
    with pytest.raises(UsageError, match="no scenario is called 'x'"):
        gp.why(gp.load_study(study), "x")
