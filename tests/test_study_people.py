"""The people of every planning year: Xingtai's census to the person, the town's children by hand, and laws over both."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import tables
from geoplan.area import StudyArea
from geoplan.demand.uptake import uptake_rates
from geoplan.errors import Finding, Findings
from geoplan.profiles.load import load_service
from geoplan.study.given import Given, read_given
from geoplan.study.memo import Memo
from geoplan.study.people import People, count_people
from geoplan.study.scenarios import load_study
from geoplan.study.serving import reasons
from tests import town, town_people
from tests.xingtai_layers import layer, units
from tests.xingtai_study import YEARS, case

BANDS = ("m06_12", "m12_24", "m24_36")


def thousandths(values: Any) -> int:
    """The sum of values that are whole thousandths, as a whole number."""
    return int(np.rint(np.asarray(values, float) * 1000).sum())


def wanted(people: People, year: int) -> pd.DataFrame:
    """Places wanted of a year, demand point × band."""
    return tables.places(people.by_year[year], BANDS, "wanted")


# Xingtai


@pytest.mark.parametrize("name", ["base", "high_uptake", "all_counted", "flat", "at_work"])
def test_residents_of_every_county_are_the_census_to_the_person(name: str) -> None:
    """Whatever a scenario assumes, the demand table of each year holds the census by county, and 7,111,106 in all."""
    people = case(name).known.people
    for year in YEARS:
        demand = people.in_year(year)
        assert demand["population"].groupby(demand["unit_id"]).sum().to_dict() == units()["residents"].to_dict()
        assert demand["population"].sum() == 7_111_106


@pytest.mark.parametrize(("name", "method", "children"), [("base", "linear", 238_583), ("flat", "flat", 267_236)])
def test_children_under_three_of_2020_are_an_estimate_with_its_method(name: str, method: str, children: int) -> None:
    """238,583 by a linear decline of births, 267,236 evenly; both are told, the one used is named and called an estimate."""
    known = case(name).known.people
    young = known.cohorts.xs(2020, level="year")[["age_0", "age_1", "age_2"]].to_numpy().sum()
    assert round(young) == children
    assert known.basis["method"] == method
    assert round(known.basis["under_three"]) == children
    assert {m: round(v) for m, v in known.basis["by_method"].items()} == {"linear": 238_583, "flat": 267_236}
    assert "estimate" in known.basis["rule"].en
    assert "估计" in known.basis["rule"].zh


@pytest.mark.parametrize("name", ["base", "flat"])
def test_single_ages_of_2020_are_the_census_by_county(name: str) -> None:
    """Age 0 of each county, and its ages 1 to 4 together, are the published figures however they are split."""
    ages = case(name).known.people.cohorts.xs(2020, level="year")
    assert ages["age_0"].round(6).to_dict() == units()["age_0"].to_dict()
    assert ages[["age_1", "age_2", "age_3", "age_4"]].sum(axis=1).round(6).to_dict() == units()["age_1_4"].to_dict()


def test_who_was_there_and_came_and_went_is_who_is_there() -> None:
    """In every county and year before + births - deaths - grown out + moves = after, and after is the table of that year."""
    people = case("base").known.people
    account = people.account
    left = account["before"] + account["births"] - account["deaths"] - account["grown_out"] + account["moves"]
    assert np.allclose(left, account["after"], rtol=1e-9)
    assert np.allclose(people.cohorts.sum(axis=1).reindex(account.index), account["after"], rtol=1e-9)
    assert set(account.index.get_level_values("year")) == set(range(2021, 2031))
    assert set(account.index.get_level_values("unit_id")) == set(units().index)


@pytest.mark.parametrize("year", YEARS)
def test_children_at_the_demand_points_are_those_of_the_cohorts(year: int) -> None:
    """By county and band: half of age 0, all of ages 1 and 2 (formula written out, from the cohort table)."""
    people = case("base").known.people
    ages = people.cohorts.xs(year, level="year")
    expected = pd.DataFrame({"m06_12": ages["age_0"] / 2, "m12_24": ages["age_1"], "m24_36": ages["age_2"]})
    found = tables.places(people.by_year[year], BANDS, "people").groupby(people.points["unit_id"]).sum()
    assert np.allclose(found.sort_index(), expected.sort_index(), rtol=1e-9)


def test_births_of_a_county_are_its_infants_less_those_who_died() -> None:
    """Without moves age 0 of 2026 is births × survival; with them it differs by the moves' share and no more."""
    people, births = case("base").known.people, case("base").given.table("births")
    born = births[births["year"] == 2026].set_index("unit_id")["births_mid"]
    infants = people.cohorts.xs(2026, level="year")["age_0"]
    moved = people.account.xs(2026, level="year")["moves"]
    assert ((infants - born * case("base").service.value("survival_birth")).abs() <= moved.abs() + 1e-9).all()


@pytest.mark.parametrize("uptake", ["low", "mid", "high"])
def test_places_wanted_fall_from_2026_to_2030_with_fewer_births(uptake: str) -> None:
    """Every band wants fewer places each planning year under middle and low births, at each level of uptake."""
    levels = case("base").known.people.levels
    assert set(levels.index.get_level_values("band")) == set(BANDS)
    assert set(levels.index.get_level_values("births")) == {"low", "mid", "high"}
    for births in ("low", "mid"):
        by_year = levels.loc[births, uptake].unstack("band")
        assert by_year.index.tolist() == list(YEARS)
        assert (by_year.diff().iloc[1:] < 0).all(axis=None)


def test_more_births_and_more_uptake_never_want_fewer_places() -> None:
    """low <= mid <= high, of births and of uptake, in every year and band."""
    levels = case("base").known.people.levels
    low, mid, high = (levels.loc[name] for name in ("low", "mid", "high"))
    assert (low <= mid).all(axis=None)
    assert (mid <= high).all(axis=None)
    assert (levels["low"] <= levels["mid"]).all()
    assert (levels["mid"] <= levels["high"]).all()


@pytest.mark.parametrize(("name", "uptake"), [("base", "mid"), ("high_uptake", "high")])
def test_the_level_of_a_scenario_is_its_demand(name: str, uptake: str) -> None:
    """What the table of levels says for middle births and a scenario's own uptake is the sum of its demand table, to the thousandth."""
    people, base = case(name).known.people, case("base").known.people
    for year in YEARS:
        for band in BANDS:
            told = base.levels.loc[("mid", year, band), uptake]
            assert thousandths(told) == thousandths(wanted(people, year)[band])


def test_uptake_alone_changes_demand_in_proportion() -> None:
    """High uptake is 30 % where middle is 15 %: twice the places at every point and band but for rounding, the same people."""
    base, high = case("base"), case("high_uptake")
    rates = {c: uptake_rates(c.service, c.settings.demand.uptake)["m24_36"] for c in (base, high)}
    ratio = rates[high] / rates[base]
    assert ratio == 2
    for year in YEARS:
        people = [tables.places(c.known.people.by_year[year], BANDS, "people") for c in (base, high)]
        pd.testing.assert_frame_equal(*people)
        apart = wanted(high.known.people, year) - ratio * wanted(base.known.people, year)
        assert (apart.abs() < 0.001 * (1 + ratio)).all(axis=None)
        exact = people[0].sum() * rates[high]
        assert (wanted(high.known.people, year).sum() - exact).abs().max() < 0.0006


def test_new_residential_areas_have_children_from_their_delivery_year_on() -> None:
    """Each area stands in the demand table of every year, with nobody before it is delivered and children after."""
    people, new = case("base").known.people, case("base").given.table("new_residential")
    assert len(new) == len(layer("new_residential"))
    for year in YEARS:
        children = tables.places(people.by_year[year], BANDS, "people").sum(axis=1)
        there = new.index[new["delivery_year"] <= year]
        assert (children[there] > 0).all()
        assert (children.reindex(new.index.difference(there)).fillna(0) == 0).all()
    assert (people.points.loc[new.index, "population"] == 0).all()
    assert (people.points.loc[new.index, "class"] == "urban_new").all()


def test_new_residential_areas_move_children_and_add_none() -> None:
    """With nobody from outside a county has the same children in each year with and without its new areas, the homes fewer."""
    one = case("base")
    tables_ = {role: t for role, t in one.given.tables.items() if role != "new_residential"}
    without = count_people(one.settings, replace(one.given, tables=tables_), one.service, Findings())
    for year in YEARS:
        with_, none = (
            tables.places(p.by_year[year], BANDS, "people").groupby(p.points["unit_id"]).sum()
            for p in (one.known.people, without)
        )
        assert np.allclose(with_, none, rtol=1e-9)
        at_home = one.known.people.by_year[year].loc[without.points.index, "people_m24_36"]
        assert (at_home <= without.by_year[year]["people_m24_36"] + 1e-9).all()


def test_care_at_work_moves_places_to_employers_and_changes_no_total() -> None:
    """Employers want half of their workers' children, their county and every band want as before; the people stay at home."""
    base, work = case("base").known.people, case("at_work").known.people
    employers = case("base").given.table("employers")["children_under_3"].dropna()
    for year in YEARS:
        day, home = wanted(work, year), wanted(base, year)
        assert thousandths(day.loc[employers.index]) == round(employers.sum() * 0.5 * 1000)
        assert (day.loc[home.index] <= home).all(axis=None)
        for group in (None, "unit_id"):
            before, after = (
                t.groupby(p.points[group]).sum() if group else t.sum() for p, t in ((base, home), (work, day))
            )
            assert np.array_equal(np.rint(before * 1000), np.rint(after * 1000))
        people = tables.places(work.by_year[year], BANDS, "people")
        pd.testing.assert_frame_equal(people.loc[home.index], tables.places(base.by_year[year], BANDS, "people"))
        assert people.loc[employers.index].to_numpy().sum() == 0


def test_migrant_infants_are_told_apart_and_never_added() -> None:
    """They are among the children under three of the residents, as the layer states them; registered people are not counted."""
    basis, homes = case("base").known.people.basis, layer("residents")
    assert basis["migrants"] == homes["migrant_under_3"].sum()
    assert basis["registered"] == homes["registered"].sum() != homes["population"].sum()
    assert basis["migrants"] < basis["under_three"]


# the town by hand


@cache
def memo_of(path: Path) -> Memo:
    """What was read of a study on disk, so that its layers are read once."""
    assert path.is_file()
    return Memo()


def count(path: Path, study: str | None = None) -> tuple[People, list[Finding]]:
    """The people of a study on disk, and what was found when they were counted."""
    loaded = load_study(path, study)
    scenario, findings = loaded.scenarios["base"], Findings()
    service = load_service(scenario.settings.service, scenario.settings.standards)
    given_ = read_given(loaded, scenario, service, memo_of(path))
    return count_people(scenario.settings, given_, service, findings), list(findings)


@pytest.fixture(scope="module")
def town_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of the town with children, and beside it every further layer that a test may name."""
    census = pd.DataFrame({"unit_id": list(town_people.UNITS), "age_0": [80, 10], "age_1_4": [480, 60]})
    more: dict[str, pd.DataFrame] = {"new_residential": town_people.new_homes(), "employers": town_people.employers()}
    return town_people.build(tmp_path_factory.mktemp("people"), census=census, **more)


def test_children_of_the_town_follow_from_its_births(town_path: Path) -> None:
    """Of each home, by single age, and what they want if every family wants a place.

    2026, west (a quarter of the births of 2026, 2025, 2024): 16/4 = 4, 24/4 = 6, 32/4 = 8; east (half): 12/2 = 6, 16/2 = 8, 20/2 = 10.
    2028, west: 8/4 = 2, 16/4 = 4, 16/4 = 4; east: 8/2 = 4, 12/2 = 6, 12/2 = 6. The youngest band is half of age 0.
    In all 2026: 4 × (2 + 6 + 8) + 2 × (3 + 8 + 10) = 106; 2028: 4 × (1 + 4 + 4) + 2 × (2 + 6 + 6) = 64.
    """
    people, _ = count(town_path)
    for year, west, east, total in ((2026, [2, 6, 8], [3, 8, 10], 106), (2028, [1, 4, 4], [2, 6, 6], 64)):
        found = wanted(people, year)
        assert found.loc[list("ABCG")].to_numpy().tolist() == [west] * 4
        assert found.loc[list("DE")].to_numpy().tolist() == [east] * 2
        assert thousandths(found) == total * 1000
        assert np.allclose(found, tables.places(people.by_year[year], BANDS, "people"))
    assert people.cohorts.loc[("130502", 2020)].tolist() == [40, 48, 56, 64, 72]
    assert people.cohorts.loc[("130505", 2023)].tolist() == [20, 20, 20, 20, 24]
    assert people.basis["by_method"] == {"linear": 6 * 36, "flat": 6 * 40}


def test_levels_of_the_town_by_hand(town_path: Path) -> None:
    """Births after 2025 are half or twice as many: in 2026 only the infants differ, in 2028 all bands.

    2026, infants: (4 × 4 + 2 × 6) / 2 = 14, so 7 and 28. 2028: mid 8, 28, 28, so low 4, 14, 14 and high 16, 56, 56. Low uptake is 6 %.
    """
    levels = count(town_path)[0].levels["low"].unstack("band")[list(BANDS)] / 0.06
    rows = {(b, y): levels.loc[(b, y)].round(6).tolist() for b in ("low", "mid", "high") for y in (2026, 2028)}
    assert rows == {
        ("low", 2026): [7, 40, 52], ("mid", 2026): [14, 40, 52], ("high", 2026): [28, 40, 52],
        ("low", 2028): [4, 14, 14], ("mid", 2028): [8, 28, 28], ("high", 2028): [16, 56, 56],
    }  # fmt: skip


@pytest.mark.parametrize(("births", "total"), [("low", 4 + 14 + 14), ("mid", 64), ("high", 16 + 56 + 56)])
def test_the_town_wants_what_its_level_of_births_says(births: str, total: int, town_path: Path) -> None:
    """`demand.births` chooses the level that the demand of 2028 is made from."""
    people, _ = count(town_path, town_people.STUDY.replace("demand:\n", f"demand:\n  births: {births}\n"))
    assert thousandths(wanted(people, 2028)) == total * 1000


def test_a_new_area_of_the_town_takes_a_fifth_of_the_east(town_path: Path) -> None:
    """64 planned residents beside 320 in two homes: 64/320 = 0.2 of the east's children live in it from 2027 on.

    2026: nobody. 2028, east 4, 12, 12 by band: N1 has 0.2 of them = 0.8, 2.4, 2.4 and the homes 0.4 each = 1.6, 4.8, 4.8.
    With all of them from outside the homes keep 2, 6, 6, and N1 adds its 0.8, 2.4, 2.4.
    """
    study = town_people.with_layer("new_residential")
    people, _ = count(town_path, study)
    assert wanted(people, 2026).loc["N1"].tolist() == [0, 0, 0]
    assert wanted(people, 2026).loc["D"].tolist() == [3, 8, 10]
    assert wanted(people, 2028).loc[["N1", "D", "E"]].to_numpy().tolist() == [[0.8, 2.4, 2.4]] + [[1.6, 4.8, 4.8]] * 2
    outside, _ = count(town_path, study.replace("demand:\n", "demand:\n  from_outside: 1\n"))
    assert wanted(outside, 2028).loc[["N1", "D"]].to_numpy().tolist() == [[0.8, 2.4, 2.4], [2, 6, 6]]
    assert people.points.loc["N1", ["unit_id", "class", "population"]].tolist() == ["130505", "urban_new", 0]


def test_care_at_work_in_the_town_by_hand(town_path: Path) -> None:
    """Half of the 12 children of the hospital's workers: 6 places at work, taken from the west's 8 + 24 + 32 = 64 in 2026.

    Each home and band of the west gives 6/64 of what it wants: 2 × 6/64 = 0.1875, 0.5625, 0.75 of 2, 6 and 8; W1 wants four times that:
    0.75, 2.25, 3. The east gives nothing.
    """
    people, _ = count(town_path, town_people.with_layer("employers", "  at_work: 0.5\n"))
    found = wanted(people, 2026)
    assert found.loc["W1"].tolist() == [0.75, 2.25, 3]
    assert np.allclose(found.loc[list("ABCG")], [[2 - 0.1875, 6 - 0.5625, 8 - 0.75]] * 4, atol=0.001)
    assert found.loc[list("DE")].to_numpy().tolist() == [[3, 8, 10]] * 2
    assert people.points.loc["W1", ["unit_id", "class", "population"]].tolist() == ["130502", "urban_work", 0]


def test_a_census_by_unit_goes_before_the_ages_of_the_homes(town_path: Path) -> None:
    """80 infants in the west's four homes and 10 in the east's two: 20 and 5 each; ages 1 to 4 likewise; its rule is told."""
    people, _ = count(town_path, town_people.with_layer("census"))
    assert people.cohorts.xs(2020, level="year")["age_0"].to_dict() == {"130502": 80, "130505": 10}
    assert people.basis["under_three"] == pytest.approx(80 * 3.6 + 10 * 3.6)
    assert "6 points in proportion to population" in people.basis["spread"].en


def test_what_is_not_known_of_employers_is_noted_once(tmp_path: Path) -> None:
    """Two planning years, one employer without a number of children: one note, and nothing moves."""
    unknown = town_people.employers(children_under_3=[None])
    path = town_people.build(tmp_path, town_people.with_layer("employers", "  at_work: 0.5\n"), employers=unknown)
    people, found = count(path)
    assert [(f.code, f.value, f.count) for f in found if f.severity == "note" and f.code != "GP-D049"] == [
        ("GP-D071", "W1", 1)
    ]
    assert thousandths(wanted(people, 2026)) == 106_000


def test_a_single_band_of_ages_is_split_evenly_and_says_so(tmp_path: Path) -> None:
    """Ages 0 to 4 in one number cannot decline linearly from age 0: evenly, 70 children are 14 a year, 42 under three."""
    path = town_people.build(tmp_path, homes=town.homes().assign(age_0_4=70))
    people, _ = count(path, town_people.STUDY.replace("  uptake: 1.0", "  uptake: 1.0\n  ages: flat"))
    assert people.cohorts.loc[("130502", 2020)].tolist() == [56] * 5
    assert people.basis["by_method"] == {"flat": 6 * 42}


def test_a_value_of_the_study_replaces_that_of_the_profile(town_path: Path) -> None:
    """The same births with an uptake of a fifth set as `standards` want a fifth; the profile remembers 15 % and who set it."""
    text = town_people.STUDY.replace("uptake: 1.0", "uptake: mid")
    local = text.replace("standards: {", "standards: { uptake_mid: 0.2,")
    assert thousandths(wanted(count(town_path, text)[0], 2026)) == 106 * 150
    assert thousandths(wanted(count(town_path, local)[0], 2026)) == 106 * 200
    loaded = load_study(town_path, local).scenarios["base"].settings
    rule = load_service(loaded.service, loaded.standards).standards["uptake_mid"]
    assert (rule.value, rule.mark, rule.replaces and rule.replaces.value) == (0.2, "local", 0.15)


# laws


HALL = StudyArea(town_people.units().union_all(), town_people.units().set_index("unit_id"), town_people.units().crs)
STUDY = load_study("study.yaml", town_people.STUDY).scenarios["base"].settings
SERVICE = load_service(STUDY.service, STUDY.standards)


def people_of(births: pd.DataFrame, demand: dict[str, Any] | None = None, **more: pd.DataFrame) -> People:
    """The people of the town from tables in memory, with other keys of `demand`."""
    chosen = STUDY.model_copy(update={"demand": STUDY.demand.model_copy(update=demand or {})})
    homes = town_people.homes().set_index("demand_id")
    no_streets: Any = None  # people are counted without them
    return count_people(
        chosen, Given(HALL, homes, no_streets, "", {"births": births, **more}, (), ()), SERVICE, Findings()
    )


def births_of(numbers: list[int]) -> pd.DataFrame:
    """Observed births of both units from 2021 to 2028."""
    return town_people.births()[["unit_id", "year"]].assign(births=[float(n) for n in numbers])


NUMBERS = st.lists(st.integers(0, 400), min_size=16, max_size=16)


@given(NUMBERS, st.floats(0, 1))
@settings(max_examples=5, deadline=None)
def test_everyone_born_is_at_a_demand_point(numbers: list[int], uptake: float) -> None:
    """Whatever the births: the children of 2026 and 2028 are those born, and the places wanted their share to the thousandth."""
    people = people_of(births_of(numbers), {"uptake": uptake})
    west, east = np.array(numbers[:8]), np.array(numbers[8:])
    for year in (2026, 2028):
        at = year - 2021
        born = (west + east)[[at, at - 1, at - 2]] * [0.5, 1, 1]
        children = tables.places(people.by_year[year], BANDS, "people")
        assert np.allclose(children.sum(), born, rtol=1e-9)
        assert np.allclose(wanted(people, year).sum(), born * uptake, rtol=0, atol=0.000501)
        assert (wanted(people, year) - uptake * children).abs().max(axis=None) < 0.001


@given(NUMBERS, st.integers(0, 15), st.integers(1, 50), st.randoms(use_true_random=False))
@settings(max_examples=3, deadline=None)
def test_one_more_birth_never_means_fewer_children(numbers: list[int], at: int, more: int, random: Any) -> None:
    """More births in one unit and year lower no demand point's children, and the order of the rows changes nothing."""
    table = births_of(numbers)
    shuffled = table.iloc[random.sample(range(16), 16)].reset_index(drop=True)
    raised = table.assign(births=table["births"] + more * (np.arange(16) == at))
    base, again, higher = (people_of(t) for t in (table, shuffled, raised))
    for year in (2026, 2028):
        pd.testing.assert_frame_equal(base.by_year[year], again.by_year[year])
        before, after = (tables.places(p.by_year[year], BANDS, "people") for p in (base, higher))
        assert (after >= before - 1e-9).all(axis=None)


@given(st.integers(1, 300), st.integers(2021, 2030), st.floats(0, 1))
@settings(max_examples=4, deadline=None)
def test_new_housing_adds_only_who_comes_from_outside(planned: int, delivery: int, outside: float) -> None:
    """A unit with P residents and N planned has its cohort × (1 + f·N/P) from the delivery year on, and its cohort before."""
    new = town_people.new_homes(population=[float(planned)], delivery_year=[delivery]).set_index("project_id")
    new = new.assign(unit_id="130505", dwellings=np.nan)
    people = people_of(town_people.births(), {"from_outside": outside}, new_residential=new)
    for year in (2026, 2028):
        of_unit = people.cohorts.loc[("130505", year), ["age_0", "age_1", "age_2"]] * [0.5, 1, 1]
        there = tables.places(people.by_year[year], BANDS, "people")[people.points["unit_id"] == "130505"]
        grown = 1 + outside * planned / 320 if delivery <= year else 1
        assert np.allclose(there.sum(), of_unit * grown, rtol=1e-9)


@given(
    st.lists(st.tuples(st.sampled_from(["", "not_filed", "unknown_filed", "hours", "not_inclusive", "unknown_places"]),
                       st.lists(st.sampled_from([0.0, 8.0, np.nan]), min_size=2, max_size=2)), min_size=1, max_size=6)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_the_reason_of_a_place_follows_from_its_state_and_its_places(rows: list[Any]) -> None:
    """ "" where places count; "age" where there are none for the band; else why the facility does not count."""
    frame = pd.DataFrame(
        {"reason": [r for r, _ in rows], "places_a": [p[0] for _, p in rows], "places_b": [p[1] for _, p in rows]}
    )
    names = {"not_filed": "filed", "unknown_filed": "filed", "not_inclusive": "inclusive", "unknown_places": "age"}
    found = reasons(gpd.GeoDataFrame(frame), ["a", "b"])
    for n, (why, places) in enumerate(rows):
        for band, offered in zip("ab", places, strict=True):
            none = offered == 0 or (why == "" and np.isnan(offered))
            assert found.loc[n, band] == ("age" if none else names.get(why, why))
