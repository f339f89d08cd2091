"""Audit of streets and points: what joins only after a long move, what does not join, and what lies near but is far on foot."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan.network.cost import CostMatrix
from geoplan.network.graph import Network
from geoplan.network.snap import Joined, join
from geoplan.network.straight import straight_cost
from geoplan.network.travel import travel_cost

MOVED_M = 100.0  # a point that is moved further than this to its street is worth a look
NEAR_M, FAR_M = 200.0, 1000.0  # who can call across, and yet walks a quarter of an hour
LOOKED_M = 5000.0  # how far a way round is looked for


def snap_audit(network: Network, frame: gpd.GeoDataFrame | Joined, limit_m: float = 300.0) -> pd.DataFrame:
    """How each row joins the streets: `distance_m` (missing where no street is near), `joined`, `state` and where (`x`, `y`).

    `state` is near (at most 100 m), moved (further, up to the limit), detached (its street does not hang together with the main
    piece) or no_street (none within the limit). A row with several entrances is as its best one. Raises as `join`.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> nodes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 900], [0, 0]), index=[1, 2], crs="EPSG:4547")
    >>> edges = gpd.GeoDataFrame({"u": [1], "v": [2]}, geometry=[shapely.LineString([(0, 0), (900, 0)])], crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([5, 5, 5], [9, 150, 400]), index=["a", "b", "c"], crs="EPSG:4547")
    >>> snap_audit(build_network(nodes, edges, load_mode("walk")), homes)["state"].to_dict()
    {'a': 'near', 'b': 'moved', 'c': 'no_street'}
    """
    points = join(network, frame, limit_m)
    best = np.lexsort((np.nan_to_num(points.at.distance_m, nan=np.inf), ~points.at.joined, points.row))
    best = best[np.flatnonzero(np.diff(points.row[best], prepend=-1))]
    edge, distance_m, joined = points.at.edge[best], points.at.distance_m[best], points.at.joined[best]
    state = np.select([edge < 0, ~joined, distance_m > MOVED_M], ["no_street", "detached", "moved"], "near")
    x, y = points.at.xy[best].T
    columns = {"distance_m": distance_m, "joined": joined, "state": state, "x": x, "y": y}
    return pd.DataFrame(columns, index=points.ids)


def severed_pairs(
    network: Network,
    points: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    near_m: float = NEAR_M,
    far_m: float = FAR_M,
    snap_limit_m: float = 300.0,
) -> gpd.GeoDataFrame:
    """Pairs of rows at most `near_m` metres apart in a straight line, whose way along the streets is longer than `far_m` metres.

    Columns: from_id (of `points`), to_id (of `others`), straight_m, way_m (missing: longer than 5 km, or no way at all) and the line
    between them, the longest way first. Something lies between them that the streets do not cross, or a path is missing in the
    data. Rows that do not join the streets are left to `snap_audit`; a pair of one id is no pair, and one that stands there both
    ways round is given once. The network must count metres. Raises as `travel_cost`.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> nodes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 900, 900, 0], [0, 0, 90, 90]), index=[1, 2, 3, 4], crs="EPSG:4547")
    >>> lines = shapely.linestrings([[(0, 0), (900, 0)], [(900, 0), (900, 90)], [(900, 90), (0, 90)]])
    >>> edges = gpd.GeoDataFrame({"u": [1, 2, 3], "v": [2, 3, 4]}, geometry=lines, crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), index=["home"], crs="EPSG:4547")
    >>> care = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [90]), index=["nursery"], crs="EPSG:4547")
    >>> severed_pairs(build_network(nodes, edges, load_mode("walk")), homes, care).drop(columns="geometry").values.tolist()
    [['home', 'nursery', 90.0, 1890.0]]
    """
    near = straight_cost(points, others, near_m)
    pairs = near.to_frame().set_axis(["from_id", "to_id", "straight_m"], axis=1)
    pairs = pairs[_once(pairs)]
    here, there = (frame.set_axis(frame.index.astype(str)) for frame in (points, others))
    here, there = here.loc[pairs["from_id"].unique()], there.loc[pairs["to_id"].unique()]
    cost = travel_cost(network, here, there, limit_m=LOOKED_M, snap_limit_m=snap_limit_m)
    joined = ~pairs["from_id"].isin(cost.unjoined) & ~pairs["to_id"].isin(cost.unjoined_places)
    ways = pairs[joined].assign(way_m=_ways_m(cost, pairs[joined]))
    far = ways[~(ways["way_m"] <= far_m)]
    far = far.sort_values(["way_m", "from_id", "to_id"], ascending=[False, True, True], na_position="first")
    lines = shapely.linestrings(np.stack([_at(here, far["from_id"]), _at(there, far["to_id"])], axis=1))
    return gpd.GeoDataFrame(far.reset_index(drop=True), geometry=lines, crs=network.crs)


def _once(pairs: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which pairs are of two ids and do not repeat one the other way round."""
    both = pd.MultiIndex.from_frame(pairs[["from_id", "to_id"]])
    turned = pd.MultiIndex.from_frame(pairs[["to_id", "from_id"]])
    later = (pairs["from_id"] > pairs["to_id"]).to_numpy()
    return np.asarray((pairs["from_id"] != pairs["to_id"]).to_numpy() & ~(later & turned.isin(both)))


def _ways_m(cost: CostMatrix, pairs: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The travel cost of these pairs in metres; NaN where the matrix has none."""
    places = len(cost.place_ids)
    rows, columns = (
        cost.demand_ids.get_indexer(pd.Index(pairs["from_id"])),
        cost.place_ids.get_indexer(pd.Index(pairs["to_id"])),
    )
    wanted = rows.astype(np.int64) * places + columns
    found = cost.demand.astype(np.int64) * places + cost.place
    kept = np.isin(found, wanted)
    return np.asarray(pd.Series(cost.values[kept], found[kept]).reindex(wanted), float)


def _at(frame: gpd.GeoDataFrame, ids: pd.Series) -> npt.NDArray[np.float64]:
    """Where these rows stand, shape (ids, 2)."""
    points = frame.geometry.loc[ids].representative_point()
    return np.column_stack([points.x.to_numpy(float), points.y.to_numpy(float)])
