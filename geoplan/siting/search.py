"""Search areas: where to look for land over residential areas as long as no parcels are given; areas to search, not sites."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import STRtree

from geoplan.errors import Finding, Findings, Language, Text, UsageError
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.profiles.standard import Standard
from geoplan.siting.ground import Ground
from geoplan.siting.quantities import in_class
from geoplan.siting.surroundings import by_row, pieces, present, same_crs

HOST = "search_area"
SEGMENTS = 16  # of a quarter of a circle
AROUND = 1 / np.cos(np.pi / 4 / SEGMENTS)  # a ring of straight pieces wholly outside the circle is so much wider
NECK_M = 1.0  # half the width below which land is a seam between two pieces
MARGIN_M = 0.01  # beside a distance that is kept, for rounding
NAME = Text("{name}, area to search", "{name}周边选址范围")

Shapes = npt.NDArray[Any]


def search_areas(
    homes: gpd.GeoDataFrame,
    ground: Ground,
    service: ServiceProfile,
    cell_m: float,
    findings: Findings,
    language: Language = "zh",
) -> gpd.GeoDataFrame:
    """Hexagons, `cell_m` from side to side, in which homes lie, each without the land that is out of the question.

    Only homes in the classes of area of the kinds that are built on search areas count. What lies in a hard control, outside a
    hard boundary or nearer to a hazard than a hard distance is cut away, and the largest piece that is left is the area; cells of
    which less than the least area of land is left are dropped and counted by reason. By site_id: name, kind, class and unit_id of the
    home nearest to the middle, land_m2, search_area (True). The grid does not depend on the homes. A layer that is not
    given is not screened by, and that is noted. Raises `UsageError` unless `cell_m` is above 0.
    """
    if not cell_m > 0:
        raise UsageError(f"the cells of a search must be wider than 0 m, not {cell_m:g}")
    kinds = [kind for kind in service.options.values() if HOST in kind.hosts]
    cells = _over_homes(homes, kinds, cell_m, language)
    rules = [service.standards[check] for check in dict.fromkeys(c for kind in kinds for c in kind.checks)]
    least = max([rule.value for rule in rules if rule.quantity == "land_min_m2"], default=0.0)
    missing = []
    for rule in rules:
        kept = _screen(cells, rule, ground) if rule.force == "must" else cells
        if kept is None:
            missing.append(rule)
        else:
            cells = _drop(kept, _where(rule.title), least, findings)
    cells = cells.set_geometry(gpd.GeoSeries(_largest(cells.geometry.to_numpy()), index=cells.index, crs=cells.crs))
    shattered = Text("what is left lies in pieces that are too small", "剩余用地破碎，单块面积不足")
    cells = _drop(cells, shattered, least, findings)
    _note(missing, len(cells), findings)
    return cells.assign(land_m2=cells.area, search_area=True)


def hexagons(column: npt.NDArray[np.int64], row: npt.NDArray[np.int64], cell_m: float) -> Shapes:
    """The hexagons of a grid that starts at the origin, pointed to the north, `cell_m` from side to side.

    >>> hexagons(np.array([0]), np.array([0]), 2.0)[0].bounds
    (-1.0, -1.1547, 1.0, 1.1547)
    """
    side = cell_m / np.sqrt(3)
    x, y = (column + (row % 2) / 2) * cell_m, row * side * 1.5
    turn = np.deg2rad(np.arange(30, 390, 60))
    ring = np.stack([x[:, None] + side * np.cos(turn), y[:, None] + side * np.sin(turn)], axis=-1)
    shapes: Shapes = shapely.polygons(ring.round(4))
    return shapes


def _over_homes(
    homes: gpd.GeoDataFrame, kinds: list[OptionKind], cell_m: float, language: Language
) -> gpd.GeoDataFrame:
    """The cells in which homes lie, with what they take from the home nearest to the middle, the first by id where two are as near."""
    areas = {area for kind in kinds for area in kind.areas}
    homes = homes.reindex(columns=[*dict.fromkeys(["name", "class", "unit_id"]), homes.geometry.name]).sort_index()
    shapes = homes.geometry.to_numpy()
    homes = homes[homes["class"].isin(areas) & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    column, row = _candidates(homes.geometry, cell_m)
    shapes = hexagons(column, row, cell_m)
    home, cell = STRtree(shapes).query(homes.geometry.to_numpy(), predicate="intersects")
    away = shapely.distance(shapely.centroid(shapes[cell]), homes.geometry.to_numpy()[home])
    pairs = pd.DataFrame({"home": home, "cell": cell, "away": away}).sort_values(["cell", "away", "home"])
    first = pairs.drop_duplicates("cell")
    mine = homes.iloc[first["home"].to_numpy()]
    ids = [f"{HOST}_{column[c]}_{row[c]}" for c in first["cell"]]
    called = mine["name"].where(mine["name"].notna(), pd.Series(mine.index, index=mine.index))
    table = {
        "name": [NAME.to(language).format(name=name) for name in called],
        "kind": HOST,
        "unit_id": mine["unit_id"].to_numpy(),
        "class": mine["class"].to_numpy(),
    }
    index = pd.Index(ids, name="site_id", dtype=object)
    return gpd.GeoDataFrame(table, index=index, geometry=shapes[first["cell"]], crs=homes.crs).sort_index()


def _candidates(shapes: gpd.GeoSeries, cell_m: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Columns and rows of the cells that may touch the bounds of the shapes, each once, in order."""
    high = cell_m / np.sqrt(3) * 1.5
    found: set[tuple[int, int]] = set()
    for west, south, east, north in shapes.bounds.to_numpy():
        columns = range(int(np.floor(west / cell_m)) - 1, int(np.ceil(east / cell_m)) + 1)
        rows = range(int(np.floor(south / high)), int(np.ceil(north / high)) + 1)
        found.update((c, r) for c in columns for r in rows)
    pairs = np.array(sorted(found), dtype="int64").reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _screen(cells: gpd.GeoDataFrame, rule: Standard, ground: Ground) -> gpd.GeoDataFrame | None:
    """The cells without what a rule forbids; unchanged by a rule of another sort, None where its layer is not given."""
    sort, _, name = rule.quantity.partition("_")
    if sort not in {"distance", "overlap", "outside"}:
        return cells
    layer = ground.hazards if sort == "distance" else ground.controls.get(name)
    if layer is None:
        return None
    same_crs(cells, layer)
    features = present((layer[layer["kind"] == name] if sort == "distance" else layer).geometry.to_numpy())
    if sort == "distance":
        features = shapely.buffer(features, rule.value * AROUND + MARGIN_M, quad_segs=SEGMENTS)
    shapes = cells.geometry.to_numpy().copy()
    held = np.flatnonzero(in_class(rule, cells["class"]).to_numpy())
    shapes[held] = _cut(shapes[held], features, keep=sort == "outside")
    return cells.set_geometry(gpd.GeoSeries(shapes, index=cells.index, crs=cells.crs))


def _cut(shapes: Shapes, features: Shapes, *, keep: bool) -> Shapes:
    """The shapes without the features, or with `keep` only what lies inside them."""
    feature, row = STRtree(shapes).query(features, predicate="intersects")
    left = np.full(len(shapes), shapely.Polygon(), dtype=object) if keep else shapes.copy()
    for at, mine in by_row(row, pieces(shapes[row], features[feature])):
        inside = shapely.union_all(mine)
        left[at] = inside if keep else shapely.difference(shapes[at], inside)
    return left


def _largest(shapes: Shapes) -> Shapes:
    """The largest polygon of each shape; what only a neck joins is apart."""
    shrunk = shapely.buffer(shapes, -NECK_M, join_style="mitre")
    opened = shapely.intersection(shapely.buffer(shrunk, NECK_M, join_style="mitre"), shapes)
    parts, row = shapely.get_parts(opened, return_index=True)
    largest = pd.DataFrame({"row": row, "area": shapely.area(parts)}).sort_values(
        ["row", "area"], ascending=[True, False]
    )
    first = largest.drop_duplicates("row").index.to_numpy()
    left = np.full(len(shapes), shapely.Polygon(), dtype=object)
    left[row[first]] = parts[first]
    return left


def _drop(cells: gpd.GeoDataFrame, reason: Text, least: float, findings: Findings) -> gpd.GeoDataFrame:
    """The cells of which enough land is left; the others are counted with the reason."""
    kept = cells[(cells.area >= least) & (cells.area > 0)]
    if len(kept) < len(cells):
        advice = Text("none needed: the area is not searched", "无需处理：该范围不再作为选址范围")
        count = len(cells) - len(kept)
        findings.add(Finding("GP-O061", "search areas", "", reason, advice, severity="note", count=count))
    return kept


def _where(title: Text) -> Text:
    return Text(f"too little land is left by the rule: {title.en}", f"扣除后可用地不足，依据：{title.zh}")


def _note(missing: Iterable[Standard], count: int, findings: Findings) -> None:
    """Says what was made, and by which rules it could not be screened."""
    titles = [rule.title for rule in missing]
    if titles:
        en, zh = "; ".join(t.en for t in titles), "；".join(t.zh for t in titles)
        problem = Text(f"search areas are not screened by: {en}", f"选址范围未按以下要求筛选：{zh}")
        advice = Text("give the layers of exclusions and hazards", "请提供管控与危险源图层")
        findings.add(Finding("GP-O062", "search areas", "", problem, advice, severity="note", count=len(titles)))
    if count:
        problem = Text(
            "no parcels are given: these are areas to search, not sites", "未提供地块图层：以下为选址范围，并非具体地块"
        )
        advice = Text("give the layer parcels to have sites", "提供地块图层后可落到具体地块")
        findings.add(Finding("GP-O063", "search areas", "", problem, advice, severity="note", count=count))
