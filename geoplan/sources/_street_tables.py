"""Given tables of nodes and edges, checked: columns found, ids, positions, lines, lengths and one-way signs made of one kind."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Finding, Findings, Severity, Text
from geoplan.sources.datum import to_crs

NAMES = {
    "node_id": ("node_id", "osmid", "id", "osm_id"),
    "lon": ("lon", "longitude", "lng", "x"),
    "lat": ("lat", "latitude", "y"),
    "u": ("u", "from", "source", "from_node"),
    "v": ("v", "to", "target", "to_node"),
    "length_m": ("length_m", "length"),
    "geometry": ("geometry", "geom", "wkb_geometry"),
}
KEPT = (
    "name",
    "bridge",
    "service",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "bicycle",
    "foot",
    "motorroad",
    "wheelchair",
)
ONE_WAY = {
    "yes": "yes",
    "true": "yes",
    "t": "yes",
    "1": "yes",
    "1.0": "yes",
    "-1": "-1",
    "-1.0": "-1",
    "reverse": "-1",
}
TWO_WAY = {"no", "false", "f", "0", "0.0", "", "nan", "none", "<na>", "reversible", "alternating"}
ROUND = {"roundabout", "circular"}  # junctions that are one-way without a sign
AWAY_M = 100.0  # a line may start this far from its node, as streets drawn to the middle of a junction do

PROBLEMS = {
    "GP-N102": (Text("this column is missing", "缺少该列"), Text("give {given}", "请提供 {given}")),
    "GP-N103": (Text("an id is missing or not whole", "编号缺失或不是整数"), Text("give each node a whole number or a text", "请使用整数或文本编号")),
    "GP-N104": (Text("one id stands for two places", "同一编号对应两个位置"), Text("give each node an id of its own", "请使节点编号唯一")),
    "GP-N105": (Text("a node has no position", "节点没有位置"), Text("fill in or remove the row", "请补全或删除该行")),
    "GP-N106": (Text("a length is missing, infinite, negative or not a number", "路段长度缺失、无穷、为负或不是数字"),
                Text("correct it, or leave the column out: lengths are then measured", "请更正；或删去该列，长度将按线形量算")),
    "GP-N107": (Text("the lengths are not in metres: they are {given} times their lines", "长度单位不是米：为线形长度的 {given} 倍"),
                Text("give metres, or leave the column out", "请用米，或删去该列")),
    "GP-N108": (Text("an edge is not one line", "路段不是单一线形"), Text("split it into single lines", "请拆分为单线")),
    "GP-N109": (Text("a line does not run between its two nodes", "线形不在其两端节点之间"),
                Text("check u and v, and that both tables have the same CRS", "请检查 u、v 以及两表坐标系是否一致")),
    "GP-N110": (Text("there are no edges", "没有路段"), Text("check the export or the filter", "请检查导出结果或筛选条件")),
    "GP-N112": (Text("edges name nodes that are not in the nodes", "路段引用了不存在的节点"),
                Text("export nodes and edges together", "请同时导出节点与路段")),
    "GP-N114": (Text("edges that end outside the given nodes were left out", "两端节点缺失的路段已略去"),
                Text("export nodes and edges together", "请同时导出节点与路段")),
    "GP-N115": (Text("edges given twice were kept once", "重复路段只保留一条"), Text("none needed", "无需处理")),
    "GP-N116": (Text("edges without length from a node to itself were left out", "长度为零的自环路段已略去"), Text("none needed", "无需处理")),
    "GP-N117": (Text("lengths of 0 were measured on their lines", "长度为 0 的路段已按线形量算"), Text("correct them if they matter", "如有影响请更正")),
    "GP-N118": (Text("edges without a line were taken as straight", "无线形的路段按直线处理"), Text("give lines if they matter", "如有影响请提供线形")),
    "GP-N119": (Text("values of oneway that are not known were read as two-way", "无法识别的 oneway 按双向处理"),
                Text("use yes, no or -1", "请用 yes、no 或 -1")),
    "GP-N120": (Text("lengths shorter than the straight line between their ends", "长度短于两端直线距离的路段"),
                Text("check the lengths", "请核对长度")),
}  # fmt: skip


class _Told:
    """Adds findings on one file by code."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file, self.findings = file, findings

    def __call__(
        self,
        code: str,
        place: str = "",
        value: object = "",
        count: int = 1,
        severity: Severity = "error",
        given: str = "",
    ) -> None:
        problem, advice = (Text(t.en.replace("{given}", given), t.zh.replace("{given}", given)) for t in PROBLEMS[code])
        self.findings.add(Finding(code, self.file, place, problem, advice, str(value), severity, count))

    def rows(self, code: str, wrong: Any, what: str, values: Any = None, severity: Severity = "error") -> None:
        """One finding for all rows that are wrong, showing the first five by number (from 1)."""
        at = np.flatnonzero(wrong)
        if len(at):
            shown = ", ".join(str(row + 1) for row in at[:5]) + (" …" if len(at) > 5 else "")
            self(code, f"{what} row {shown}", "" if values is None else values[at[0]], len(at), severity)


def checked(
    nodes: pd.DataFrame, edges: pd.DataFrame, file: str, crs: Any, datum: str, findings: Findings
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The two tables as `Streets` holds them; errors and repairs go into `findings`. Raises `InputError` when it cannot go on."""
    tell = _Told(file, findings)
    nodes, edges = _flat(nodes, "node_id"), _flat(edges, "u")
    _require(nodes, edges, tell)
    findings.raise_errors()
    codes = _codes(nodes, edges, tell)
    findings.raise_errors()
    points = _nodes(nodes, codes[0], file, crs, datum, tell)
    findings.raise_errors()
    table, row = _known_ends(edges.assign(u=codes[1], v=codes[2]), points, tell)
    table = _lines(table, row, nodes, points, file, crs, datum, tell)
    findings.raise_errors()
    table["length_m"] = _lengths(table, row, tell)
    findings.raise_errors()
    return points, _tidy(_one_way(table, tell), tell)


def _flat(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """A copy with the names of the contract, index levels that hold ids as columns, and rows numbered from 0."""
    held = [n for n in frame.index.names if n is not None and n not in frame.columns]
    flat = frame.reset_index(level=held) if held else frame
    folded = {str(c).casefold(): c for c in reversed(list(flat.columns))}
    found = {name: next((folded[n] for n in names if n in folded), None) for name, names in NAMES.items()}
    if (
        key == "node_id"
        and found["node_id"] is None
        and frame.index.is_unique
        and not isinstance(frame.index, pd.RangeIndex)
    ):
        return _flat(frame.rename_axis("node_id"), key)
    if isinstance(flat, gpd.GeoDataFrame) and flat._geometry_column_name in flat.columns:
        found["geometry"] = flat.geometry.name
    renamed = pd.DataFrame(flat).rename(columns={old: new for new, old in found.items() if old is not None})
    shaped = renamed.reset_index(drop=True)
    if "geometry" in shaped.columns:
        return gpd.GeoDataFrame(shaped, geometry=_shapes(shaped["geometry"]), crs=getattr(frame, "crs", None))
    return shaped


def _shapes(column: pd.Series) -> Any:
    """Geometries, from themselves, WKB or WKT; what is missing stays missing."""
    values = column.to_numpy(dtype=object).copy()
    values[pd.isna(column).to_numpy()] = None
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {bytes, memoryview}:
        return shapely.from_wkb(values)
    return shapely.from_wkt(values) if kinds <= {str} else values


def _require(nodes: pd.DataFrame, edges: pd.DataFrame, tell: _Told) -> None:
    for name in ("u", "v"):
        if name not in edges.columns:
            tell("GP-N102", f"edges, column {name}", given=" / ".join(NAMES[name]))
    if "node_id" not in nodes.columns:
        tell("GP-N102", "nodes, column node_id", given=" / ".join(NAMES["node_id"]))
    if "geometry" not in nodes.columns and not {"lon", "lat"} <= set(nodes.columns):
        tell("GP-N102", "nodes, column geometry", given="geometry, or lon and lat")
    if edges.empty:
        tell("GP-N110")


def _codes(nodes: pd.DataFrame, edges: pd.DataFrame, tell: _Told) -> list[Any]:
    """The ids of nodes, u and v as int64: whole numbers as they are, texts by their place in the alphabet."""
    columns = [(nodes["node_id"], "nodes"), (edges["u"], "edges"), (edges["v"], "edges")]
    whole = [_whole(column) for column, _ in columns]
    if all(w is not None for w in whole):
        return whole
    for column, what in columns:
        inexact = (column % 1 != 0) | (column.abs() > 2**53) if column.dtype.kind == "f" else False
        tell.rows("GP-N103", column.isna() | inexact, what, column.to_numpy())
    texts = [_as_text(column) for column, _ in columns]
    known = np.unique(np.concatenate(texts))
    return [np.searchsorted(known, t).astype(np.int64) for t in texts]


def _whole(column: pd.Series) -> Any:
    """The column as int64, or None if a value is missing or not a whole number that is held exactly."""
    if column.dtype.kind in "iu":
        return column.to_numpy(np.int64)
    if column.isna().any():
        return None
    if column.dtype.kind == "f":
        exact = (column % 1 == 0) & (column.abs() <= 2**53)
        return column.to_numpy(np.int64) if exact.all() else None
    text = column.astype(str)
    return text.astype(np.int64).to_numpy() if text.str.fullmatch(r"-?(0|[1-9]\d{0,17})").all() else None


def _as_text(column: pd.Series) -> Any:
    whole = _whole(column)
    return (column.astype(str) if whole is None else pd.Series(whole).astype(str)).to_numpy(dtype=str)


def _nodes(nodes: pd.DataFrame, ids: Any, file: str, crs: Any, datum: str, tell: _Told) -> gpd.GeoDataFrame:
    if "geometry" in nodes.columns:
        frame = gpd.GeoDataFrame(geometry=nodes.geometry.to_numpy(), crs=nodes.crs)
        lost = frame.geometry.isna() | frame.geometry.is_empty | (frame.geom_type != "Point")
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
    return moved[first.to_numpy()]


def _known_ends(edges: pd.DataFrame, nodes: gpd.GeoDataFrame, tell: _Told) -> tuple[pd.DataFrame, Any]:
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
    return edges[known].reset_index(drop=True), np.flatnonzero(known)


def _lines(
    edges: pd.DataFrame,
    row: Any,
    given: pd.DataFrame,
    nodes: gpd.GeoDataFrame,
    file: str,
    crs: Any,
    datum: str,
    tell: _Told,
) -> gpd.GeoDataFrame:
    """Each edge's line in the working CRS from u to v; straight where none is given."""
    ends = [shapely.get_coordinates(nodes.geometry.loc[edges[e]].to_numpy()) for e in ("u", "v")]
    straight = shapely.linestrings(np.stack(ends, axis=1))
    drawn = edges.geometry.to_numpy() if "geometry" in edges.columns else np.full(len(edges), None)
    missing = shapely.is_missing(drawn) | shapely.is_empty(drawn)
    if missing.any():
        tell("GP-N118", "edges", count=int(missing.sum()), severity="note")
    lines = straight.copy()
    if not missing.all():
        own = getattr(edges, "crs", None) or getattr(given, "crs", None)
        frame = gpd.GeoDataFrame(geometry=_single(drawn[~missing]), crs=own, index=pd.Index(row[~missing] + 1))
        broken = frame.geom_type != "LineString"
        if broken.any():
            tell.rows("GP-N108", np.isin(np.arange(row.max() + 1), row[~missing][broken]), "edges")
            tell.findings.raise_errors()
        lines[~missing] = to_crs(frame, datum, crs, file, tell.findings).geometry.to_numpy()
        tell.findings.raise_errors()
    return gpd.GeoDataFrame(
        edges.drop(columns="geometry", errors="ignore"),
        geometry=_along(lines, *ends, row, tell),
        crs=nodes.crs,
    )


def _single(lines: Any) -> Any:
    many = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    lines[many] = shapely.line_merge(lines[many])
    return lines


def _along(lines: Any, u: Any, v: Any, row: Any, tell: _Told) -> Any:
    """The lines turned so that each starts at u; one that starts or ends far from its nodes is an error."""
    first, last = (shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1))
    as_is = np.maximum(np.hypot(*(first - u).T), np.hypot(*(last - v).T))
    turned = np.maximum(np.hypot(*(first - v).T), np.hypot(*(last - u).T))
    turn = turned < as_is
    lines[turn] = shapely.reverse(lines[turn])
    far = np.minimum(as_is, turned) > AWAY_M
    tell.rows("GP-N109", np.isin(np.arange(row.max(initial=0) + 1), row[far]), "edges")
    return lines


def _lengths(edges: gpd.GeoDataFrame, row: Any, tell: _Told) -> Any:
    """Metres: as given where a length is given, else measured on the line."""
    measured = edges.geometry.length.to_numpy()
    if "length_m" not in edges.columns:
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
    return lengths


def _plausible(edges: gpd.GeoDataFrame, lengths: Any, measured: Any, tell: _Told) -> None:
    long = measured > 1
    ratio = float(np.median(lengths[long] / measured[long])) if long.any() else 1.0
    if not 0.5 < ratio < 2:
        tell("GP-N107", "edges, column length", given=f"{ratio:.3g}")
    ends = [shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), k)) for k in (0, -1)]
    short = lengths < 0.98 * np.hypot(*(ends[0] - ends[1]).T) - 1
    if short.any():
        tell("GP-N120", "edges", count=int(short.sum()), severity="note")


def _one_way(edges: gpd.GeoDataFrame, tell: _Told) -> gpd.GeoDataFrame:
    """`oneway` as yes or no, edges that lead from v to u turned round, `highway` as text."""
    said = _each(edges, "oneway", lambda value: value.strip().lower())
    meant = said.map({**ONE_WAY, **dict.fromkeys(TWO_WAY, "no")})
    if meant.isna().any():
        tell("GP-N119", "edges, column oneway", said[meant.isna()].iloc[0], int(meant.isna().sum()), "repair")
    classes = _each(edges, "highway", _class)
    round_about = _each(edges, "junction", str).isin(list(ROUND)) | (classes == "motorway")
    meant = meant.fillna("no").mask((said == "") & round_about, "yes")
    back = (meant == "-1").to_numpy()
    turned = edges.assign(oneway=meant.mask(back, "yes"), highway=classes.where(classes != "", None))
    turned.loc[back, ["u", "v"]] = edges.loc[back, ["v", "u"]].to_numpy()
    lines = edges.geometry.to_numpy().copy()
    lines[back] = shapely.reverse(lines[back])
    return turned.set_geometry(gpd.GeoSeries(lines, index=turned.index, crs=edges.crs))


def _each(edges: pd.DataFrame, column: str, read: Callable[[str], str]) -> pd.Series:
    """What each value of a column means as text; what is missing is empty. Each value is read once, however often it stands."""
    if column not in edges.columns:
        return pd.Series("", index=edges.index, dtype=object)
    codes, values = pd.factorize(edges[column].astype(object))
    meant = np.array([*(read(str(value)) for value in values), ""], dtype=object)
    return pd.Series(meant[codes], index=edges.index, dtype=object)


def _class(value: str) -> str:
    """A highway class; a list in text, as merged edges have, becomes its classes in alphabetical order, joined by `;`.

    >>> _class("['tertiary', 'residential']"), _class("primary")
    ('residential;tertiary', 'primary')
    """
    if not value.startswith("["):
        return ";".join(sorted(set(value.split(";")))) if ";" in value else value
    try:
        return ";".join(sorted({str(v) for v in ast.literal_eval(value)}))
    except (ValueError, SyntaxError):
        return value


def _tidy(edges: gpd.GeoDataFrame, tell: _Told) -> gpd.GeoDataFrame:
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
