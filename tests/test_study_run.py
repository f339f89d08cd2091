"""The whole line on the town: the answers follow from arithmetic, and the files are whole or absent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import geoplan as gp
from geoplan.errors import CheckFailed, GeoplanError, InputError
from geoplan.study import manifest
from tests import town

FILES = {
    "map.html", "report.docx", "report.pdf", "tables.xlsx", "layers.gpkg", "layers.qgs", "recommended_sites.csv", "field_check.xlsx",
    "results.json", "manifest.json",
}  # fmt: skip


def numbers(run: Path, scenario: str = "base") -> dict:  # type: ignore[type-arg]
    """What results.json of a scenario holds."""
    return json.loads((run / scenario / "results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_every_scenario_has_its_files(town_run: Path) -> None:
    """A run writes exactly these files for each scenario, and nothing beside the scenarios."""
    assert {f.name for f in town_run.iterdir()} == {"base", "poor", "closed", "opened", "refused"}
    for folder in town_run.iterdir():
        assert {f.name for f in folder.iterdir()} == FILES


def test_the_gap_account_of_the_town_follows_from_arithmetic(town_run: Path) -> None:
    """Each child stands in the one cause that the street gives."""
    found = numbers(town_run)
    assert found["gap_account"] == town.ANSWER
    assert found["demand_total"] == town.DEMAND
    assert found["population_total"] == town.POPULATION


def test_the_best_plan_of_the_town_is_the_spare_class(town_run: Path) -> None:
    """The only useful option is chosen, proven optimal, and serves twenty more children."""
    found = numbers(town_run)
    assert found["plan"]["status"] == "optimal"
    assert found["plan"]["sites"] == ["K1:kindergarten_class"]
    assert found["plan"]["places"] == town.PLAN_PLACES
    assert found["gap_after"]["served"] == town.PLAN_SERVED
    assert found["plan"]["served_more"] == town.PLAN_SERVED - town.ANSWER["served"]


def test_scenarios_do_what_they_say(town_run: Path) -> None:
    """No money builds nothing; a closed facility serves nobody; an opened one serves; a refused site is not used."""
    assert numbers(town_run, "poor")["plan"]["sites"] == []
    closed = {"served": 0, "too_far": 32, "full": 0, "wrong_kind": 48, "not_joined": 16}
    assert numbers(town_run, "closed")["gap_account"] == closed
    assert numbers(town_run, "opened")["gap_account"]["served"] == 8 + 16
    assert numbers(town_run, "refused")["plan"]["sites"] == []


def test_both_accounts_of_every_scenario_add_up(town_run: Path) -> None:
    """The five causes add up to the demand, today and with the plan."""
    for folder in town_run.iterdir():
        found = numbers(town_run, folder.name)
        assert sum(found["gap_account"].values()) == found["demand_total"]
        assert sum(found["gap_after"].values()) == found["demand_total"]


def test_a_published_run_verifies(town_run: Path) -> None:
    """What was written is whole and adds up."""
    for folder in town_run.iterdir():
        assert gp.verify(folder)["scenario"] == folder.name


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json"}))
def test_a_changed_or_missing_file_is_noticed(town_run: Path, tmp_path: Path, name: str) -> None:
    """Verification fails for a file that was changed by one byte, and for one that is gone."""
    folder = tmp_path / "copy"
    shutil.copytree(town_run / "base", folder)
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(CheckFailed, match="changed"):
        gp.verify(folder)
    (folder / name).unlink()
    with pytest.raises(CheckFailed, match="missing"):
        gp.verify(folder)


def test_two_runs_give_the_same_results(town_study: Path, town_run: Path, tmp_path: Path) -> None:
    """The same study gives the same results.json, byte for byte, in another process state and folder."""
    gp.run(gp.load_study(town_study), tmp_path / "again", only=["base", "opened"])
    for name in ("base", "opened"):
        again = (tmp_path / "again" / name / "results.json").read_bytes()
        assert again == (town_run / name / "results.json").read_bytes()


def test_resume_leaves_out_what_is_done_and_only_that(town_study: Path, town_run: Path, tmp_path: Path) -> None:
    """With resume a whole scenario is not computed again; a broken one is."""
    out = tmp_path / "maps"
    shutil.copytree(town_run, out)
    (out / "poor" / "results.json").write_text("{}", encoding="utf-8")
    done = gp.run(gp.load_study(town_study), out, resume=True)
    assert list(done) == ["poor"]
    assert gp.verify(out / "poor")


def test_a_folder_that_geoplan_did_not_write_is_left_alone(town_study: Path, tmp_path: Path) -> None:
    """A run refuses to replace a folder of somebody else's, and touches nothing in it."""
    mine = tmp_path / "maps" / "base"
    mine.mkdir(parents=True)
    (mine / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not written by geoplan"):
        gp.run(gp.load_study(town_study), tmp_path / "maps")
    assert [f.name for f in (tmp_path / "maps").rglob("*")] == ["base", "thesis.docx"]


def test_a_failing_writer_leaves_the_old_scenario_whole(
    town_study: Path, town_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file cannot be written, the scenario that was there stays, and nothing else is left."""
    out = tmp_path / "maps"
    shutil.copytree(town_run / "base", out / "base")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("geoplan.exports.gpkg.write", full_disk)
    with pytest.raises(GeoplanError, match="No space left"):
        gp.run(gp.load_study(town_study), out, only=["base"])
    assert [f.name for f in out.iterdir()] == ["base"]
    assert gp.verify(out / "base")


def test_jobs_do_not_change_the_results(town_study: Path, town_run: Path, tmp_path: Path) -> None:
    """Scenarios computed side by side give the same results as one after another."""
    gp.run(gp.load_study(town_study), tmp_path, only=["base", "closed"], jobs=2)
    for name in ("base", "closed"):
        assert (tmp_path / name / "results.json").read_bytes() == (town_run / name / "results.json").read_bytes()


def test_compare_has_one_row_a_scenario(town_study: Path) -> None:
    """The comparison holds the numbers of each scenario, and names what each changed."""
    results = gp.run(gp.load_study(town_study), only=["base", "poor"])
    table = gp.compare(results)
    assert list(table.index) == ["base", "poor"]
    assert table.loc["base", "served_after"] == town.PLAN_SERVED
    assert "plan.budget.2026" in table.loc["poor", "changes"]
    pd.testing.assert_frame_equal(table, gp.compare({n: r.numbers for n, r in results.items()}))


BAD = {
    "no datum": ("    datum: wgs84\n", "", "layers.facilities.datum"),
    "missing column": ("columns: { facility_id: id }", "columns: { facility_id: nummer }", "nummer"),
    "missing file": ("layers/homes.gpkg", "layers/house.gpkg", "layers/house.gpkg"),
    "path outside": ("layers/homes.gpkg", "../../etc/homes.gpkg", "out of the project"),
    "an address": ("layers/homes.gpkg", "https://example.org/homes.gpkg", "network"),
    "wrong id to close": ("close: F1", "close: F77", "F77"),
    "wrong id to refuse": ("refuse: K1", "refuse: K77", "K77"),
}


SCENARIO = {"wrong id to close": ["closed"], "wrong id to refuse": ["refused"]}  # the one that names it


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    """Each mistake gives one clear error that names it; no output folder appears."""
    right, wrong, named = BAD[case]
    assert right in town.STUDY
    path = town.build(tmp_path / "town", town.STUDY.replace(right, wrong, 1))
    with pytest.raises(InputError) as caught:
        gp.run(gp.load_study(path), tmp_path / "maps", only=SCENARIO.get(case, ()))
    assert named in str(caught.value)


def test_bad_rows_of_several_layers_are_told_at_once(tmp_path: Path) -> None:
    """A duplicate id in one layer and text for a number in another are told together, with file and row."""
    path = town.build(tmp_path)
    facilities = tmp_path / "layers" / "facilities.csv"
    facilities.write_text(facilities.read_text("utf-8-sig").replace(",8,", ",六十,"), encoding="utf-8")
    homes = tmp_path / "layers" / "homes.gpkg"
    frame = town.homes().assign(demand_id=["A", "A", "C", "D", "E", "G"])
    homes.unlink()
    frame.to_file(homes, driver="GPKG")
    with pytest.raises(InputError) as caught:
        gp.run(gp.load_study(path))
    told = str(caught.value)
    assert "facilities.csv" in told
    assert "六十" in told
    assert "row 2" in told
    assert "homes.gpkg" in told
    assert "'A'" in told


def test_the_manifest_names_every_file_with_its_hash(town_run: Path) -> None:
    """The manifest is the commit record: every file, their hashes, the inputs and the versions."""
    record = manifest.read_manifest(town_run / "base")
    assert set(record["files"]) == FILES - {"manifest.json"}
    assert record["geoplan"]["geoplan"]
    assert {i["role"] for i in record["inputs"]} == {"area", "residents", "facilities", "hosts", "streets"}
