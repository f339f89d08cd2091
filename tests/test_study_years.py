"""The gap account of every planning year adds up, whole and in parts; supply opens and closes in its year; real places and a town by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan import tables
from geoplan.access.gap_sums import ALL, by_group
from geoplan.access.gaps import REASONS
from geoplan.profiles.load import load_service
from geoplan.report import records, rule_tables
from geoplan.report import tables as report_tables
from geoplan.report.model import Cell, Table
from geoplan.result import CAUSES, Result
from geoplan.study.given import read_given
from geoplan.study.known import Known, know
from geoplan.study.line import compute, result_of
from geoplan.study.measured import account_of_year
from geoplan.study.memo import Memo
from geoplan.study.numbers import check_numbers, numbers
from geoplan.study.scenarios import Scenario, load_study
from geoplan.study.schema import Access
from geoplan.study.travelled import places_of, travel_all
from tests import town, town_people
from tests.xingtai_layers import ROOT, units
from tests.xingtai_study import YEARS, case, memo

BANDS = ("m06_12", "m12_24", "m24_36")
SCENARIOS = ("base", "tight", "high_uptake", "all_counted")
PORTO_ALEGRE = ROOT / "../shared/data/porto_alegre"


def whole(values: Any) -> Any:
    """Values that are whole thousandths, as whole numbers."""
    numbers_ = np.asarray(values, float) * 1000
    assert np.allclose(numbers_, np.rint(numbers_), rtol=0, atol=1e-6)
    return np.rint(numbers_).astype(np.int64)


# Xingtai


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_account_of_each_point_and_band_is_what_is_wanted_there(name: str, year: int) -> None:
    """In whole thousandths the five causes add up to the places wanted at every demand point and band, and the reasons to wrong_kind."""
    found = case(name).account(year)
    wanted = tables.places(case(name).known.people.by_year[year], BANDS, "wanted").stack()
    asked = wanted.reindex(pd.MultiIndex.from_frame(found[["demand_id", "band"]]))
    assert len(found) == len(wanted) == len(BANDS) * len(case(name).known.demand)
    assert (whole(found[list(CAUSES)]).sum(axis=1) == whole(asked)).all()
    assert (whole(found[list(CAUSES)]) >= 0).all()
    assert (whole(found[list(REASONS.values())]).sum(axis=1) == whole(found["wrong_kind"])).all()


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("column", ["unit_id", "township"])
def test_the_account_adds_up_in_every_county_and_township(name: str, year: int, column: str) -> None:
    """By group and band: wanted is that of the demand table and the sum of the causes; groups and bands add up to the city."""
    demand = case(name).known.people.in_year(year)
    group = demand[column].astype(object).where(demand[column].notna(), None)
    found = by_group(case(name).account(year), group, BANDS).fillna({"group": ""}).set_index(["group", "band"])
    assert (whole(found[list(CAUSES)]).sum(axis=1) == whole(found["wanted"])).all()
    sums = tables.places(demand, BANDS, "wanted").groupby(group.fillna("")).sum().stack()
    assert (whole(found["wanted"].reindex(sums.index)) == whole(sums)).all()
    parts = found.drop(index=ALL, level="group").drop(index=ALL, level="band")
    assert len(parts) == len(sums)
    assert (whole(parts).sum(axis=0) == whole(found.loc[(ALL, ALL)])).all()


@pytest.mark.parametrize("year", YEARS)
def test_who_is_served_has_a_place(year: int) -> None:
    """In no year and band more children are served than there are full-time places, and nobody where a band has none."""
    for name in SCENARIOS:
        served = case(name).account(year).groupby("band")["served"].sum()
        care = case(name).known.serving[year]
        assert (served <= tables.capacity(care[care["counted"]], BANDS).sum() + 1e-9).all()


def test_to_count_what_is_not_filed_serves_more_and_higher_uptake_serves_no_fewer() -> None:
    """all_counted has more places than the base, less one closed; a higher uptake fills places that were free."""
    for year in YEARS:
        served = {n: case(n).account(year)["served"].sum() for n in SCENARIOS}
        assert served["all_counted"] > served["base"] == served["tight"]
        assert served["high_uptake"] >= served["base"]
        assert case("all_counted").known.serving[year].loc["F-0012", "reason"] == "closed"


def test_a_facility_serves_until_the_year_in_which_it_closes() -> None:
    """Closing in 2028 means: counted in 2026, in the account's places, and neither in 2028 nor in 2030."""
    serving = case("base").known.serving
    care = serving[2026]
    closing = care.index[(care["closes"] == 2028) & care["filed"].fillna(False).astype(bool)]
    assert len(closing)
    assert care.loc[closing, "counted"].all()
    assert set(closing) <= set(case("base").known.standing_in(2026).index)
    for year in (2028, 2030):
        assert serving[year].loc[closing, "reason"].eq("closed").all()
        assert not set(closing) & set(case("base").known.standing_in(year).index)


def test_a_planned_facility_serves_from_the_year_in_which_it_opens() -> None:
    """Opening in 2028 means: not there in 2026, so that nobody is put down as full or of the wrong kind for it; there afterwards.

    The planned ones are not filed yet: they count where filing is not asked for, else they lack just that from their year on.
    """
    every, filed = case("all_counted").known, case("base").known
    care = every.serving[2026]
    coming = care.index[(care["opened"] == 2028) & (care["status"] == "planned")]
    assert len(coming)
    for known in (every, filed):
        assert known.serving[2026].loc[coming, "reason"].eq("not_yet_open").all()
        assert not set(coming) & set(known.standing_in(2026).index)
    for year in (2028, 2030):
        assert every.serving[year].loc[coming, "counted"].all()
        assert set(coming) <= set(every.standing_in(year).index)
        assert filed.serving[year].loc[coming, "reason"].eq("not_filed").all()


def test_the_counted_facilities_are_those_that_the_file_says() -> None:
    """Of the file itself: filed, in operation or planned with its year, and not closed yet (the rule written out)."""
    rows = pd.read_csv(ROOT / "layers/xingtai/facilities.csv").set_index("编号")
    for year in YEARS:
        opened = rows["开办年份"].le(year) & rows["状态"].isin(["在营", "规划"])
        expected = rows.index[opened & rows["已备案"].eq("是") & ~rows["停办年份"].le(year)]
        care = case("base").known.serving[year]
        assert set(care.index[care["counted"]]) == set(expected)


@cache
def result() -> Result:
    """The base of Xingtai without a plan and with one measure, with its numbers checked."""
    base = case("base")
    chosen = base.settings.model_copy(update={"plan": None, "access": Access(measures=("nearest",), reaches_m=(500,))})
    scenario = Scenario("base", chosen, ())
    stages = compute(chosen, base.given, base.service, memo, lambda _: None)
    made = result_of(scenario, base.given, base.service, stages)
    found = numbers(made)
    check_numbers(found)
    return replace(made, numbers=found)


def test_every_table_holds_the_census_by_county_to_the_person() -> None:
    """Demand table, units, results.json and the sheet of the workbook: the same residents, county by county."""
    made, published = result(), units()["residents"]
    assert made.demand["population"].groupby(made.demand["unit_id"]).sum().to_dict() == published.to_dict()
    assert made.units["population"].to_dict() == published.to_dict()
    assert {u["unit_id"]: u["population"] for u in made.numbers["units"]} == published.to_dict()
    assert made.numbers["population_total"] == 7_111_106
    assert made.numbers["outside_units"]["population"] == 0
    sheet = report_tables.units(made)
    unit, people = ([c.name for c in sheet.columns].index(name) for name in ("unit_id", "population"))
    assert {row[unit]: row[people] for row in sheet.rows if row[unit] in published} == published.to_dict()


def test_the_numbers_of_every_year_are_those_of_its_account() -> None:
    """results.json, year by year, is the account and the demand table summed by hand, and says how demand falls."""
    made = result()
    for year in YEARS:
        told, account = made.numbers["years"][str(year)], case("base").account(year)
        assert {c: whole(told["gap_account"][c]) for c in CAUSES} == {c: whole(account[c]).sum() for c in CAUSES}
        assert whole(told["wanted_total"]) == whole(account[list(CAUSES)]).sum()
        assert sum(whole(v["wanted"]) for v in told["units"].values()) == whole(told["wanted_total"])
        assert sum(whole(v["wanted"]) for v in told["townships"].values()) == whole(told["wanted_total"])
        assert set(told["units"]) == set(units().index)
    first, last = (made.numbers["years"][str(y)]["wanted_total"] for y in (2026, 2030))
    assert last < first
    assert made.numbers["change_of_demand"] == pytest.approx(last / first - 1, abs=1e-6)


def test_results_name_the_estimate_of_2020_and_its_method() -> None:
    """238,583 children by the linear method, and what the other method would have given, in the language of the study."""
    basis = result().numbers["basis"]
    assert (basis["method"], round(basis["under_three"])) == ("linear", 238_583)
    assert round(basis["by_method"]["flat"]) == 267_236
    assert basis["rule"].startswith("估计")
    first = result().numbers["cohorts"][0]
    assert (first["year"], round(first["under_three"])) == (2020, 238_583)


def test_results_hold_the_places_wanted_by_year_band_and_level() -> None:
    """Three levels of births × three years × three bands and their sum, at three levels of uptake."""
    rows = result().numbers["demand_levels"]
    assert len(rows) == 3 * 3 * 4
    by_key = {(r["births"], r["year"], r["band"]): r for r in rows}
    for (births, year, band), row in by_key.items():
        assert 0 < row["low"] <= row["mid"] <= row["high"]
        if band == ALL:
            assert whole(row["mid"]) == sum(whole(by_key[births, year, b]["mid"]) for b in BANDS)
    assert by_key["mid", 2030, ALL]["mid"] < by_key["mid", 2026, ALL]["mid"]
    assert whole(by_key["mid", 2028, ALL]["mid"]) == whole(result().numbers["years"]["2028"]["wanted_total"])


# Porto Alegre


@pytest.mark.skipif(not PORTO_ALEGRE.exists(), reason="the Porto Alegre data are not beside the checkout")
def test_the_account_of_porto_alegre_adds_up_in_every_year_and_scenario() -> None:
    """Real streets and people: the causes of each point and band are what is wanted there, today and with the plan; numbers hold."""
    path = ROOT / "scripts" / "porto_alegre.yaml"
    text = path.read_text(encoding="utf-8").replace("phases: [2026]", "phases: [2026, 2030]")
    study, kept = load_study(path, text), Memo()
    assert list(study.scenarios) == ["base", "mclp"]
    for scenario in study.scenarios.values():
        service = load_service(scenario.settings.service, scenario.settings.standards)
        given = read_given(study, scenario, service, kept)
        stages = compute(scenario.settings, given, service, kept, lambda _: None)
        made = result_of(scenario, given, service, stages)
        check_numbers(numbers(made))
        assert list(made.years) == [2026, 2030]
        for account in (made.gaps, made.gaps_after, *(y.gaps for y in made.years.values())):
            wanted = tables.places(made.demand, BANDS, "wanted").stack()
            asked = wanted.reindex(pd.MultiIndex.from_frame(account[["demand_id", "band"]]))
            assert (whole(account[list(CAUSES)]).sum(axis=1) == whole(asked)).all()
        assert made.gaps_after["served"].sum() > made.gaps["served"].sum() == 0


# the town by hand


@pytest.fixture(scope="module")
def town_result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The town with children, an uptake of its own as `standards`, without a plan."""
    return line_of(town_people.build(tmp_path_factory.mktemp("years")))


def line_of(path: Path, text: str | None = None) -> Result:
    """The base of a study on disk, from its layers to its numbers."""
    study = load_study(path, text)
    scenario = study.scenarios["base"]
    service = load_service(scenario.settings.service, scenario.settings.standards)
    given = read_given(study, scenario, service, Memo())
    made = result_of(scenario, given, service, compute(scenario.settings, given, service, Memo(), lambda _: None))
    found = numbers(made)
    check_numbers(found)
    return replace(made, numbers=found)


def causes_of(path: Path) -> tuple[Known, dict[int, list[float]]]:
    """What is known of a study on disk, and the five causes of each planning year."""
    study, kept = load_study(path), Memo()
    scenario = study.scenarios["base"]
    service = load_service(scenario.settings.service, scenario.settings.standards)
    given = read_given(study, scenario, service, kept)
    known = know(scenario.settings, given, service, Memo())
    cost = travel_all(scenario.settings, given, known.demand, places_of(known), kept)
    years = scenario.settings.years.phases
    return known, {y: account_of_year(cost, known, service, y)[list(CAUSES)].sum().round(3).tolist() for y in years}


def test_both_years_of_the_town_follow_from_arithmetic(town_result: Result) -> None:
    """Who wants what stands in test_study_people: west 2, 6, 8 by band in 2026, east 3, 8, 10; in 2028 1, 4, 4 and 2, 6, 6.

    Reach 700 m: A has F1; B has F1 and F2; C has F2; D has F3; E has none; G is not joined.

    band     2026                                                           2028
    m06_12   F2's 4 places: B 2, C 2 served; A 2, D 3 age; E 3; G 2         B 1, C 1 served; A 1, D 2 age; E 2; G 1
    m12_24   no places: A 6, B 6, C 6, D 8 age; E 8; G 6                    A 4, B 4, C 4, D 6 age; E 6; G 4
    m24_36   F1's 8: A 8 served, B 8 full; C 8 age; D 10 filed; E 10; G 8   A 4, B 4 served; C 4 age; D 6 filed; E 6; G 4

    2026: served 12, too far 21, full 8, wrong kind 5 + 26 + 18 = 49 (filed 10, age 39), not joined 16: 106.
    2028: served 10, too far 14, full 0, wrong kind 3 + 18 + 10 = 31 (filed 6, age 25), not joined 9: 64.
    """
    years = town_result.numbers["years"]
    found = {y: (list(n["gap_account"].values()), n["wanted_total"]) for y, n in years.items()}
    assert found == {"2026": ([12, 21, 8, 49, 16], 106), "2028": ([10, 14, 0, 31, 9], 64)}
    kinds = {y: {k: v for k, v in n["reasons"].items() if v} for y, n in years.items()}
    assert kinds == {"2026": {"wrong_filed": 10, "wrong_age": 39}, "2028": {"wrong_filed": 6, "wrong_age": 25}}
    band = years["2026"]["by_band"]["m24_36"]
    assert [band[c] for c in ("wanted", *CAUSES)] == [52, 8, 10, 8, 18, 8]
    assert {u: row["wanted"] for u, row in years["2026"]["units"].items()} == {"130502": 64, "130505": 42}
    assert {u: row["served"] for u, row in years["2026"]["units"].items()} == {"130502": 12, "130505": 0}
    assert town_result.numbers["change_of_demand"] == pytest.approx(64 / 106 - 1, abs=1e-6)


def test_supply_of_the_town_opens_and_closes_by_year(tmp_path: Path) -> None:
    """F1 closes in 2028, F3 is filed and planned for 2028.

    2026: F3 is not there, so all of D (3 + 8 + 10 = 21) is too far as E is; 2028: A has nothing within reach (1 + 4 + 4 = 9), E 14;
    B reaches only F2, which has no places of the older bands; D's 6 of the oldest band are served by F3's 16 places.
    """
    degrees = town.facilities().to_crs(4326)
    table = pd.DataFrame(degrees.drop(columns="geometry")).assign(lon=degrees.geometry.x, lat=degrees.geometry.y)
    table = table.assign(filed="yes", closes=pd.array([2028, None, None], "Int64"), opened=[2015, 2015, 2028])
    table["status"] = ["open", "open", "planned"]
    known, causes = causes_of(town_people.build(tmp_path, facilities=table))
    assert causes[2026] == [12, 42, 8, 28, 16]
    assert causes[2028] == [2 + 6, 9 + 14, 0, 4 + 4 + 4 + 4 + 8, 9]
    places = {y: tables.capacity(care[care["counted"]], BANDS).to_numpy().sum() for y, care in known.serving.items()}
    assert places == {2026: 12, 2028: 20}


def test_without_facilities_everybody_joined_is_too_far(tmp_path: Path) -> None:
    """A study that gives no facilities: 106 wanted in 2026, of which G's 16 are not joined; the tables by unit are there all the same."""
    layer = "  facilities:\n    path: layers/facilities.csv\n    datum: wgs84\n    columns: { facility_id: id }\n"
    assert layer in town_people.STUDY
    made = line_of(town_people.build(tmp_path, town_people.STUDY.replace(layer, "")))
    assert [made.numbers["years"]["2026"]["gap_account"][c] for c in CAUSES] == [0, 90, 0, 0, 16]
    assert made.units["places"].tolist() == [0, 0]


def test_places_that_are_not_known_never_count(tmp_path: Path) -> None:
    """F1 without a number of places: A and B of the oldest band are served by nobody, and it is told that one is not known."""
    degrees = town.facilities().to_crs(4326)
    table = pd.DataFrame(degrees.drop(columns="geometry")).assign(lon=degrees.geometry.x, lat=degrees.geometry.y)
    table = table.astype(dict.fromkeys(table.filter(like="places"), object))
    table.loc[0, [f"places_{b}" for b in BANDS]] = None
    known, causes = causes_of(town_people.build(tmp_path, facilities=table))
    assert known.facilities.loc["F1", "reason"] == "unknown_places"
    assert (causes[2026][0], causes[2028][0]) == (4, 2)  # of the youngest band, at F2
    assert any(f.code == "GP-P021" and "F1" in f.value for f in known.findings)


def test_a_local_value_is_shown_with_what_it_replaces(tmp_path: Path) -> None:
    """Settings of results.json, the records and the rules of the report: uptake_mid 0.2, set in this study, was 0.15."""
    text = town_people.STUDY.replace("uptake: 1.0", "uptake: mid").replace(
        "standards: {", "standards: { uptake_mid: 0.2,"
    )
    made = line_of(town_people.build(tmp_path, text))
    assert made.numbers["settings"]["standards"]["uptake_mid"] == 0.2
    assert made.numbers["demand_total"] == pytest.approx(106 * 0.2)
    assert ("standards.uptake_mid", "0.2") in records.settings(made).rows
    title = made.text(made.service.standards["uptake_mid"].title)
    assert list(row_of(rule_tables.overrides(made), title).values())[1:3] == [0.15, 0.2]
    rule = row_of(rule_tables.standards(made), title)
    assert (rule["value"], rule["replaces"], rule["mark"], rule["source"]) == (0.2, 0.15, "set in this study", "")


def row_of(table: Table, title: str) -> dict[str, Any]:
    """The row of a table whose first cell is this title, by its columns."""
    row = next(row for row in table.rows if row[0] == title)
    plain = [cell.value if isinstance(cell, Cell) else cell for cell in row]
    return dict(zip([c.name for c in table.columns], plain, strict=True))
