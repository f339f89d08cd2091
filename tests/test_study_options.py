"""What could be done in the town with land: the study reads every layer, and the verdicts follow from where things lie."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest

import geoplan as gp
from geoplan.errors import InputError
from geoplan.profiles.standard import Verdict
from geoplan.result import Result
from geoplan.study.run import run
from geoplan.study.scenarios import load_study
from tests import town_land


def result_of(path: Path, out: Path | None = None) -> Result:
    """The base scenario of a study."""
    return run(load_study(path), out)["base"]


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The town with land, run with its files."""
    folder = tmp_path_factory.mktemp("land")
    path = town_land.build(folder)
    return folder, result_of(path, folder / "out")


def verdict(result: Result, option: str, standard: str) -> str:
    """The outcome of one standard on one option."""
    return next(v.outcome for v in result.options.at[option, "verdicts"] if v.standard == standard)


def without_preference(result: Result, option: str) -> list[Verdict]:
    """The verdicts on an option, but for the one that depends on what stands around it."""
    return [v for v in result.options.at[option, "verdicts"] if v.standard != "convert_first"]


def test_new_land_waits_for_what_can_be_converted(land: tuple[Path, Result]) -> None:
    """P1 is refused because L1 passes within reach and names it; P2 is open, as an exception with its reason."""
    options = land[1].options
    assert options.at["L1:lease_premises", "verdict"] == "pass"
    assert options.at["P1:idle_land", "verdict"] == "fail"
    assert "门面" in options.at["P1:idle_land", "reason"]
    assert verdict(land[1], "P2:idle_land", "convert_first") == "pass"
    assert "exception" in options.at["P2:idle_land", "reason"]


def test_a_parcel_one_metre_inside_permanent_farmland_is_refused(land: tuple[Path, Result]) -> None:
    """P4 fails by it, P2 beside it does not."""
    assert verdict(land[1], "P4:idle_land", "control_permanent_farmland") == "fail"
    assert verdict(land[1], "P2:idle_land", "control_permanent_farmland") == "pass"


def test_0702_is_a_homestead_in_the_survey_and_service_land_in_the_plan(land: tuple[Path, Result]) -> None:
    """The planned 0702 suits idle land and is service land; the surveyed one is neither."""
    options = land[1].options
    assert verdict(land[1], "P2:idle_land", "land_use") == "pass"
    assert verdict(land[1], "P3:idle_land", "land_use") == "fail"
    assert "P2:service_land" in options.index
    assert "P3:service_land" not in options.index


def test_a_layer_that_does_not_declare_its_codes_is_refused(tmp_path: Path) -> None:
    """The message names the columns that look like codes, and what to write."""
    path = town_land.build(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(", columns: { survey_code: DLBM, planning_code: GHYT }", ""), encoding="utf-8")
    with pytest.raises(InputError, match="DLBM"):
        result_of(path)


def test_a_filled_form_changes_only_what_it_filled(land: tuple[Path, Result]) -> None:
    """The form of a run, filled in for the fire rating of L2 and read back, makes its unknown verdicts known and changes no other, but that
    new land near it now counts one convertible site more.
    """
    folder, before = land
    form = folder / "out" / "base" / "field_check.xlsx"
    book = openpyxl.load_workbook(form)
    sheet = next(s for s in book if any("site_id" in [c.value for c in row] for row in s.iter_rows(max_row=20)))
    header = next(row for row in sheet.iter_rows() if "site_id" in [c.value for c in row])
    at = {cell.value: cell.column for cell in header}
    rows = range(header[0].row + 1, sheet.max_row + 1)
    wanted = [
        r
        for r in rows
        if (sheet.cell(r, at["site_id"]).value, sheet.cell(r, at["quantity"]).value) == ("L2", "fire_rating")
    ]
    sheet.cell(wanted[0], at["value"]).value = 2
    book.save(folder / "layers" / "filled.xlsx")
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    layer = "  field_checks: { path: layers/filled.xlsx }\n"
    (folder / "filled.yaml").write_text(text.replace("  hosts:", layer + "  hosts:", 1), encoding="utf-8")
    after = result_of(folder / "filled.yaml")
    assert len(after.field_checks) == len(before.field_checks) - 1
    others = [o for o in before.options.index if o != "L2:lease_premises"]
    assert [without_preference(before, o) for o in others] == [without_preference(after, o) for o in others]
    assert verdict(before, "L2:lease_premises", "fire_storey") == "unknown"
    assert verdict(after, "L2:lease_premises", "fire_storey") == "pass"
    mine = {v.standard: v.outcome for v in before.options.at["L2:lease_premises", "verdicts"]}
    now = {v.standard: v.outcome for v in after.options.at["L2:lease_premises", "verdicts"]}
    assert all(now[s] == outcome for s, outcome in mine.items() if outcome != "unknown")


def test_soft_layers_never_refuse(tmp_path: Path) -> None:
    """What the study calls soft lowers the score of P4 and refuses it no more; what it calls hard refuses."""
    soft = result_of(town_land.build(tmp_path / "soft", "  soft: [permanent_farmland]\n"))
    refused = {
        v.standard for v in soft.options.at["P4:idle_land", "verdicts"] if v.outcome == "fail" and v.force == "must"
    }
    assert "control_permanent_farmland" not in refused
    assert soft.options.at["P4:idle_land", "soft_score"] < 1


def test_names_that_nobody_knows_are_told_together(tmp_path: Path) -> None:
    """A layer, a hazard class and a fee that do not exist come back in one error, each with the nearest name."""
    more = "  hard: [permanent_farm]\n  fees: [deed_taxes]\n"
    path = town_land.build(tmp_path, more)
    text = path.read_text(encoding="utf-8").replace("wide_road]", "wide_roads]")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        result_of(path)
    assert {f.place for f in told.value.findings} == {"siting.hard", "siting.fees", "siting.absent"}
    assert "permanent_farmland" in str(told.value)


def test_fees_are_counted_only_where_the_study_says_so(land: tuple[Path, Result], tmp_path: Path) -> None:
    """With a fee on, some option costs more, none less, and the difference is the fee."""
    free = land[1].options
    fee = gp.load_service("childcare_cn").fees[0]
    paid = result_of(town_land.build(tmp_path / "paid", f"  fees: [{fee.id}]\n")).options
    more = (paid["cost"] - free["cost"]).round(6)
    assert (more >= 0).all()
    assert (more == (paid["fees"] - free["fees"]).round(6)).all()


def test_without_parcels_land_is_searched_for_only_when_asked(tmp_path: Path) -> None:
    """Search areas are options marked as such; without the key there are none."""
    path = town_land.build(tmp_path, "  search_m: 300\n")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("  parcels:")]
    path.write_text("\n".join(lines), encoding="utf-8")
    options = result_of(path).options
    areas = options[options["kind"] == "search_area"]
    assert len(areas) > 0
    assert areas["search_area"].all()
    path.write_text("\n".join(line for line in lines if "search_m" not in line), encoding="utf-8")
    assert not result_of(path).options["search_area"].any()


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4527"])
def test_a_bureaus_shapefile_is_read_by_mapping_alone(land: tuple[Path, Result], tmp_path: Path, crs: str) -> None:
    """Parcels in GBK with Chinese columns, in either 3-degree zone, give the same options at the same places within a metre."""
    path, before = town_land.build(tmp_path), land[1].options
    layer = town_land.parcels().to_crs(crs)
    layer = layer.rename(
        columns={
            "site_id": "地块编号",
            "DLBM": "地类编码",
            "GHYT": "规划用途",
            "land_status": "利用状态",
            "farmland_m2": "耕地",
        }
    )
    layer.to_file(tmp_path / "layers" / "parcels.shp", encoding="GBK")
    (tmp_path / "layers" / "parcels.cpg").unlink()
    text = path.read_text(encoding="utf-8").replace("layers/parcels.gpkg", "layers/parcels.shp")
    mapping = "{ site_id: 地块编号, survey_code: 地类编码, planning_code: 规划用途, land_status: 利用状态, farmland_m2: 耕地 }"
    path.write_text(text.replace("{ survey_code: DLBM, planning_code: GHYT }", mapping), encoding="utf-8")
    after = result_of(path).options
    assert list(after.index) == list(before.index)
    assert gpd.GeoSeries(after.geometry).distance(gpd.GeoSeries(before.geometry)).max() < 1
    assert list(after["verdict"]) == list(before["verdict"])
