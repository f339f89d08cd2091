"""Indicators by county, phase goals and pilots."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access.equity import gini
from geoplan.access.goals import PILOTS, Goal, goals, pilots
from geoplan.access.indicators import indicators
from geoplan.access.spread import least_tenth, quantile
from geoplan.errors import UsageError
from tests import town

REACHES = [300, 700]
COUNTS = [
    "areas", "residents", "under_three", "wanted", "served", "unserved_areas", "unserved_infants", "unmet_places",
    "facilities", "places", "inclusive_places", "enrolled", "demonstrations", "carers_needed",
]  # fmt: skip
IDS = [
    "places_per_1000", "places_per_100_under_3", "enrolment_rate", "inclusive_share", "unserved_areas", "unserved_infants",
    "unmet_places", "nearest_mean", "nearest_p90", "rural_urban_ratio", "worst_decile", "gini", "carers_needed", "forms",
    *(f"{way}coverage_{part}_{r}" for way in ("", "straight_") for part in ("areas", "people", "infants") for r in REACHES),
]  # fmt: skip


def the_town() -> dict[str, Any]:
    """The town of `tests.town` in two counties: A, B and C in W, the others in E; F1 in W, F2 and F3 in E.

    F1's 8 places count in m24_36 and F2's 4 in m06_12. Within 300 m are A of F1 and C of F2, within 700 m B too, of both.
    """
    ids = [*town.HOMES, "G"]
    demand = pd.DataFrame({"unit_id": [*"WWW", *"EEE"], "class": ["urban_old"] * 3 + ["rural"] * 3}, ids)
    near = pd.DataFrame({"coverage_300": [1, 0, 1, 0, 0, 0], "coverage_700": [1, 1, 1, 0, 0, 0]}, ids)
    more = {"population": 160, "nearest": [1.0, 10.0, 1.0, None, None, None], "two_step_fca": [0.1, 0.2, 0.05, 0, 0, 0]}
    demand = demand.assign(**more).join([near, near.add_prefix("straight_")])
    facilities = pd.DataFrame({"unit_id": ["W", "E", "E"], "inclusive": [True, False, None]}, ["F1", "F2", "F3"])
    facilities = facilities.assign(
        kind=["nursery", "nursery", "home"], enrolled=[6, 2, 12], demonstration=[True, False, False]
    )
    gaps = pd.DataFrame({"demand_id": ids, "band": "m24_36", "served": [8, 0, 0, 0, 0, 0], "full": [8, 16, 0, 0, 0, 0]})
    gaps = gaps.assign(wrong_kind=[0, 0, 16, 16, 0, 0], too_far=[0, 0, 0, 0, 16, 0], not_joined=[0, 0, 0, 0, 0, 16])
    return {
        "demand": demand,
        "facilities": facilities,
        "gaps": gaps,
        "places": pd.Series({"F1": 8.0, "F2": 4.0, "F3": 0.0}),
        "under_three": pd.Series(20.0, ids),
        "carers": pd.Series({"F1": 2.0, "F2": 2.0, "F3": 0.0}),
    }


def table(given_: dict[str, Any], by: str = "unit_id", **more: Any) -> pd.DataFrame:
    """The indicators of these tables."""
    arguments = {**given_, "reaches": REACHES, **more}
    return indicators(arguments.pop("demand"), arguments.pop("facilities"), arguments.pop("gaps"), by, **arguments)


def test_the_indicators_of_the_town_follow_from_arithmetic() -> None:
    """Every indicator of the town's two counties and of the whole, found by hand."""
    found = table(the_town())
    assert set(IDS) <= set(found.columns)
    expected = {
        "areas": [3, 3, 6], "residents": [480, 480, 960], "under_three": [60, 60, 120], "wanted": [48, 48, 96],
        "unmet_places": [40, 48, 88], "unserved_areas": [0, 3, 3], "unserved_infants": [0, 60, 60],
        "facilities": [1, 2, 3], "places": [8, 4, 12], "enrolled": [6, 14, 20], "carers_needed": [2, 2, 4],
        "demonstrations": [1, 0, 1], "forms": [1, 2, 2],
        "places_per_1000": [8 / 0.48, 4 / 0.48, 12.5], "places_per_100_under_3": [8 / 0.6, 4 / 0.6, 10],
        "enrolment_rate": [6 / 60, 14 / 60, 20 / 120], "inclusive_share": [1, 0, 8 / 12],
        "coverage_areas_300": [2 / 3, 0, 1 / 3], "coverage_people_700": [1, 0, 0.5],
        "straight_coverage_infants_300": [2 / 3, 0, 1 / 3],
        "nearest_mean": [4, np.nan, 4], "nearest_p90": [10, np.nan, 10], "rural_urban_ratio": [np.nan, np.nan, 0],
        "worst_decile": [0.05, 0, 0],
    }  # fmt: skip
    # urban homes are all in W, rural ones all in E, so that only the whole can hold them against one another
    assert found.index.tolist() == ["E", "W", "all"]
    for name, (west, east, whole) in expected.items():
        assert found[name].tolist() == pytest.approx([east, west, whole], nan_ok=True), name
    demand = the_town()["demand"]
    assert found.loc["all", "gini"] == pytest.approx(gini(demand["two_step_fca"], demand["population"]))
    assert np.isnan(found.loc["E", "gini"])  # nobody in E has anything to share


def test_what_is_not_known_is_not_nothing() -> None:
    """Unknown enrolment, price, carers, children or a column that is missing leave the indicator missing, not 0."""
    given_ = the_town()
    facilities: pd.DataFrame = given_["facilities"]
    lost = facilities.assign(enrolled=[6, None, 12], inclusive=[None, True, True])
    found = table({**given_, "facilities": lost, "carers": None})
    assert found["enrolment_rate"].isna().tolist() == [True, False, True]
    assert found["inclusive_share"].isna().tolist() == [False, True, True]
    assert found["carers_needed"].isna().all()
    children: pd.Series = given_["under_three"]
    found = table({**given_, "under_three": children.where(children.index != "A")})
    assert found["places_per_100_under_3"].isna().tolist() == [False, True, True]
    demand: pd.DataFrame = given_["demand"]
    bare = table(
        {**given_, "demand": demand[["unit_id", "class", "population"]], "facilities": facilities[["unit_id"]]}
    )
    for name in (
        "nearest_mean",
        "unserved_areas",
        "coverage_areas_300",
        "gini",
        "enrolment_rate",
        "forms",
        "inclusive_share",
    ):
        assert bare[name].isna().all(), name
    assert bare.loc["all", "places_per_1000"] == 12.5


def test_facilities_without_a_unit_count_in_the_whole_alone() -> None:
    """By township, where only homes have one, the supply of a township is unknown and that of the whole is known."""
    given_ = the_town()
    demand: pd.DataFrame = given_["demand"]
    found = table({**given_, "demand": demand.assign(township=[*"TTU", *"UUU"])}, "township")
    assert found["places"].isna().tolist() == [True, True, False]
    assert found.loc["all", ["places", "forms"]].tolist() == [12, 2]
    assert found["unmet_places"].tolist() == [24, 64, 88]


def test_what_is_in_no_unit_has_a_row_of_its_own() -> None:
    """Homes and facilities outside the units stand under None, and a unit where nothing is has zeros."""
    given_ = the_town()
    demand: pd.DataFrame = given_["demand"]
    outside = demand.assign(unit_id=demand["unit_id"].astype(object).where(demand["unit_id"] != "E", None))
    found = table({**given_, "demand": outside}, units=["E", "N", "W"])
    assert found.index.tolist() == ["E", "N", "W", None, "all"]
    assert found["residents"].tolist() == [0, 0, 480, 480, 960]
    assert found["facilities"].tolist() == [2, 0, 1, 0, 3]
    assert np.isnan(found.loc["N", "places_per_1000"])


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Homes and facilities with whole numbers, in up to three counties, some in none."""
    size, places = draw(st.integers(1, 8)), draw(st.integers(0, 5))
    ids, sites = [f"d{i}" for i in range(size)], [f"F{j}" for j in range(places)]

    def column(values: st.SearchStrategy[object], names: list[str]) -> pd.Series:
        return pd.Series(draw(st.lists(values, min_size=len(names), max_size=len(names))), names, dtype=object)

    units = st.sampled_from(["U", "V", "W", None])
    minutes = st.one_of(st.none(), st.integers(0, 15))
    demand = pd.DataFrame(
        {
            "unit_id": column(units, ids),
            "class": column(st.sampled_from(["rural", "urban_new"]), ids),
            "population": column(st.integers(0, 99), ids),
            "nearest": column(minutes, ids).astype(float),
            "two_step_fca": column(st.sampled_from([0.0, 0.125, 0.5]), ids).astype(float),
            "coverage_300": column(st.integers(0, 1), ids),
            "coverage_700": column(st.integers(0, 1), ids),
        }
    )
    facilities = pd.DataFrame(
        {
            "unit_id": column(units, sites),
            "inclusive": column(st.sampled_from([True, False, None]), sites),
            "kind": column(st.sampled_from(["nursery", "home", None]), sites),
            "enrolled": column(st.one_of(st.none(), st.integers(0, 9)), sites),
        },
        index=pd.Index(sites, dtype=object),
    )
    parts = {c: column(st.integers(0, 5), ids).astype(float) / 1000 for c in ("served", "too_far", "full")}
    gaps = pd.DataFrame({"demand_id": ids, "band": "m24_36", **parts}).assign(wrong_kind=0.0, not_joined=0.0)
    return {
        "demand": demand,
        "facilities": facilities,
        "gaps": gaps,
        "places": column(st.integers(0, 9), sites).astype(float),
        "under_three": column(st.integers(0, 9), ids).astype(float),
        "carers": column(st.integers(0, 3), sites).astype(float),
    }


@given(worlds())
@settings(deadline=None, max_examples=60)
def test_counts_of_the_counties_are_those_of_the_whole(world: dict[str, Any]) -> None:
    """Each count of the whole is the sum over the counties and what lies in none; unknown if one of them is."""
    found = table(world)
    parts, whole = found.iloc[:-1][COUNTS], found.loc["all", COUNTS]
    assert parts.sum(skipna=False).tolist() == pytest.approx(whole.tolist(), nan_ok=True)


@given(worlds())
@settings(deadline=None, max_examples=60)
def test_two_counties_merged_are_one_county(world: dict[str, Any]) -> None:
    """All counties merged into one have the numbers of the whole, and the whole does not change."""
    before = table(world)
    merged = {
        k: v.assign(unit_id="U") if isinstance(v, pd.DataFrame) and "unit_id" in v else v for k, v in world.items()
    }
    after = table(merged)
    pd.testing.assert_series_equal(after.loc["U"], after.loc["all"], check_names=False)
    pd.testing.assert_series_equal(after.loc["all"], before.loc["all"])


@given(worlds())
@settings(deadline=None, max_examples=60)
def test_a_home_split_into_two_equal_halves_changes_no_county(world: dict[str, Any]) -> None:
    """Half the people each, at the same place: all indicators stay, but for the number of areas and shares of it."""
    demand, gaps, children = world["demand"], world["gaps"], world["under_three"]
    home = demand.index[0]
    halves = demand.rename(index={home: "half"}).iloc[:1]
    both = pd.concat([demand, halves])
    both.loc[[home, "half"], "population"] = demand.loc[home, "population"] / 2
    young = pd.concat([children, pd.Series({"half": 0.0})])
    young[[home, "half"]] = children[home] / 2
    own = gaps[gaps["demand_id"] == home]
    moved = own.assign(demand_id="half", served=0.0)  # whole thousandths cannot be halved, so one half has the served
    split = pd.concat([gaps.assign(too_far=gaps["too_far"].where(gaps["demand_id"] != home, 0.0),
                                   full=gaps["full"].where(gaps["demand_id"] != home, 0.0)), moved])  # fmt: skip
    before, after = table(world), table({**world, "demand": both, "gaps": split, "under_three": young})
    by_area = [c for c in before if "areas" in c]
    pd.testing.assert_frame_equal(after.drop(columns=by_area), before.drop(columns=by_area), rtol=1e-9, atol=1e-12)


def test_tables_that_do_not_fit_are_refused_together() -> None:
    """Missing columns and labels that differ are told at once; so is a county called like the whole."""
    given_ = the_town()
    demand: pd.DataFrame = given_["demand"]
    wrong = {**given_, "demand": demand.drop(columns="class"), "places": pd.Series({"F1": 1.0})}
    with pytest.raises(UsageError, match=r"no column class.*places and facilities differ: \['F2', 'F3'\]"):
        table(wrong)
    with pytest.raises(UsageError, match="all"):
        table({**given_, "demand": demand.replace({"unit_id": {"W": "all"}})})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9))
def test_the_tenth_and_the_ninth_decile_person_by_person(points: list[tuple[int, int]]) -> None:
    """Ten times as many people as given, in line: the first tenth's mean, and the value of the last but a tenth."""
    values, people = np.array(points, float).T
    line = np.sort(np.repeat(values, people.astype(int) * 10))
    if not len(line):
        assert np.isnan(least_tenth(values, people))
        assert np.isnan(quantile(values, people, 0.9))
        return
    assert least_tenth(values, people) == pytest.approx(line[: len(line) // 10].mean())
    assert quantile(values, people, 0.9) == line[len(line) * 9 // 10 - 1]


def test_a_goal_is_met_only_if_all_of_it_is_known_to_hold() -> None:
    """Met, not met as soon as one condition fails, else unknown."""
    rules = [
        Goal("B2", "facilities", "at_least", 1),
        Goal("B2", "forms", "at_least", 2),
        Goal("B3", "gini", "at_most", 0.4),
    ]
    values = {"facilities": [1, 1, 1, 0], "forms": [2, 1, np.nan, np.nan], "gini": [0.4, 0.5, np.nan, 0.1]}
    found = goals(pd.DataFrame(values, ["S", "T", "U", "V"]), rules)
    assert found["B2"].tolist() == ["met", "not_met", "unknown", "not_met"]
    assert found["B3"].tolist() == ["met", "not_met", "unknown", "met"]
    with pytest.raises(UsageError, match="no such"):
        goals(pd.DataFrame({"forms": [1.0]}), [Goal("B1", "form", "at_least", 1)])


def test_the_four_pilots_of_eighteen_counties_are_seventy_two() -> None:
    """Each county and kind once: done where an open facility is that pilot; closed and planned ones are none."""
    counties = [f"C{i:02}" for i in range(18)]
    rows = [
        ("C00", "community", "open"),
        ("C00", "employer", "closed"),
        ("C01", "community", "open"),
        ("C01", None, "open"),
    ]
    facilities = pd.DataFrame(rows, columns=["unit_id", "pilot", "status"])
    found = pilots(facilities, "unit_id", counties)
    assert found.size == 72
    assert (found == "done").to_numpy().sum() == 2
    assert found.loc["C00"].to_dict() == {**dict.fromkeys(PILOTS, "missing"), "community": "done"}
    assert (pilots(facilities.drop(columns="pilot"), "unit_id", counties) == "unknown").all(axis=None)
    with pytest.raises(UsageError, match="no kind of pilot: mobile"):
        pilots(facilities.assign(pilot="mobile"), "unit_id", counties)
    with pytest.raises(UsageError, match="no column"):
        pilots(facilities, "county", counties)
