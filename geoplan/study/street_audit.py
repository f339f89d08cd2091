"""Street audit: who joins the streets only after a long move or not at all, and who lives near one another but far on foot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.errors import Finding, Text
from geoplan.network.audit import FAR_M, MOVED_M, NEAR_M, severed_pairs, snap_audit
from geoplan.network.graph import Network
from geoplan.study.given import Given
from geoplan.study.known import Known

EXPRESSWAYS = ("motorway", "trunk")
JOINS = ("role", "name", "unit_id", "population", "state", "distance_m", "geometry")


class Group(NamedTuple):
    """The demand points that travel along one network, and how far from a street they may lie (metres)."""

    network: Network
    rows: pd.Index
    snap_limit_m: float


@dataclass(frozen=True, eq=False)
class StreetAudit:
    """`joins` has one row a demand point, facility or site that is not near a street of the main piece: role, name, unit_id,
    population, state (moved, detached, no_street), distance_m, a point. `severed` has one row a pair that is near in a straight
    line and far on foot: from_id (demand), to_id, to_role, names, straight_m, way_m (missing: more than 5 km), `between` (railways,
    rivers, expressways or nothing known), population of the demand points, a line.
    """

    joins: gpd.GeoDataFrame
    severed: gpd.GeoDataFrame

    @property
    def findings(self) -> Iterator[Finding]:
        """A note on what is moved far, and one on what is severed."""
        moved = self.joins[self.joins["state"] == "moved"]
        if len(moved):
            problem = Text(f"points join a street more than {MOVED_M:g} m away", f"距所接道路超过 {MOVED_M:g} 米的点")
            advice = Text("see the street audit; draw the paths to them", "见路网核查表，请补绘其接入道路")
            yield _note("GP-N009", problem, advice, moved.index, len(moved))
        if len(self.severed):
            problem = Text(
                f"pairs of points within {NEAR_M:g} m are more than {FAR_M:g} m apart on foot",
                f"直线 {NEAR_M:g} 米以内而步行超过 {FAR_M:g} 米的点对",
            )
            advice = Text("see the street audit; is a crossing or a path missing?", "见路网核查表，请核对是否缺少通道")
            yield _note("GP-N010", problem, advice, self.severed["from_id"], len(self.severed))


def _note(code: str, problem: Text, advice: Text, ids: pd.Index | pd.Series, count: int) -> Finding:
    shown = ", ".join(str(i) for i in list(ids)[:5])
    return Finding(code, "layers.streets", "street_audit", problem, advice, shown, "note", count)


def audit(known: Known, given: Given, groups: Mapping[str, Group], walk: Network) -> StreetAudit:
    """Demand points by the network that their group uses, everything else, and what is severed, by the one for walking (metres)."""
    sites = known.options.drop_duplicates("site_id").set_index("site_id")
    by_role = {r: t for r, t in (("demand", known.demand), ("facility", known.facilities), ("site", sites)) if len(t)}
    tables = [_joins("demand", known.demand.loc[g.rows], g.network, g.snap_limit_m) for g in groups.values()]
    tables += [_joins(role, table, walk, 300.0) for role, table in by_role.items() if role != "demand"]
    joins = pd.concat([t for t in tables if len(t)] or [_joins("demand", known.demand.iloc[:0], walk, 300.0)])
    pairs = [severed_pairs(walk, known.demand, to).assign(to_role=role) for role, to in by_role.items()]
    severed = pd.concat([p for p in pairs if len(p)] or pairs[:1], ignore_index=True)
    crs = known.demand.crs
    return StreetAudit(
        gpd.GeoDataFrame(joins.rename_axis("id"), geometry="geometry", crs=crs),
        _described(gpd.GeoDataFrame(severed, geometry="geometry", crs=crs), by_role, given),
    )


def _joins(role: str, frame: gpd.GeoDataFrame, network: Network, limit_m: float) -> pd.DataFrame:
    """The rows of a table that are not near a street, the worst first."""
    found = snap_audit(network, frame, limit_m)
    far = found[found["state"] != "near"].sort_values(["state", "distance_m"], ascending=[True, False])
    rows = frame.loc[far.index]
    people = rows["population"] if "population" in rows else pd.Series(float("nan"), index=rows.index)
    names = rows["name"] if "name" in rows else pd.Series(None, index=rows.index, dtype=object)
    columns = {"role": role, "name": names, "unit_id": rows["unit_id"], "population": people, "state": far["state"]}
    return pd.DataFrame({**columns, "distance_m": far["distance_m"], "geometry": rows.geometry.representative_point()})


def _described(severed: gpd.GeoDataFrame, by_role: Mapping[str, gpd.GeoDataFrame], given: Given) -> gpd.GeoDataFrame:
    """Severed pairs with the names of both ends, the people who live there, and what lies between; most people first."""
    demand = by_role["demand"]
    there = severed["to_id"].where(severed["to_role"] == "demand")
    people = severed["from_id"].map(demand["population"]) + there.map(demand["population"]).fillna(0.0)
    ends = zip(severed["to_role"], severed["to_id"], strict=True)
    names = [by_role[role]["name"].get(i) if "name" in by_role[role] else None for role, i in ends]
    columns = {"from_name": severed["from_id"].map(demand["name"]), "to_name": names, "population": people}
    unit = severed["from_id"].map(demand["unit_id"])
    made = severed.assign(**columns, unit_id=unit, between=_between(severed, given))
    order = ["population", "from_id", "to_id"]
    return made.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


def _between(severed: gpd.GeoDataFrame, given: Given) -> pd.Series:
    """What each line crosses: the first of railways, rivers and expressways; nothing where none is known."""
    edges = given.streets.edges
    classes = (
        edges["highway"].astype(str).str.removesuffix("_link") if "highway" in edges else pd.Series("", edges.index)
    )
    barriers: dict[str, gpd.GeoSeries] = {n: given.base[n].geometry for n in ("railways", "rivers") if n in given.base}
    barriers["expressways"] = edges.geometry[classes.isin(EXPRESSWAYS).to_numpy()]
    found = pd.Series("", index=severed.index, dtype=object)
    for name, shapes in reversed(barriers.items()):
        crossed = shapely.STRtree(shapes.to_numpy()).query(severed.geometry.to_numpy(), predicate="intersects")[0]
        found.iloc[crossed] = name
    return found
