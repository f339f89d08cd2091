"""Census spread to residential areas: no one is lost, and what joins nothing is said."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.demand._share import share_out
from geoplan.demand.dasymetric import spread
from geoplan.errors import Findings, InputError

XINGTAI = Path(__file__).parents[1] / "layers" / "xingtai"
whole = st.integers(0, 10_000_000)


def points(**columns: object) -> pd.DataFrame:
    """Points with these columns, ids p0, p1 …"""
    frame = pd.DataFrame(columns)
    return frame.set_axis([f"p{i}" for i in range(len(frame))])


@given(whole, st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
@settings(deadline=None)
def test_whole_persons_are_shared_out_to_the_last_bit(total: int, weights: list[float]) -> None:
    """The exact sum of the shares is the total, no share is negative, and what weighs nothing gets nothing."""
    shares = share_out(float(total), np.array(weights))
    assert math.fsum(shares) == total
    assert (shares >= 0).all()
    if any(weights):
        assert not shares[np.array(weights) == 0].any()


def test_a_last_bit_is_not_given_to_what_weighs_nothing() -> None:
    """14.9 over weights 0, 8, 9, 9 leaves a last bit that no float share can take: the first still gets exactly 0."""
    shares = share_out(14.9, np.array([0.0, 8, 9, 9]))
    assert shares[0] == 0
    assert math.fsum(shares) == pytest.approx(14.9, rel=3e-16)


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_every_unit_keeps_its_census(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    """Each unit's points hold its census figures exactly, in proportion to the weight, columns alike."""
    units = [f"u{i}" for i in range(len(rows))]
    unit_id = units + data.draw(st.lists(st.sampled_from(units), max_size=20))
    weights = data.draw(st.lists(st.integers(1, 10_000), min_size=len(unit_id), max_size=len(unit_id)))
    census = pd.DataFrame(rows, columns=["population", "age_0"], index=units)
    found = spread(census, points(unit_id=unit_id, population=weights), ["population", "age_0"], Findings())
    for unit, figures in census.iterrows():
        own = found[np.array(unit_id) == unit]
        assert math.fsum(own["population"]) == figures["population"]
        assert math.fsum(own["age_0"]) == figures["age_0"]
    scaled = found["age_0"].to_numpy() * census["population"].reindex(unit_id).to_numpy()
    assert np.allclose(scaled, found["population"].to_numpy() * census["age_0"].reindex(unit_id).to_numpy(), rtol=1e-9)


def test_the_rule_is_stated() -> None:
    """A report can print by what the census was spread."""
    found = spread(
        pd.DataFrame({"age_0": [6]}, ["U"]), points(unit_id="U", dwellings=[1, 2]), ["age_0"], Findings(),
        weight="dwellings",
    )  # fmt: skip
    assert found["age_0"].tolist() == [2, 4]
    assert "dwellings" in found.attrs["rule"].en
    assert "dwellings" in found.attrs["rule"].zh


def test_a_zone_inside_districts_does_not_vanish() -> None:
    """A census row without points is refused with its people, or goes by `within` into the districts that hold it, a repair."""
    census = pd.DataFrame({"population": [100, 200, 60]}, index=["130502", "130503", "130571"])
    given_ = points(unit_id=["130502", "130503", "130503"], population=[1, 1, 3])
    with pytest.raises(InputError, match=r"population 60.*would be lost"):
        spread(census, given_, ["population"], Findings())
    findings = Findings()
    found = spread(census, given_, ["population"], findings, within={"130571": ["130502", "130503"]})
    assert found["population"].tolist() == [100 + 12, 50 + 12, 150 + 36]
    assert [(f.code, f.severity, f.value) for f in findings] == [("GP-D031", "repair", "130571")]


def test_a_unit_may_have_its_people_from_elsewhere_alone() -> None:
    """A unit without a census row of its own is covered by the row that goes into it."""
    census = pd.DataFrame({"population": [60]}, index=["130571"])
    found = spread(
        census, points(unit_id=["W", "W"], population=[1, 2]), ["population"], Findings(), within={"130571": ["W"]}
    )
    assert found["population"].tolist() == [20, 40]


@pytest.mark.parametrize(
    "within", [{"130571": ["130599"]}, {"130571": []}, {"130503": ["130502"]}, {"130588": ["130502"]}]
)
def test_a_way_out_that_leads_nowhere_is_refused(within: dict[str, list[str]]) -> None:
    """`within` to a unit without points, to none, for a unit that has points itself, or that the census does not have."""
    census = pd.DataFrame({"population": [100, 200, 60]}, index=["130502", "130503", "130571"])
    given_ = points(unit_id=["130502", "130503"], population=[1, 1])
    with pytest.raises(InputError, match="GP-D035"):
        spread(census, given_, ["population"], Findings(), within=within)


def test_all_that_joins_nothing_is_said_at_once() -> None:
    """A point of a unit without census, a point without unit, a unit twice and a missing number: one error, each named."""
    census = pd.DataFrame({"population": [5, 5, None]}, index=["U", "U", "V"])
    given_ = points(unit_id=["U", "V", "W", None], population=[1, 1, 1, 1])
    with pytest.raises(InputError) as caught:
        spread(census, given_, ["population"], Findings())
    found = {f.code: f.value for f in caught.value.findings}
    assert found == {"GP-D002": "V", "GP-D030": "U", "GP-D033": "p2, p3"}


def test_people_of_a_unit_whose_weights_are_all_0_are_spread_evenly() -> None:
    """They do not vanish: even shares, and a repair with the count of points."""
    findings = Findings()
    census = pd.DataFrame({"population": [30, 0]}, index=["U", "V"])
    found = spread(
        census, points(unit_id=["U", "U", "U", "V"], floor_area_m2=0), ["population"], findings, weight="floor_area_m2"
    )
    assert found["population"].tolist() == [10, 10, 10, 0]
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-D034", "repair", 3)]


def test_a_census_by_township_goes_to_the_points_of_the_township() -> None:
    """`by` names the column of the points that the census is keyed by."""
    census = pd.DataFrame({"age_0": [8]}, index=["T1"])
    given_ = points(unit_id="U", township="T1", population=[1, 3])
    assert spread(census, given_, ["age_0"], Findings(), by="township")["age_0"].tolist() == [2, 6]


def test_xingtai_keeps_its_census_to_the_person() -> None:
    """Nineteen census rows to 7,186 residential areas: every county's total is the census's, and so is the city's."""
    units = pd.read_csv(XINGTAI / "facts" / "units.csv", dtype={"code": str}).set_index("code")
    homes = gpd.read_file(XINGTAI / "residents.gpkg", ignore_geometry=True)
    found = spread(units, homes, ["residents", "age_0", "age_1_4"], Findings())
    for unit, rows in found.groupby(homes["unit_id"]):
        assert [math.fsum(rows[c]) for c in found.columns] == units.loc[unit, list(found.columns)].tolist()
    assert math.fsum(found["residents"]) == pytest.approx(7_111_106, abs=1e-6)
