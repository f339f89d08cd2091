"""Options and their verdicts."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.errors import InputError, UsageError
from geoplan.profiles.load import load_service
from geoplan.siting.compliance import judge
from geoplan.siting.options import propose_options
from geoplan.supply.class_mix import mix_classes

SERVICE = load_service()
SIZES = {"m24_36": 20, "m12_24": 15, "m06_12": 10}
UNKNOWN = float("nan")


def layer(kind: str, site: str = "S", **columns: object) -> gpd.GeoDataFrame:
    """One site; a good one unless a column says otherwise."""
    good = {"classes": 9, "capacity": 270, "enrolment": 200, "spare_floor_m2": 480, "floor_area_m2": 480,
            "land_m2": 1300, "outdoor_m2": 900, "storey": 1, "farmland_m2": 0}  # fmt: skip
    row = {"name": f"点{site}", "kind": kind, "unit_id": "130502", **good, **columns}
    return gpd.GeoDataFrame([row], index=[site], geometry=[Point(0, 0)], crs=4547)


def one(kind: str, **columns: object) -> pd.Series:
    """The one option of one site."""
    frame = layer(kind, **columns)
    options = (
        propose_options(None, frame, SERVICE, year=2026)[0]
        if kind.startswith("idle")
        else propose_options(frame, None, SERVICE, year=2026)[0]
    )
    assert len(options) == 1
    return options.iloc[0]


def outcomes(option: pd.Series) -> dict[str, str]:
    """The outcome of each standard that was judged."""
    return {v.standard: v.outcome for v in option["verdicts"]}


def test_a_kindergarten_opens_as_many_classes_as_stand_empty() -> None:
    """270 for 9 classes are 30 a class; 70 free are two classes of 20 for ages two to three, at 10,000 yuan a place."""
    option = one("kindergarten")
    assert option.name == "S:kindergarten_class"
    assert (option["places"], option["places_m24_36"], option["places_m12_24"]) == (40, 40, 0)
    assert option["cost"] == 400_000
    assert (option["first_phase"], option["verdict"]) == (2026, "pass")
    assert option["outdoor_m2"] == pytest.approx(900 * 40 / 240)
    assert option["departments"].startswith("市教育局")
    assert option["clause"].startswith("C3.2")


@given(st.integers(0, 20), st.integers(0, 600), st.integers(0, 600))
@settings(deadline=None, max_examples=60)
def test_spare_classes_are_the_floor_of_the_formula(classes: int, capacity: int, enrolment: int) -> None:
    """Spare classes are as many rooms as stand free and no more than the free places fill, in whole numbers, capped, never below 0."""
    frame = layer("kindergarten", classes=classes, capacity=capacity, enrolment=enrolment)
    options, _ = propose_options(frame, None, SERVICE, year=2026)
    free = max(0, capacity - enrolment)
    spare = min(free * classes // capacity, free // 20) if capacity else 0
    assert options["places"].sum() == 20 * min(spare, SERVICE.options["kindergarten_class"].max_classes)


@pytest.mark.parametrize("column", ["capacity", "enrolment", "classes"])
def test_a_kindergarten_that_is_not_known_gives_no_option_but_is_counted(column: str) -> None:
    """Without capacity, enrolment or classes no option is made, and a note counts the kindergartens."""
    frame = pd.concat([layer("kindergarten", site, **{column: UNKNOWN}) for site in "ab"])
    options, notes = propose_options(frame, None, SERVICE, year=2026)
    assert len(options) == 0
    assert [(n.severity, n.count, n.file) for n in notes] == [("note", 2, "hosts")]


def test_a_shared_building_is_filled_from_the_eldest_band_down() -> None:
    """480 m² at 10 m² are 48 places: a class of 20, one of 15 and one of 10, and no more than three."""
    option = one("community_service")
    assert [option[f"places_{b}"] for b in SERVICE.band_ids] == [10, 15, 20]
    assert (option["cost"], option["floor_area_m2"], option["verdict"]) == (45 * 16_000, 450, "pass")


def test_outdoor_ground_bounds_the_classes_where_it_is_known() -> None:
    """480 m² of floor but 60 m² of yard at 2 m² a child are 30 places: 20 and 10."""
    option = one("community_service", outdoor_m2=60)
    assert (option["places"], option["verdict"]) == (30, "pass")


def test_a_spare_floor_that_is_not_known_gives_the_smallest_size_and_no_pass() -> None:
    """An unknown spare floor, or a layer without the column: one class of the eldest, verdict unknown, and a note."""
    assert (one("community_service", spare_floor_m2=UNKNOWN)["places"]) == 20
    assert one("community_service", spare_floor_m2=UNKNOWN)["verdict"] == "unknown"
    options, notes = propose_options(
        layer("community_service").drop(columns="spare_floor_m2"), None, SERVICE, year=2026
    )
    assert options["verdict"].tolist() == ["unknown"]
    assert [n.code for n in notes] == ["GP-O002", "GP-O010"]


def test_a_site_too_small_for_one_class_gives_no_option_but_is_counted() -> None:
    """90 m² hold no class of ten: no option, and a note that counts the site."""
    options, notes = propose_options(layer("community_service", spare_floor_m2=90), None, SERVICE, year=2026)
    assert len(options) == 0
    assert [n.count for n in notes] == [1]


def test_a_new_building_takes_land_and_farmland() -> None:
    """1,300 m² at 20 m² are 65 places in four classes; of 2,000 m² of farmland no more is taken than of land."""
    option = one("idle_land", farmland_m2=2000)
    assert (option["places"], option["land_m2"], option["farmland_m2"]) == (65, 1300, 1300)
    assert (option["cost"], option["first_phase"]) == (65 * 65_000, 2028)
    assert outcomes(option)["farmland_free"] == "fail"
    assert option["verdict"] == "pass", "farmland asks for a quota, it does not forbid"
    assert np.isnan(one("idle_land", farmland_m2=UNKNOWN)["farmland_m2"])


@pytest.mark.parametrize(
    ("columns", "standard", "outcome", "verdict"),
    [({"storey": -1}, "no_basement", "fail", "fail"), ({"storey": 4}, "fire_storey", "fail", "fail"),
     ({"storey": 2}, "ground_floor", "fail", "pass"), ({"storey": UNKNOWN}, "no_basement", "unknown", "unknown"),
     ({"spare_floor_m2": 199}, "floor_min", "fail", "pass"), ({"spare_floor_m2": 200}, "floor_min", "pass", "pass"),
     ({"outdoor_m2": 19}, "outdoor_conversion", "fail", "fail"),
     ({"outdoor_m2": UNKNOWN}, "outdoor_conversion", "unknown", "unknown"),
     ({"outdoor_m2": UNKNOWN, "storey": 0}, "outdoor_conversion", "unknown", "fail")],
)  # fmt: skip
def test_each_clause_is_judged_by_what_is_measured(
    columns: dict[str, float], standard: str, outcome: str, verdict: str
) -> None:
    """What must hold and fails, fails the option; what only should hold does not; what is unknown is no pass."""
    option = one("childrens_home", **columns)
    assert outcomes(option)[standard] == outcome
    assert option["verdict"] == verdict


def test_a_verdict_says_what_was_measured_and_asked_and_where_it_stands() -> None:
    """A verdict holds the value measured, the value asked, the unit and the clause in both languages."""
    verdict = next(v for v in one("primary_school")["verdicts"] if v.standard == "outdoor_conversion")
    assert (verdict.measured, verdict.asked, verdict.unit) == (20.0, 2.0, "m²/place")
    assert "3.2.3" in verdict.clause.en
    assert "3.2.3" in verdict.clause.zh


def test_an_override_of_a_standard_changes_the_verdict() -> None:
    """A study that asks for 500 m² fails what 480 m² passed, and costs follow as well."""
    strict = load_service(overrides={"floor_min": 500, "cost_shared_building": 1})
    options, _ = propose_options(layer("elder_day_care"), None, strict, year=2026)
    assert options["verdict"].tolist() == ["fail"]
    assert options["cost"].tolist() == [45]


def test_a_check_that_nobody_can_measure_is_refused() -> None:
    """A standard without a quantity in the list of checks is a fault of the profile, never a pass."""
    kind = replace(SERVICE.options["shared_building"], checks=("reach_strict",))
    service = replace(SERVICE, options={**SERVICE.options, "shared_building": kind})
    with pytest.raises(UsageError, match="reach_strict"):
        propose_options(layer("elder_day_care"), None, service, year=2026)


@given(st.floats(0, 500), st.integers(1, 9))
def test_a_mix_of_classes_fits_and_leaves_no_room_for_another(room: float, most: int) -> None:
    """Classes fit the room, are at most as many as allowed, and stop only when full; the eldest come first."""
    classes = mix_classes(room, SIZES, most)
    used = sum(SIZES[b] * n for b, n in classes.items())
    assert used <= room + 1e-6
    assert sum(classes.values()) <= most
    assert sum(classes.values()) == most or room - used < min(SIZES.values())
    assert classes["m24_36"] >= classes["m06_12"] or room - used + SIZES["m06_12"] < SIZES["m24_36"]


def test_kinds_can_be_chosen_and_must_be_known() -> None:
    """Only the kinds asked for are proposed; an unknown one is refused."""
    hosts = pd.concat([layer("kindergarten", "K"), layer("childrens_home", "C")])
    assert propose_options(hosts, None, SERVICE, kinds=["shared_building"], year=2026)[0].index.tolist() == [
        "C:shared_building"
    ]
    assert len(propose_options(hosts, None, SERVICE, kinds=[], year=2026)[0]) == 0
    with pytest.raises(UsageError, match="there are: kindergarten_class"):
        propose_options(hosts, None, SERVICE, kinds=["castle"], year=2026)


def test_the_order_of_rows_changes_nothing() -> None:
    """Options stand in the order of their ids, whatever the order of the layers' rows."""
    hosts = pd.concat([layer("kindergarten", s) for s in ("b", "a", "c")])
    one_, other = (
        propose_options(h, layer("idle_land", "z"), SERVICE, year=2026)[0] for h in (hosts, hosts.iloc[::-1])
    )
    assert one_.index.tolist() == [
        "a:kindergarten_class",
        "b:kindergarten_class",
        "c:kindergarten_class",
        "z:idle_land",
    ]
    pd.testing.assert_frame_equal(pd.DataFrame(one_), pd.DataFrame(other))


def test_a_host_of_another_kind_is_counted() -> None:
    """Hosts that no option can use, and those of unknown kind, are left out and counted."""
    hosts = pd.concat([layer("temple", "t"), layer("temple", "u"), layer("x", "v").assign(kind=None)])
    options, notes = propose_options(hosts, None, SERVICE, year=2026)
    assert len(options) == 0
    assert sorted(n.count for n in notes) == [1, 2]


@pytest.mark.parametrize("bad", [-5, "many", float("inf")])
def test_raw_values_that_are_no_number_are_refused(bad: object) -> None:
    """A negative, endless or textual number names its column and id; a basement's storey may be below 0."""
    with pytest.raises(InputError, match="column outdoor_m2, id S"):
        propose_options(layer("childrens_home", outdoor_m2=bad), None, SERVICE, year=2026)


def test_an_id_stands_once_among_hosts_and_idle_sites() -> None:
    """The same id in both layers is refused, because options are named after it."""
    with pytest.raises(InputError, match="more than once"):
        propose_options(layer("kindergarten"), layer("idle_land"), SERVICE, year=2026)


def test_the_language_of_clause_and_departments_can_be_chosen() -> None:
    """In an English study the departments are named in English, the lead first."""
    options, _ = propose_options(None, layer("idle_land"), SERVICE, year=2026, language="en")
    assert options["departments"].iloc[0].startswith("Natural Resources and Planning Bureau, ")


def test_judging_again_gives_the_same() -> None:
    """The verdicts follow from the table alone."""
    options, _ = propose_options(layer("primary_school"), layer("idle_building", "T"), SERVICE, year=2026)
    assert judge(options, SERVICE).tolist() == options["verdicts"].tolist()
