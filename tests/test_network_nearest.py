"""Nearest places, sums within reach and entrances, each against the whole table of pairs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint

from geoplan import decay
from geoplan.errors import InputError, UsageError
from geoplan.network.nearest import nearest_places
from geoplan.network.snap import join
from geoplan.network.sums import sum_within
from geoplan.network.travel import travel_cost
from tests.laws.street_towns import CRS, DRIVE, SPOTS, WALK, Street, Town, points, towns


@settings(deadline=None, max_examples=60)
@given(towns(), SPOTS, SPOTS, st.integers(1, 4), st.sampled_from([WALK, DRIVE]))
def test_the_nearest_are_the_first_of_all(town, homes, shops, k, mode) -> None:
    """The k nearest places are the first k of all pairs by cost, then row of the place, one-way streets or not."""
    network = town.network(mode)
    demand, places = points(homes, "d"), points(shops, "p")
    every = travel_cost(network, demand, places, limit_m=1000).to_frame().sort_values(["demand_id", "cost", "place_id"])
    expected = every.groupby("demand_id").head(k).reset_index(drop=True)
    for limit in ({}, {"limit_m": 1000.0}):
        found = nearest_places(network, demand, places, k, **limit)
        pd.testing.assert_frame_equal(found[["demand_id", "place_id", "cost"]], expected)
        assert (found["rank"] == found.groupby("demand_id").cumcount() + 1).all()


@settings(deadline=None, max_examples=40)
@given(towns(), SPOTS, SPOTS, st.integers(0, 80), st.sampled_from([None, decay.gaussian(60), decay.linear(50)]))
def test_sums_are_those_of_the_pairs(town, homes, shops, limit_m, curve) -> None:
    """A sum within reach is that over the pairs of travel cost, for demand points and for places, by either engine."""
    network = town.network(DRIVE)
    demand, places = points(homes, "d"), points(shops, "p")
    pairs = travel_cost(network, demand, places, limit_m=limit_m).to_frame()
    weight = np.ones(len(pairs)) if curve is None else curve(pairs["cost"].to_numpy())
    for of, mine, other in (("demand", demand, places), ("places", places, demand)):
        one, two = ("demand_id", "place_id") if of == "demand" else ("place_id", "demand_id")
        values = pd.Series(np.arange(1.0, len(other) + 1), other.index)
        expected = (
            (pairs[two].map(values).astype(float) * weight)
            .groupby(pairs[one])
            .sum()
            .reindex(mine.index, fill_value=0.0)
        )
        sums = [
            sum_within(
                network, demand, places, values, of=of, decay=curve, limit_m=limit_m, engine=engine, threads=threads
            )
            for engine, threads in (("numba", 1), ("numba", 4), ("scipy", 1))
        ]
        assert sums[0].to_dict() == sums[1].to_dict() == sums[2].to_dict()
        np.testing.assert_allclose(sums[0].to_numpy(), expected.to_numpy(), rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(towns(), SPOTS, SPOTS, st.sampled_from([WALK, DRIVE]))
def test_the_cheapest_entrance_counts(town, homes, shops, mode) -> None:
    """A row with several entrances costs what the cheapest of them costs, on either side of the journey."""
    network = town.network(mode)
    one = gpd.GeoDataFrame(geometry=[MultiPoint(shops)], index=["place"], crs=CRS)
    there = travel_cost(network, points(homes, "d"), points(shops, "p"), limit_m=200).to_frame()
    found = travel_cost(network, points(homes, "d"), one, limit_m=200).to_frame()
    assert found.set_index("demand_id")["cost"].to_dict() == there.groupby("demand_id")["cost"].min().to_dict()
    back = travel_cost(network, points(shops, "p"), points(homes, "d"), limit_m=200).to_frame()
    for engine in ("numba", "scipy"):
        found = travel_cost(network, one, points(homes, "d"), limit_m=200, engine=engine).to_frame()
        assert found.set_index("place_id")["cost"].to_dict() == back.groupby("place_id")["cost"].min().to_dict()


def test_a_table_is_joined_once() -> None:
    """What is joined already gives the same costs, and is refused by another network."""
    town = Town([(0, 0), (100, 0)], [Street(0, 1)])
    network, homes, shops = town.network(WALK), points([(10, 5)], "d"), points([(90, 5)], "p")
    once = join(network, homes, name="demand_id")
    for _ in range(2):
        found = travel_cost(network, once, shops, limit_m=200).to_frame()
        pd.testing.assert_frame_equal(found, travel_cost(network, homes, shops, limit_m=200).to_frame())
    with pytest.raises(UsageError, match="another network"):
        travel_cost(town.network(WALK), once, shops, limit_m=200)


def test_wrong_k_and_values_are_refused() -> None:
    """No nearest place can be asked for, and a missing value is named, not taken for 0."""
    network = Town([(0, 0), (100, 0)], [Street(0, 1)]).network(WALK)
    ends = points([(0, 0)], "d"), points([(1, 0)], "p")
    with pytest.raises(UsageError, match="at least 1"):
        nearest_places(network, *ends, k=0)
    with pytest.raises(InputError, match="p0"):
        sum_within(network, *ends, pd.Series({"other": 1.0}), limit_m=50)
