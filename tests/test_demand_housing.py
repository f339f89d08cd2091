"""Where children live later: new housing moves them, and adds only those who come from outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.demand.housing import place
from geoplan.errors import Findings, InputError

number = st.integers(0, 5_000)


def table(**years: dict[str, list[float]]) -> pd.DataFrame:
    """A CohortTable: y2020={unit: ages} …"""
    rows = {(u, int(y[1:])): ages for y, units in years.items() for u, ages in units.items()}
    frame = pd.DataFrame.from_dict(rows, orient="index", dtype=float)
    frame.columns = [f"age_{k}" for k in range(frame.shape[1])]
    return frame.set_axis(pd.MultiIndex.from_tuples(list(rows), names=["unit_id", "year"]))


def homes(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Points h0, h1 … with unit_id, population, age_0 and age_1."""
    frame = pd.DataFrame(rows, columns=["unit_id", "population", "age_0", "age_1"])
    return frame.set_axis([f"h{i}" for i in range(len(frame))])


def estates(**columns: Any) -> pd.DataFrame:
    """New residential areas n0, n1 …"""
    frame = pd.DataFrame(columns)
    return frame.set_axis([f"n{i}" for i in range(len(frame))])


def test_the_base_year_is_as_it_was_given() -> None:
    """Without new housing the base year's children stay where they are."""
    given_ = homes([("U", 100, 3, 5), ("U", 50, 0, 1), ("V", 10, 7, 0)])
    found = place(table(y2020={"U": [3, 6], "V": [7, 0]}), given_, None, 2020, findings=Findings())
    assert found.index.name == "demand_id"
    assert np.allclose(found, given_[["age_0", "age_1"]])


@given(st.lists(st.tuples(st.sampled_from("UV"), st.integers(1, 900), number, number), min_size=1, max_size=12),
       st.lists(number, min_size=4, max_size=4), st.floats(0, 1), st.lists(st.integers(0, 25), max_size=4))  # fmt: skip
@settings(deadline=None)
def test_units_keep_the_children_of_the_cohort_table(
    rows: list[tuple[Any, ...]], later: list[int], from_outside: float, planned: list[int]
) -> None:
    """A unit holds its cohorts, and from outside as many children a newcomer as it has a resident; none is negative."""
    given_ = homes([("U", 100, 1, 1), ("V", 100, 1, 1), *rows])
    cohorts = table(y2020={"U": [1, 1], "V": [1, 1]}, y2026={"U": later[:2], "V": later[2:]})
    new = estates(unit_id=["U"] * len(planned), population=planned, delivery_year=[2024] * len(planned))
    found = place(cohorts, given_, new, 2026, findings=Findings(), from_outside=from_outside)
    unit = np.array([*given_["unit_id"], *new["unit_id"]])
    residents = given_.loc[given_["unit_id"] == "U", "population"].sum()
    for age in range(2):
        grown = later[age] * (1 + from_outside * sum(planned) / residents)
        assert math.isclose(found.loc[unit == "U", f"age_{age}"].sum(), grown, rel_tol=1e-9, abs_tol=1e-9)
        assert math.isclose(found.loc[unit == "V", f"age_{age}"].sum(), later[2 + age], rel_tol=1e-9, abs_tol=1e-9)
    assert (found >= -1e-9).all().all()


def test_a_new_area_has_as_many_children_a_resident_as_its_unit() -> None:
    """300 residents with 30 newborn; 150 planned: they get 15, of which all, half or none are new to the unit."""
    cohorts = table(y2020={"U": [30, 60]}, y2026={"U": [30, 60]})
    given_ = homes([("U", 100, 30, 20), ("U", 200, 0, 40)])
    new = estates(unit_id=["U", "U"], population=[100, 50], delivery_year=[2024, 2026])
    for outside, left in ((0.0, 15), (0.5, 22.5), (1.0, 30)):
        found = place(cohorts, given_, new, 2026, findings=Findings(), from_outside=outside)
        assert found.loc[["n0", "n1"], "age_0"].tolist() == pytest.approx([10, 5])
        assert found.loc[["h0", "h1"], "age_0"].tolist() == pytest.approx([left, 0])
        assert found.loc[["h0", "h1"], "age_1"].tolist() == pytest.approx([2 * left / 3, 4 * left / 3])


def test_only_what_is_delivered_by_the_year_has_children() -> None:
    """Later areas are absent; those in the census already and those without a year are left out and noted."""
    cohorts = table(y2020={"U": [30, 60]}, y2026={"U": [30, 60]}, y2028={"U": [30, 60]})
    new = estates(unit_id="U", population=10, delivery_year=[2026, 2027, 2019, None])
    given_, findings = homes([("U", 100, 30, 20)]), Findings()
    assert list(place(cohorts, given_, new, 2026, findings=findings).index) == ["h0", "n0"]
    assert list(place(cohorts, given_, new, 2028, findings=Findings()).index) == ["h0", "n0", "n1"]
    assert [(f.code, f.severity, f.value) for f in findings] == [
        ("GP-D060", "note", "n3"),
        ("GP-D061", "note", "n2"),
    ]


def test_dwellings_stand_for_residents_where_these_are_not_planned() -> None:
    """Dwellings × persons in a dwelling; planned residents come first; with neither it is refused, not taken for 0."""
    cohorts = table(y2020={"U": [30, 0]}, y2026={"U": [30, 0]})
    given_ = homes([("U", 300, 30, 0)])
    new = estates(unit_id="U", population=[30, None], dwellings=[99, 20], delivery_year=2024)
    found = place(cohorts, given_, new, 2026, findings=Findings(), persons_per_dwelling=3)
    assert found["age_0"].tolist() == pytest.approx([21, 3, 6])
    with pytest.raises(InputError, match="n1"):
        place(cohorts, given_, new, 2026, findings=Findings())


def test_a_unit_without_children_of_an_age_shares_them_by_residents() -> None:
    """Children of an age that no point has in the base year go by population."""
    cohorts = table(y2020={"U": [0, 8]}, y2026={"U": [6, 8]})
    found = place(cohorts, homes([("U", 100, 0, 8), ("U", 200, 0, 0)]), None, 2026, findings=Findings())
    assert found["age_0"].tolist() == [2, 4]
    assert found["age_1"].tolist() == [8, 0]


def test_points_in_no_unit_follow_all_units_together() -> None:
    """They change by the total's ratio and are counted."""
    cohorts, findings = table(y2020={"U": [10, 10]}, y2026={"U": [5, 20]}), Findings()
    found = place(cohorts, homes([("U", 9, 10, 10), (None, 9, 4, 4), ("X", 9, 2, 0)]), None, 2026, findings=findings)
    assert found.loc[["h1", "h2"]].to_numpy().tolist() == [[2, 8], [1, 0]]
    assert [(f.code, f.severity, f.value, f.count) for f in findings] == [("GP-D063", "note", "h1, h2", 2)]


@pytest.mark.parametrize(
    ("points", "new", "outside", "year", "code"),
    [
        ([("V", 9, 1, 1)], None, 0, 2026, "GP-D064"),
        ([("U", 9, 1, 1)], estates(unit_id=["W"], population=1, delivery_year=2024), 0, 2026, "GP-D065"),
        ([("U", 9, 1, 1)], estates(unit_id=[None], population=1, delivery_year=2024), 0, 2026, "GP-D065"),
        ([("U", 9, 1, 1)], estates(unit_id=["U"], population=10, delivery_year=2024), 0, 2026, "GP-D066"),
        ([("U", 9, 1, 1)], None, 1.2, 2026, "GP-D067"),
        ([("U", 9, 1, 1)], None, 0, 2031, "GP-D062"),
        ([("U", 9, 1, None)], None, 0, 2026, "GP-D002"),
        ([("U", 9, 1, 1)], estates(unit_id=["U"], population=1, delivery_year=2024).set_axis(["h0"]), 0, 2026, "GP-D068"),
    ],
)  # fmt: skip
def test_what_would_lose_or_make_up_children_is_refused(
    points: list[tuple[Any, ...]], new: pd.DataFrame | None, outside: float, year: int, code: str
) -> None:
    """A unit without points, an area in no unit, more movers than residents, a share over 1, a year beyond: by code."""
    cohorts = table(y2020={"U": [1, 1]}, y2026={"U": [1, 1]})
    with pytest.raises(InputError) as caught:
        place(cohorts, homes(points), new, year, findings=Findings(), from_outside=outside)
    assert code in {f.code for f in caught.value.findings}
