"""Streets out of bare lines, as a bureau's own road layer has them: nodes made where the lines meet, edges between the nodes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import GeometryType

from geoplan.sources._street_columns import OF_NODES, READ, Told, flat
from geoplan.sources._street_joins import Pieces, pieces
from geoplan.sources._street_meets import TOUCH_M, Ints, drawn

LARGEST_JOIN_M = 20.0  # streets are not mended by more than a carriageway's width
LOOK_M = 10.0  # an end as near as this to another street is worth a word
LINES = (GeometryType.LINESTRING, GeometryType.MULTILINESTRING, GeometryType.LINEARRING)
NOT = {"", "no", "false", "f", "n", "0", "0.0", "否", "无", "nan", "none", "<na>", "-", "/"}
BELOW = NOT | {"building_passage", "covered"}  # tunnel values of streets that run on the ground
NOT_SAID = {"", "nan", "none", "<na>"}


def present_lines(table: pd.DataFrame, tell: Told) -> gpd.GeoDataFrame:
    """The rows of a line layer that have a line, by row (from 0); others are counted, and what is not a line is an error by row."""
    table = flat(table, "u", tell)
    shapes = table.geometry.to_numpy()
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    tell.rows("GP-N122", missing, "lines", severity="repair")
    kinds = shapely.get_type_id(shapes)
    other = ~missing & ~np.isin(kinds, LINES)
    tell.rows("GP-N123", other, "lines", [s.geom_type if s is not None else "" for s in shapes])
    if {"u", "v"} <= set(table.columns):
        hint = {"hint": "streets are joined where their lines meet", "hint_zh": "按线形相交关系建立连接"}
        tell("GP-N124", "lines, columns u and v", severity="note", **hint)
    read = [c for c in table.columns if c in READ and c not in (*OF_NODES, "u", "v")]
    kept = table.loc[~missing & ~other, read]
    return gpd.GeoDataFrame(kept.set_geometry(shapely.force_2d(kept.geometry.to_numpy()), crs=table.crs))


def join_lines(table: gpd.GeoDataFrame, join_m: float, tell: Told) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The nodes and edges of lines (`present_lines`, in the working CRS), whose `source_row` is the row of the line (from 0).

    Lines have a level: column `level` (a whole number other than 0), else 1 for a bridge, -1 for a tunnel, else 0. The rules:

    1. Ends at one place, or within `join_m` metres (inclusive) of one another, join whatever their levels: there a bridge meets
       its approach.
    2. Lines of one level join wherever they cross or touch, and an end joins the line of its level that it lies within `join_m` of.
    3. Where insides of lines of different levels cross they do not join: there one passes over the other.
    4. An end at the inside of a line of another level joins it only if it would else be a dead end, that is if it meets no other
       end and no line of its own level: there a bridge ends on a through street. Where several ends meet, a street goes on.
    5. A bridge or tunnel that crosses itself is a spiral and does not join itself.

    Joined ends move: onto the crossing or street that they join, else to where most of them are. A given `length_m` is shared among
    the pieces of a line in proportion. The order of rows changes nothing. Repairs and notes are told.
    """
    shapes, row = shapely.get_parts(table.geometry.to_numpy(), return_index=True)
    length = shapely.length(shapes)
    short = length <= TOUCH_M
    if short.any():
        tell("GP-N125", "lines", count=int(short.sum()), severity="repair")
    shapes, row = shapes[~short], row[~short]
    order, twice = _canonical(shapes, table.drop(columns="geometry").iloc[row])
    if twice:
        tell("GP-N115", "lines", count=twice, severity="repair")
    shapes, row = shapes[order], row[order]
    if not len(shapes):
        return _frames(table, row, np.empty(0), np.empty((0, 2)), np.empty((0, 2), np.int64), shapes)
    level = _levels(table, tell)
    found = pieces(drawn(shapes, level[row]), max(join_m, TOUCH_M))
    _tell_moves(found, join_m, tell)
    kept = ~((found.u == found.v) & (shapely.length(found.shape) <= 2 * max(join_m, TOUCH_M)))
    if not kept.all():
        tell("GP-N139", "lines", count=int((~kept).sum()), severity="repair")
    owner, ends = row[found.line[kept]], np.column_stack([found.u, found.v])[kept]
    whole = np.bincount(row, shapely.length(shapes), len(table))
    share = found.share[kept] * shapely.length(shapes)[found.line[kept]] / whole[owner]
    edges = found.shape[kept]
    _tell_unjoined(found.xy, ends, edges, level[owner], table.index.to_numpy()[owner], join_m, tell)
    return _frames(table, owner, share, found.xy, ends, edges)


def _frames(
    table: gpd.GeoDataFrame, owner: Ints, share: Any, xy: Any, ends: Any, shapes: Any
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Nodes by number and edges with the tags of the lines that they come from."""
    nodes = gpd.GeoDataFrame({"node_id": np.arange(len(xy))}, geometry=shapely.points(xy), crs=table.crs)
    rows = pd.DataFrame(table.drop(columns="geometry")).iloc[owner]
    tags = rows.assign(u=ends[:, 0], v=ends[:, 1], source_row=rows.index).reset_index(drop=True)
    if "length_m" in tags.columns:
        given = pd.to_numeric(tags["length_m"], errors="coerce")
        wrong = ~(np.isfinite(given) & (given >= 0))  # stays as it is, to be refused by its row
        tags["length_m"] = tags["length_m"].astype(object).where(wrong, given * share)
    return nodes, gpd.GeoDataFrame(tags, geometry=shapes, crs=table.crs)


def _canonical(shapes: Any, tags: pd.DataFrame) -> tuple[Ints, int]:
    """An order of lines that the order of rows does not change: by shape, then by what is said of them; those that say all of it
    again are left out, and how many these are.
    """
    keys = pd.DataFrame({"shape": shapely.to_wkb(shapes)})
    alike = keys.duplicated("shape", keep=False).to_numpy()
    said = np.full(len(keys), "", dtype=object)
    said[alike] = ["\n".join(map(str, row)) for row in tags[alike].itertuples(index=False)]
    keys["tags"] = said
    once = keys.sort_values(["shape", "tags"], kind="stable").drop_duplicates()
    return once.index.to_numpy(np.int64), len(keys) - len(once)


def _levels(table: gpd.GeoDataFrame, tell: Told) -> Ints:
    """The level of each line; a level that is no whole number is told and counts as not given."""
    bridge, tunnel = (_is(table, *rule) for rule in (("bridge", NOT), ("tunnel", BELOW)))
    level = np.where(bridge, 1, np.where(tunnel, -1, 0))
    if "level" not in table.columns:
        return np.asarray(level, np.int64)
    said = ~_words(table["level"]).isin(NOT_SAID).to_numpy()
    given = pd.to_numeric(table["level"], errors="coerce").to_numpy(float)
    whole = np.isfinite(given) & (given % 1 == 0) & (np.abs(given) <= 100)
    wrong = table.loc[said & ~whole, "level"]
    if len(wrong):
        tell("GP-N132", "lines, column level", wrong.iloc[0], count=len(wrong), severity="repair")
    use = whole & ~((given == 0) & (level != 0))  # many layers say 0 for what they do not say
    return np.where(use, np.where(use, given, 0), level).astype(np.int64)


def _is(table: pd.DataFrame, column: str, no: set[str]) -> npt.NDArray[np.bool_]:
    if column not in table.columns:
        return np.zeros(len(table), dtype=bool)
    return np.asarray(~_words(table[column]).isin(no))


def _words(column: pd.Series) -> pd.Series:
    """Values as text in small letters; what is missing is empty."""
    return column.astype(object).where(column.notna(), "").astype(str).str.strip().str.lower()


def _tell_moves(found: Pieces, join_m: float, tell: Told) -> None:
    """What was joined, each kind with its count and the largest move; and the crossings."""
    for code, which in (("GP-N126", ~found.aside), ("GP-N127", found.aside)):
        moved = found.moved[which & (found.moved > TOUCH_M)]
        if n := len(moved):
            fields = {"n": n, "most": f"{moved.max():.2f}", "limit": f"{join_m:g}"}
            tell(code, "lines", count=n, severity="repair", **fields)
    if found.crossed or found.apart:
        n, apart = found.crossed, found.apart
        tell("GP-N131", "lines", count=n + apart, severity="note", n=n, apart=apart)


def _tell_unjoined(xy: Any, ends: Any, shapes: Any, level: Ints, row: Ints, join_m: float, tell: Told) -> None:
    """Dead ends beside a street of their level that they do not join, and that does not start where their own edge does."""
    degree = np.bincount(ends.ravel(), minlength=len(xy))
    edge, side = np.nonzero(degree[ends] == 1)
    spot = shapely.points(xy[ends[edge, side]])
    at, other = shapely.STRtree(shapes).query(spot, predicate="dwithin", distance=LOOK_M)
    back, here = ends[edge, 1 - side][at], ends[edge, side][at]
    apart = [(ends[other] != node[:, None]).all(axis=1) for node in (back, here)]
    free = (level[other] == level[edge[at]]) & apart[0] & apart[1]
    at, other = at[free], other[free]
    if not len(at):
        return
    gap = np.full(len(edge), np.inf)
    np.minimum.at(gap, at, shapely.distance(spot[at], shapes[other]))
    open_ends = np.flatnonzero(np.isfinite(gap))
    n, near = len(open_ends), gap[open_ends]
    rows = ", ".join(str(r + 1) for r in np.unique(row[edge[open_ends]])[:5])
    fields = {"least": f"{near.min():.2f}", "half": f"{np.median(near):.2f}", "limit": f"{join_m:g}"}
    tell("GP-N128", f"lines row {rows}" + (" …" if n > 5 else ""), count=n, severity="note", n=n, **fields)


def without_doubles(edges: gpd.GeoDataFrame, join_m: float, tell: Told) -> gpd.GeoDataFrame:
    """Checked edges without those that run along another, within `join_m`, between the same nodes and say the same of who may pass.

    A stretch that is drawn twice with different classes is kept twice, and noted.
    """
    ends = np.sort(edges[["u", "v"]].to_numpy(), axis=1)
    pair = pd.DataFrame({"low": ends[:, 0], "high": ends[:, 1]})
    first = pair.reset_index().groupby(["low", "high"])["index"].transform("min").to_numpy()
    later = np.flatnonzero(first != np.arange(len(edges)))
    if not len(later):
        return edges
    # each is held against all edges before it between its nodes, of which there are hardly ever more than two
    groups = pair.groupby(["low", "high"]).indices
    tests = [(i, j) for i in later for j in groups[tuple(ends[i])] if j < i]
    a, b = np.array(tests).T
    shapes = edges.geometry.to_numpy()
    reach = max(join_m, TOUCH_M)
    near = np.abs(edges["length_m"].to_numpy()[a] - edges["length_m"].to_numpy()[b]) <= 2 * reach
    near &= shapely.hausdorff_distance(shapes[a], shapes[b]) <= reach
    drawn_twice = a[near], b[near]
    said = _rights(edges)
    same = said[drawn_twice[0]] == said[drawn_twice[1]]
    double = np.unique(drawn_twice[0][same])
    classes = edges["highway"].fillna("").to_numpy(object)
    differ = np.setdiff1d(drawn_twice[0][classes[drawn_twice[0]] != classes[drawn_twice[1]]], double)
    if len(double):
        tell("GP-N129", "lines", count=len(double), severity="repair")
    if len(differ):
        tell("GP-N130", "lines", count=len(differ), severity="note")
    return edges.drop(index=edges.index[double]).reset_index(drop=True)


def _rights(edges: gpd.GeoDataFrame) -> Ints:
    """A number for what each edge says of who may pass, and in which direction if in one only."""
    free = ["u", "v", "length_m", "geometry", "name", "bridge"]
    said = edges.drop(columns=[c for c in free if c in edges.columns]).astype(str)
    low_first = (edges["u"] <= edges["v"]).astype(str).where(edges["oneway"] == "yes", "")
    return np.asarray(
        pd.concat([said, low_first.rename("way")], axis=1).groupby([*said.columns, "way"], dropna=False).ngroup()
    )
