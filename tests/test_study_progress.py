"""Progress: two dated runs side by side by county-level unit, and what may not be compared."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import CheckFailed, Finding, InputError
from geoplan.study.progress import WHOLE, progress
from tests import town


def rewritten(folder: Path, to: Path, change: Callable[[dict[str, Any]], object], inputs: object = None) -> Path:
    """A copy of a run whose numbers are changed, with a manifest that says so, as a run of other data would leave it."""
    to.mkdir()
    for name in ("results.json", "manifest.json"):
        shutil.copy(folder / name, to / name)
    found = json.loads((to / "results.json").read_text(encoding="utf-8"))
    change(found)
    text = json.dumps(found, ensure_ascii=False)
    (to / "results.json").write_text(text, encoding="utf-8")
    record = json.loads((to / "manifest.json").read_text(encoding="utf-8"))
    record["files"]["results.json"]["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    record["inputs"] = inputs if inputs is not None else record["inputs"]
    (to / "manifest.json").write_text(json.dumps(record), encoding="utf-8")
    return to


def notes(table: pd.DataFrame) -> dict[str, Finding]:
    """The notes of a table by code."""
    return {f.code: f for f in table.attrs["findings"]}


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that say what changed."""
    return table.filter(regex="_change$")


def test_a_run_against_itself_shows_no_progress(town_run: Path) -> None:
    """Every change is 0, nothing is missing, and there is nothing to note."""
    table = progress(town_run / "base", town_run / "base")
    assert (changes(table) == 0).all(axis=None)
    assert table.attrs["findings"] == []
    assert table.index.tolist() == ["130599", WHOLE]
    assert table["stands_in"].unique().tolist() == ["both"]
    assert table[["inputs_changed", "settings_changed"]].eq("").all(axis=None)


def test_what_a_new_facility_brings_follows_from_arithmetic(town_run: Path) -> None:
    """Sixteen places at the east end serve the sixteen of home E; people and demand stay."""
    row = progress(town_run / "base", town_run / "opened").loc["130599"]
    assert row["name"] == "小镇"
    expected = {
        "population": (town.POPULATION, town.POPULATION, 0),
        "wanted": (town.DEMAND, town.DEMAND, 0),
        "facilities": (2, 3, 1),
        "places": (12, 28, 16),
        "places_per_1000": (12.5, 28 / 0.96, 16 / 0.96),
        "served": (8, 24, 16),
        "unserved": (88, 72, -16),
        "coverage_300": (2 / 6, 3 / 6, 1 / 6),
    }
    for name, values in expected.items():
        assert row[[f"{name}_{side}" for side in ("before", "after", "change")]].tolist() == pytest.approx(
            values, abs=1e-5
        )


def test_the_last_row_is_the_whole_area(town_run: Path) -> None:
    """In a town of one unit the whole shows what the unit shows; served and unserved add up to the places wanted."""
    table = progress(town_run / "base", town_run / "closed")
    numbers = table.select_dtypes("number")
    assert numbers.loc[WHOLE].tolist() == pytest.approx(numbers.loc["130599"].tolist(), abs=1e-5)
    for side in ("before", "after"):
        assert (table[f"served_{side}"] + table[f"unserved_{side}"]).tolist() == table[f"wanted_{side}"].tolist()


def test_turned_round_the_changes_change_sign(town_run: Path) -> None:
    """What is won one way is lost the other way."""
    there, back = (progress(*(town_run / n for n in names)) for names in (("base", "opened"), ("opened", "base")))
    pd.testing.assert_frame_equal(changes(there), -changes(back), check_exact=True)


def test_other_settings_are_told(town_run: Path) -> None:
    """What the study changed stands in a column and in a note, old and new."""
    table = progress(town_run / "base", town_run / "poor")
    assert table["settings_changed"].unique().tolist() == ["plan.budget.2026: 10000000 → 1"]
    assert list(notes(table)) == ["GP-C005"]


def test_other_data_are_told_by_role(town_run: Path, tmp_path: Path) -> None:
    """A layer with other bytes is named by its role, and so is one that only one run has; the demand that differs is shown."""
    inputs = json.loads((town_run / "base" / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    other = [i | {"sha256": "0" * 64} if i["role"] == "residents" else i for i in inputs if i["role"] != "hosts"]

    def grow(found: dict[str, Any]) -> None:
        found["demand_total"] += 4
        found["units"][0]["wanted"] += 4
        for account in ("gap_account", "gap_after"):
            found[account]["too_far"] += 4

    later = rewritten(town_run / "base", tmp_path / "later", grow, other)
    table = progress(town_run / "base", later)
    assert table["inputs_changed"].unique().tolist() == ["hosts, residents"]
    assert table["wanted_change"].tolist() == table["unserved_change"].tolist() == [4, 4]
    assert table["served_change"].tolist() == [0, 0]
    assert notes(table)["GP-C004"].count == 2


def test_a_unit_of_one_run_only_is_told_and_has_no_change(town_run: Path, tmp_path: Path) -> None:
    """A unit that changed its code stands twice, each with one side missing: unknown, not 0; the whole is compared."""
    later = rewritten(town_run / "base", tmp_path / "later", lambda n: n["units"][0].update(unit_id="130500"))
    table = progress(town_run / "base", later)
    assert table["stands_in"].to_dict() == {"130500": "after", "130599": "before", WHOLE: "both"}
    assert np.isnan(table.loc["130599", "population_after"])
    assert np.isnan(table.loc["130500", "population_before"])
    assert changes(table).drop(WHOLE).isna().all(axis=None)
    assert (changes(table).loc[WHOLE] == 0).all()
    assert notes(table)["GP-C003"].count == 2
    assert table.loc[["130500", "130599"], "name"].tolist() == ["小镇", "小镇"]


def test_what_only_one_run_knows_is_missing_in_the_other(town_run: Path, tmp_path: Path) -> None:
    """A reach that was not measured before, and an enrolment that is known later, are missing before."""

    def learn(found: dict[str, Any]) -> None:
        found["units"][0] |= {"coverage_800": 0.5, "enrolled": 24}
        found["coverage"]["800"] = 0.5

    table = progress(town_run / "base", rewritten(town_run / "base", tmp_path / "later", learn))
    assert table["coverage_800_before"].isna().all()
    assert table["coverage_800_after"].tolist() == [0.5, 0.5]
    assert table["enrolment_rate_after"].tolist() == [24 / 96, 24 / 96]
    assert table[["coverage_800_change", "enrolled_change"]].isna().all(axis=None)


def test_the_years_are_given_and_a_wrong_order_is_told(town_run: Path, tmp_path: Path) -> None:
    """Runs that were given the wrong way round are compared all the same, with a note."""
    earlier = rewritten(town_run / "base", tmp_path / "earlier", lambda n: n.update(year=2024))
    assert progress(earlier, town_run / "base").attrs["years"] == [2024, 2026]
    assert list(notes(progress(town_run / "base", earlier))) == ["GP-C006"]
    assert notes(progress(earlier, town_run / "base")) == {}


def test_services_are_not_mixed(town_run: Path, tmp_path: Path) -> None:
    """Runs of two services are refused, in both languages."""
    other = rewritten(town_run / "base", tmp_path / "other", lambda n: n.update(service="clinic"))
    with pytest.raises(InputError, match="different services") as refused:
        progress(town_run / "base", other)
    assert "服务类型不同" in refused.value.findings[0].sentence("zh")


def test_damaged_folders_are_refused_together(town_run: Path, tmp_path: Path) -> None:
    """A changed results file and a folder without manifest are both named in one refusal, in both languages."""
    changed = rewritten(town_run / "base", tmp_path / "changed", lambda _: None)
    with (changed / "results.json").open("a") as file:
        file.write(" ")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as refused:
        progress(changed, tmp_path / "empty")
    assert [f.code for f in refused.value.findings] == ["GP-C001", "GP-O002"]
    assert "改动" in refused.value.findings[0].sentence("zh")
    assert "没有可读的" in refused.value.findings[1].sentence("zh")


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"files": {}}', '{"files": {"results.json": 1}, "geoplan": {}, "inputs": []}']
)
def test_a_manifest_that_lacks_something_is_refused(town_run: Path, tmp_path: Path, text: str) -> None:
    """A manifest that is JSON, and no manifest of a run, is a refusal and no crash."""
    folder = rewritten(town_run / "base", tmp_path / "copy", lambda _: None)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="GP-C001"):
        progress(town_run / "base", folder)


def test_numbers_that_are_missing_or_do_not_add_up_are_refused(town_run: Path, tmp_path: Path) -> None:
    """Results of another kind are refused; results whose parts do not add up fail their recount."""
    lacking = rewritten(town_run / "base", tmp_path / "lacking", lambda n: n.pop("coverage"))
    with pytest.raises(InputError, match="lacks numbers"):
        progress(town_run / "base", lacking)
    wrong = rewritten(town_run / "base", tmp_path / "wrong", lambda n: n["gap_account"].update(served=9))
    with pytest.raises(CheckFailed, match="gap_account"):
        progress(town_run / "base", wrong)
