"""Gap areas: demand points without a place, grouped into compact, named, ranked areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geoplan.access._neighbours import hang_together
from geoplan.access.confidence import worst_quartile
from geoplan.access.gaps import CAUSES, THOUSAND
from geoplan.errors import CheckFailed, Language, Text, UsageError

MISSING = CAUSES[1:]
MARGIN = 0.1  # an area reaches this share of join_m beyond its members, so that a single point is an area too


def gap_areas(
    demand: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    *,
    join_m: float = 1500.0,
    least: float = 1.0,
    language: Language = "zh",
    townships: Mapping[str, str] | None = None,
    stability: pd.Series | None = None,
) -> gpd.GeoDataFrame:
    """Areas of people without a place, ranked by how many they are: index "1", "2" …; ties by id.

    Columns: name (township, and the member with the most people), unit_id, township, people and the four causes (whole
    thousandths), members (demand points), confidence (`worst_quartile` of the column `grade` of `demand`, by people without
    a place; None where unknown), stability (if `stability` is given by demand point: its mean by people without a place;
    points where it is missing are left out) and geometry. `townships` are the names by what stands in `demand`'s column
    township; a township that is not there is left out of the name.

    Which points are one area: villages on a plain chain into one blob if neighbours are joined to neighbours, so areas have
    leaders instead: within each unit the point with the most people without a place takes the points within `join_m`
    (metres), then the next point that is left over, and so on; then each point goes to its nearest leader. What does not hang
    together then is parted: two members are neighbours if no other demand point, served or not, lies in the circle over
    the line between them (or their geometries touch), and from each member to each other there must be a way over
    neighbours. So an area is never wider than 2 × join_m nor crosses a unit's border. Areas with fewer than `least`
    people are left out (the rest adds up to the gap). Geometry: the members' convex hull with round corners.

    Source of the neighbours: Gabriel, K. R. & Sokal, R. R. (1969). A new statistical approach to geographic variation
    analysis. Systematic Zoology 18(3), 259-278.

    >>> from shapely import Point
    >>> ids = ["a", "b", "c"]
    >>> points = [Point(0, 0), Point(1000, 0), Point(9000, 0)]
    >>> columns = {"name": ["东庄", "西庄", "北庄"], "unit_id": "U", "township": "U1", "grade": ["A", "B", None]}
    >>> demand = gpd.GeoDataFrame(columns, index=ids, geometry=points)
    >>> gaps = pd.DataFrame({"demand_id": ids, "band": "m24_36", "too_far": [3.0, 2.0, 4.0]})
    >>> gaps = gaps.assign(served=0.0, full=0.0, wrong_kind=0.0, not_joined=0.0)
    >>> areas = gap_areas(demand, gaps, townships={"U1": "河镇"})
    >>> areas[["name", "people", "members", "confidence"]].values.tolist()
    [['河镇 东庄一带', 5.0, 2, 'B'], ['河镇 北庄一带', 4.0, 1, None]]
    """
    members = _members(demand, gaps, join_m)
    areas = members.groupby("area")[["people", *MISSING, "members"]].sum()
    by_people = members.sort_values("people", ascending=False, kind="stable")
    largest = by_people.drop_duplicates("area").set_index("area").reindex(areas.index)
    areas["name"] = [_name(row, townships or {}, language) for row in largest.itertuples()]
    areas["unit_id"], areas["township"] = largest["unit_id"], largest["township"]
    areas["confidence"] = worst_quartile(members["grade"], members["people"], members["area"]).reindex(areas.index)
    extra = ["confidence"]
    if stability is not None:
        areas["stability"] = _mean(stability, members)
        extra.append("stability")
    areas["geometry"] = shapely.buffer(_hulls(members), MARGIN * join_m)
    return _ranked(areas[areas["people"] >= least * THOUSAND], demand, extra)


def area_of(demand: gpd.GeoDataFrame, gaps: pd.DataFrame, *, join_m: float = 1500.0, least: float = 1.0) -> pd.Series:
    """The id of the gap area of each demand point that has people without a place and stands in one; the ranks of `gap_areas`.

    >>> from shapely import Point
    >>> demand = gpd.GeoDataFrame({"unit_id": "U"}, index=["a", "b"], geometry=[Point(0, 0), Point(9000, 0)])
    >>> gaps = pd.DataFrame({"demand_id": ["a", "b"], "band": "m24_36", "too_far": [3.0, 4.0]})
    >>> area_of(demand, gaps.assign(full=0.0, wrong_kind=0.0, not_joined=0.0)).to_dict()
    {'a': '2', 'b': '1'}
    """
    members = _members(demand, gaps, join_m)
    people = members.groupby("area")["people"].sum()
    ranked = people[people >= least * THOUSAND].sort_values(ascending=False, kind="stable").index
    names = {area: str(n + 1) for n, area in enumerate(ranked)}
    found = members["area"].map(names).astype(object)
    return pd.Series(found[found.notna()], dtype=object, name="gap_area_id")


def _members(demand: gpd.GeoDataFrame, gaps: pd.DataFrame, join_m: float) -> gpd.GeoDataFrame:
    """The demand points with people without a place: their people by cause, and the number of their area."""
    if not join_m > 0:
        raise UsageError(f"join_m must be above 0 metres, not {join_m}")
    missing = _missing(demand, gaps)
    columns = ["name", "unit_id", "township", "grade", "geometry"]
    members = demand.reindex(columns=columns).loc[missing.index].join(missing)
    members["name"] = members["name"].astype(object).where(members["name"].notna(), members.index)
    members = members.assign(leader=_leaders(members, join_m), members=1)
    members = members.assign(area=hang_together(members, demand.geometry, members["leader"]))
    check_members(members, gaps)
    return members


def check_members(members: pd.DataFrame, gaps: pd.DataFrame) -> None:
    """Everyone without a place is in just one area, and no area has a point where all are served; raises `CheckFailed`."""
    people = int(members.groupby("area")["people"].sum().sum())
    unserved = int(np.rint(gaps[list(MISSING)].to_numpy(float) * THOUSAND).sum())
    if people != unserved or not members.index.is_unique or (members["people"] <= 0).any():
        raise CheckFailed(f"gap areas hold {people / THOUSAND} people, {unserved / THOUSAND} are without a place")


def _name(row: Any, townships: Mapping[str, str], language: Language) -> str:
    """Township and largest residential area: 南长街街道 胜利家属院一带."""
    place = Text(f"around {row.name}", f"{row.name}一带").to(language)
    township = townships.get(str(row.township), "")
    return Text(f"{township}, {place}", f"{township} {place}").to(language) if township else place


def _mean(values: pd.Series, members: pd.DataFrame) -> pd.Series:
    """The mean of values by demand point over the members of each area, by people without a place."""
    own = values.reindex(members.index).astype(float)
    weight = members["people"].where(own.notna(), 0)
    sums = (own.fillna(0.0) * weight).groupby(members["area"]).sum()
    total = weight.groupby(members["area"]).sum()
    return sums / total.where(total > 0)


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


def _ranked(areas: pd.DataFrame, demand: gpd.GeoDataFrame, extra: list[str]) -> gpd.GeoDataFrame:
    """The areas by people, most first, ties in the order of their leaders; thousandths become people."""
    areas = areas.sort_values("people", ascending=False, kind="stable")
    columns = ["name", "unit_id", "township", "people", *MISSING, "members", *extra, "geometry"]
    frame = gpd.GeoDataFrame(areas[columns], geometry="geometry", crs=demand.crs)
    frame[["people", *MISSING]] = frame[["people", *MISSING]] / THOUSAND
    return frame.set_axis(pd.Index([str(n + 1) for n in range(len(frame))], name="gap_area_id", dtype=object))
