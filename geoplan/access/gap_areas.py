"""Gap areas: demand points without a place, grouped into compact, named, ranked areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geoplan.access.gaps import CAUSES, THOUSAND
from geoplan.errors import Language, Text, UsageError

MISSING = CAUSES[1:]
MARGIN = 0.1  # an area reaches this share of join_m beyond its members, so that a single point is an area too


def gap_areas(
    demand: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    *,
    join_m: float = 1500.0,
    least: float = 1.0,
    language: Language = "zh",
) -> gpd.GeoDataFrame:
    """Areas of people without a place, ranked by how many they are: index "1", "2" …; ties by id.

    Columns: name (of the member with the most people), unit_id, people and the four causes (whole
    thousandths), members (demand points), geometry. Villages on a plain chain into one blob if neighbours
    are joined to neighbours, so areas have leaders instead: within each unit the point with the most people
    without a place takes the points within `join_m` (metres), then the next point that is left over, and so
    on; then each point goes to its nearest leader. So an area is never wider than 2 × join_m nor crosses a
    unit's border. Areas with fewer than `least` people are left out (the rest adds up to the gap). Geometry:
    the members' convex hull with round corners.

    >>> from shapely import Point
    >>> ids = ["a", "b", "c"]
    >>> points = [Point(0, 0), Point(1000, 0), Point(9000, 0)]
    >>> columns = {"name": ["东庄", "西庄", "北庄"], "unit_id": "U"}
    >>> demand = gpd.GeoDataFrame(columns, index=ids, geometry=points)
    >>> gaps = pd.DataFrame({"demand_id": ids, "band": "m24_36", "too_far": [3.0, 2.0, 4.0]})
    >>> gaps = gaps.assign(served=0.0, full=0.0, wrong_kind=0.0, not_joined=0.0)
    >>> gap_areas(demand, gaps)[["name", "people", "members"]].values.tolist()
    [['东庄一带', 5.0, 2], ['北庄一带', 4.0, 1]]
    """
    if not join_m > 0:
        raise UsageError(f"join_m must be above 0 metres, not {join_m}")
    missing = _missing(demand, gaps)
    members = demand.reindex(columns=["name", "unit_id", "geometry"]).loc[missing.index].join(missing)
    members["name"] = members["name"].astype(object).where(members["name"].notna(), members.index)
    members = members.assign(area=pd.factorize(_leaders(members, join_m), sort=True)[0], members=1)
    areas = members.groupby("area")[["people", *MISSING, "members"]].sum()
    by_people = members.sort_values("people", ascending=False, kind="stable")
    largest = by_people.drop_duplicates("area").set_index("area").reindex(areas.index)
    areas["name"] = [Text(f"around {name}", f"{name}一带").to(language) for name in largest["name"]]
    areas["unit_id"] = largest["unit_id"]
    areas["geometry"] = shapely.buffer(_hulls(members), MARGIN * join_m)
    return _ranked(areas[areas["people"] >= least * THOUSAND], demand)


def _missing(demand: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Thousandths without a place by demand point and cause, in the order of the ids."""
    unknown = sorted(set(gaps["demand_id"]) - set(demand.index))
    if unknown:
        raise UsageError(f"gap_areas: demand points that the table does not have: {', '.join(unknown[:5])}")
    whole = (gaps.set_index("demand_id")[list(MISSING)] * THOUSAND).round().astype("int64")
    by_point = whole.groupby(level=0, sort=True).sum()
    by_point["people"] = by_point.sum(axis=1)
    return by_point[by_point["people"] > 0]


def _leaders(members: gpd.GeoDataFrame, join_m: float) -> pd.Series:
    """The id of each member's leader."""
    leader = pd.Series(members.index, index=members.index, dtype=object)
    points = members.geometry.representative_point()
    for _, rows in sorted(members.groupby(members["unit_id"].astype(str), sort=True).indices.items()):
        at = np.column_stack([points.x.to_numpy()[rows], points.y.to_numpy()[rows]])
        chosen = _choose(at, members["people"].to_numpy()[rows], join_m)
        nearest = cKDTree(at[chosen]).query(at)[1]
        leader.iloc[rows] = members.index.to_numpy()[rows][chosen][nearest]
    return leader


def _choose(at: npt.NDArray[np.float64], people: npt.NDArray[np.int64], join_m: float) -> npt.NDArray[np.int64]:
    """The rows that lead: from the most people down (ties by row), those that no leader before has taken."""
    tree, taken, chosen = cKDTree(at), np.zeros(len(at), bool), []
    for row in np.argsort(-people, kind="stable"):
        if not taken[row]:
            chosen.append(row)
            taken[tree.query_ball_point(at[row], join_m)] = True
    return np.array(chosen, np.int64)


def _hulls(members: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The convex hull of the members of each area, in the order of the areas."""
    coordinates, row = shapely.get_coordinates(members.geometry.to_numpy(), return_index=True)
    area = members["area"].to_numpy()[row]
    order = np.argsort(area, kind="stable")
    hulls: npt.NDArray[np.object_] = shapely.convex_hull(
        shapely.multipoints(shapely.points(coordinates[order]), indices=area[order])
    )
    return hulls


def _ranked(areas: pd.DataFrame, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas by people, most first, ties in the order of their leaders; thousandths become people."""
    areas = areas.sort_values("people", ascending=False, kind="stable")
    columns = ["name", "unit_id", "people", *MISSING, "members", "geometry"]
    frame = gpd.GeoDataFrame(areas[columns], geometry="geometry", crs=demand.crs)
    frame[["people", *MISSING]] = frame[["people", *MISSING]] / THOUSAND
    return frame.set_axis(pd.Index([str(n + 1) for n in range(len(frame))], name="gap_area_id", dtype=object))
