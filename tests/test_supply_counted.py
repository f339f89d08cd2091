"""Which facilities count as supply, and why the others do not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings
from geoplan.supply.counted import REASONS, by_reason, counted, reason_text
from tests import town

LAW = settings(deadline=None, max_examples=30)
BANDS = ["m24_36"]
flag = st.sampled_from([True, False, None])
year = st.none() | st.integers(2015, 2035)
facility = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["open", "planned", "closed", None]),
        "opened": year,
        "closes": year,
        "filed": flag,
        "inclusive": flag,
        "service_modes": st.sampled_from([None, "full_day", "half_day;hourly", "full_day，temporary"]),
        "floor_area_m2": st.none() | st.integers(0, 900),
        "places_m24_36": st.integers(0, 90),
    }
)
facilities = st.lists(facility, min_size=1, max_size=8).map(lambda rows: table(*rows))
rules = st.fixed_dictionaries(
    {
        "only_filed": st.booleans(),
        "only_inclusive": st.booleans(),
        "modes": st.none() | st.sets(st.sampled_from(["full_day", "half_day"]), min_size=1),
        "minimum": st.sampled_from([{}, {"floor_area_m2": 200}]),
    }
)
years = st.integers(2014, 2036)


def table(*records: dict[str, object]) -> pd.DataFrame:
    """Facilities f0, f1 …"""
    frame = pd.DataFrame(list(records), index=[f"f{i}" for i in range(len(records))])
    flags = {c: frame[c].astype("boolean") for c in ("filed", "inclusive") if c in frame}
    numbers = {c: frame[c].astype("Int64") for c in ("opened", "closes") if c in frame}
    return frame.assign(**flags, **numbers)


def reason(record: dict[str, object], at: int = 2026, **asked: object) -> str:
    """Why one facility does not count; it is open, filed and inclusive unless the record says other."""
    base: dict[str, object] = {"status": "open", "filed": True, "inclusive": True}
    return str(counted(table(base | record), at, Findings(), **asked)["reason"].iloc[0])  # type: ignore[arg-type]


def test_the_town_counts_two_of_three() -> None:
    """F3 is not filed; when all count, it counts too, and 16 places are added to 12."""
    frame = town.facilities().set_index("id").assign(filed=[True, True, False])
    found = counted(frame, 2026, Findings())
    assert found["reason"].tolist() == ["", "", "not_filed"]
    bands = ["m06_12", "m12_24", "m24_36"]
    assert by_reason(frame, found, bands)["places"].to_dict() == {"": 12, "not_filed": 16}
    assert counted(frame, 2026, Findings(), only_filed=False)["counted"].all()


@pytest.mark.parametrize(
    ("record", "asked", "code"),
    [
        ({}, {}, ""),
        ({"status": "closed", "filed": False}, {}, "closed"),
        ({"closes": 2026}, {}, "closed"),
        ({"closes": 2027}, {}, ""),
        ({"opened": 2027}, {}, "not_yet_open"),
        ({"status": "planned", "opened": 2027}, {}, "not_yet_open"),
        ({"status": "planned", "opened": 2026}, {}, ""),
        ({"status": "planned"}, {}, "unknown_opening"),
        ({"status": None}, {}, "unknown_status"),
        ({"status": "paused"}, {}, "unknown_status"),
        ({"filed": False}, {}, "not_filed"),
        ({"filed": False}, {"only_filed": False}, ""),
        ({"filed": None}, {}, "unknown_filed"),
        ({"filed": None, "inclusive": False}, {"only_inclusive": True}, "not_inclusive"),
        ({"inclusive": None}, {"only_inclusive": True}, "unknown_inclusive"),
        ({"service_modes": "hourly；half_day"}, {"modes": {"full_day"}}, "hours"),
        ({"service_modes": "hourly;full_day"}, {"modes": {"full_day"}}, ""),
        ({"service_modes": None}, {"modes": {"full_day"}}, "unknown_hours"),
        ({"floor_area_m2": 199}, {"minimum": {"floor_area_m2": 200}}, "too_small"),
        ({"floor_area_m2": 200}, {"minimum": {"floor_area_m2": 200}}, ""),
        ({"floor_area_m2": None}, {"minimum": {"floor_area_m2": 200}}, "unknown_floor_area_m2"),
        ({"places_from": "unknown"}, {}, "unknown_places"),
        ({"places_from": "area"}, {}, ""),
    ],
)
def test_the_reason_is_the_first_that_holds(record: dict[str, object], asked: dict[str, object], code: str) -> None:
    """One row of the rule each: time, filing, inclusive, hours, size; what is certain before what is not known."""
    assert reason(record, **asked) == code


def test_the_findings_of_filing_stay_what_they_were() -> None:
    """No column filed is the error GP-S021, and nothing counts; unknown filing is the note GP-S022 with its number."""
    findings = Findings()
    assert not counted(table({"status": "open"}), 2026, findings)["counted"].any()
    assert [(f.code, f.severity) for f in findings] == [("GP-S021", "error")]
    findings = Findings()
    counted(table(*({"status": "open", "filed": f} for f in (True, None, None))), 2026, findings)
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-S022", "note", 2)]


def test_what_is_asked_for_must_have_a_column() -> None:
    """Inclusive, hours and a minimum without their columns: an error each, all at once."""
    findings = Findings()
    asked = {"only_inclusive": True, "modes": {"full_day"}, "minimum": {"floor_area_m2": 200}}
    frame = table({"status": "open", "filed": True})
    assert not counted(frame, 2026, findings, **asked)["counted"].any()  # type: ignore[arg-type]
    wrong = [f.value for f in findings.errors() if f.code == "GP-P020"]
    assert wrong == ["inclusive", "service_modes", "floor_area_m2"]


def test_an_empty_layer_counts_nothing() -> None:
    """A study without facilities has a table without rows."""
    frame = gpd.GeoDataFrame({"status": [], "filed": []}, geometry=[], crs=town.CRS)
    assert counted(frame, 2026, Findings()).empty


@LAW
@given(facilities, years, rules)
def test_unknown_never_counts_and_reasons_add_up(frame: pd.DataFrame, at: int, asked: dict[str, object]) -> None:
    """What counts has no reason and is known in all that is asked; by reason, facilities and places are the whole."""
    found = counted(frame, at, Findings(), **asked)  # type: ignore[arg-type]
    assert found["counted"].equals(found["reason"].eq(""))
    counts = frame[found["counted"]]
    assert counts["status"].notna().all()
    assert not asked["only_filed"] or counts["filed"].notna().all()
    assert not asked["only_inclusive"] or counts["inclusive"].notna().all()
    assert asked["modes"] is None or counts["service_modes"].notna().all()
    assert not asked["minimum"] or counts["floor_area_m2"].notna().all()
    assert by_reason(frame, found, BANDS)["places"].sum() == frame["places_m24_36"].sum()
    assert all(code in REASONS or reason_text(code).zh.endswith("未知") for code in found["reason"])


@LAW
@given(facilities, years, rules, st.data())
def test_more_filed_is_never_fewer_places(
    frame: pd.DataFrame, at: int, asked: dict[str, object], data: st.DataObject
) -> None:
    """Filing facilities that were not filed, or of which it was not known, takes no other out of the count."""
    more = frame.assign(
        filed=frame["filed"] | np.array(data.draw(st.lists(st.booleans(), min_size=len(frame), max_size=len(frame))))
    )
    before, after = (counted(f, at, Findings(), **asked)["counted"] for f in (frame, more))  # type: ignore[arg-type]
    assert (after | ~before).all()


@LAW
@given(facilities, years, rules)
def test_looser_rules_count_no_less(frame: pd.DataFrame, at: int, asked: dict[str, object]) -> None:
    """Asking for nothing counts whatever any rule counts."""
    strict = counted(frame, at, Findings(), **asked)["counted"]  # type: ignore[arg-type]
    loose = counted(frame, at, Findings(), only_filed=False)["counted"]
    assert (loose | ~strict).all()


@LAW
@given(facilities, years)
def test_a_planned_facility_never_counts_before_its_year(frame: pd.DataFrame, at: int) -> None:
    """Before its opening year, and without one, a planned facility does not count; from then on it does, until it closes."""
    found = counted(frame, at, Findings(), only_filed=False)["counted"]
    planned = frame[frame["status"].eq("planned")]
    opens = planned["opened"].le(at).fillna(False)
    leaves = planned["closes"].le(at).fillna(False)
    assert found[planned.index].equals((opens & ~leaves).astype(bool))


@LAW
@given(facilities, years)
def test_each_unknown_is_told_once(frame: pd.DataFrame, at: int) -> None:
    """The notes of what is not known count exactly the facilities that do not count for that reason."""
    findings = Findings()
    found = counted(frame, at, findings, only_inclusive=True, modes={"full_day"})
    told = {f.place: f.count for f in findings if f.code == "GP-P021"}
    unknown = found["reason"][found["reason"].str.startswith("unknown") & found["reason"].ne("unknown_filed")]
    assert told == unknown.value_counts().to_dict()
