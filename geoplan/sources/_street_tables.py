"""Given tables of nodes and edges, checked: columns found, ids, positions, lines, lengths and one-way signs made of one kind."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Findings
from geoplan.sources._street_columns import KEPT, Told, codes, each, flat, known_classes, require, street_class
from geoplan.sources.datum import to_crs

ONE_WAY = {
    **dict.fromkeys(("yes", "true", "t", "1", "1.0", "是", "单向", "单行", "单行道", "正向", "顺向"), "yes"),
    **dict.fromkeys(("-1", "-1.0", "reverse", "逆向", "反向"), "-1"),
    **dict.fromkeys(("no", "false", "f", "0", "0.0", "", "nan", "none", "<na>", "reversible", "alternating"), "no"),
    **dict.fromkeys(("否", "双向", "双向通行"), "no"),
}
BOTH_FORTH_BACK = {"b": "no", "f": "yes", "t": "-1"}  # as Geofabrik writes it, told from true and false by its b
ROUND = {"roundabout", "circular"}  # junctions that are one-way without a sign
LONG_M, TIMES = 100_000.0, 10.0  # longer edges, and lengths that are more times their lines, are noted
AWAY_M = 100.0  # a line may start this far from its node, as streets drawn to the middle of a junction do


def checked(
    nodes: pd.DataFrame, edges: pd.DataFrame, file: str, crs: Any, datum: str, findings: Findings, osm: bool = False
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The two tables as `Streets` holds them; errors and repairs go into `findings`. Raises `InputError` when it cannot go on.

    `osm` says that classes are OpenStreetMap's whatever they are. A column `source_row` says from which row (from 0) an edge was
    made; findings then name that row.
    """
    tell = Told(file, findings)
    nodes, edges = flat(nodes, "node_id", tell), flat(edges, "u", tell)
    require(nodes, edges, tell)
    findings.raise_errors()
    ids, u, v = codes(nodes, edges, tell)
    findings.raise_errors()
    points = _nodes(nodes, ids, file, crs, datum, tell)
    findings.raise_errors()
    table, row = _known_ends(edges.assign(u=u, v=v), points, tell)
    table = _lines(table, row, nodes, points, file, crs, datum, tell)
    findings.raise_errors()
    table["length_m"] = _lengths(table, row, tell)
    findings.raise_errors()
    return points, _tidy(_one_way(table, osm, tell), tell)


def _nodes(nodes: pd.DataFrame, ids: Any, file: str, crs: Any, datum: str, tell: Told) -> gpd.GeoDataFrame:
    if "geometry" in nodes.columns:
        frame = gpd.GeoDataFrame(geometry=nodes.geometry.to_numpy(), crs=nodes.crs)
        lost = frame.geometry.is_empty | (shapely.get_type_id(frame.geometry) != shapely.GeometryType.POINT)
    else:
        lon, lat = (pd.to_numeric(nodes[axis], errors="coerce") for axis in ("lon", "lat"))
        lost = ~(np.isfinite(lon) & np.isfinite(lat))
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat))
    tell.rows("GP-N105", lost, "nodes", ids)
    tell.findings.raise_errors()
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    moved = to_crs(frame, datum, crs, file, tell.findings)
    moved.index = pd.Index(ids, name="node_id", dtype=np.int64)
    xy = pd.DataFrame(moved.get_coordinates().to_numpy(), columns=["x", "y"]).assign(id=ids)
    first = ~xy.duplicated("id")
    tell.rows("GP-N104", ~first & ~xy.duplicated(), "nodes", ids)
    if "crossing" in nodes.columns:
        moved["crossing"] = nodes["crossing"].to_numpy()
    return moved[first.to_numpy()]


def _known_ends(edges: pd.DataFrame, nodes: gpd.GeoDataFrame, tell: Told) -> tuple[pd.DataFrame, Any]:
    """The edges whose two nodes are given, and their row numbers; an extract may lose a few at its border, not more."""
    known = (edges["u"].isin(nodes.index) & edges["v"].isin(nodes.index)).to_numpy()
    lost = int((~known).sum())
    few = lost <= 0.01 * len(edges)
    if lost:
        tell.rows(
            "GP-N114" if few else "GP-N112",
            ~known,
            "edges",
            edges["u"].to_numpy(),
            "repair" if few else "error",
        )
    tell.findings.raise_errors()
    edges = edges[known].reset_index(drop=True)
    return edges, edges["source_row"].to_numpy() if "source_row" in edges.columns else np.flatnonzero(known)


def _lines(
    edges: pd.DataFrame,
    row: Any,
    given: pd.DataFrame,
    nodes: gpd.GeoDataFrame,
    file: str,
    crs: Any,
    datum: str,
    tell: Told,
) -> gpd.GeoDataFrame:
    """Each edge's line in the working CRS from u to v; straight where none is given."""
    ends = [shapely.get_coordinates(nodes.geometry.loc[edges[e]].to_numpy()) for e in ("u", "v")]
    drawn = edges.geometry.to_numpy() if "geometry" in edges.columns else np.full(len(edges), None)
    missing = shapely.is_missing(drawn) | shapely.is_empty(drawn)
    if missing.any():
        tell("GP-N118", "edges", count=int(missing.sum()), severity="note")
    lines = np.empty(len(edges), dtype=object)
    lines[missing] = shapely.linestrings(np.stack([end[missing] for end in ends], axis=1))
    if not missing.all():
        own = getattr(edges, "crs", None) or getattr(given, "crs", None)
        frame = gpd.GeoDataFrame(geometry=_single(drawn[~missing]), crs=own, index=pd.Index(row[~missing] + 1))
        broken = shapely.get_type_id(frame.geometry.to_numpy()) != shapely.GeometryType.LINESTRING
        if broken.any():
            tell.rows("GP-N108", np.isin(np.arange(row.max() + 1), row[~missing][broken]), "edges")
            tell.findings.raise_errors()
        lines[~missing] = to_crs(frame, datum, crs, file, tell.findings).geometry.to_numpy()
        tell.findings.raise_errors()
    return gpd.GeoDataFrame(
        edges.drop(columns="geometry", errors="ignore"),
        geometry=_along(lines, ends[0], ends[1], row, tell),
        crs=nodes.crs,
    )


def _single(lines: Any) -> Any:
    many = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    lines[many] = shapely.line_merge(lines[many])
    return lines


def _along(lines: Any, u: Any, v: Any, row: Any, tell: Told) -> Any:
    """The lines turned so that each starts at u; one that starts or ends far from its nodes is an error."""
    first, last = _ends(lines)
    as_is = np.maximum(np.hypot(*(first - u).T), np.hypot(*(last - v).T))
    turned = np.maximum(np.hypot(*(first - v).T), np.hypot(*(last - u).T))
    turn = turned < as_is
    lines[turn] = shapely.reverse(lines[turn])
    far = np.minimum(as_is, turned) > AWAY_M
    tell.rows("GP-N109", np.isin(np.arange(row.max(initial=0) + 1), row[far]), "edges")
    return lines


def _ends(lines: Any) -> tuple[Any, Any]:
    """Where each line starts and ends; without a point object for each, which would be most of the memory of a reading."""
    xy, row = shapely.get_coordinates(lines, return_index=True)
    return xy[np.searchsorted(row, np.arange(len(lines)))], xy[np.searchsorted(row, np.arange(len(lines)), "right") - 1]


def _lengths(edges: gpd.GeoDataFrame, row: Any, tell: Told) -> Any:
    """Metres: as given where a length is given, else measured on the line."""
    measured = edges.geometry.length.to_numpy()
    if "length_m" not in edges.columns:
        _unusual("GP-N135", measured > LONG_M, measured, row, tell)
        return measured
    given = pd.to_numeric(edges["length_m"], errors="coerce").to_numpy(float)
    wrong = ~np.isfinite(given) | (given < 0)
    if wrong.any():
        values = np.full(row.max() + 1, None, dtype=object)
        values[row] = edges["length_m"].to_numpy(dtype=object)
        tell.rows("GP-N106", np.isin(np.arange(row.max() + 1), row[wrong]), "edges", values)
        return measured
    zero = (given == 0) & (measured > 0)
    if zero.any():
        tell("GP-N117", "edges", count=int(zero.sum()), severity="repair")
    lengths = np.where(zero, measured, given)
    _plausible(edges, lengths, measured, tell)
    _unusual("GP-N135", lengths > LONG_M, lengths, row, tell)
    _unusual("GP-N138", lengths > TIMES * np.maximum(measured, 1), lengths, row, tell)
    return lengths


def _unusual(code: str, which: Any, lengths: Any, row: Any, tell: Told) -> None:
    """Note lengths that may be meant but hardly are, by the rows that they come from."""
    if which.any():
        values = np.full(row.max() + 1, "", dtype=object)
        values[row[which]] = [f"{metres:.0f} m" for metres in lengths[which]]
        tell.rows(code, np.isin(np.arange(row.max() + 1), row[which]), "edges", values, severity="note")


def _plausible(edges: gpd.GeoDataFrame, lengths: Any, measured: Any, tell: Told) -> None:
    long = measured > 1
    ratio = float(np.median(lengths[long] / measured[long])) if long.any() else 1.0
    if not 0.5 < ratio < 2:
        tell("GP-N107", "edges, column length", given=f"{ratio:.3g}")
    first, last = _ends(edges.geometry.to_numpy())
    short = lengths < 0.98 * np.hypot(*(first - last).T) - 1
    if short.any():
        tell("GP-N120", "edges", count=int(short.sum()), severity="note")


def _one_way(edges: gpd.GeoDataFrame, osm: bool, tell: Told) -> gpd.GeoDataFrame:
    """`oneway` as yes or no, edges that lead from v to u turned round, `highway` as text."""
    said = each(edges, "oneway", lambda value: value.strip().lower())
    meant = said.map({**ONE_WAY, **(BOTH_FORTH_BACK if said.eq("b").any() else {})})
    if meant.isna().any():
        lost = said[meant.isna()]
        tell("GP-N119", "edges, column oneway", lost.iloc[0], severity="repair", count=len(lost))
    classes = each(edges, "highway", street_class)
    # a class in another language may stand for a road drawn once for both directions: only OpenStreetMap's own says one-way
    round_about = each(edges, "junction", str).isin(list(ROUND)) | (classes == "motorway")
    classes = classes if osm else known_classes(classes, tell)
    meant = meant.fillna("no").mask((said == "") & round_about, "yes")
    back = (meant == "-1").to_numpy()
    turned = edges.assign(oneway=meant.mask(back, "yes"), highway=classes.where(classes != "", None))
    turned.loc[back, ["u", "v"]] = edges.loc[back, ["v", "u"]].to_numpy()
    lines = edges.geometry.to_numpy().copy()
    lines[back] = shapely.reverse(lines[back])
    return turned.set_geometry(gpd.GeoSeries(lines, index=turned.index, crs=edges.crs))


def _tidy(edges: gpd.GeoDataFrame, tell: Told) -> gpd.GeoDataFrame:
    """The columns of `Streets.edges`; loops without length and repeated rows left out."""
    kept = [c for c in KEPT if c in edges.columns]
    edges = edges[["u", "v", "highway", "oneway", "length_m", *kept, "geometry"]]
    loop = (edges["u"] == edges["v"]) & (edges["length_m"] == 0)
    if loop.any():
        tell("GP-N116", "edges", count=int(loop.sum()), severity="repair")
    edges = edges[~loop]
    twice = _repeated(edges)
    if twice.any():
        tell("GP-N115", "edges", count=int(twice.sum()), severity="repair")
    return edges[~twice].reset_index(drop=True)


def _repeated(edges: gpd.GeoDataFrame) -> pd.Series:
    """Whether an edge says the same as one before it, its line included."""
    same = ["u", "v", "highway", "oneway", "length_m"]
    alike = edges.duplicated(same, keep=False)
    some = edges[alike]
    shapes = pd.DataFrame(some[same]).assign(shape=shapely.to_wkb(some.geometry.to_numpy()))
    return shapes.duplicated().reindex(edges.index, fill_value=False)
