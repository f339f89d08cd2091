"""The street audit: what is severed lies near in a straight line and far on foot, and nobody is told twice or left out."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.network import edits
from geoplan.network.audit import severed_pairs, snap_audit
from tests.laws.street_towns import CRS, WALK, Street, Town, points, random_town, split_graph

# a railway runs between two rows of houses; the only crossing is at the far end
LADDER = Town([(0, 0), (900, 0), (900, 90), (0, 90)], [Street(0, 1), Street(1, 2), Street(2, 3)])


def test_across_the_railway_is_far() -> None:
    """90 m in a straight line and 1,890 m by the crossing: severed; a footbridge beside the homes mends it."""
    streets, homes, care = LADDER.network(WALK), points([(0, 0), (850, 0)], "h"), points([(0, 90)], "p")
    found = severed_pairs(streets, homes, care)
    assert found.drop(columns="geometry").to_numpy().tolist() == [["h0", "p0", 90.0, 1890.0]]
    assert found.geometry[0].equals(shapely.LineString([(0, 0), (0, 90)]))
    bridge = edits.add_link(streets, shapely.LineString([(2, 0), (2, 90)]), "footway")
    assert severed_pairs(bridge, homes, care).empty


def test_without_any_way_the_length_is_missing() -> None:
    """Where no way leads across within 5 km, the way is missing, never a number, and such pairs come first."""
    far = Town(
        [(0, 0), (900, 0), (900, 90), (0, 90), (4000, 0), (4000, 90)], [Street(0, 4), Street(4, 5), Street(5, 3)]
    )
    found = severed_pairs(far.network(WALK), points([(0, 0), (3300, 0)], "h"), points([(0, 90), (3300, 90)], "p"))
    assert found["from_id"].tolist() == ["h0", "h1"]
    assert np.isnan(found["way_m"][0])
    assert found["way_m"][1] == pytest.approx(1490)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_what_is_severed_is_what_networkx_finds(seed: int) -> None:
    """Exactly the pairs that are near in a straight line and far along the streets, each once, whatever the town."""
    random = np.random.default_rng(seed)
    town, spots, _ = random_town(random)
    streets, homes = town.network(WALK), points(spots, "d")
    near_m, far_m = float(random.integers(5, 40)), float(random.integers(5, 60))
    found = severed_pairs(streets, homes, homes, near_m, far_m)
    joined = snap_audit(streets, homes)["joined"]
    graph, wanted = split_graph(streets, homes, homes.set_axis([f"p{k}" for k in range(len(homes))])), set()
    for i, here in enumerate(homes.index[:-1]):
        ways = nx.single_source_dijkstra_path_length(graph, ("out", i)) if joined[here] else {}
        for j in range(i + 1, len(homes)):
            apart = round(homes.geometry.iloc[i].distance(homes.geometry.iloc[j]), 3)
            if joined[here] and joined.iloc[j] and apart <= near_m and not ways.get(("in", j), np.inf) <= far_m * 1000:
                wanted.add((here, homes.index[j]))
    assert set(zip(found["from_id"], found["to_id"], strict=True)) == wanted
    assert len(found) == len(wanted)


def test_a_row_with_two_entrances_is_as_its_best() -> None:
    """A facility with a gate on the street and one far from it is near; its far gate does not make it moved or lost."""
    gates = gpd.GeoDataFrame(geometry=[shapely.MultiPoint([(0, 5000), (50, 120), (50, 10)])], index=["F"], crs=CRS)
    found = snap_audit(LADDER.network(WALK), gates)
    assert found.index.tolist() == ["F"]
    assert (found["state"].iloc[0], found["distance_m"].iloc[0], found["y"].iloc[0]) == ("near", 10.0, 0.0)
