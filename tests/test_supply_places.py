"""Places by age band, and how they are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings, InputError, UsageError
from geoplan.supply.class_mix import mix_classes
from geoplan.supply.places import WAYS, by_way, known_places, places_by_band
from tests import town

LAW = settings(deadline=None, max_examples=30)
SIZES = {"m06_12": 10, "m12_24": 15, "m24_36": 20}
BANDS = list(SIZES)
PLACES = [f"places_{b}" for b in BANDS]
M2 = 10.0
maybe = st.none() | st.integers(0, 90)
rows = st.fixed_dictionaries(
    {f"places_{b}": maybe for b in BANDS}
    | {f"classes_{b}": st.none() | st.integers(0, 6) for b in BANDS}
    | {"floor_area_m2": st.none() | st.integers(0, 3000), "kind": st.sampled_from(["kindergarten", "nursery", None])}
)
SERVES = {"kindergarten": ["m24_36"]}


def table(*records: dict[str, object]) -> pd.DataFrame:
    """Facilities f0, f1 … with these columns."""
    return pd.DataFrame(list(records), index=[f"f{i}" for i in range(len(records))])


def places(frame: pd.DataFrame, findings: Findings | None = None) -> pd.DataFrame:
    """Their places by the sizes of the standard."""
    return places_by_band(frame, SIZES, M2, Findings() if findings is None else findings, serves=SERVES)


def test_the_town_states_its_places() -> None:
    """The facilities of the town are stated, and their places are what the layer says: 8, 4 and 16."""
    findings = Findings()
    found = places(town.facilities().set_index("id"), findings)
    assert found["places_from"].tolist() == ["stated"] * 3
    assert found[PLACES].sum(axis=1).tolist() == [8, 4, 16]
    assert [(f.code, f.place, f.count) for f in findings] == [("GP-P001", "places_from: stated", 3)]


def test_each_way_in_its_turn() -> None:
    """What is stated wins over classes, these over the floor area; where nothing is said, places are NaN and not 0."""
    full: dict[str, object] = {"places_m24_36": 30, "classes_m24_36": 2, "floor_area_m2": 600}
    ways = [full, full | {"places_m24_36": None}, {"floor_area_m2": 600}, {"kind": "nursery"}]
    found = places(table(*ways))
    assert found["places_from"].tolist() == list(WAYS)
    assert found["places_m24_36"].iloc[:3].tolist() == [30, 40, 20]
    assert found[PLACES].iloc[2].tolist() == [10, 30, 20]  # 60 places: 20, 15, 10 in turn, then the 15 that are left
    assert found[PLACES].iloc[3].isna().all()


def test_a_kind_is_given_only_the_bands_that_it_may_serve() -> None:
    """A kindergarten of 600 m² has three classes of the eldest band and none of the others: 0, which is known."""
    found = places(table({"kind": "kindergarten", "floor_area_m2": 600}))
    assert found[PLACES].iloc[0].tolist() == [0, 0, 60]


def test_too_small_for_a_class_is_not_known() -> None:
    """90 m² hold no class of the standard: the facility stands all the same, so its places are not known."""
    findings = Findings()
    found = places(table({"floor_area_m2": 90}), findings)
    assert found["places_from"].tolist() == ["unknown"]
    assert [(f.code, f.value, f.severity) for f in findings if f.code == "GP-P004"] == [("GP-P004", "f0", "note")]


def test_doubtful_capacities_are_named_and_kept() -> None:
    """More than the classes allow, and half a place: each a note with the ids; the stated number is used."""
    findings = Findings()
    stated = {f"places_{b}": 0 for b in BANDS}
    found = places(
        table(
            stated | {"places_m24_36": 41, "classes_m24_36": 2},
            stated | {"places_m24_36": 40, "classes_m24_36": 2},
            stated | {"places_m12_24": 7.5},
        ),
        findings,
    )
    assert found[PLACES].sum().tolist() == [0, 7.5, 81]
    assert [(f.code, f.place, f.value, f.count) for f in findings if f.code != "GP-P001"] == [
        ("GP-P003", "column places_m12_24", "f2", 1),
        ("GP-P002", "column places_m24_36", "f0", 1),
    ]


def test_what_is_no_number_is_refused_all_at_once() -> None:
    """A text, a negative number and infinity: one error a column, each with its rows."""
    frame = table(
        {"places_m24_36": "60人", "floor_area_m2": -1}, {"places_m24_36": np.inf, "floor_area_m2": None, "kind": "x"}
    )
    with pytest.raises(InputError) as refused:
        places(frame)
    found = [(f.code, f.place, f.value, f.count) for f in refused.value.findings]
    assert found == [
        ("GP-P010", "column places_m24_36", "f0, f1", 2),
        ("GP-P010", "column floor_area_m2", "f0", 1),
    ]


@pytest.mark.parametrize(("sizes", "floor"), [({}, 10.0), ({"a": 0}, 10.0), ({"a": 2.5}, 10.0), (SIZES, 0.0)])
def test_a_standard_that_cannot_be_meant_is_refused(sizes: dict[str, int], floor: float) -> None:
    """No band, a class of nobody, half a child, no area a place."""
    with pytest.raises(UsageError):
        places_by_band(table({"kind": "x"}), sizes, floor, Findings())


@LAW
@given(st.lists(rows, min_size=1, max_size=6))
def test_places_by_way_add_up(records: list[dict[str, object]]) -> None:
    """Each facility has one way; unknown and only unknown has no band known; the notes and the table count the same."""
    findings = Findings()
    found = places(table(*records), findings)
    assert found["places_from"].eq("unknown").equals(found[PLACES].isna().all(axis=1))
    ways = by_way(found, BANDS)
    assert ways["facilities"].sum() == len(records)
    assert ways["places"].sum() == known_places(found, BANDS).to_numpy().sum() == np.nansum(found[PLACES])
    told = {f.place.removeprefix("places_from: "): f.count for f in findings if f.code == "GP-P001"}
    assert told == ways["facilities"][ways["facilities"] > 0].to_dict()


@LAW
@given(st.lists(rows, min_size=2, max_size=6))
def test_a_facility_does_not_depend_on_the_others(records: list[dict[str, object]]) -> None:
    """The places of a facility are the same in a table of its own."""
    together = places(table(*records))[[*PLACES, "places_from"]]
    alone = [
        places(table(r))[[*PLACES, "places_from"]].set_axis([i]) for i, r in zip(together.index, records, strict=True)
    ]
    pd.testing.assert_frame_equal(together, pd.concat(alone))


@LAW
@given(st.floats(0, 400), st.permutations(BANDS), st.none() | st.integers(0, 9))
def test_classes_fill_the_room_and_no_more(room: float, order: list[str], most: int | None) -> None:
    """Whole classes never exceed the room, and what is left holds no further class."""
    sizes = {b: SIZES[b] for b in order}
    classes = mix_classes(room, sizes, most)
    left = room - sum(classes[b] * SIZES[b] for b in BANDS)
    assert left >= -1e-6
    assert sum(classes.values()) == most if most is not None and left >= 10 else left < 10 or most == 0
