"""Places wanted by year, band and level; and by class of demand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.demand.uptake import places_wanted, places_wanted_by_class, wanted_by_level
from geoplan.errors import InputError
from geoplan.profiles.load import load_service

SERVICE = load_service()
BANDS = SERVICE.band_ids
people_of = st.lists(st.floats(0, 1e5), min_size=1, max_size=8)


def people(values: list[float], **columns: object) -> pd.DataFrame:
    """Demand with the same people in every band, ids d0, d1 …"""
    frame = pd.DataFrame({f"people_{b}": values for b in BANDS} | columns, dtype=None)
    return frame.set_axis([f"d{i}" for i in range(len(frame))])


@given(people_of, people_of)
@settings(deadline=None, max_examples=30)
def test_the_table_holds_the_sums_of_the_points(now: list[float], later: list[float]) -> None:
    """Every year, band and level is the total × rate in whole thousandths, and low <= mid <= high."""
    table = wanted_by_level({2026: people(now), 2030: people(later)}, SERVICE)
    assert table.index.names == ["year", "band"]
    assert list(table.columns) == list(SERVICE.uptake)
    for year, values in ((2026, now), (2030, later)):
        for level, rate in SERVICE.uptake.items():
            assert (table.xs(year)[level] == round(math.fsum(values) * rate, 3)).all()
    assert (table["low"] <= table["mid"]).all()
    assert (table["mid"] <= table["high"]).all()


def test_fewer_children_want_fewer_places() -> None:
    """Falling births show in the table: 2030 beside 2026."""
    table = wanted_by_level({2026: people([1000.0]), 2030: people([600.0])}, SERVICE, ["mid"])
    ratio = table.xs(2030)["mid"] / table.xs(2026)["mid"]
    assert ratio.tolist() == pytest.approx([0.6] * len(BANDS))


@given(st.lists(st.tuples(st.sampled_from(["urban_new", "rural"]), st.floats(0, 1e5)), min_size=1, max_size=9))
@settings(deadline=None, max_examples=30)
def test_a_class_has_an_uptake_of_its_own(rows: list[tuple[str, float]]) -> None:
    """Each class wants what it would want alone, in the order of the rows; one level for all is places_wanted by class."""
    demand = people([p for _, p in rows], **{"class": [c for c, _ in rows]})
    found = places_wanted_by_class(demand, SERVICE, {"urban_new": "high", "rural": 0.07})
    assert found.index.equals(demand.index)
    for name, uptake in (("urban_new", "high"), ("rural", 0.07)):
        own = demand[demand["class"] == name]
        pd.testing.assert_frame_equal(found.loc[own.index], places_wanted(own, SERVICE, uptake))


def test_every_class_needs_an_uptake() -> None:
    """A class that is not named is refused, not taken for 0."""
    with pytest.raises(InputError, match="urban_old"):
        places_wanted_by_class(people([1.0], **{"class": ["urban_old"]}), SERVICE, {"rural": "low"})
