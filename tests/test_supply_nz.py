"""A real register: New Zealand's early-childhood services of 2020, read by a column mapping only."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

import geoplan as gp
from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError
from geoplan.supply.counted import by_reason, counted
from geoplan.supply.forms import forms, variety
from geoplan.supply.places import by_way, places_by_band
from geoplan.supply.staff import carers, in_total

REGISTER = Path(__file__).parents[1] / "../shared/data/nz_childcare/ece_services_2020.csv"
pytestmark = pytest.mark.skipif(not REGISTER.exists(), reason="New Zealand's register is not beside the checkout")

BAND = "u2"  # children under two
SERVICES, UNDER_TWO, UNPLACED = 2243, 36_125, 16
READ = {
    "datum": "wgs84",
    "bands": (BAND,),
    "columns": {
        "facility_id": "ECE_Id",
        "name": "Org_Name",
        "kind": "Org_Type",
        "lon": "Longitude",
        "lat": "Latitude",
        "places_u2": "Under_2s",
        "ownership": "Authority",
    },
    "constants": {"status": "open"},
}


@pytest.fixture(scope="module")
def area() -> StudyArea:
    """New Zealand's two main islands as one unit, in the national grid."""
    outline = gpd.GeoDataFrame(
        {"unit_id": ["NZ"], "name": ["New Zealand"]},
        geometry=[box(1_050_000, 4_700_000, 2_100_000, 6_250_000)],
        crs="EPSG:2193",
    )
    return gp.read_area(outline, crs="EPSG:2193")


@pytest.fixture(scope="module")
def read(area: StudyArea) -> tuple[gpd.GeoDataFrame, Findings]:
    """The register with its gaps kept as gaps, and what was found."""
    findings = Findings()
    frame = gp.read_facilities(REGISTER, area, findings=findings, unplaced="leave_out", unknown="keep", **READ)
    return frame, findings


def raw() -> list[dict[str, str]]:
    """The rows of the file, read without geoplan and without pandas."""
    with REGISTER.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_by_default_the_gaps_are_refused(area: StudyArea) -> None:
    """Without a policy, each missing coordinate and each missing number of places is an error, all in one refusal."""
    with pytest.raises(InputError) as refused:
        gp.read_facilities(REGISTER, area, **READ)
    codes = pd.Series([f.code for f in refused.value.findings]).value_counts()
    assert codes.to_dict() == {"GP-V006": UNPLACED, "GP-T121": 3}


def test_every_row_is_read_or_named(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """2,243 services less 16 left out, each by its id in a repair of its own; no other row is missing."""
    frame, findings = read
    left = [f for f in findings if f.code == "GP-V012"]
    assert {f.severity for f in left} == {"repair"}
    assert [f.count for f in left] == [1] * UNPLACED
    named = {f.value.split(":")[0] for f in left}
    assert len(frame) == SERVICES - UNPLACED
    assert named == {r["ECE_Id"] for r in raw() if not r["Latitude"]}
    assert set(frame.index) | named == {r["ECE_Id"] for r in raw()}
    assert not set(frame.index) & named


def test_places_are_the_whole_less_what_the_findings_name(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """Places under two sum to 36,125 less the places that the findings tell, exactly: 240 of 14 services."""
    frame, findings = read
    told = [f.value.split(": ")[1] for f in findings if f.code == "GP-V012"]
    lost = [int(m[1]) for t in told if (m := re.fullmatch(rf"places_{BAND} (\d+)", t))]
    assert told.count(f"places_{BAND} unknown") == 2
    assert (len(lost), sum(lost)) == (14, 240)
    assert frame[f"places_{BAND}"].sum() == UNDER_TWO - sum(lost)


def test_unknown_places_stay_unknown(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """One placed service does not say its places: NaN, in a note; it does not count, and its places are not 0."""
    frame, findings = read
    assert [(f.severity, f.count) for f in findings if f.code == "GP-T127"] == [("note", 1)]
    known = places_by_band(frame, {BAND: 10}, 10.0, Findings())
    ways = by_way(known, [BAND])
    assert ways["facilities"].to_dict() == {"stated": 2226, "classes": 0, "area": 0, "unknown": 1}
    result = counted(known, 2020, Findings(), only_filed=False)
    assert by_reason(known, result, [BAND])["facilities"].to_dict() == {"": 2226, "unknown_places": 1}
    assert known.loc[result["reason"].eq("unknown_places"), f"places_{BAND}"].isna().all()


def test_filing_that_the_register_does_not_have_counts_nothing(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """Asked to count only filed services, a register that says nothing of filing gives no place: unknown is no pass."""
    findings = Findings()
    assert not counted(read[0], 2020, findings)["counted"].any()
    assert [(f.code, f.count) for f in findings if f.code == "GP-S022"] == [("GP-S022", SERVICES - UNPLACED)]


def test_names_keep_their_macrons(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """Kinds and names are those of the file, letter by letter."""
    assert read[0]["kind"].eq("Te Kōhanga Reo").sum() == sum(r["Org_Type"] == "Te Kōhanga Reo" for r in raw())


def test_forms_add_up_to_the_register(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """By kind and by ownership every service stands once; an ownership that is blank is unknown, not private."""
    frame = read[0]
    units = pd.Index(["NZ"], name="unit_id")
    places = frame[f"places_{BAND}"]
    placed = [r for r in raw() if r["Latitude"]]
    by_kind = forms(frame, units, places)["kind"].loc["NZ"]
    for kind in {r["Org_Type"] for r in placed}:
        assert by_kind[kind] == sum(float(r["Under_2s"] or 0) for r in placed if r["Org_Type"] == kind)
    assert forms(frame, units)["ownership"].loc["NZ", "unknown"] == sum(not r["Authority"] for r in placed)
    assert variety(frame, units).to_dict() == {"NZ": 7}


def test_staff_of_the_register(read: tuple[gpd.GeoDataFrame, Findings]) -> None:
    """At one carer for five, each service rounds up for itself; the one whose places are not known is counted apart."""
    needed = in_total(carers(read[0][[f"places_{BAND}"]].set_axis([BAND], axis=1), {BAND: 5}))
    by_hand = sum(-(-int(float(r["Under_2s"])) // 5) for r in raw() if r["Latitude"] and r["Under_2s"])
    assert needed.loc["carers"].to_dict() == {"persons": by_hand, "known": 2226, "unknown": 1}
